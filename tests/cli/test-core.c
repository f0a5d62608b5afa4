// SPDX-License-Identifier: GPL-2.0-only
/*
 * The build of the Rust core refuses what must not be in it, and says why: each
 * row is one edit of a copy of the sources.
 */
#include <glib.h>

#include "tests/lib/cli.h"

/* The core for user space; what only the kernel refuses is below. */
#define BUILD \
	"vexfs/core/tools/abi.sh out/generated && " \
	"gcc -std=gnu11 -Iout -fsyntax-only vexfs/src/abi.c && " \
	"RUSTC=/usr/bin/rustc vexfs/core/tools/object.sh user out/generated out/core.o"

#define RESERVED "block <= SLOT0_BLOCK"
#define DIFFERS " is not as vexfs/core/abi.def has it"

struct edit {
	const char *name, *file, *old, *new;
	const char *says;	/* a regular expression; NULL = it is built */
};

static const struct edit edits[] = {
	{ "nothing", "vexfs/core/superblock.rs", RESERVED, RESERVED, NULL },
	{ "index", "vexfs/core/superblock.rs", RESERVED, "block <= [1u64, 2][block as usize]",
	  "^vexfs core: a Rust panic can be reached in .*vexfs_core_block_is_reserved" },
	{ "overflow", "vexfs/core/superblock.rs", RESERVED, "block + 5 <= SLOT0_BLOCK",
	  "^vexfs core: a Rust panic can be reached in .*vexfs_core_block_is_reserved" },
	{ "unwrap", "vexfs/core/node.rs", "nr_items.get();", "nr_items.get().checked_add(1).unwrap();",
	  "^vexfs core: a Rust panic can be reached in .*vexfs_core_check_root" },
	{ "import", "vexfs/core/panic.rs", "vexfs_rust_panic(at.file", "printk(at.file", "printk" },
	{ "allocation", "vexfs/core/lib.rs", "mod abi;", "extern crate alloc;\nmod abi;",
	  "no global memory allocator" },
	{ "unsafe elsewhere", "vexfs/core/superblock.rs", RESERVED,
	  "block <= unsafe { core::mem::transmute::<u64, u64>(SLOT0_BLOCK) }", "unsafe" },
	{ "export more", "vexfs/core/border.rs", "#[unsafe(no_mangle)]\npub extern \"C\" fn vexfs_core_slot",
	  "#[unsafe(no_mangle)]\npub extern \"C\" fn vexfs_core_more(a: u32) -> u32 {\n\ta ^ 1\n}\n"
	  "#[unsafe(no_mangle)]\npub extern \"C\" fn vexfs_core_slot",
	  "^vexfs core: it exports vexfs_core_more, which is not in vexfs/core/abi.def" },
	{ "export less", "vexfs/core/border.rs", "#[unsafe(no_mangle)]\npub extern \"C\" fn vexfs_core_slot",
	  "pub extern \"C\" fn vexfs_core_slot", "^vexfs core: it lacks vexfs_core_slot_block" },
	{ "C: offset", "include/vexfs/format.h", "__le64 made_sec;\n\t__le32 made_nsec;",
	  "__le32 made_nsec;\n\t__le64 made_sec __attribute__((packed));",
	  "vexfs_super_block.made_sec: offset" DIFFERS },
	{ "C: type", "include/vexfs/format.h", "__u8 reserved[7]", "__s8 reserved[7]",
	  "vexfs_key.reserved: type" DIFFERS },
	{ "C: size", "include/vexfs/core.h", "u32 offset;", "u32 offset, more[2];",
	  "vexfs_fault: size" DIFFERS },
	{ "C: signature", "include/vexfs/core.h", "slot_block(u32 slot)", "slot_block(u64 slot)",
	  "vexfs_core_slot_block: signature" DIFFERS },
	{ "C: constant", "include/vexfs/format.h", "VEXFS_BLOCKS_MIN\t1024ull",
	  "VEXFS_BLOCKS_MIN\t1025ull", "VEXFS_BLOCKS_MIN" DIFFERS },
	{ "Rust: offset", "vexfs/core/format.rs", "pub version: Le32,\n    pub block_bits: Le32,",
	  "pub block_bits: Le32,\n    pub version: Le32,", "vexfs_super_block.version: offset" DIFFERS },
	{ "Rust: type", "vexfs/core/format.rs", "pub made_sec: Le64", "pub made_sec: [u8; 8]",
	  "it.made_sec" },
	{ "Rust: size", "vexfs/core/fault.rs", "pub offset: u32,\n}\n\nimpl From",
	  "pub offset: u32,\n    pub more: [u32; 2],\n}\n\nimpl From", "vexfs_fault: size" DIFFERS },
	{ "Rust: constant", "vexfs/core/format.rs", "BLOCKS_MIN: u64 = 1024", "BLOCKS_MIN: u64 = 1025",
	  "VEXFS_BLOCKS_MIN" DIFFERS },
	{ "Rust: signature", "vexfs/core/border.rs", "size: usize, seed: u64)", "size: usize, seed: i64)",
	  "= vexfs_core_xxh64;" },
};

static void run(const struct box *box, const char *script, struct cli_result *ret)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	cli_run(box, "", NULL, argv, ret);
}

static void copy_sources(const struct box *box)
{
	g_autofree char *include = cli_source("include"), *vexfs = cli_source("vexfs");
	g_autofree char *script = g_strdup_printf(
		"cp -r '%s' . && mkdir vexfs && cp -r '%s/core' '%s/src' vexfs && mkdir -p out", include,
		vexfs, vexfs);
	auto_cli_result r = { 0 };

	run(box, script, &r);
	cli_expect(&r, 0, NULL, NULL);
}

static void test_edit(gconstpointer data)
{
	const struct edit *edit = data;
	g_autofree char *path = NULL, *text = NULL;
	g_autoptr(GString) edited = NULL;
	auto_cli_result r = { 0 };
	auto_box box = { 0 };

	box_init(&box);
	copy_sources(&box);
	path = g_build_filename(box.project, edit->file, NULL);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	edited = g_string_new(text);
	g_assert_cmpuint(g_string_replace(edited, edit->old, edit->new, 0), ==, 1);
	box_write(&box, edit->file, edited->str);
	run(&box, BUILD, &r);
	cli_expect(&r, edit->says ? 1 : 0, NULL, edit->says);
}

/* What user space may have: its registers, bytes below the stack, libgcc's helpers. */
static void test_instructions(void)
{
	static const struct {
		const char *code, *says;
	} cases[] = {
		{ "sub $8,%rsp; lea -8(%rsp),%rax", NULL },
		{ "pxor %xmm1,%xmm1", "FPU or SIMD registers \\(f: pxor" },
		{ "fldz; fadd %st(1),%st", "FPU or SIMD registers \\(f: fadd" },
		{ "mov %rax,-16(%rsp)", "the red zone below the stack \\(f: mov" },
		{ "call __udivti3", "128-bit arithmetic \\(__udivti3, in f\\)" },
		{ "call __adddf3", "floating point \\(__adddf3, in f\\)" },
		{ "call __floatundidf", "floating point" },
		{ "call fmod", "floating point" },
		{ "call _Unwind_Resume", "unwinding" },
		{ "call __rust_alloc", "allocation" },
		{ "call printk", "it needs printk \\(in f\\), which is not in" },
		{ "call memcpy; jmp __x86_return_thunk", NULL },
	};
	auto_box box = { 0 };

	box_init(&box);
	copy_sources(&box);
	box_write(&box, "exports", "f\n");
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *code = g_strdup_printf(".globl f\nf: %s; ret\n", cases[i].code);
		auto_cli_result r = { 0 };

		box_write(&box, "f.s", code);
		run(&box, "as -o f.o f.s && vexfs/core/tools/gates.sh f.o exports kernel", &r);
		cli_expect(&r, cases[i].says ? 1 : 0, NULL, cases[i].says);
	}
}

static void toolchain(const struct box *box, const char *name, const char *version, const char *kind,
		      const char *says)
{
	g_autofree char *fake = g_strdup_printf("#!/bin/sh\n[ $1 = -V ] && echo '%s' || echo sysroot\n",
						version);
	g_autofree char *script = g_strdup_printf("RUSTC=%s RUST_SRC=library "
						  "vexfs/core/tools/toolchain.sh %s", name, kind);
	auto_cli_result r = { 0 };

	box_fake(box, "fake-rustc", fake);
	run(box, script, &r);
	cli_expect(&r, says ? 1 : 0, says || g_str_equal(kind, "user") ? NULL : "^library$", says);
}

static void test_toolchain(void)
{
	auto_box box = { 0 };

	box_init(&box);
	copy_sources(&box);
	toolchain(&box, "nothing-rustc", "", "kernel",
		  "^vexfs core: no Rust compiler \\(nothing-rustc\\); run: apt-get install .*rustc-web rust-web-src$");
	toolchain(&box, "nothing-rustc", "", "user", "^vexfs core: no Rust .*; run: make deps$");
	toolchain(&box, "fake-rustc", "rustc 1.63.0 (x)", "user", "is version 1.63.0, too old \\(1.85 is needed\\)");
	toolchain(&box, "fake-rustc", "rustc 1.85.0", "user", NULL);
	toolchain(&box, "fake-rustc", "rustc 2.0.0", "user", NULL);
	toolchain(&box, "fake-rustc", "rustc 1.96.0", "kernel", "source of (its|Rust's) core library");
	box_write(&box, "library/core/src/lib.rs", "");
	toolchain(&box, "fake-rustc", "rustc 1.96.0", "kernel", NULL);
	box_write(&box, "src/version", "1.85.0\n");
	toolchain(&box, "fake-rustc", "rustc 1.96.0", "kernel", "is version 1.96.0, but the source in library is of 1.85.0");
	box_write(&box, "src/version", "1.96.0\n");
	toolchain(&box, "fake-rustc", "rustc 1.96.0", "kernel", NULL);
}

static const char compiles[] =
	"#!/bin/sh\n"
	"case \"$*\" in\n"
	"-V) echo 'rustc 1.96.0 (x)' ;;\n"
	"*--print*) ;;\n"
	"-vV) ;;\n"
	"*) echo compiled >>compiled\n"
	"	while [ $# -gt 1 ]; do [ \"$1\" != -o ] || echo library >\"$2\"; shift; done ;;\n"
	"esac\n";

/* The core library is compiled once (two crates), and again when it is damaged. */
static void test_core_library(void)
{
	static const char script[] = "RUSTC=fake-rustc RUST_SRC=library vexfs/core/tools/sysroot.sh cache";
	static const char *const steps[][2] = {
		{ script, "2" },
		{ script, "2" },
		{ "truncate -s 1 cache/*/lib/rustlib/kernel/lib/libcore.rlib", "2" },
		{ script, "4" },
		{ "rm cache/*/lib/rustlib/kernel/lib/libcore.rlib", "4" },
		{ script, "6" },
	};
	auto_box box = { 0 };

	box_init(&box);
	copy_sources(&box);
	box_fake(&box, "fake-rustc", compiles);
	box_write(&box, "library/core/src/lib.rs", "");
	box_write(&box, "library/core/Cargo.toml", "edition = \"2024\"\n");
	for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_autofree char *line = g_strdup_printf("%s >/dev/null 2>&1; grep -c . compiled", steps[i][0]);
		g_autofree char *count = g_strdup_printf("^%s\n$", steps[i][1]);
		auto_cli_result r = { 0 };

		run(&box, line, &r);
		cli_expect(&r, 0, count, NULL);
	}
}

/* The kernel's build system says many other things instead. */
static void test_odd_folder(void)
{
	g_autofree char *vexfs = cli_source("vexfs");
	g_autofree char *script = g_strdup_printf("mkdir 'a b' && cp '%s/Makefile' 'a b' && make -s -C 'a b' KDIR=/", vexfs);
	auto_cli_result r = { 0 };
	auto_box box = { 0 };

	box_init(&box);
	run(&box, script, &r);
	cli_expect(&r, 2, NULL, "cannot build in a folder with one of these in its path");
}

/* Another folder, the same bytes. */
static void test_reproducible(void)
{
	static const char *const names[] = { "one", "another/and deeper" };
	g_autofree char *sums[2] = { NULL };
	auto_box box = { 0 };

	box_init(&box);
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *include = cli_source("include"), *vexfs = cli_source("vexfs");
		g_autofree char *script = g_strdup_printf(
			"mkdir -p '%s/vexfs' && cd '%s' && cp -r '%s' . && cp -r '%s/core' '%s/src' vexfs && "
			"mkdir out && " BUILD " && sha256sum <out/core.o", names[i], names[i], include,
			vexfs, vexfs);
		auto_cli_result r = { 0 };

		run(&box, script, &r);
		cli_expect(&r, 0, "^[0-9a-f]{64}", NULL);
		sums[i] = g_strdup(r.out);
	}
	g_assert_cmpstr(sums[0], ==, sums[1]);
	g_clear_pointer(&sums[1], g_free);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(edits); i++) {
		g_autofree char *name = g_strdup_printf("/core/edit/%s", edits[i].name);

		g_test_add_data_func(name, &edits[i], test_edit);
	}
	g_test_add_func("/core/instructions", test_instructions);
	g_test_add_func("/core/toolchain", test_toolchain);
	g_test_add_func("/core/core-library", test_core_library);
	g_test_add_func("/core/odd-folder", test_odd_folder);
	g_test_add_func("/core/reproducible", test_reproducible);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The border between C and Rust: sound as it is, on the host and in the
 * guest; and each fault that is planted makes ffi-check fail by its cause.
 */
#include <glib.h>

#include "tests/lib/lab.h"

#define LIMIT_S 900
#define CHECK "./test_env/validate_ffi_integration.sh"
#define SOURCES "vexfs/Kbuild vexfs/core/*.rs vexfs/core/abi.def include/vexfs/*.h vexvm.conf"

/* Faults of one function take this one's place: it has a number that nobody knows before. */
#define RESERVED(code) \
	"sed -i 's|    superblock::is_reserved(block)|    " code " superblock::is_reserved(block)|' " \
	"vexfs/core/border.rs"

static const struct fault {
	const char *name;
	const char *plant;	/* typed in the tree's root */
	int status;
	const char *shows;
} faults[] = {
	{ "field widened in C",
	  "sed -i 's/__le16 level;/__le32 level;/' include/vexfs/format.h",
	  3, "^not ok .*build(.*\n)*.*vexfs_node" },
	{ "fields swapped in Rust",
	  "sed -i '/pub struct Node/,/^}/{s/self_block/x/;s/generation/self_block/;s/x:/generation:/}' "
	  "vexfs/core/format.rs",
	  3, "^not ok .*build(.*\n)*.*vexfs_node\\.(self_block|generation)" },
	{ "wrong prototype",
	  "sed -i 's/^u64 vexfs_core_slot_block/u32 vexfs_core_slot_block/' include/vexfs/core.h",
	  3, "^not ok .*build(.*\n)*.*vexfs_core_slot_block" },
	{ "undeclared export",
	  "echo '#[unsafe(no_mangle)] pub extern \"C\" fn vexfs_core_more() -> u32 { 1 }' >>vexfs/core/border.rs",
	  3, "^not ok .*build(.*\n)*.*exports vexfs_core_more" },
	{ "u128 division",
	  RESERVED("(block as u128 * block as u128) / (block as u128 + 3) == 7 \\|\\|"),
	  3, "^not ok .*build(.*\n)*.*128-bit arithmetic \\(__udivti3" },
	{ "float",
	  RESERVED("block as f64 * 1.5 > 7.25 \\|\\|"),
	  3, "^not ok .*build(.*\n)*.*floating point" },
	{ "allocation",
	  "sed -i 's/^mod abi;/extern crate alloc; mod abi;/' vexfs/core/lib.rs",
	  3, "^not ok .*build(.*\n)*.*crate for `alloc`" },
	{ "panic reachable",
	  RESERVED("[1u8, 2][block as usize] == 1 \\|\\|"),
	  3, "^not ok .*build(.*\n)*.*Rust panic can be reached in .*block_is_reserved" },
	{ "SSE in the object",
	  RESERVED("unsafe { core::arch::asm!(\"pxor xmm0, xmm0\") };"),
	  3, "^not ok .*build(.*\n)*.*FPU or SIMD.*block_is_reserved.*xmm0" },
	{ "objtool skipped",
	  "sed -i 's/^core-objtool = .*/core-objtool =/' vexfs/Kbuild",
	  1, "^not ok .*objtool" },
	{ "stale object",
	  "sed -i 's|^$(obj)/core/vexfs_core.o: .*|$(obj)/core/vexfs_core.o:|; s|call if_changed,rust_core|Q|' "
	  "vexfs/Kbuild && echo '/* another contract */' >>vexfs/core/abi.def",
	  3, "^not ok .*build(.*\n)*.*vexfs_core_abi_[0-9a-f]*.* undefined" },
	{ "wrong rustc",
	  "printf '#!/bin/sh\\necho \"rustc 1.60.0 (of old)\"\\n' >other-rustc && chmod +x other-rustc && "
	  "sed -i 's|^path=vexfs|&\\nmake=VEXFS_RUSTC=/mnt/vexfs_source/other-rustc|' vexvm.conf",
	  3, "^not ok .*(build|toolchain)(.*\n)*.*1\\.60\\.0.*(1\\.85|too old)" },
};

static void test_sound(void)
{
	lab_check("", CHECK, LIMIT_S, 0, "^KTAP version 1\n(?!(.*\n)*not ok)");
	lab_check("", "mkdir kept && cp -a --parents " SOURCES " kept/", 10, 0, NULL);
}

/* What is not the same any more is put back, as a save of its own. */
static void restore(void)
{
	lab_check("kept", "find . -type f | while read -r f; do cmp -s \"$f\" \"../$f\" || "
		  "{ rm -f \"../$f\" && cp \"$f\" \"../$f\"; }; done", 10, 0, NULL);
}

static void test_fault(gconstpointer data)
{
	const struct fault *fault = data;

	lab_check("", fault->plant, 10, 0, NULL);
	lab_check("", CHECK, LIMIT_S, fault->status, fault->shows);
	restore();
}

static void test_mended(void)
{
	lab_check("", CHECK, LIMIT_S, 0, NULL);
}

static void test_guest(void)
{
	lab_check("", "./test_env/test_module.sh ffi", LIMIT_S, 0, "^PASS +vexfs on ");
	lab_check("", "./test_env/test_module.sh ffi --suite=mount", LIMIT_S, 2, "none of the 1 suites");
}

/* Of a Rust panic the report says where in Rust it was. */
static void test_panic(void)
{
	lab_check("", "sed -i 's|^path=vexfs|&\\nmake=VEXFS_PANIC_TEST=y\\nargs=rust_panic=9|' vexvm.conf", 10, 0, NULL);
	lab_check("", "./test_env/test_module.sh load", LIMIT_S, 5, "^FAIL .*Rust panic in .*vexfs_core_panic.* at vexfs/core/panic\\.rs:[0-9]+");
	restore();
	lab_check("", "./test_env/test_module.sh load", LIMIT_S, 0, "^PASS +vexfs on ");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/ffi/sound", test_sound);
	for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
		g_autofree char *name = g_strdup_printf("/ffi/fault/%02u %s", i + 1, faults[i].name);

		g_test_add_data_func(name, &faults[i], test_fault);
	}
	g_test_add_func("/ffi/mended", test_mended);
	g_test_add_func("/ffi/guest", test_guest);
	g_test_add_func("/ffi/panic", test_panic);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-2.0-only
/* vexvm ffi-check without an image: files that are there, and what is refused. */
#include <json-glib/json-glib.h>

#include "tests/lib/cli.h"

static const char good[] =
	".text\n.globl add\n.type add,@function\nadd: lea (%rdi,%rsi),%rax\n1: jmp __x86_return_thunk\n.size add,.-add\n"
	".section .return_sites,\"a\"\n.long 1b - .\n"
	".section .orc_unwind_ip,\"a\"\n.long add - .\n.section .orc_unwind,\"a\"\n.zero 6\n";
static const char bad[] =
	".text\n.globl add\n.type add,@function\nadd: addps %xmm1,%xmm0\n nop\n ret\n.size add,.-add\n"
	".section .orc_unwind_ip,\"a\"\n.long add - .\n.section .orc_unwind,\"a\"\n.zero 6\n";

static void assemble(const struct box *box, const char *name, const char *text)
{
	g_autofree char *source = g_strconcat(name, ".s", NULL);
	const char *argv[] = { "as", "-o", name, source, NULL };
	auto_cli_result r = { 0 };

	box_write(box, source, text);
	cli_run(box, "", NULL, argv, &r);
	cli_expect(&r, 0, NULL, NULL);
}

static void set_up(struct box *box, gconstpointer data)
{
	box_init(box);
	assemble(box, "good.o", good);
	assemble(box, "bad.o", bad);
	box_write(box, "headers/include/config/auto.conf",
		  "CONFIG_RETHUNK=y\nCONFIG_RETPOLINE=y\nCONFIG_SLS=y\nCONFIG_UNWINDER_ORC=y\n");
}

static void tear_down(struct box *box, gconstpointer data)
{
	box_clear(box);
}

static void test_good(struct box *box, gconstpointer data)
{
	auto_cli_result r = { 0 };

	cli_type(box, "vexvm ffi-check --object=good.o --headers=headers", &r);
	cli_expect(&r, 0, "^KTAP version 1\n1\\.\\.16\nok 1 good.o imports # SKIP no list of allowed imports\n", "^$");
	cli_expect(&r, 0, "\nok \\d+ good.o return thunks\n", NULL);
	g_assert_null(strstr(r.out, "not ok"));
}

static void test_bad(struct box *box, gconstpointer data)
{
	auto_cli_result r = { 0 };

	cli_type(box, "vexvm ffi-check --object=good.o --object bad.o --headers headers", &r);
	cli_expect(&r, 1, "^KTAP version 1\n1\\.\\.32\n", "^$");
	cli_expect(&r, 1, "\nnot ok \\d+ bad.o registers\n# addps %xmm1,%xmm0 at add\\+0x0 \\(.text\\)\n# remedy: .+\n", NULL);
	cli_expect(&r, 1, "\nnot ok \\d+ bad.o return thunks\n# a naked ret at add\\+0x4 \\(.text\\)\n# remedy: ", NULL);
	cli_expect(&r, 1, "\nnot ok \\d+ bad.o straight-line speculation\n", NULL);
	g_assert_null(g_strstr_len(r.out, -1, "not ok 1 "));
	/* What the kernel asks for is not known of a bare object. */
	cli_check(box, "vexvm ffi-check --object=bad.o", 1, "bad.o straight-line speculation # SKIP the kernel", "^$");
}

static void test_json(struct box *box, gconstpointer data)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	auto_cli_result r = { 0 };
	JsonArray *checks;
	JsonObject *root;
	guint failed = 0;

	cli_type(box, "vexvm ffi-check --json --object=bad.o --headers=headers", &r);
	cli_expect(&r, 1, "", "^$");
	g_assert_true(json_parser_load_from_data(parser, r.out, -1, NULL));
	root = json_node_get_object(json_parser_get_root(parser));
	g_assert_false(json_object_get_boolean_member(root, "passed"));
	g_assert_cmpint(json_object_get_int_member(root, "code"), ==, 1);
	checks = json_object_get_array_member(root, "checks");
	for (guint i = 0; i < json_array_get_length(checks); i++) {
		JsonObject *check = json_array_get_object_element(checks, i);
		bool fails = g_str_equal(json_object_get_string_member(check, "verdict"), "fail");

		failed += fails;
		g_assert_true(fails == !json_object_get_null_member(check, "remedy"));
		g_assert_true(!fails || json_array_get_length(json_object_get_array_member(check, "details")));
	}
	g_assert_cmpuint(failed, ==, 3);
}

/* Kernels keep their modules so; the bytes tell, whatever the name is. */
static void test_compressed(struct box *box, gconstpointer data)
{
	static const struct { const char *name, *bytes; gssize size; const char *command; } rows[] = {
		{ "a.ko.xz", "\xfd" "7zXZ\0\0", 7, "xz -d" },
		{ "a.ko.gz", "\x1f\x8b\x08", 3, "gzip -d" },
		{ "a.ko.zst", "\x28\xb5\x2f\xfd\x04", 5, "zstd -d" },
		{ "a.ko", "\xfd" "7zXZ\0\0", 7, "xz -d" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_build_filename(box->project, rows[i].name, NULL);
		g_autofree char *line = g_strdup_printf("vexvm ffi-check --object=%s", rows[i].name);
		g_autofree char *says = g_strdup_printf("%s is compressed; unpack it \\(%s\\)", rows[i].name, rows[i].command);

		g_assert_true(g_file_set_contents(path, rows[i].bytes, rows[i].size, NULL));
		cli_check(box, line, 2, "^$", says);
	}
	box_write(box, "b.ko.xz", "no such thing");
	cli_check(box, "vexvm ffi-check --object=b.ko.xz", 2, "^$", "is no whole relocatable object");
}

/* Without objdump nothing that hangs on the code has passed. */
static void test_no_objdump(struct box *box, gconstpointer data)
{
	box_fake(box, "objdump", "echo 'objdump: out of order' >&2; exit 1");
	cli_check(box, "vexvm ffi-check --object=good.o", 1,
		  "\nnot ok \\d+ good.o registers\n# cannot be disassembled: objdump failed .*out of order\n# remedy: install binutils",
		  "^$");
}

static void test_usage(struct box *box, gconstpointer data)
{
	static const char *const rows[][2] = {
		{ "vexvm ffi-check", "no \\[ffi\\] section with object=.*--object" },
		{ "vexvm ffi-check what", "'what' is one argument too many" },
		{ "vexvm ffi-check --object=gone.o", "cannot read gone.o: No such file" },
		{ "vexvm ffi-check --object=good.o.s", "good.o.s is no whole relocatable object for x86-64" },
		{ "vexvm ffi-check --object=good.o --headers=nowhere", "no configuration of a kernel.*nowhere" },
		{ "vexvm ffi-check --object=good.o --source=.", "give one of them" },
		{ "vexvm ffi-check --headers=headers", "only --object can have others" },
		{ "vexvm ffi-check --source=", "--source: give a folder" },
		{ "vexvm ffi-check --source=nowhere", "--source nowhere: no such folder" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		cli_check(box, rows[i][0], 2, "^$", rows[i][1]);
	cli_check(box, "vexvm ffi-check --json --object=gone.o", 2, "\"code\" : 2", "^$");
	box_write(box, "vexvm.conf", "[ffi]\nobject=a.o\nabi=abi.def\n");
	cli_check(box, "vexvm ffi-check", 2, "^$", "abi= and no symbol=");
	box_write(box, "vexvm.conf", "[ffi]\nobject=../a.o\n");
	cli_check(box, "vexvm ffi-check", 2, "^$", "object=../a.o: give a path below the project");
	/* Files are checked whatever the configuration is. */
	cli_check(box, "vexvm ffi-check --object=good.o", 0, "^KTAP", "^$");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, fn) g_test_add("/ffi-check/" name, struct box, NULL, set_up, fn, tear_down)
	ADD("good", test_good);
	ADD("bad", test_bad);
	ADD("json", test_json);
	ADD("compressed", test_compressed);
	ADD("no-objdump", test_no_objdump);
	ADD("usage", test_usage);
#undef ADD
	return g_test_run();
}

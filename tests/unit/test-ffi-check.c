// SPDX-License-Identifier: GPL-2.0-only
/* What the border's checks read besides objects, and how they are told. */
#include "lib/fault.h"
#include "libvm/ffi-kernel.h"
#include "libvm/ffi-rules.h"
#include "libvm/ffi-toolchain.h"
#include "libvm/ktap.h"

static void test_table(void)
{
	static const char text[] =
		"/* FUNCTION(what, core_not, …) */\n * FUNCTION(INT, core_neither)\n"
		"STRUCT(core_super, Super, 64)\nFUNCTION(INT, core_add, OUT(core_super, Super))\n"
		"ABI_FN0(core_seal, u8)\n#ifdef TEST\n  FUNCTION(U32, core_panic, SIZE)\n#endif\nABI_FN(core_last)\n";
	g_autoptr(GError) error = NULL;
	g_autoptr(ffi_table_owner) table = ffi_table_parse(text, NULL, "core_", &error);
	g_autoptr(ffi_table_owner) both = ffi_table_parse("FN(core_a)", "b\n", "core_", NULL);
	g_autofree char *functions = NULL, *optional = NULL;

	g_assert_no_error(error);
	functions = g_strjoinv(" ", table->functions);
	optional = g_strjoinv(" ", table->optional);
	g_assert_cmpstr(functions, ==, "core_add core_seal core_last");
	g_assert_cmpstr(optional, ==, "core_panic");
	/* printf 'FN(core_a)b\n' | sha256sum */
	g_assert_cmpstr(both->hash_symbol, ==, "core_abi_89d4cb6c08c06652");
	g_assert_null(ffi_table_parse("STRUCT(a, b)\n", NULL, "core_", &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
}

static void test_imports(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) imports = ffi_imports_parse("# all\nmemcpy|memset\n\n__x86_[a-z_]+\r\n", &error);

	g_assert_no_error(error);
	g_assert_true(ffi_imports_allow(imports, "memcpy"));
	g_assert_true(ffi_imports_allow(imports, "__x86_return_thunk"));
	g_assert_false(ffi_imports_allow(imports, "memcpy_to"));
	g_assert_false(ffi_imports_allow(imports, "a_memcpy"));
	g_assert_false(ffi_imports_allow(imports, "memcpy\n"));
	g_assert_null(ffi_imports_parse("memcpy\n(\n", &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
	g_assert_true(g_str_has_prefix(error->message, "line 2: "));
}

static void test_kernel(void)
{
	struct ffi_kernel k;

	ffi_kernel_parse("CONFIG_RETHUNK=y\nCONFIG_MITIGATION_SLS=y\nCONFIG_STACKPROTECTOR_STRONG=y\n"
			 "CONFIG_X86_KERNEL_IBT=m\nCONFIG_UNWINDER_ORC=y\n", &k);
	g_assert_true(k.rethunk && k.sls && k.orc);
	g_assert_false(k.retpoline || k.ibt || k.stack_protector || k.whole || k.constructors);
	ffi_kernel_parse("CONFIG_X86_KERNEL_IBT=y\nCONFIG_RETPOLINE=y\n", &k);
	g_assert_true(k.ibt && k.whole && k.retpoline);
	g_assert_false(k.rethunk);
}

/* Each lack of the toolchain is told, with what mends it. */
static void test_toolchain(void)
{
	static const struct { const char *text, *compiler, *headers; } rows[] = {
		{ "rustc rustc 1.96.0 (a 2026)\nsource 1.96.0\nlinker GNU ld\nheaders /b\nobjtool /b/o\n", NULL, NULL },
		{ "rustc rustc 1.63.0\nsource 1.96.0\nlinker l\nheaders b\nobjtool o\n", "source of its core is 1.96.0", NULL },
		{ "rustc rustc 1.96.0\nsource \nlinker l\nheaders b\nobjtool o\n", "no source of its core", NULL },
		{ "rustc \nsource \nlinker l\nheaders b\nobjtool o\n", "there is no rustc", NULL },
		{ "rustc rustc 1.96.0\nsource 1.96.0\nlinker \nheaders \nobjtool \n", "there is no ld", "have no configuration" },
		{ "rustc rustc 1.96.0\nsource 1.96.0\nlinker l\nheaders b\nobjtool \n", NULL, "have no objtool" },
		{ "", "there is no rustc", "have no configuration" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct ffi_verdict *v[] = { ffi_verdict_new("a"), ffi_verdict_new("b") };
		const char *says[] = { rows[i].compiler, rows[i].headers };

		ffi_toolchain_judge(rows[i].text, v[0], v[1]);
		for (guint n = 0; n < 2; n++) {
			g_assert_cmpint(v[n]->outcome, ==, says[n] ? OUTCOME_FAIL : OUTCOME_PASS);
			g_assert_true(!says[n] || strstr(v[n]->details->pdata[0], says[n]));
			ffi_verdict_free(v[n]);
		}
	}
}

/* A script that could not ask has not found that there is nothing. */
static void test_no_toolchain(void)
{
	const struct sandbox sandbox = { .kind = SANDBOX_CHROOT, .root = "/nowhere/root", .source = "/nowhere/source",
					 .target = "/mnt/source", .cwd = "/mnt/source" };
	struct ffi_verdict *compiler = ffi_verdict_new("a"), *headers = ffi_verdict_new("b");
	g_autoptr(GError) error = NULL;

	g_assert_false(ffi_toolchain_check(&sandbox, "6.1.0", compiler, headers, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_true(g_str_has_prefix(error->message, "cannot look at the toolchain in /nowhere/root: exit status 127: "
						       "cannot enter /nowhere/root: "));
	g_assert_cmpint(compiler->outcome, ==, OUTCOME_PASS);
	ffi_verdict_free(compiler);
	ffi_verdict_free(headers);
}

static void test_header(void)
{
	g_autoptr(ffi_table_owner) table = ffi_table_parse("FN(core_a)\nFN(core_ab)\n", NULL, "core_", NULL);
	struct ffi_verdict *v = ffi_verdict_new("header");

	ffi_rule_header(table, "int core_a(int);\nvoid core_ab (void);\n", v);
	g_assert_cmpint(v->outcome, ==, OUTCOME_PASS);
	ffi_rule_header(table, "int core_ab(int);\n", v);
	g_assert_cmpstr(v->details->pdata[0], ==, "core_a() is in the ABI table and not in the header");
	ffi_verdict_free(v);
}

/* What is printed is KTAP, whatever a name or a detail holds. */
static void test_ktap(void)
{
	g_autoptr(GPtrArray) verdicts = g_ptr_array_new_with_free_func((GDestroyNotify)ffi_verdict_free);
	g_autoptr(ktap_owner) ktap = ktap_new(NULL, NULL);
	g_autofree char *text = NULL;

	g_ptr_array_add(verdicts, ffi_verdict_new("a # TODO\nnot ok 9"));
	g_ptr_array_add(verdicts, ffi_verdict_new("b"));
	ffi_verdict_skip(verdicts->pdata[1], "why\033[2J");
	g_ptr_array_add(verdicts, ffi_verdict_new("c"));
	ffi_verdict_skip(verdicts->pdata[2], "not seen");
	for (guint i = 0; i < FFI_DETAILS_MAX + 5; i++)
		ffi_verdict_fail(verdicts->pdata[2], i ? "later" : "first", "detail %u\nok 7 x", i);
	ffi_verdict_skip(verdicts->pdata[2], "too late");
	text = ffi_verdicts_ktap(verdicts);
	g_assert_true(g_str_has_prefix(text, "KTAP version 1\n1..3\nok 1 a _ TODO not ok 9\nok 2 b # SKIP why\\x1b[2J\n"
				       "not ok 3 c\n# detail 0 ok 7 x\n"));
	g_assert_true(g_str_has_suffix(text, "# detail 9 ok 7 x\n# and 5 more\n# remedy: first\n"));
	ktap_feed(ktap, text, strlen(text));
	ktap_end(ktap);
	g_assert_null(ktap_problem(ktap));
	g_assert_cmpuint(ktap_tests(ktap)->len, ==, 3);
	g_assert_false(ffi_verdicts_passed(verdicts));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ffi-check/table", test_table);
	g_test_add_func("/ffi-check/imports", test_imports);
	g_test_add_func("/ffi-check/kernel", test_kernel);
	g_test_add_func("/ffi-check/toolchain", test_toolchain);
	g_test_add_func("/ffi-check/no-toolchain", test_no_toolchain);
	g_test_add_func("/ffi-check/header", test_header);
	g_test_add_func("/ffi-check/ktap", test_ktap);
	return g_test_run();
}

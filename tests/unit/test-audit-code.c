// SPDX-License-Identifier: GPL-2.0-only
/* Which function of a module an address was in. Addresses are hostile. */
#include <glib.h>

#include "lib/fault.h"
#include "libvm/audit-code.h"

static void expect_place(const struct audit_code *code, guint64 address, bool is_return, const char *function,
			 guint64 offset)
{
	struct audit_place place;

	g_assert_cmpint(audit_code_find(code, address, is_return, &place), ==, function != NULL);
	g_assert_cmpstr(place.function, ==, function);
	g_assert_cmpstr(place.module, ==, function ? "good" : NULL);
	g_assert_cmphex(place.offset, ==, offset);
	audit_place_clear(&place);
}

static void test_find(void)
{
	g_autoptr(GPtrArray) functions = audit_functions_new();
	struct audit_code *code;

	/* In no order. */
	g_ptr_array_add(functions, audit_function_new("good", ".text", 0x40, 0x20, "good_second"));
	g_ptr_array_add(functions, audit_function_new("good", ".text", 0, 0x40, "good_first"));
	g_ptr_array_add(functions, audit_function_new("good", ".init.text", 0, 0x30, "good_init"));
	code = audit_code_new(functions);
	g_assert_true(audit_code_has_module(code, "good"));
	g_assert_false(audit_code_has_module(code, "other"));
	expect_place(code, 0x1000, false, NULL, 0);	/* loaded nowhere yet */
	audit_code_add_section(code, "good", ".text 0x1000");
	audit_code_add_section(code, "good", ".text 0x9000");
	audit_code_add_section(code, "good", ".init.text 0x2000");
	expect_place(code, 0x1000, false, "good_first", 0);
	expect_place(code, 0x103f, false, "good_first", 0x3f);
	expect_place(code, 0x1040, false, "good_second", 0);
	expect_place(code, 0x1040, true, "good_first", 0x40);
	expect_place(code, 0x1060, true, "good_second", 0x20);
	expect_place(code, 0x1060, false, NULL, 0);
	expect_place(code, 0x1000, true, NULL, 0);
	expect_place(code, 0x9041, false, "good_second", 1);
	expect_place(code, 0x2010, false, "good_init", 0x10);
	expect_place(code, 0x3000, false, NULL, 0);
	/* What was there last counts, be it that it was there before. */
	audit_code_add_section(code, "good", ".init.text 0x1000");
	expect_place(code, 0x1000, false, "good_init", 0);
	audit_code_add_section(code, "good", ".text 0x1000");
	expect_place(code, 0x1000, false, "good_first", 0);
	audit_code_free(code);
}

static void test_hostile(void)
{
	static const char *const sections[] = {
		"", " ", ".text", ".text ", ".text 1000", ".text 0x", ".text 0xz", ".text 0x0",
		".text 0x1000 more", ".text 0x10000000000000000", ".other 0x1000",
	};
	static const char *const addresses[] = { "", "0x", "0x0", "1000", "0x1000z", "-0x1000", "0xffffffffffffffffff" };
	g_autoptr(GPtrArray) functions = audit_functions_new();
	struct audit_code *code;
	guint64 address;

	g_ptr_array_add(functions, audit_function_new("good", ".text", 0, 0x40, "good_first"));
	code = audit_code_new(functions);
	for (guint i = 0; i < G_N_ELEMENTS(sections); i++)
		audit_code_add_section(code, "good", sections[i]);
	audit_code_add_section(code, "other", ".text 0x1000");
	expect_place(code, 0x1000, false, NULL, 0);
	audit_code_add_section(code, "good", ".text 0x1000");
	for (guint i = 0; i < G_N_ELEMENTS(addresses); i++)
		g_assert_false(audit_address_parse(addresses[i], &address));
	g_assert_true(audit_address_parse("0xffffffffc0801000", &address));
	g_assert_cmphex(address, ==, 0xffffffffc0801000);
	expect_place(code, 0x1000, false, "good_first", 0);
	audit_code_free(code);
}

static void test_parse(void)
{
	static const char *const none[] = { "", "good", "good good_first", "+", "good_first+0x1/0x2" };
	struct audit_place place;

	g_assert_true(audit_place_parse("good good_first+0x1e/0x30", &place));
	g_assert_cmpstr(place.module, ==, "good");
	g_assert_cmpstr(place.function, ==, "good_first");
	g_assert_null(place.section);
	g_assert_cmphex(place.offset, ==, 0x1e);
	g_assert_cmphex(place.address, ==, 0);
	audit_place_clear(&place);
	for (guint i = 0; i < G_N_ELEMENTS(none); i++) {
		g_assert_false(audit_place_parse(none[i], &place));
		g_assert_null(place.function);
	}
}

/* Of a .ko, and of what is none. */
static void test_functions(void)
{
	g_autoptr(GPtrArray) functions = audit_functions_new();
	g_autoptr(GError) error = NULL;

	g_assert_false(audit_read_functions("Makefile", "x", functions, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	/* This program's own symbols will do: it is an ELF file too. */
	g_assert_true(audit_read_functions("/proc/self/exe", "x", functions, NULL));
	for (guint i = 0; i < functions->len; i++) {
		const struct audit_function *f = functions->pdata[i];

		if (!g_str_equal(f->name, "test_functions"))
			continue;
		g_assert_cmpstr(f->section, ==, ".text");
		g_assert_cmpstr(f->module, ==, "x");
		g_assert_cmpuint(f->size, >, 0);
		return;
	}
	g_assert_not_reached();
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/audit code/find", test_find);
	g_test_add_func("/audit code/hostile", test_hostile);
	g_test_add_func("/audit code/parse", test_parse);
	g_test_add_func("/audit code/functions", test_functions);
	return g_test_run();
}

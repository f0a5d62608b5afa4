// SPDX-License-Identifier: GPL-2.0-only
/* Rust's names, and names that only look like some. */
#include <string.h>

#include "libvm/demangle.h"

static void test_names(void)
{
	static const char *const samples[][2] = {
		{ "_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt" },
		{ "_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE.llvm.77", "core::fmt::Write::write_fmt" },
		{ "_RNvNtCs4fqI2P2rA04_10vexfs_core4tree4find", "vexfs_core::tree::find" },
		/* A crate's number with what would be a binder in a type. */
		{ "_RNvNtCs4GqI2P2rA04_10vexfs_core4tree4find", "vexfs_core::tree::find" },
		{ "_RNvMNtCs4fqI2P2rA04_10vexfs_core4treeNtB2_4Tree4find",
		  "<vexfs_core::tree::Tree>::find" },
		{ "_RINvNtC3std3mem8align_ofjdE", "std::mem::align_of::<usize, f64>" },
		{ "_RNCNvC10vexfs_core4find0B3_", "vexfs_core::find::{closure#0}" },
		{ "_RMC1aFG0_RL1_hEu", "<for<'a, 'b> fn(&'a u8)>" },
		/* C's, C++'s, and none. */
		{ "vexfs_mount", NULL },
		{ "_ZN3foo3barEv", NULL },
		{ "", NULL },
		{ "_R", NULL },
		{ "_ZN", NULL },
		{ "_RNvC", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autofree char *name = demangle(samples[i][0]), *shown = demangle_or_name(samples[i][0]);

		g_assert_cmpstr(name, ==, samples[i][1]);
		g_assert_cmpstr(shown, ==, samples[i][1] ? samples[i][1] : samples[i][0]);
	}
}

static void append_number(GString *name, guint n)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (n > 62)
		g_string_append_c(name, digits[(n - 1) / 62]);
	if (n > 0)
		g_string_append_c(name, digits[(n - 1) % 62]);
	g_string_append_c(name, '_');
}

/* Each tuple is twice the one before: 2^40 of them in 400 bytes. */
static void test_doubling(void)
{
	g_autoptr(GString) name = g_string_new("_RINvC1a1f");
	gsize before = name->len;

	g_string_append(name, "TuuE");
	for (guint i = 0; i < 40; i++) {
		gsize here = name->len;

		g_string_append_c(name, 'T');
		for (guint twice = 0; twice < 2; twice++) {
			g_string_append_c(name, 'B');
			append_number(name, (guint)before - 2);
		}
		g_string_append_c(name, 'E');
		before = here;
	}
	g_string_append_c(name, 'E');
	g_assert_cmpuint(name->len, <=, DEMANGLE_MANGLED_MAX);
	g_assert_null(demangle(name->str));
}

/* So many lifetimes that counting them takes years, shown or not. */
static void test_binders(void)
{
	g_assert_null(demangle("_RMC1aFGzzzzzzzz_uEu"));
	g_assert_null(demangle("_RNvMIC1aFGzzzzzzzz_uEuEu3foo"));
	/* A name's end that looks like a crate does not hide it. */
	g_assert_null(demangle("_RNvMIC4abcCTsFGzzzzzzzz_uEuEEu3foo"));
	g_assert_null(demangle("_RNvMIC4abcCsFGzzzzzzzz_uEuEu3foo"));
}

static void test_length(void)
{
	g_autofree char *long_part = g_strnfill(400, 'x');
	g_autofree char *fits = g_strdup_printf("_RNvC1a400%s", long_part);
	g_autofree char *too_long = g_strdup_printf("_RNvNvC1a400%s400%s", long_part, long_part);
	g_autofree char *name = demangle(fits);

	g_assert_cmpuint(strlen(name), ==, 403);
	g_assert_null(demangle(too_long));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/demangle/names", test_names);
	g_test_add_func("/demangle/doubling", test_doubling);
	g_test_add_func("/demangle/binders", test_binders);
	g_test_add_func("/demangle/length", test_length);
	return g_test_run();
}

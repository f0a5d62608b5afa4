// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is made of measured values. The library's file is a part of this one.
 */
#include "libvm/bench.c"

static struct bench *bench_with(const char *key, const double *values, guint n)
{
	struct bench *bench = bench_new();

	g_array_append_vals(bench_row(bench, key)->values, values, n);
	return bench;
}

static void test_spread(void)
{
	const double odd[] = { 3, 1, 2 }, even[] = { 4, 1, 3, 2 };
	g_autoptr(bench_owner) a = bench_with("clone_s", odd, 3), b = bench_with("clone_s", even, 4);
	struct bench_spread s = bench_spread(bench_row(a, "clone_s")->values);

	g_assert_cmpfloat(s.least, ==, 1);
	g_assert_cmpfloat(s.median, ==, 2);
	g_assert_cmpfloat(s.most, ==, 3);
	s = bench_spread(bench_row(b, "clone_s")->values);
	g_assert_cmpfloat(s.median, ==, 2.5);
	/* The order of the rounds stays. */
	g_assert_cmpfloat(g_array_index(bench_row(b, "clone_s")->values, double, 0), ==, 4);
}

/* Twice as good is 2, of seconds as of rates. */
static void test_ratio(void)
{
	const double four[] = { 4 }, eight[] = { 8 };
	g_autoptr(bench_owner) bench = bench_with("clone_s", four, 1);

	g_array_append_vals(bench_row(bench, "cold_boot_s")->values, eight, 1);
	g_array_append_vals(bench_row(bench, "cold_per_min")->values, four, 1);
	g_array_append_vals(bench_row(bench, "isolated_per_min")->values, eight, 1);
	g_assert_cmpfloat(bench_ratio(bench, bench_row(bench, "clone_s")), ==, 2);
	g_assert_cmpfloat(bench_ratio(bench, bench_row(bench, "isolated_per_min")), ==, 2);
	g_assert_cmpfloat(bench_ratio(bench, bench_row(bench, "cold_boot_s")), ==, 0);
}

/* Each row that another is compared with is there. */
static void test_rows(void)
{
	g_autoptr(bench_owner) bench = bench_new();

	for (guint i = 0; i < bench->rows->len; i++) {
		const struct bench_row *row = bench->rows->pdata[i];

		if (row->beside)
			g_assert_true(bench_row(bench, row->beside)->rate == row->rate);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bench/spread", test_spread);
	g_test_add_func("/bench/ratio", test_ratio);
	g_test_add_func("/bench/rows", test_rows);
	return g_test_run();
}

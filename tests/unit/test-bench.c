// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is made of measured values. The library's file is a part of this one.
 */
#include "libvm/bench.c"

static struct bench *bench_with(enum bench_key key, const double *values, guint n)
{
	struct bench *bench = bench_new();

	g_array_append_vals(bench->rows[key].values, values, n);
	return bench;
}

static void test_spread(void)
{
	const double odd[] = { 3, 1, 2 }, even[] = { 4, 1, 3, 2 };
	g_autoptr(bench_owner) a = bench_with(BENCH_CLONE, odd, 3), b = bench_with(BENCH_CLONE, even, 4);
	struct bench_spread s = bench_spread(a->rows[BENCH_CLONE].values);

	g_assert_cmpfloat(s.least, ==, 1);
	g_assert_cmpfloat(s.median, ==, 2);
	g_assert_cmpfloat(s.most, ==, 3);
	s = bench_spread(b->rows[BENCH_CLONE].values);
	g_assert_cmpfloat(s.median, ==, 2.5);
	/* The order of the rounds stays. */
	g_assert_cmpfloat(g_array_index(b->rows[BENCH_CLONE].values, double, 0), ==, 4);
}

/* Twice as good is 2, of seconds as of rates. */
static void test_ratio(void)
{
	const double four[] = { 4 }, eight[] = { 8 };
	g_autoptr(bench_owner) bench = bench_with(BENCH_CLONE, four, 1);

	g_array_append_vals(bench->rows[BENCH_COLD_BOOT].values, eight, 1);
	g_array_append_vals(bench->rows[BENCH_COLD_RATE].values, four, 1);
	g_array_append_vals(bench->rows[BENCH_RATE].values, eight, 1);
	g_assert_cmpfloat(bench_ratio(bench, &bench->rows[BENCH_CLONE]), ==, 2);
	g_assert_cmpfloat(bench_ratio(bench, &bench->rows[BENCH_RATE]), ==, 2);
	g_assert_cmpfloat(bench_ratio(bench, &bench->rows[BENCH_COLD_BOOT]), ==, 0);
}

/* What is compared is of one kind. */
static void test_rows(void)
{
	g_autoptr(bench_owner) bench = bench_new();

	for (guint i = 0; i < BENCH_ROWS; i++) {
		const struct bench_row *row = &bench->rows[i];

		g_assert_nonnull(row->name);
		if (row->compared)
			g_assert_true(bench->rows[row->beside].rate == row->rate);
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures what a person waits for and prints tables: set-up, start and first
 * command, the spec's code change; then `vexvm bench` on a small module; then what
 * panics cost. Asserts nothing about time.
 *
 *	BENCH_RUNS	rounds, 1 to 100 (3; of `vexvm bench` at least 10)
 *
 * Rounds are interleaved, so that a noisy minute touches every row alike.
 */
#include <glib.h>
#include <stdlib.h>

#include "tests/lib/lab.h"

#define LIMIT_S 1800
#define CLONES_LIMIT_S (4 * 3600)

struct measure {
	const char *name;
	const char *prepare;	/* not measured; may be NULL */
	const char *command;
	gboolean once;
	int status;		/* that it ends with */
	GArray *seconds;
};

/* What no compiler has seen before. */
#define EDIT "echo \"static int __maybe_unused edited_$(date +%s%N);\" >>vexfs/src/vexfs.c"
#define COUNTER "build/vexvm test --source tests/modules/counter --jobs 2 --repeat 40 --suite "

static struct measure measures[] = {
	{ "set-up (image from the cache if it is there)", NULL, "test_env/setup_vm.sh", TRUE },
	{ "first test: template, build, tests", NULL, "test_env/test_module.sh", TRUE },
	{ "test, nothing changed", NULL, "test_env/test_module.sh" },
	{ "test after an edit", EDIT, "test_env/test_module.sh" },
	{ "build only, on the host, after an edit", EDIT,
	  "test_env/test_module.sh build" },
	{ "cold boot to ready", "test_env/vm_control.sh stop", "test_env/vm_control.sh start-headless" },
	{ "first SSH command", NULL, "test_env/vm_control.sh ssh true" },
	{ "first agent command", NULL, "build/vexvm exec true" },
	{ "build only, in the guest, after an edit", EDIT,
	  "build/vexvm build --build=guest" },
	{ "start from the template to ready", "test_env/vm_control.sh stop",
	  "test_env/vm_control.sh start-headless --from-template" },
	{ "40 isolated rounds of ten checks", "test_env/vm_control.sh stop", COUNTER "ten" },
	{ "the same, every tenth a panic", NULL, COUNTER "stress/panic.sh", .status = 5 },
};

static int compare(gconstpointer a, gconstpointer b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure_run(struct measure *m)
{
	struct lab_result result = { 0 };

	if (m->prepare) {
		lab_type("", m->prepare, NULL, LIMIT_S, &result);
		lab_result_clear(&result);
	}
	lab_type("", m->command, NULL, LIMIT_S, &result);
	if (result.status == m->status)
		g_array_append_val(m->seconds, result.seconds);
	else
		g_printerr("%s: exit status %d\n%s\n", m->command, result.status, result.output);
	lab_result_clear(&result);
}

static void measure_print(const struct measure *m)
{
	guint n = m->seconds->len;

	g_array_sort(m->seconds, compare);
	if (n == 0)
		g_print("%-48s %8s\n", m->name, "failed");
	else
		g_print("%-48s %8.1f %8.1f %8.1f %4u\n", m->name,
			g_array_index(m->seconds, double, n / 2),
			g_array_index(m->seconds, double, 0),
			g_array_index(m->seconds, double, n - 1), n);
}

/* Its own table. */
static gboolean bench_clones(guint64 rounds)
{
	g_autofree char *command = g_strdup_printf(
		"build/vexvm stop >/dev/null 2>&1; build/vexvm bench --quiet --source tests/modules/counter "
		"--suite ten --rounds %u", (guint)MAX(rounds, 10));
	auto_lab_result result = { 0 };

	lab_type("", command, NULL, CLONES_LIMIT_S, &result);
	g_print("\n%s", result.output);
	return result.status == 0;
}

int main(void)
{
	const char *text = g_getenv("BENCH_RUNS");
	guint64 rounds = text ? g_ascii_strtoull(text, NULL, 10) : 3;
	gboolean failed = FALSE;

	if (rounds < 1 || rounds > 100) {
		g_printerr("BENCH_RUNS takes a number from 1 to 100\n");
		return 2;
	}
	for (guint i = 0; i < G_N_ELEMENTS(measures); i++)
		measures[i].seconds = g_array_new(FALSE, FALSE, sizeof(double));
	for (guint64 round = 0; round < rounds; round++)
		for (guint i = 0; i < G_N_ELEMENTS(measures); i++)
			if (round == 0 || !measures[i].once)
				measure_run(&measures[i]);
	g_print("%-48s %8s %8s %8s %4s\n", "seconds", "median", "least", "most", "n");
	for (guint i = 0; i < G_N_ELEMENTS(measures); i++) {
		measure_print(&measures[i]);
		failed |= measures[i].seconds->len == 0;
	}
	return failed | !bench_clones(rounds);
}

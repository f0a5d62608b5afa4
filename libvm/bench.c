// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/bench.h"

#include <errno.h>
#include <sys/stat.h>
#include <utime.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "libvm/clone.h"
#include "libvm/module.h"
#include "libvm/run.h"
#include "libvm/suite.h"
#include "libvm/template.h"
#include "libvm/tree.h"
#include "libvm/vm.h"

#define COMMAND_LIMIT_S 60
#define BATCH 10	/* isolated runs of the suites in one measurement of their rate */

#define BESIDE(key) .compared = true, .beside = key

static const struct bench_row shapes[BENCH_ROWS] = {
	[BENCH_COLD_BOOT] = { "cold_boot_s", "cold boot, ready", "s" },
	[BENCH_COLD_COMMAND] = { "cold_command_s", "cold boot, to the first command's end", "s" },
	[BENCH_CLONE] = { "clone_s", "clone, running", "s", BESIDE(BENCH_COLD_BOOT) },
	[BENCH_FIRST_COMMAND] = { "first_command_s", "clone, to the first command's end", "s",
				  BESIDE(BENCH_COLD_COMMAND) },
	[BENCH_CLONE_PSS] = { "clone_pss_mib", "memory of a clone (PSS)", "MiB" },
	[BENCH_BUILD] = { "build_s", "build after an edit", "s" },
	[BENCH_COLD_ITERATION] = { "cold_iteration_s", "run with a cold boot", "s" },
	[BENCH_ITERATION] = { "iteration_s", "run in clones, nothing changed", "s",
			      BESIDE(BENCH_COLD_ITERATION) },
	[BENCH_EDIT_ITERATION] = { "edit_iteration_s", "run in clones, after an edit", "s",
				   BESIDE(BENCH_COLD_ITERATION) },
	[BENCH_COLD_RATE] = { "cold_per_min", "isolated by a cold boot each", "/min", .rate = true },
	[BENCH_RATE_1] = { "isolated_per_min_1", "isolated by a clone each, 1 job", "/min",
			   BESIDE(BENCH_COLD_RATE), .rate = true },
	[BENCH_RATE] = { "isolated_per_min", "isolated by a clone each, N jobs", "/min",
			 BESIDE(BENCH_COLD_RATE), .rate = true },
};

struct measuring {
	const struct conf *conf;
	const struct probe *probe;
	const struct bench_options *options;
	const struct progress *progress;
	struct bench *bench;
	char *edited;		/* the source file that a build after an edit is about */
	guint step, steps;
};

/* Rows */

static struct bench *bench_new(void)
{
	struct bench *bench = g_new0(struct bench, 1);

	for (guint i = 0; i < BENCH_ROWS; i++) {
		bench->rows[i] = shapes[i];
		bench->rows[i].values = g_array_new(FALSE, FALSE, sizeof(double));
	}
	return bench;
}

void bench_free(struct bench *bench)
{
	if (!bench)
		return;
	for (guint i = 0; i < BENCH_ROWS; i++)
		g_array_unref(bench->rows[i].values);
	g_free(bench->kernel);
	g_free(bench->image);
	g_free(bench->accel);
	g_free(bench->qemu);
	g_free(bench->host);
	g_free(bench);
}

static int compare(gconstpointer a, gconstpointer b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct bench_spread bench_spread(const GArray *values)
{
	g_autoptr(GArray) sorted = g_array_copy((GArray *)values);
	const double *v = (const double *)(gconstpointer)sorted->data;
	guint n = sorted->len;

	g_array_sort(sorted, compare);
	return (struct bench_spread){ .least = v[0], .most = v[n - 1],
				      .median = (v[(n - 1) / 2] + v[n / 2]) / 2 };
}

double bench_ratio(const struct bench *bench, const struct bench_row *row)
{
	double mine = bench_spread(row->values).median, other;

	if (!row->compared)
		return 0;
	other = bench_spread(bench->rows[row->beside].values).median;
	return row->rate ? mine / other : other / mine;
}

static void add(struct measuring *m, enum bench_key key, double value)
{
	g_array_append_val(m->bench->rows[key].values, value);
}

static void show_step(struct measuring *m, const char *what)
{
	progress_update(m->progress, what, PROGRESS_STEPS, m->step++, m->steps);
}

/* Booting, and cloning */

static bool first_command(struct guest *guest, GError **error)
{
	static const char *const argv[] = { "true", NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = COMMAND_LIMIT_S, .watch_fd = -1 };
	struct guest_result result = { 0 };
	bool ok = guest_exec(guest, &exec, &result, error);

	if (ok && (result.status || result.signal || result.timed_out))
		ok = fault_set(error, LAB_ERROR_LAB, "the first command in the guest failed");
	guest_result_clear(&result);
	return ok;
}

static bool boot(struct measuring *m, GError **error)
{
	const struct vm_start start = { .headless = true };
	gint64 deadline, began = g_get_monotonic_time();
	g_autoptr(guest_owner) guest = NULL;
	double booted;

	if (!vm_start(m->conf, m->probe, &start, NULL, error))
		return false;
	booted = clock_since(began);
	deadline = clock_in(COMMAND_LIMIT_S);
	guest = guest_open(m->conf, deadline, error);
	if (!guest || !first_command(guest, error))
		return false;
	add(m, BENCH_COLD_BOOT, booted);
	add(m, BENCH_COLD_COMMAND, clock_since(began));
	return true;
}

static bool measure_boot(struct measuring *m, GError **error)
{
	bool ok;

	show_step(m, "Cold boot");
	ok = boot(m, error);
	return vm_stop(m->conf, true, NULL, ok ? error : NULL) && ok;
}

/* Its own clock: until it runs, and until it has done something. */
static bool measure_clone(struct measuring *m, const struct template *t, GError **error)
{
	gint64 began = g_get_monotonic_time();
	g_autoptr(clone_owner) clone = clone_new(m->conf, m->probe, t, false, false, error);
	g_autoptr(guest_owner) guest = NULL;
	double running;

	show_step(m, "Clone");
	if (!clone || !clone_run(clone, error))
		return false;
	running = clock_since(began);
	guest = clone_enter(clone, NULL, error);
	if (!guest || !first_command(guest, error))
		return false;
	add(m, BENCH_CLONE, running);
	add(m, BENCH_FIRST_COMMAND, clock_since(began));
	add(m, BENCH_CLONE_PSS, (double)clone_pss(clone) / (1 << 20));
	return true;
}

/* Whole runs */

/* The largest C file of the module: its time is set, as a save does. */
static char *choose_file(const struct conf *conf, GError **error)
{
	g_autofree char *dir = module_find(conf, error);
	g_autoptr(GPtrArray) files = dir ? tree_files(dir, error) : NULL;
	char *chosen = NULL;
	off_t size = -1;

	for (guint i = 0; files && i < files->len; i++) {
		g_autofree char *path = g_build_filename(dir, files->pdata[i], NULL);
		struct stat st;

		if (!g_str_has_suffix(path, ".c") || g_str_has_suffix(path, ".mod.c") ||
		    stat(path, &st) < 0 || st.st_size <= size)
			continue;
		size = st.st_size;
		g_free(chosen);
		chosen = g_steal_pointer(&path);
	}
	if (files && !chosen)
		fault_set(error, LAB_ERROR_USAGE, "there is no C file in %s to build anew", dir);
	return chosen;
}

static double stage_seconds(const struct report *report, const char *name)
{
	for (guint i = 0; i < report->stages->len; i++) {
		const struct report_stage *stage = report->stages->pdata[i];

		if (g_str_equal(stage->name, name))
			return stage->seconds;
	}
	return 0;
}

static void describe(struct bench *bench, const struct report *report)
{
	if (bench->kernel)
		return;
	bench->kernel = g_strdup(report->kernel);
	bench->image = g_strdup(report->image);
	bench->accel = g_strdup(report->accel);
	bench->qemu = g_strdup(report->qemu);
	bench->host = g_strdup(report->host);
}

/*
 * A run that passed; its report to be freed. The VM that a cold one leaves is
 * stopped, which is no part of it.
 */
static struct report *run(struct measuring *m, const struct run_options *options, GError **error)
{
	struct report *report = run_execute(m->conf, options, NULL, error);
	const struct report_failure *failure = report ? report_judge(report) : NULL;

	if (options->cold)
		vm_stop(m->conf, true, NULL, NULL);
	if (!failure) {
		if (report)
			describe(m->bench, report);
		return report;
	}
	fault_set(error, LAB_ERROR_LAB, "a run did not pass, so nothing was measured: %s", failure->text);
	report_free(report);
	return NULL;
}

static bool measure_run(struct measuring *m, const char *what, enum bench_key key, bool cold, bool edit,
			GError **error)
{
	const struct run_options options = { .suites = m->options->suites, .plain = true, .cold = cold,
					     .jobs = m->bench->jobs };
	g_autoptr(report_owner) report = NULL;

	show_step(m, what);
	if (edit && utime(m->edited, NULL) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot set the time of %s", m->edited);
	report = run(m, &options, error);
	if (!report)
		return false;
	add(m, key, report->seconds);
	if (edit)
		add(m, BENCH_BUILD, stage_seconds(report, "build"));
	return true;
}

/* Suites alone, a clone for each: how many of them a minute has. */
static bool measure_rate(struct measuring *m, const char *what, enum bench_key key, guint jobs,
			 GError **error)
{
	const struct run_options options = { .suites = m->options->suites, .plain = true, .jobs = jobs,
					     .repeat = BATCH, .suites_only = true };
	struct report_count count;
	g_autoptr(report_owner) report = NULL;

	show_step(m, what);
	report = run(m, &options, error);
	if (!report)
		return false;
	report_count(report, &count);
	add(m, key, count.suites * 60.0 / (report->seconds - stage_seconds(report, "build")));
	return true;
}

/* The same with a boot for each: one is enough to know how long that takes. */
static bool measure_cold_rate(struct measuring *m, GError **error)
{
	const struct run_options options = { .suites = m->options->suites, .plain = true, .cold = true,
					     .suites_only = true };
	struct report_count count;
	g_autoptr(report_owner) report = NULL;
	double each;

	show_step(m, "Suites with a cold boot");
	report = run(m, &options, error);
	if (!report)
		return false;
	report_count(report, &count);
	/* With several suites, each of them would have to boot. */
	each = stage_seconds(report, "boot") +
	       (report->seconds - stage_seconds(report, "boot")) / MAX(count.suites, 1);
	add(m, BENCH_COLD_RATE, 60 / each);
	return true;
}

static bool measure_round(struct measuring *m, const struct template *t, GError **error)
{
	return measure_boot(m, error) && measure_clone(m, t, error) &&
	       measure_run(m, "Run, cold", BENCH_COLD_ITERATION, true, false, error) &&
	       measure_run(m, "Run", BENCH_ITERATION, false, false, error) &&
	       measure_run(m, "Run after an edit", BENCH_EDIT_ITERATION, false, true, error) &&
	       measure_cold_rate(m, error) &&
	       measure_rate(m, "Isolated, 1 job", BENCH_RATE_1, 1, error) &&
	       measure_rate(m, "Isolated", BENCH_RATE, m->bench->jobs, error);
}

static bool has_suites(const struct conf *conf, const struct bench_options *options, GError **error)
{
	g_autoptr(GPtrArray) suites = suite_find(conf, options->suites, error);

	return suites && (suites->len || fault_set(error, LAB_ERROR_USAGE, "there is no suite to measure "
						   "with: suites= in vexvm.conf names them"));
}

struct bench *bench_run(const struct conf *conf, const struct probe *probe,
			const struct bench_options *options, const struct progress *progress,
			GError **error)
{
	g_autoptr(bench_owner) bench = bench_new();
	struct conf compiling = *conf;
	struct measuring m = { .conf = &compiling, .probe = probe, .options = options,
			       .progress = progress, .bench = bench };
	g_autofree char *edited = m.edited = choose_file(conf, error);
	const struct run_options first = { .suites = options->suites, .plain = true };
	g_autoptr(report_owner) warm = NULL;
	g_autoptr(template_owner) t = NULL;

	if (!edited || !has_suites(conf, options, error))
		return NULL;
	/* The compiler is to work, not ccache; and each suite has a clone. */
	compiling.ccache = false;
	compiling.isolation = (char *)"suite";
	bench->rounds = options->rounds;
	bench->jobs = options->jobs ? options->jobs : g_get_num_processors();
	m.steps = options->rounds * 8 + 1;
	/* What is made once is made now: template, a first build. */
	show_step(&m, "First run");
	warm = run(&m, &first, error);
	t = warm ? template_ensure(conf, probe, progress, error) : NULL;
	if (!t)
		return NULL;
	for (guint i = 0; i < options->rounds; i++)
		if (!measure_round(&m, t, error))
			return NULL;
	return g_steal_pointer(&bench);
}

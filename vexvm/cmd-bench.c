// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fault.h"
#include "lib/json.h"
#include "libvm/bench.h"
#include "vexvm/command.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"

#define ROUNDS 10
#define ROUNDS_MAX 1000

static char *source, **suites;
static int rounds = ROUNDS, jobs;

static const GOptionEntry options[] = {
	OPTION_STRING("source", 0, &source, "DIR", "Measure with the module in this folder"),
	OPTION_STRINGS("suite", 0, &suites, "GLOB", "Only suites with this name; may be repeated"),
	OPTION_INT("rounds", 0, &rounds, "N", "How often everything is measured (10)"),
	OPTION_INT("jobs", 'j', &jobs, "N", "Clones at a time, where there are several"),
	{ NULL }
};

static void print_row(const struct bench *bench, const struct bench_row *row)
{
	struct bench_spread s = bench_spread(row->values);
	double ratio = bench_ratio(bench, row);
	g_autofree char *beside = ratio ? g_strdup_printf("%.1fx", ratio) : g_strdup("");

	terminal_print("%-42s %-5s %9.3f %9.3f %9.3f %8s\n", row->what, row->unit, s.median, s.least,
		       s.most, beside);
}

static void print_table(const struct bench *bench)
{
	terminal_print("%s (%s), %s, %s; %s\n", bench->kernel, bench->accel, bench->image, bench->qemu,
		       bench->host);
	terminal_print("%u rounds, %u jobs; better than its counterpart that boots by the last column\n\n",
		       bench->rounds, bench->jobs);
	terminal_print("%-42s %-5s %9s %9s %9s %8s\n", "", "", "median", "least", "most", "");
	for (guint i = 0; i < BENCH_ROWS; i++)
		print_row(bench, &bench->rows[i]);
}

static void set_raw(JsonBuilder *b, const struct bench *bench)
{
	json_builder_set_member_name(b, "raw");
	json_builder_begin_object(b);
	for (guint i = 0; i < BENCH_ROWS; i++) {
		const struct bench_row *row = &bench->rows[i];

		json_builder_set_member_name(b, row->name);
		json_builder_begin_array(b);
		for (guint v = 0; v < row->values->len; v++)
			json_builder_add_double_value(b, g_array_index(row->values, double, v));
		json_builder_end_array(b);
	}
	json_builder_end_object(b);
}

static void print_json(const struct bench *bench)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	json_add_string(b, "kernel", bench->kernel);
	json_add_string(b, "accelerator", bench->accel);
	json_add_string(b, "image", bench->image);
	json_add_string(b, "qemu", bench->qemu);
	json_add_string(b, "host", bench->host);
	json_add_int(b, "rounds", bench->rounds);
	json_add_int(b, "jobs", bench->jobs);
	for (guint i = 0; i < BENCH_ROWS; i++) {
		const struct bench_row *row = &bench->rows[i];

		json_add_double(b, row->name, bench_spread(row->values).median);
	}
	json_add_double(b, "speedup", bench_ratio(bench, &bench->rows[BENCH_RATE]));
	set_raw(b, bench);
	json_builder_end_object(b);
	terminal_print_json(json_builder_get_root(b));
}

static int run(struct cli *cli, GError **error)
{
	const struct bench_options wanted = { .rounds = (guint)rounds, .jobs = (guint)jobs,
					      .suites = suites };
	g_autoptr(bench_owner) bench = NULL;

	if (!options_check_jobs(jobs, error))
		return -1;
	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fault_set(error, LAB_ERROR_USAGE, "--rounds: give a number from 1 to %d", ROUNDS_MAX);
		return -1;
	}
	if (cli->status.phase != VM_STOPPED) {
		fault_set(error, LAB_ERROR_LAB, "VM '%s' runs, and is to be booted time and again here; "
			  "end it with 'vexvm stop'", cli->conf->name);
		return -1;
	}
	if (source && !conf_set_source(cli->conf, source, error))
		return -1;
	bench = bench_run(cli->conf, cli->probe, &wanted, cli->progress, error);
	if (!bench)
		return -1;
	if (cli->json)
		print_json(bench);
	else
		print_table(bench);
	return 0;
}

const struct command cmd_bench = {
	.name = "bench",
	.args = "",
	.summary = "Measure boots, clones, builds and whole runs",
	.description =
		"Measures what an iteration costs on this machine with this module: a cold boot\n"
		"and a clone, to the first command's end; a build after an edit; whole runs that\n"
		"boot and that clone; how many runs of a suite, each isolated by a boot or a\n"
		"clone of its own, fit into a minute; the memory of a clone. Each round measures\n"
		"everything once, so that noise touches all alike. Shows medians, extremes, and\n"
		"how much better than its counterpart that boots; with --json also every value.\n"
		"The VM has to be set up and not running. No file is changed; the time of the\n"
		"module's largest C file is set, so that it is compiled again.",
	.examples =
		"  vexvm bench\n"
		"  vexvm bench --suite=mount --rounds=3 --json\n",
	.options = options,
	.flags = COMMAND_CONF | COMMAND_SET_UP | COMMAND_PROBE | COMMAND_VM_OPTIONS | COMMAND_JSON,
	.run = run,
};

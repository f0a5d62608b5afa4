// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/run.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/utsname.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "libvm/culprit.h"
#include "libvm/kernel.h"
#include "libvm/locate.h"
#include "libvm/module.h"
#include "libvm/run-folder.h"
#include "libvm/run-private.h"
#include "libvm/suite.h"
#include "libvm/template.h"
#include "libvm/vmcore.h"

static const char *const mode_names[] = {
	[RUN_TEST] = "test", [RUN_BUILD] = "build", [RUN_LOAD] = "load",
	[RUN_FFI] = "ffi",
};

bool run_mode_parse(const char *text, enum run_mode *ret, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(mode_names); i++)
		if (g_str_equal(text, mode_names[i])) {
			*ret = (enum run_mode)i;
			return true;
		}
	return fault_set(error, LAB_ERROR_USAGE, "'%s' is none of test, build, load and ffi", text);
}

bool run_mode_has_suites(enum run_mode mode)
{
	return mode == RUN_TEST || mode == RUN_FFI;
}

static void run_clear(struct run *r)
{
	stage_close(&r->stage);
	if (r->stage.modules)
		g_ptr_array_unref(r->stage.modules);
	g_free(r->stage.source);
	g_free(r->module_dir);
	build_tree_clear(&r->tree);
	g_free(r->release);
	g_free(r->broken_suite);
	g_free(r->broken_test);
	image_free(r->image);
	probe_free(r->probe);
	kmsg_free(r->stage.kmsg);
	lock_free(r->lock);
}

void run_fail(struct run *r, GError *error)
{
	report_fail_error(r->report, error);
}

/* Setting up */

static char *now_text(void)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();

	return g_date_time_format_iso8601(now);
}

/* How long another run took is no part of this one. */
static void leave_out_wait(struct run *r, gint64 began)
{
	gint64 waited = g_get_monotonic_time() - began;

	r->start += waited;
	r->report->waited = (double)waited / G_USEC_PER_SEC;
}

static bool make_folder(struct run *r, GError **error)
{
	gint64 began = g_get_monotonic_time();
	g_autofree char *purpose = g_strdup_printf("testing %s", r->conf->source);

	if (r->options->folder) {
		r->report->folder = g_strdup(r->options->folder);
		return g_mkdir(r->report->folder, 0755) == 0 ||
		       fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", r->report->folder);
	}
	r->lock = run_folder_lock(r->conf, purpose, r->progress, error);
	leave_out_wait(r, began);
	if (r->lock)
		r->report->folder = run_folder_new(r->conf, error);
	return r->report->folder && run_folder_publish(r->report->folder, error);
}

static bool open_report(struct run *r, GError **error)
{
	g_autofree char *kmsg = NULL;
	struct utsname host;

	if (!make_folder(r, error))
		return false;
	kmsg = g_build_filename(r->report->folder, "kmsg.jsonl", NULL);
	r->stage.kmsg = kmsg_new(kmsg, error);
	if (!r->stage.kmsg)
		return false;
	r->report->id = g_path_get_basename(r->report->folder);
	r->report->source = g_strdup(r->conf->source);
	r->report->directory = g_strdup(r->module_dir);
	r->report->started = now_text();
	r->report->again.program = g_strdup(r->options->again.program);
	r->report->again.wanted = g_strdup(r->options->again.wanted);
	r->report->again.options = g_strdup(r->options->again.options);
	r->report->origin = r->start;
	if (uname(&host) == 0)
		r->report->host = g_strdup_printf("%s %s, %u CPUs", host.sysname, host.release,
						  g_get_num_processors());
	return true;
}

/* In the VM itself there is nothing to go on in, nor to ask the suite for its tests. */
static void mark_culprit(struct run *r)
{
	struct report_suite *suite = r->broken_suite ? report_find_suite(r->report, r->broken_suite) : NULL;

	if (suite && r->broken_test)
		culprit_mark(r->report, suite, r->broken_test, culprit_cause(r->report));
	else if (suite)
		culprit_by_number(r->report, suite, "a test before it ended the VM, and only clones go on");
}

/* File names in what the kernel said, as the user knows them. */
static void map_findings(struct run *r)
{
	for (guint i = 0; r->tree.inside && i < r->report->findings->len; i++)
		locate_map(r->report->findings->pdata[i], &r->tree);
}

/* To the lines of the source. Files are opened only where something was found. */
static void locate_all(struct run *r)
{
	g_autoptr(symbols_owner) symbols = NULL;

	if (!r->stage.modules || (!r->report->findings->len && !r->report->leaks->len))
		return;
	symbols = locate_symbols(&r->tree, r->stage.modules);
	if (r->image && r->image->built)
		symbols_set_vmlinux(symbols, r->image->built->vmlinux);
	for (guint i = 0; i < r->report->findings->len; i++)
		locate_finding(r->report->findings->pdata[i], symbols, r->tree.original);
	for (guint i = 0; i < r->report->leaks->len; i++)
		locate_leak(r->report->leaks->pdata[i], symbols);
}

/* In clones, or where there are none, in the VM. */
static void test(struct run *r, const GPtrArray *refs)
{
	g_autoptr(template_owner) template = NULL;
	g_autoptr(GError) error = NULL;

	if (!r->options->cold && !run_set_up_vm(r, false, &error)) {
		run_fail(r, g_steal_pointer(&error));
		return;
	}
	if (!r->options->cold)
		template = template_ensure(r->conf, r->probe, r->progress, &error);
	if (template) {
		run_in_clones(r, template, refs);
		return;
	}
	if (error)
		progress_note(r->progress, "No template (%s): booting the VM instead", error->message);
	run_in_vm(r, !r->options->suites_only, refs);
}

static void execute(struct run *r, const GPtrArray *refs)
{
	g_autoptr(GError) error = NULL;
	bool in_guest = r->options->mode != RUN_BUILD;

	r->image = run_find_image(r, &error);
	/* The guest boots while the module is built. */
	if (!r->image || (in_guest && r->options->cold && run_builds_natively(r) &&
			  !run_set_up_vm(r, true, &error))) {
		run_fail(r, g_steal_pointer(&error));
		return;
	}
	if (run_build(r) && in_guest)
		test(r, refs);
}

/* What the run is to run; NULL with @error. The VM itself outlives us: its disk is QEMU's own. */
static GPtrArray *find_refs(const struct run *r, const GPtrArray *suites, GError **error)
{
	g_autoptr(GPtrArray) plain = suite_refs_of(suites, r->options->repeat, r->options->test);
	GPtrArray *refs = suite_refs_inject(r->conf, plain, r->options->inject, error);
	bool drops = r->options->plain || r->options->cold;
	guint dropped = 0;

	for (guint i = refs ? refs->len : 0; i-- > 0 && drops;)
		if (((const struct suite_ref *)refs->pdata[i])->rule) {
			g_ptr_array_remove_index(refs, i);
			dropped++;
		}
	if (dropped && r->options->cold)
		progress_note(r->progress, "Not run: %u suite%s with errors injected, which only clones can have; "
			      "run without --cold for %s", dropped, dropped == 1 ? "" : "s",
			      dropped == 1 ? "it" : "them");
	return refs;
}

struct report *run_execute(const struct conf *conf, const struct run_options *options,
			   const struct progress *progress, GError **error)
{
	g_autoptr(report_owner) report = report_new(mode_names[options->mode]);
	struct run r = { .conf = conf, .options = options, .progress = progress, .report = report,
			 .start = g_get_monotonic_time() };
	g_autoptr(GPtrArray) suites = NULL, refs = NULL;
	bool ok;

	r.module_dir = module_find(conf, error);
	ok = r.module_dir;
	if (ok && run_mode_has_suites(options->mode))
		ok = (suites = suite_find(conf, options->suites, error));
	if (ok && options->mode == RUN_FFI)
		ok = suite_keep_marked(conf, suites, "ffi", error);
	if (ok && options->test)
		ok = suite_keep_marked(conf, suites, "selectable", error);
	if (ok)
		ok = (refs = find_refs(&r, suites, error));
	if (ok && suites && !suites->len)
		progress_note(progress, "No suites: suites= in vexvm.conf names them; only loading is tested");
	if (!ok || !open_report(&r, error)) {
		run_clear(&r);
		return NULL;
	}
	r.stage.conf = conf;
	r.stage.progress = progress;
	r.stage.report = report;
	r.stage.keep = options->keep;
	r.stage.must_inject = options->inject;
	r.stage.all_suites = suites;
	r.stage.timeout_s = options->timeout_s ? options->timeout_s : conf->timeout_s;
	execute(&r, refs);
	run_leave_vm(&r);
	kmsg_end(r.stage.kmsg);
	vmcore_prune(conf);
	report_take_findings(report, kmsg_findings(r.stage.kmsg), r.stage.log_before);
	mark_culprit(&r);
	map_findings(&r);
	locate_all(&r);
	report->seconds = clock_since(r.start);
	ok = report_write(report, error);
	run_clear(&r);
	return ok ? g_steal_pointer(&report) : NULL;
}

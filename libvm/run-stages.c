// SPDX-License-Identifier: GPL-2.0-only
/* What is done in a guest, whichever it is: the VM or a clone. */
#include "lib/fault.h"
#include "lib/path.h"
#include "libvm/build.h"
#include "libvm/plan.h"
#include "libvm/run-folder.h"
#include "libvm/run-private.h"
#include "libvm/share.h"

bool run_check_release(const struct stage *stage)
{
	for (guint i = 0; i < stage->modules->len; i++) {
		const struct module *m = stage->modules->pdata[i];
		g_autofree char *release = modinfo_release(m->info);

		if (!*release || g_str_equal(release, stage->report->kernel))
			continue;
		report_fail(stage->report, LAB_ERROR_LOAD,
			    "%s is built for kernel %s and the guest runs %s; 'make clean' in its folder if it "
			    "is an old one, else 'vexvm build --build=guest'", m->base, release,
			    stage->report->kernel);
		return false;
	}
	return true;
}

bool run_place_source(struct stage *stage, GError **error)
{
	g_autofree char *root = realpath(stage->conf->root, NULL);
	g_autofree char *source = realpath(stage->conf->source, NULL);
	const char *inside = root && source ? path_below(root, source) : NULL;

	if (inside && ((stage->mounted && stage->conf->mount) || share_is_mounted(stage->guest))) {
		stage->source = g_build_filename(CONF_MOUNT_POINT, inside, NULL);
		return true;
	}
	stage->source = g_strdup(BUILD_GUEST_COPY);
	return share_copy(stage->conf->source, stage->guest, BUILD_GUEST_COPY, error);
}

static bool unload(struct stage *stage)
{
	bool ok;

	stage_begin(stage, "unload");
	ok = stage_ensure(stage, false);
	stage_end(stage, ok ? OUTCOME_PASS : OUTCOME_FAIL);
	return ok;
}

/* Suites, and allocations that fail, load the modules as often as they want: 0. */
static guint count_loads(const struct stage *stage, bool checks, const GPtrArray *refs)
{
	bool known = checks && !(refs && refs->len) && !stage->conf->fault;

	return known ? 1 + stage->conf->reloads : 0;
}

void run_stages(struct stage *stage, bool checks, const GPtrArray *refs)
{
	bool ok = !checks || stage_load(stage);

	if (ok && refs && refs->len)
		ok = stage_suites(stage, refs) && unload(stage);
	if (ok && !stage->lost && !stage_is_fatal(stage))
		stage_audit(stage, count_loads(stage, checks, refs));
	if (ok && !stage->lost && !stage_is_fatal(stage))
		stage_kmemleak(stage);
	if (!stage->lost)
		stage_check_taint(stage);
	stage_check_log(stage);
}

void run_base(struct stage *stage)
{
	if (stage_ensure(stage, true) && unload(stage) && !stage->lost && !stage_is_fatal(stage))
		stage_audit(stage, 1);
}

void run_keep_console(const struct stage *stage)
{
	g_autofree char *from = plan_state_path(stage->conf, "console.log");
	g_autofree char *to = g_build_filename(stage->report->folder, "console.log", NULL);

	run_folder_keep(from, (off_t)stage->console_from, to);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The build stage of a run. */
#include "lib/fault.h"
#include "libvm/kernel.h"
#include "libvm/module.h"
#include "libvm/run-private.h"
#include "libvm/state.h"
#include "libvm/symvers.h"

#define BUILD_LIMIT_S 1800

struct image *run_find_image(struct run *r, GError **error)
{
	g_autoptr(JsonObject) vm = state_load(r->conf, STATE_VM, NULL);

	if (vm)
		return kernel_image_load(r->conf, state_string(vm, "image_id", ""), error);
	return kernel_put(r->conf, image_ensure(r->conf, r->conf->image, r->progress, error), error);
}

bool run_builds_natively(const struct run *r)
{
	return r->image && r->image->sysroot && r->options->place != BUILD_GUEST;
}

static bool choose_place(struct run *r, enum build_place *ret, enum sandbox_kind *ret_sandbox,
			 GError **error)
{
	g_autoptr(GError) cause = NULL;

	*ret = r->options->place;
	/* The guest has not what a module of that kernel is built against. */
	if (r->image->built && (*ret == BUILD_GUEST || !r->image->sysroot))
		return fault_set(error, LAB_ERROR_USAGE, "modules for --kernel=%s are built on the host, in the "
				 "image's user land; %s", r->conf->kernel, r->image->sysroot ?
				 "leave --build=guest out" : "this image has none there: take 'debian'");
	if (r->image->built)
		*ret = BUILD_SYSROOT;
	if (*ret == BUILD_SYSROOT && !r->image->sysroot)
		return fault_set(error, LAB_ERROR_USAGE,
				 "--build=sysroot: the image %s has no user land on the host; use --build=guest",
				 r->image->name);
	if (*ret == BUILD_GUEST || !r->image->sysroot) {
		*ret = BUILD_GUEST;
		return true;
	}
	if (build_choose_sandbox(&r->tree, r->image->sysroot, ret_sandbox, &cause)) {
		*ret = BUILD_SYSROOT;
		return true;
	}
	if (*ret == BUILD_SYSROOT) {
		g_propagate_error(error, g_steal_pointer(&cause));
		return false;
	}
	progress_note(r->progress, "Building in the VM, which is slower: %s", cause->message);
	*ret = BUILD_GUEST;
	return true;
}

static char **build_there(struct run *r, enum build_place place, enum sandbox_kind sandbox,
			  GError **error)
{
	g_autofree char *log = g_build_filename(r->report->folder, "build.log", NULL);
	struct build build = { .conf = r->conf, .tree = &r->tree, .log = log,
			       .out_dir = r->report->folder, .limit_s = BUILD_LIMIT_S,
			       .progress = r->progress, .sandbox = sandbox };

	if (r->image->built) {
		build.kernel = r->image->built->tree;
		r->release = g_strdup(r->image->built->release);
	} else if (place == BUILD_SYSROOT)
		r->release = build_release(r->image->sysroot, r->image->kernel_release, error);
	else if (run_set_up_vm(r, true, error) && run_open_guest(r, error))
		r->release = g_strdup(r->report->kernel);
	if (!r->release)
		return NULL;
	build.release = r->release;
	/* Waiting for the boot is no part of the build. */
	r->stage.began = g_get_monotonic_time();
	return place == BUILD_SYSROOT ? build_native(&build, r->image->sysroot, error) :
					build_in_guest(&build, r->stage.guest, error);
}

/* What the headers of the kernel say that was built for; "" when it cannot be read. */
static char *read_symvers(const struct run *r)
{
	g_autofree char *headers = r->image->built ? g_strdup(r->image->built->tree) :
				   build_headers(r->image->sysroot, r->release);
	g_autofree char *path = g_build_filename(headers, "Module.symvers", NULL);
	char *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

/* An old file that make took for done is found out here, not by a guest. */
static bool check_fits(const struct run *r, const struct module *m, const char *symvers, GError **error)
{
	g_autofree char *release = modinfo_release(m->info);
	g_autofree char *mismatch = symvers_mismatch(symvers, m->info);

	if (*release && !g_str_equal(release, r->release))
		return fault_set(error, LAB_ERROR_LOAD,
				 "%s is built for kernel %s and not for %s, the image's; "
				 "'make clean' in its folder has it built anew", m->base, release, r->release);
	return !mismatch ||
	       fault_set(error, LAB_ERROR_LOAD,
			 "%s does not fit the image's kernel: another version of %s; 'make clean' in its "
			 "folder has it built anew", m->base, mismatch);
}

static bool load_modules(struct run *r, char **files, enum build_place place, GError **error)
{
	g_autofree char *symvers = place == BUILD_SYSROOT ? read_symvers(r) : g_strdup("");
	bool ok = true;

	r->stage.modules = module_load((const char *const *)files, error);
	if (!r->stage.modules)
		return false;
	for (guint i = 0; i < r->stage.modules->len; i++) {
		const struct module *m = r->stage.modules->pdata[i];

		report_add_module(r->report, m->info->name, m->base, m->info->vermagic, m->info->version);
		ok = ok && check_fits(r, m, symvers, error);
	}
	return ok;
}

bool run_build(struct run *r)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) files = NULL;
	enum sandbox_kind sandbox = SANDBOX_BWRAP;
	enum build_place place;
	bool ok;

	stage_begin(&r->stage, "build");
	ok = build_tree_init(&r->tree, r->conf, r->module_dir, &error) &&
	     choose_place(r, &place, &sandbox, &error) &&
	     (files = build_there(r, place, sandbox, &error)) &&
	     load_modules(r, files, place, &error);
	if (!r->report->kernel)
		r->report->kernel = g_strdup(r->release);
	if (ok)
		r->stage.tree = &r->tree;
	stage_end(&r->stage, ok ? OUTCOME_PASS : OUTCOME_FAIL);
	if (!ok)
		run_fail(r, g_steal_pointer(&error));
	return ok;
}

// SPDX-License-Identifier: GPL-2.0-only
/* A VM that can be used: the one that is there, or one that is made. */
#include <json-glib/json-glib.h>

#include "lib/fault.h"
#include "lib/lock.h"
#include "libvm/disk.h"
#include "libvm/plan.h"
#include "libvm/state.h"
#include "libvm/vm.h"

/* Set up, and its disk still has the image below it. */
static bool is_whole(const struct conf *conf, JsonObject *vm, const struct progress *progress)
{
	g_autoptr(image_owner) image = NULL;
	g_autoptr(GError) cause = NULL;

	if (!state_bool(vm, "provisioned", false))
		return false;
	image = image_load(conf, state_string(vm, "image_id", ""), &cause);
	if (!image)
		progress_note(progress, "The VM is made anew: %s", cause->message);
	return image != NULL;
}

/* Whether the VM there is what is asked for; true as well when there is none. */
static bool image_fits(const struct conf *conf, JsonObject *vm, GError **error)
{
	const char *has = state_string(vm, "image", "");

	if (!vm || !conf->image || g_str_equal(conf->image, has) ||
	    g_str_equal(conf->image, state_string(vm, "image_id", "")))
		return true;
	return fault_set(error, LAB_ERROR_LAB,
			 "VM '%s' was made from image '%s', not '%s'; remove it with 'vexvm clean "
			 "--vm', or make another beside it with --name", conf->name, has, conf->image);
}

bool vm_setup(const struct conf *conf, const struct probe *probe,
	      const struct progress *progress, GError **error)
{
	g_autofree char *path = plan_state_path(conf, "setup.lock");
	g_autoptr(lock_owner) lock = lock_wait(path, "setting it up", progress, error);
	g_autoptr(GError) cause = NULL;
	g_autoptr(JsonObject) vm = lock ? state_load(conf, STATE_VM, &cause) : NULL;
	g_autoptr(image_owner) image = NULL;

	if (!lock || !image_fits(conf, vm, error))
		return false;
	if (is_whole(conf, vm, progress))
		return true;
	progress_note(progress, "Making VM '%s' of %s, once", conf->name, conf->root);
	image = image_ensure(conf, conf->image, progress, error);
	if (!image)
		return false;
	/*
	 * A first boot that was cut off is not gone on with: what it left is
	 * unknown, and making it anew is cheap.
	 */
	return vm_stop(conf, true, NULL, error) && vm_create(conf, image, error) &&
	       state_set_bool(conf, STATE_VM, "packages", !image->packages_included, error) &&
	       vm_provision(conf, probe, progress, error);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/vmbox.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/plan.h"
#include "libvm/state.h"
#include "libvm/store.h"
#include "libvm/vm-private.h"

/* Longer than a unix socket's address, with what QEMU's options treat specially. */
#define LONG_PART "a folder, with a name that is long enough to be too long for a socket's path"

static struct image *make_image(const struct conf *conf)
{
	static const struct image shape = { .name = (char *)"tiny", .id = (char *)"0011223344556677",
					    .disk = (char *)"disk.img", .format = (char *)"raw",
					    .kernel = (char *)"vmlinuz", .root = (char *)"/dev/vda",
					    .virtual_size = 1024 * 1024 };
	g_autofree char *work = store_work_dir(conf, NULL);
	g_autofree char *disk = g_build_filename(work, shape.disk, NULL);
	g_autoptr(GError) error = NULL;
	auto_fd fd = open(disk, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	g_assert_cmpint(ftruncate(fd, (off_t)shape.virtual_size), ==, 0);
	g_assert_true(store_commit(conf, work, &shape, &error));
	g_assert_no_error(error);
	return image_load(conf, shape.id, &error);
}

void vmbox_set_up(struct vmbox *box, gconstpointer data)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *cache = NULL, *console = NULL;
	g_autoptr(GError) error = NULL;

	box->folder = g_dir_make_tmp("vexvm-vm-XXXXXX", &error);
	g_assert_no_error(error);
	box->root = g_build_filename(box->folder, LONG_PART, LONG_PART, NULL);
	g_assert_cmpint(g_mkdir_with_parents(box->root, 0755), ==, 0);
	cache = g_build_filename(box->folder, "cache", NULL);
	g_setenv("VEXVM_CACHE", cache, TRUE);
	g_setenv("VEXVM_AGENT", self, TRUE);
	box->conf = conf_new(box->root, NULL, &error);
	g_assert_no_error(error);
	box->conf->auto_ports = true;
	box->conf->mount = false;
	box->probe = (struct probe){ .qemu = g_steal_pointer(&self), .version_text = (char *)"QEMU 7.2" };
	box->start = (struct vm_start){ .headless = true, .no_wait = true };
	box->image = make_image(box->conf);
	g_assert_nonnull(box->image);
	console = plan_state_path(box->conf, "console.log");
	g_setenv(FAKE_QEMU_RUNTIME, box->conf->runtime_dir, TRUE);
	g_setenv(FAKE_QEMU_CONSOLE, console, TRUE);
	g_unsetenv(FAKE_QEMU_STATUS);
	g_assert_true(vm_create(box->conf, box->image, &error));
	g_assert_no_error(error);
}

void vmbox_tear_down(struct vmbox *box, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(vm_remove(box->conf, NULL, &error));
	g_assert_no_error(error);
	g_assert_false(g_file_test(box->conf->runtime_dir, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test(box->conf->state_dir, G_FILE_TEST_EXISTS));
	g_assert_true(store_remove_tree(box->folder, NULL));
	image_free(box->image);
	conf_free(box->conf);
	g_free(box->probe.qemu);
	g_free(box->folder);
	g_free(box->root);
}

bool vmbox_start(struct vmbox *box, const char *mode, GError **error)
{
	bool ok;

	g_setenv(FAKE_QEMU, mode, TRUE);
	ok = vm_start(box->conf, &box->probe, &box->start, NULL, error);
	g_unsetenv(FAKE_QEMU);
	return ok;
}

void vmbox_expect_started(struct vmbox *box, const char *mode)
{
	g_autoptr(GError) error = NULL;

	vmbox_start(box, mode, &error);
	g_assert_no_error(error);
}

void vmbox_expect_error(GError *error, enum lab_error code, const char *part)
{
	g_assert_error(error, LAB_ERROR, code);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, part));
	g_assert_null(strchr(error->message, '\n'));
}

void vmbox_expect_phase(struct vmbox *box, enum vm_phase phase, const char *detail)
{
	g_autoptr(GError) error = NULL;
	struct vm_status status;

	g_assert_true(vm_status(box->conf, &status, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(vm_phase_name(status.phase), ==, vm_phase_name(phase));
	if (detail)
		g_assert_nonnull(strstr(status.detail, detail));
	vm_status_clear(&status);
}

int vmbox_pid(struct vmbox *box)
{
	g_autoptr(JsonObject) run = state_load(box->conf, STATE_RUN, NULL);

	return vm_pid(run);
}

bool vmbox_has_socket(struct vmbox *box, const char *name)
{
	g_autofree char *path = plan_runtime_path(box->conf, name);

	return g_access(path, F_OK) == 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/vmcore.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"
#include "libvm/run-folder.h"
#include "libvm/state.h"
#include "libvm/store.h"

#define DIG_LIMIT_MS 60000
#define RESERVE (1ull << 30)	/* bytes that stay free on the host's disk */

/*
 * The ELF file has the kernel's own addresses, for gdb; the other one cannot, and
 * crash(8) finds them by itself.
 */
static bool begin(struct qmp *qmp, const char *path, const char *format, gint64 deadline,
		  GError **error)
{
	JsonObject *arguments = json_object_new();
	g_autofree char *protocol = g_strconcat("file:", path, NULL);

	json_object_set_boolean_member(arguments, "paging", g_str_equal(format, "elf"));
	json_object_set_string_member(arguments, "protocol", protocol);
	json_object_set_string_member(arguments, "format", g_str_equal(format, "elf") ? "elf" : "kdump-zlib");
	json_object_set_boolean_member(arguments, "detach", TRUE);
	return qmp_call(qmp, "dump-guest-memory", arguments, deadline, NULL, error);
}

/* DUMP_COMPLETED (QEMU: qapi/dump.json) has "error" when it failed. */
static bool await_end(struct qmp *qmp, gint64 deadline, GError **error)
{
	for (;;) {
		g_autoptr(GError) gone = NULL;
		g_autoptr(JsonObject) event = qmp_event(qmp, deadline, &gone);
		const char *why;

		if (!event)
			return gone ? fault_set(error, LAB_ERROR_LAB, "%s", gone->message) :
			       fault_set(error, LAB_ERROR_TIMEOUT, "QEMU did not end it in time");
		if (!g_str_equal(state_string(event, "event", ""), "DUMP_COMPLETED"))
			continue;
		why = state_string(state_object(event, "data"), "error", NULL);
		return !why || fault_set(error, LAB_ERROR_LAB, "QEMU failed: %.200s", why);
	}
}

/* QEMU writes out what is zero, too: most of an ELF file. What cannot be done is no loss. */
static void dig_holes(const char *path)
{
	const char *const argv[] = { "fallocate", "--dig-holes", path, NULL };

	program_check(argv, DIG_LIMIT_MS, NULL, NULL);
}

static bool write_core(struct qmp *qmp, const char *path, const char *format, gint64 deadline,
		       struct vmcore *ret, GError **error)
{
	g_autoptr(GError) cause = NULL;

	ret->format = format;
	if (!begin(qmp, path, format, deadline, &cause)) {
		if (g_str_equal(format, "elf")) {
			g_propagate_error(error, g_steal_pointer(&cause));
			return false;
		}
		/* A QEMU without zlib. */
		ret->format = "elf";
		if (!begin(qmp, path, ret->format, deadline, error)) {
			g_prefix_error(error, "%s; as ELF: ", cause->message);
			return false;
		}
	}
	if (!await_end(qmp, deadline, error))
		return false;
	if (g_str_equal(ret->format, "elf"))
		dig_holes(path);
	return true;
}

/* Nobody else works on it, and it is not there yet. */
static bool claim(const char *path, const char *temporary, GError **error)
{
	auto_fd fd = -1;

	if (g_access(path, F_OK) == 0)
		errno = EEXIST;
	else
		fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return fault_set(error, LAB_ERROR_LAB, "another guest's is kept, %s", path);
	return fd >= 0 || fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", path);
}

bool vmcore_dump(const struct conf *conf, struct qmp *qmp, const char *path, gint64 deadline,
		 struct vmcore *ret, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *temporary = g_strdup_printf("%s.%d.tmp", path, getpid());
	gint64 began = g_get_monotonic_time();
	struct stat st;
	bool ok;

	*ret = (struct vmcore){ 0 };
	if (!store_check_room(folder, ((guint64)conf->memory_mib << 20) + RESERVE, "A dump of the guest", error) ||
	    !claim(path, temporary, error))
		return false;
	ok = write_core(qmp, temporary, conf->crash_format, deadline, ret, error);
	if (ok && (g_stat(temporary, &st) < 0 || g_rename(temporary, path) < 0))
		ok = fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", path);
	if (!ok) {
		g_unlink(temporary);
		return false;
	}
	ret->bytes = (guint64)st.st_blocks * 512;
	ret->seconds = clock_since(began);
	return true;
}

/* Those in the runs */

static guint64 size_of(const char *path)
{
	struct stat st;

	return g_lstat(path, &st) == 0 ? (guint64)st.st_blocks * 512 : 0;
}

void vmcore_prune(const struct conf *conf)
{
	g_autoptr(GPtrArray) runs = run_folder_list(conf);
	guint64 total = 0, most = (guint64)conf->crash_total_mib << 20;
	guint kept = 0;

	for (guint i = 0; i < runs->len; i++) {
		g_autofree char *core = g_build_filename(runs->pdata[i], VMCORE_FILE, NULL);
		g_autofree char *about = g_build_filename(runs->pdata[i], VMCORE_ABOUT, NULL);

		if (g_access(core, F_OK) < 0)
			continue;
		total += size_of(core);
		if (++kept <= conf->crash_keep && total <= most)
			continue;
		g_unlink(core);
		g_unlink(about);
	}
}

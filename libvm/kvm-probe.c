// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/kvm-probe.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"

#define EXIT_VALUE	0x2a
#define EXIT_STATUS	((EXIT_VALUE << 1) | 1)
/* SeaBIOS takes a disk for bootable from one cylinder on (16 heads, 63 sectors). */
#define DISK_SIZE	(1024 * 1024)

/* 16-bit code, loaded by the BIOS at 0000:7c00. */
static const guint8 boot_sector[512] = {
	0xfa,				/*	cli			*/
	0xb8, EXIT_VALUE, 0x00,		/*	mov	ax, EXIT_VALUE	*/
	0xba, 0xf4, 0x00,		/*	mov	dx, 0xf4	*/
	0xef,				/*	out	dx, ax		*/
	0xf4,				/* 1:	hlt			*/
	0xeb, 0xfd,			/*	jmp	1b		*/
	[510] = 0x55, 0xaa,		/* the BIOS looks for these */
};

static int disk_open(void)
{
	auto_fd fd = memfd_create("vexvm-probe", 0);

	if (fd < 0 || ftruncate(fd, DISK_SIZE) < 0 ||
	    !fd_write_all(fd, boot_sector, sizeof(boot_sector)))
		return -1;
	return fd_steal(&fd);
}

/* QEMU's own words: the last line of its stderr that names an error. */
static char *qemu_complaint(const char *err)
{
	g_auto(GStrv) lines = g_strsplit(err, "\n", -1);

	for (guint i = 0; lines[i]; i++) {
		const char *at = strstr(lines[i], "error: ");

		if (at)
			return g_utf8_make_valid(at + strlen("error: "), -1);
	}
	return program_last_line(err);
}

static char *describe(const struct program_result *result, guint limit_ms)
{
	g_autofree char *said = qemu_complaint(result->err->str);
	g_autofree char *how = program_result_describe(result);

	if (result->timed_out)
		return g_strdup_printf("a guest does not get anywhere within %u s",
				       limit_ms / 1000);
	if (result->signal)
		return g_strdup_printf("QEMU aborts: %s", *said ? said : how);
	return g_strdup_printf("QEMU ends with %s%s%s", how, *said ? ": " : "", said);
}

bool kvm_probe_boot(const char *qemu, enum accel accel, guint limit_ms,
		    char **ret_reason)
{
	auto_program_result result = { .out = NULL };
	g_autoptr(GError) error = NULL;
	g_autofree char *drive = NULL;
	auto_fd disk = disk_open();

	if (disk < 0) {
		*ret_reason = g_strdup_printf("no memory file for the probe guest: %s",
					      g_strerror(errno));
		return false;
	}
	drive = g_strdup_printf("file=/dev/fd/%d,format=raw,if=virtio,readonly=on", disk);

	const char *argv[] = {
		qemu, "-no-user-config", "-nodefaults", "-display", "none", "-no-reboot",
		"-machine", "pc", "-accel", accel_name(accel),
		"-cpu", accel == ACCEL_KVM ? "host" : "max", "-smp", "2", "-m", "32",
		"-device", "isa-debug-exit,iobase=0xf4,iosize=2", "-drive", drive, NULL
	};

	if (!program_run(argv, disk, limit_ms, &result, &error)) {
		*ret_reason = g_strdup(error->message);
		return false;
	}
	if (!result.timed_out && !result.signal && result.status == EXIT_STATUS) {
		*ret_reason = g_strdup("a probe guest ran");
		return true;
	}
	*ret_reason = describe(&result, limit_ms);
	return false;
}

bool kvm_probe_device(const char *device, char **ret_reason)
{
	auto_fd fd = open(device, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return true;
	if (errno == ENOENT)
		*ret_reason = g_strdup_printf("there is no %s", device);
	else if (errno == EACCES || errno == EPERM)
		*ret_reason = g_strdup_printf("this user may not open %s (not in its group?)",
					      device);
	else
		*ret_reason = g_strdup_printf("%s cannot be opened: %s", device,
					      g_strerror(errno));
	return false;
}

/* What the verdict depends on, as one string. */
static char *verdict_key(const char *qemu)
{
	g_autofree char *boot_id = NULL;
	struct stat st;

	if (stat(qemu, &st) < 0 ||
	    !g_file_get_contents("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL))
		return NULL;
	return g_strdup_printf("%s %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld",
			       g_strstrip(boot_id), qemu, (gint64)st.st_size,
			       (gint64)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

/* The member's value if it has that type, else NULL. */
static JsonNode *member_of_type(JsonObject *object, const char *name, GType type)
{
	JsonNode *node = json_object_get_member(object, name);

	return node && JSON_NODE_HOLDS_VALUE(node) &&
	       json_node_get_value_type(node) == type ? node : NULL;
}

bool kvm_probe_load(const char *file, const char *qemu, bool *ret_kvm, char **ret_reason)
{
	g_autofree char *key = verdict_key(qemu);
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonNode *root, *held, *verdict, *reason;
	JsonObject *object;

	if (!key || !json_parser_load_from_file(parser, file, NULL))
		return false;
	root = json_parser_get_root(parser);
	if (!root || !JSON_NODE_HOLDS_OBJECT(root))
		return false;
	object = json_node_get_object(root);
	held = member_of_type(object, "key", G_TYPE_STRING);
	verdict = member_of_type(object, "kvm", G_TYPE_BOOLEAN);
	reason = member_of_type(object, "reason", G_TYPE_STRING);
	if (!held || !verdict || !reason || !g_str_equal(json_node_get_string(held), key))
		return false;
	*ret_kvm = json_node_get_boolean(verdict);
	*ret_reason = g_strdup(json_node_get_string(reason));
	return true;
}

bool kvm_probe_save(const char *file, const char *qemu, bool kvm, const char *reason,
		    GError **error)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autofree char *folder = g_path_get_dirname(file);
	g_autofree char *key = verdict_key(qemu);
	g_autofree char *text = NULL;
	g_autoptr(JsonNode) root = NULL;

	if (!key)
		return fault_set(error, LAB_ERROR_LAB, "cannot identify %s", qemu);
	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "key");
	json_builder_add_string_value(builder, key);
	json_builder_set_member_name(builder, "kvm");
	json_builder_add_boolean_value(builder, kvm);
	json_builder_set_member_name(builder, "reason");
	json_builder_add_string_value(builder, reason);
	json_builder_end_object(builder);
	root = json_builder_get_root(builder);
	text = json_to_string(root, TRUE);
	if (g_mkdir_with_parents(folder, 0755) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", folder);
	return g_file_set_contents(file, text, -1, error);
}

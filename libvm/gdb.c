// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/gdb.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <poll.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/plan.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"

#define SOCKET "gdb"
#define DETACH_LIMIT_S 5

char *gdb_socket(const struct conf *conf)
{
	return plan_runtime_path(conf, SOCKET);
}

/* What the human monitor answers to a command that it obeys is a note, or nothing. */
static bool serve_on(struct qmp *qmp, const char *device, GError **error)
{
	g_autofree char *line = g_strdup_printf("gdbserver %s", device);
	g_autofree char *answer = NULL;

	if (!qmp_human(qmp, line, clock_in(VM_QMP_LIMIT_S), &answer, error))
		return false;
	if (!strstr(answer, "ould not open") && !strstr(answer, "rror"))
		return true;
	g_strdelimit(answer, "\r\n", ' ');
	return fault_set(error, LAB_ERROR_LAB, "QEMU does not serve gdb: %.200s", g_strstrip(answer));
}

bool gdb_serve(const struct conf *conf, GError **error)
{
	g_autoptr(qmp_owner) qmp = vm_qmp(conf, error);
	g_autofree char *path = gdb_socket(conf);
	g_autoptr(GString) device = g_string_new(path);

	/* QEMU reads two commas as one; the monitor parts words at blanks outside quotes. */
	g_string_replace(device, ",", ",,", 0);
	g_string_prepend(device, "\"unix:");
	g_string_append(device, ",server=on,wait=off\"");
	return qmp && serve_on(qmp, device->str, error);
}

static bool is_running(struct qmp *qmp)
{
	g_autoptr(JsonNode) answer = NULL;

	return qmp_call(qmp, "query-status", NULL, clock_in(VM_QMP_LIMIT_S), &answer, NULL) &&
	       JSON_NODE_HOLDS_OBJECT(answer) &&
	       state_bool(json_node_get_object(answer), "running", false);
}

/*
 * "D" of gdb's remote protocol has QEMU remove all breakpoints; gdb has sent one
 * itself, unless it was killed. Answered by "+$OK#9a".
 */
static void detach(const struct conf *conf)
{
	g_autofree char *path = gdb_socket(conf);
	auto_fd fd = fd_connect_unix(path);
	static const char packet[] = "+$D#44";
	char answer[64];

	if (fd < 0 || !fd_write_all(fd, packet, strlen(packet)) ||
	    fd_wait(fd, POLLIN, clock_in(DETACH_LIMIT_S)) <= 0)
		return;
	(void)!read(fd, answer, sizeof(answer));
}

bool gdb_leave(const struct conf *conf, bool run, GError **error)
{
	g_autofree char *path = gdb_socket(conf);
	g_autoptr(qmp_owner) qmp = NULL;
	bool ok;

	detach(conf);
	qmp = vm_qmp(conf, error);
	ok = qmp && serve_on(qmp, "none", error);
	unlink(path);
	if (ok && is_running(qmp) != run)
		ok = qmp_call(qmp, run ? "cont" : "stop", NULL, clock_in(VM_QMP_LIMIT_S), NULL, error);
	return ok;
}

/* The value of @name in a symbol table; 0 = it is not there. */
static guint64 symbol_value(Elf *elf, const char *wanted)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;

	while ((scn = elf_nextscn(elf, scn))) {
		Elf_Data *data;
		GElf_Sym symbol;

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_SYMTAB)
			continue;
		data = elf_getdata(scn, NULL);
		for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
			const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);

			if (name && g_str_equal(name, wanted) && symbol.st_shndx != SHN_UNDEF)
				return symbol.st_value;
		}
	}
	return 0;
}

bool gdb_kernel_offset(const char *vmlinux, const struct kallsyms *symbols, gint64 *ret, GError **error)
{
	auto_fd fd = open(vmlinux, O_RDONLY | O_CLOEXEC);
	guint64 linked = 0;
	Elf *elf;

	if (fd < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot read %s", vmlinux);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf)
		linked = symbol_value(elf, "do_init_module");
	elf_end(elf);
	if (!linked)
		return fault_set(error, LAB_ERROR_LAB, "%s is no kernel with symbols", vmlinux);
	if (!symbols->do_init_module)
		return fault_set(error, LAB_ERROR_LAB, "it is not known where the guest's kernel lies");
	*ret = (gint64)(symbols->do_init_module - linked);
	return true;
}

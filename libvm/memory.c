// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/memory.h"

#include <fcntl.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "libvm/modinfo.h"
#include "libvm/sections.h"

#define LIMIT_S 10
#define CPUS_MAX 8		/* whose page tables are tried: in user mode they lack the kernel */

struct reader {
	struct qmp *qmp;
	const char *path;
	gint64 deadline;
	guint cpu;		/* the one that could last time */
};

void placed_free(struct placed *p)
{
	if (!p)
		return;
	g_free(p->name);
	g_free(p->file);
	g_ptr_array_unref(p->names);
	g_array_unref(p->addresses);
	g_free(p);
}

JsonArray *placed_array(const GPtrArray *modules)
{
	JsonArray *array = json_array_new();

	for (guint i = 0; i < modules->len; i++) {
		const struct placed *m = modules->pdata[i];
		JsonObject *object = json_object_new(), *sections = json_object_new();

		json_object_set_string_member(object, "name", m->name);
		json_object_set_string_member(object, "file", m->file);
		for (guint k = 0; k < m->names->len; k++) {
			g_autofree char *address = g_strdup_printf("0x%" G_GINT64_MODIFIER "x",
								   g_array_index(m->addresses, guint64, k));

			json_object_set_string_member(sections, m->names->pdata[k], address);
		}
		json_object_set_object_member(object, "sections", sections);
		json_array_add_object_element(array, object);
	}
	return array;
}

/* QEMU writes the bytes into a file. */
static bool save(const struct reader *r, guint64 address, gsize size, guint cpu)
{
	JsonObject *arguments = json_object_new();

	json_object_set_int_member(arguments, "val", (gint64)address);
	json_object_set_int_member(arguments, "size", (gint64)size);
	json_object_set_string_member(arguments, "filename", r->path);
	json_object_set_int_member(arguments, "cpu-index", cpu);
	return qmp_call(r->qmp, "memsave", arguments, r->deadline, NULL, NULL);
}

static bool read_memory(void *data, guint64 address, void *buf, gsize size)
{
	struct reader *r = data;

	for (guint i = 0; i < CPUS_MAX; i++) {
		guint cpu = (r->cpu + i) % CPUS_MAX;

		if (save(r, address, size, cpu)) {
			auto_fd fd = open(r->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

			r->cpu = cpu;
			return fd >= 0 && pread(fd, buf, size, 0) == (ssize_t)size;
		}
	}
	return false;
}

bool memory_read(void *data, guint64 address, void *buf, gsize size)
{
	const struct memory_of_cpu *m = data;
	g_autofree char *path = g_build_filename(m->folder, "memory.tmp", NULL);
	struct reader reader = { .qmp = m->qmp, .path = path, .deadline = m->deadline, .cpu = m->cpu };
	bool ok = g_get_monotonic_time() < m->deadline && read_memory(&reader, address, buf, size);

	unlink(path);
	return ok;
}

/* 0 is no address. */
static void add_section(struct placed *placed, const char *name, guint64 address)
{
	if (!address)
		return;
	g_ptr_array_add(placed->names, g_strdup(name));
	g_array_append_val(placed->addresses, address);
}

static struct placed *place(struct reader *r, const struct kallsyms *symbols, const char *file)
{
	g_autoptr(modinfo_owner) info = modinfo_read(file, NULL);
	g_autoptr(GPtrArray) steps = NULL;
	g_autoptr(GArray) found = NULL;
	struct placed *placed;
	guint64 address;
	bool coming;
	guint module;

	address = info ? sections_find_module(symbols->modules, info->name, read_memory, r, &coming) : 0;
	steps = address ? sections_steps(file, coming, &module, NULL) : NULL;
	if (!steps)
		return NULL;
	found = sections_follow(steps, module, address, read_memory, r);
	placed = g_new0(struct placed, 1);
	*placed = (struct placed){ .name = g_strdup(info->name), .file = g_strdup(file),
				   .names = g_ptr_array_new_with_free_func(g_free),
				   .addresses = g_array_new(FALSE, FALSE, sizeof(guint64)) };
	for (guint i = 0; i < steps->len; i++)
		add_section(placed, ((struct sections_step *)steps->pdata[i])->name, g_array_index(found, guint64, i));
	return placed;
}

GPtrArray *memory_find_modules(struct qmp *qmp, const struct kallsyms *symbols,
			       const char *const *files, const char *folder)
{
	GPtrArray *modules = g_ptr_array_new_with_free_func((GDestroyNotify)placed_free);
	g_autofree char *path = g_build_filename(folder, "memory.tmp", NULL);
	struct reader reader = { .qmp = qmp, .path = path, .deadline = clock_in(LIMIT_S) };

	for (guint i = 0; files[i] && symbols->modules; i++) {
		struct placed *placed = place(&reader, symbols, files[i]);

		if (placed)
			g_ptr_array_add(modules, placed);
	}
	unlink(path);
	return modules;
}

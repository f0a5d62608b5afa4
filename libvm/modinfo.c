// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/modinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"

#define VALUE_MAX 4096
#define VALUES_MAX 4096		/* strings of one key */
#define VERSIONS_MAX 65536
/* After enum module_state, padding and struct list_head. */
#define THIS_MODULE_NAME_OFFSET 24

/* Strings of one section while it is read. */
struct reading {
	struct modinfo *info;
	GPtrArray *aliases, *parameters;
};

void modinfo_free(struct modinfo *info)
{
	if (!info)
		return;
	g_free(info->name);
	g_free(info->vermagic);
	g_free(info->version);
	g_free(info->license);
	g_strfreev(info->depends);
	g_strfreev(info->aliases);
	g_strfreev(info->parameters);
	if (info->versions)
		g_array_unref(info->versions);
	g_free(info);
}

char *modinfo_loaded_name(const char *file_name)
{
	g_autofree char *base = g_path_get_basename(file_name);

	if (g_str_has_suffix(base, ".ko"))
		base[strlen(base) - 3] = '\0';
	return g_strdelimit(g_steal_pointer(&base), "-", '_');
}

char *modinfo_release(const struct modinfo *info)
{
	const char *text = info->vermagic ? info->vermagic : "";

	return g_strndup(text, strcspn(text, " "));
}

static bool name_is_sane(const char *name)
{
	gsize length = strlen(name);

	return length >= 1 && length <= MODINFO_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == length;
}

static void add(GPtrArray *strings, char *value)
{
	if (strings->len < VALUES_MAX)
		g_ptr_array_add(strings, value);
	else
		g_free(value);
}

/* One "key=value", NUL-ended. */
static void take_string(struct reading *r, const char *text)
{
	const char *equals = strchr(text, '=');
	g_autofree char *key = equals ? g_strndup(text, (gsize)(equals - text)) : NULL;
	g_autofree char *raw = equals ? g_strndup(equals + 1, VALUE_MAX) : NULL;
	char *value = raw ? g_utf8_make_valid(raw, -1) : NULL;
	struct { const char *key; char **member; } single[] = {
		{ "name", &r->info->name },	   { "vermagic", &r->info->vermagic },
		{ "version", &r->info->version }, { "license", &r->info->license },
	};

	if (!key)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(single); i++)
		if (g_str_equal(key, single[i].key) && !*single[i].member)
			*single[i].member = g_steal_pointer(&value);
	if (value && g_str_equal(key, "depends") && *value && !r->info->depends)
		r->info->depends = g_strsplit(value, ",", 256);
	if (value && g_str_equal(key, "alias"))
		add(r->aliases, g_steal_pointer(&value));
	if (value && g_str_equal(key, "parmtype"))
		add(r->parameters, g_strndup(value, strcspn(value, ":")));
	g_free(value);
}

static void take_modinfo(struct reading *r, const char *data, gsize size)
{
	const char *end = data + size;

	while (data < end) {
		gsize length = strnlen(data, (gsize)(end - data));

		/* A last string without its NUL is cut off: not a string. */
		if (data + length == end)
			return;
		if (length)
			take_string(r, data);
		data += length + 1;
	}
}

static void take_this_module(struct reading *r, const char *data, gsize size)
{
	if (size <= THIS_MODULE_NAME_OFFSET + MODINFO_NAME_MAX || r->info->name)
		return;
	r->info->name = g_strndup(data + THIS_MODULE_NAME_OFFSET, MODINFO_NAME_MAX);
}

/* struct modversion_info: an unsigned long, and a name that fills it up to 64 bytes. */
static void take_versions(struct reading *r, const char *data, gsize size)
{
	static const gsize each = 64, name_at = sizeof(guint64);

	for (; size >= each && r->info->versions->len < VERSIONS_MAX; data += each, size -= each) {
		struct modinfo_version v;
		guint64 crc;

		memcpy(&crc, data, sizeof(crc));
		v.crc = (guint32)GUINT64_FROM_LE(crc);
		/* A hostile file's name may have no end. */
		memcpy(v.symbol, data + name_at, sizeof(v.symbol) - 1);
		v.symbol[sizeof(v.symbol) - 1] = '\0';
		g_array_append_val(r->info->versions, v);
	}
}

/* The bytes of the section @wanted; NULL when there is none. */
static const char *section(Elf *elf, const char *wanted, gsize *ret_size)
{
	size_t strings;
	Elf_Scn *scn = NULL;

	if (elf_getshdrstrndx(elf, &strings) < 0)
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;
		const char *name;
		Elf_Data *data;

		if (!gelf_getshdr(scn, &header) || header.sh_type == SHT_NOBITS)
			continue;
		name = elf_strptr(elf, strings, header.sh_name);
		if (!name || !g_str_equal(name, wanted))
			continue;
		data = elf_rawdata(scn, NULL);
		if (!data || !data->d_buf)
			return NULL;
		*ret_size = data->d_size;
		return data->d_buf;
	}
	return NULL;
}

static bool read_elf(Elf *elf, struct reading *r)
{
	GElf_Ehdr header;
	const char *data;
	gsize size;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header) ||
	    header.e_type != ET_REL)
		return false;
	data = section(elf, ".modinfo", &size);
	if (!data)
		return false;
	take_modinfo(r, data, size);
	data = section(elf, ".gnu.linkonce.this_module", &size);
	if (data)
		take_this_module(r, data, size);
	data = section(elf, "__versions", &size);
	if (data)
		take_versions(r, data, size);
	return r->info->name && name_is_sane(r->info->name);
}

static char **strings_end(GPtrArray *strings)
{
	g_ptr_array_add(strings, NULL);
	return (char **)g_ptr_array_free(strings, FALSE);
}

struct modinfo *modinfo_read(const char *path, GError **error)
{
	g_autoptr(modinfo_owner) info = g_new0(struct modinfo, 1);
	struct reading r = { info, g_ptr_array_new(), g_ptr_array_new() };
	/* A FIFO would wait for who writes to it. */
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int saved = errno;
	struct stat st;
	Elf *elf = NULL;
	bool ok;

	info->versions = g_array_new(FALSE, FALSE, sizeof(struct modinfo_version));
	elf_version(EV_CURRENT);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		elf = elf_begin(fd, ELF_C_READ, NULL);
	ok = read_elf(elf, &r);
	elf_end(elf);
	info->aliases = strings_end(r.aliases);
	info->parameters = strings_end(r.parameters);
	if (!info->depends)
		info->depends = g_new0(char *, 1);
	if (ok)
		return g_steal_pointer(&info);
	if (info->name && !name_is_sane(info->name)) {
		g_autofree char *shown = text_line(info->name, -1);

		fault_set(error, LAB_ERROR_BUILD, "'%s' is no name for a module; letters, digits and _ are "
			  "(- becomes _), at most %d of them", shown, MODINFO_NAME_MAX);
	} else if (fd < 0)
		fault_set_errno(error, LAB_ERROR_BUILD, saved, "cannot read %s", path);
	else
		fault_set(error, LAB_ERROR_BUILD, "%s is no kernel module", path);
	return NULL;
}

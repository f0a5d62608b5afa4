// SPDX-License-Identifier: GPL-2.0-only
/* The keys of vexvm.conf: what each takes, and where its value goes. */
#include "libvm/conf-private.h"

#include <string.h>

#include "lib/fault.h"
#include "lib/nearest.h"
#include "libvm/inject.h"

enum conf_type {
	CONF_STRING,
	CONF_KERNEL,	/* a name as a VM's; the word for the image's own is NULL */
	CONF_PATH,	/* below the source: relative, no ".." */
	CONF_CHOICE,	/* one of some words */
	CONF_OPTIONAL,	/* the same, or nothing */
	CONF_WORDS,	/* quoted as in a shell */
	CONF_CACHES,	/* words that are names of slab caches */
	CONF_PATHS,	/* words that are such paths */
	CONF_RULES,	/* words that are rules: libvm/inject.h */
	CONF_UINT,
	CONF_BOOL,
	CONF_MEMORY,
};

struct conf_key {
	const char *group, *name;
	enum conf_type type;
	size_t offset;
	guint min, max;
	const char *what, *choices;	/* what it is; "auto, kvm or tcg" */
};

#define KEY(group, name, type, member, ...) \
	{ group, name, type, offsetof(struct conf, member), ##__VA_ARGS__ }

static const struct conf_key conf_keys[] = {
	KEY("vm", "image", CONF_STRING, image),
	KEY("vm", "kernel", CONF_KERNEL, kernel),
	KEY("vm", "memory", CONF_MEMORY, memory_mib),
	KEY("vm", "cpus", CONF_UINT, cpus, 1, 255),
	KEY("vm", "disk", CONF_UINT, disk_gib, 4, 2048),
	KEY("vm", "ssh-port", CONF_UINT, ssh_port, 1, 65535),
	KEY("vm", "vnc-port", CONF_UINT, vnc_port, 5900, 65535),
	KEY("vm", "monitor-port", CONF_UINT, monitor_port, 1, 65535),
	KEY("vm", "auto-ports", CONF_BOOL, auto_ports),
	KEY("vm", "accel", CONF_CHOICE, accel, .what = "accelerator", .choices = "auto, kvm or tcg"),
	KEY("vm", "append", CONF_STRING, append),
	KEY("vm", "sharp", CONF_BOOL, sharp),
	KEY("vm", "slabs", CONF_CACHES, slabs),
	KEY("vm", "boot-timeout", CONF_UINT, boot_timeout_s, 1, 86400),
	KEY("vm", "mount", CONF_BOOL, mount),
	KEY("module", "path", CONF_PATH, module_path),
	KEY("module", "args", CONF_STRING, module_args),
	KEY("module", "needs", CONF_WORDS, needs),
	KEY("module", "dyndbg", CONF_BOOL, dyndbg),
	KEY("module", "make", CONF_WORDS, make_args),
	KEY("module", "ccache", CONF_BOOL, ccache),
	KEY("module", "tools", CONF_PATHS, tools),
	KEY("test", "suites", CONF_PATHS, suites),
	KEY("test", "timeout", CONF_UINT, timeout_s, 1, CONF_TIMEOUT_MAX_S),
	KEY("test", "reloads", CONF_UINT, reloads, 0, 10000),
	KEY("test", "inject", CONF_RULES, inject),
	KEY("test", "isolation", CONF_CHOICE, isolation, .what = "isolation", .choices = "run, suite or test"),
	KEY("test", "jobs", CONF_UINT, jobs, 0, CONF_JOBS_MAX),
	KEY("test", "confirm", CONF_UINT, confirm, 0, CONF_CONFIRM_MAX),
	KEY("test", "audit", CONF_BOOL, audit),
	KEY("test", "fault", CONF_OPTIONAL, fault, .what = "fault that can be injected",
	    .choices = CONF_FAULT_SLAB),
	KEY("ffi", "object", CONF_PATH, ffi_object),
	KEY("ffi", "header", CONF_PATH, ffi_header),
	KEY("ffi", "abi", CONF_PATH, ffi_abi),
	KEY("ffi", "imports", CONF_PATH, ffi_imports),
	KEY("ffi", "symbol", CONF_STRING, ffi_symbol),
	KEY("ffi", "test", CONF_PATH, ffi_test),
	KEY("crash", "keep", CONF_UINT, crash_keep, 0, 20),
	KEY("crash", "format", CONF_CHOICE, crash_format, .what = "format of a dump", .choices = "kdump or elf"),
	KEY("crash", "total", CONF_UINT, crash_total_mib, 1, 1024 * 1024),
};

static const char *const conf_groups[] = { "vm", "module", "test", "ffi", "crash", NULL };

static const struct conf_key *key_find(const char *group, const char *name, GError **error)
{
	const char *names[G_N_ELEMENTS(conf_keys) + 1];
	const char *nearest;
	guint n = 0;

	for (guint i = 0; i < G_N_ELEMENTS(conf_keys); i++) {
		if (!g_str_equal(conf_keys[i].group, group))
			continue;
		if (g_str_equal(conf_keys[i].name, name))
			return &conf_keys[i];
		names[n++] = conf_keys[i].name;
	}
	names[n] = NULL;
	nearest = nearest_word(name, names);
	fault_set(error, LAB_ERROR_USAGE, "[%s] has no key '%s'%s%s%s; see vexvm.conf(5)", group,
		  name, nearest ? ", did you mean " : "", nearest ? nearest : "",
		  nearest ? "?" : "");
	return NULL;
}

bool conf_parse_memory(const char *text, guint *ret_mib, GError **error)
{
	char *end = NULL;
	guint64 value = g_ascii_strtoull(text, &end, 10);
	guint64 mib = value;

	if (g_str_equal(end, "G") || g_str_equal(end, "g"))
		mib = value > 1024 ? G_MAXUINT64 : value * 1024;
	else if (*end && !g_str_equal(end, "M") && !g_str_equal(end, "m"))
		end = (char *)text;
	if (!g_ascii_isdigit(text[0]) || end == text || mib < 128 || mib > 1024 * 1024)
		return fault_set(error, LAB_ERROR_USAGE,
				 "'%s' is no memory size; give 512M, 4G or a number of MiB, 128M to 1024G",
				 text);
	*ret_mib = (guint)mib;
	return true;
}

static bool set_uint(const struct conf_key *key, const char *text, guint *ret, GError **error)
{
	guint64 value;

	if (!g_ascii_string_to_unsigned(text, 10, key->min, key->max, &value, NULL))
		return fault_set(error, LAB_ERROR_USAGE,
				 "%s=%s: give a whole number from %u to %u", key->name,
				 text, key->min, key->max);
	*ret = (guint)value;
	return true;
}

static bool set_bool(const struct conf_key *key, const char *text, bool *ret, GError **error)
{
	*ret = g_str_equal(text, "yes") || g_str_equal(text, "true") || g_str_equal(text, "1");
	if (*ret || g_str_equal(text, "no") || g_str_equal(text, "false") ||
	    g_str_equal(text, "0"))
		return true;
	return fault_set(error, LAB_ERROR_USAGE, "%s=%s: give yes or no", key->name, text);
}

static bool path_check(const struct conf_key *key, const char *path, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);

	if (!g_path_is_absolute(path) && !g_strv_contains((const char *const *)parts, ".."))
		return true;
	return fault_set(error, LAB_ERROR_USAGE,
			 "%s=%s: give a path below the project, relative to it", key->name, path);
}

/* They become a part of the kernel's command line. */
static bool cache_check(const struct conf_key *key, const char *name, GError **error)
{
	if (*name && !name[strspn(name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_-:.*")])
		return true;
	return fault_set(error, LAB_ERROR_USAGE, "%s: '%s' is no slab cache's name; give "
			 "letters, digits and _-:. and * for any end of a name", key->name, name);
}

static bool word_check(const struct conf_key *key, const char *word, GError **error)
{
	struct inject_rule rule;

	switch (key->type) {
	case CONF_PATHS:
		return path_check(key, word, error);
	case CONF_CACHES:
		return cache_check(key, word, error);
	case CONF_RULES:
		return inject_parse(word, &rule, error);
	default:
		return true;
	}
}

static bool set_words(const struct conf_key *key, const char *text, char ***ret, GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_auto(GStrv) words = NULL;

	if (*text && !g_shell_parse_argv(text, NULL, &words, &cause))
		return fault_set(error, LAB_ERROR_USAGE, "%s=%s: %s", key->name, text, cause->message);
	for (guint i = 0; words && words[i]; i++)
		if (!word_check(key, words[i], error))
			return false;
	g_strfreev(*ret);
	*ret = g_steal_pointer(&words);
	return true;
}

static bool set_string(const struct conf_key *key, const char *text, char **ret, GError **error)
{
	if (key->type == CONF_PATH && !path_check(key, text, error))
		return false;
	g_free(*ret);
	*ret = *text ? g_strdup(text) : NULL;
	return true;
}

static bool set_choice(const struct conf_key *key, const char *text, char **ret, GError **error)
{
	g_auto(GStrv) choices = g_regex_split_simple(", | or ", key->choices, 0, 0);

	if (!g_strv_contains((const char *const *)choices, text) && (*text || key->type == CONF_CHOICE))
		return fault_set(error, LAB_ERROR_USAGE, "'%s' is no %s; give %s", text, key->what, key->choices);
	return set_string(key, text, ret, error);
}

static bool set_kernel(const char *text, char **ret, GError **error)
{
	bool stock = !*text || g_str_equal(text, CONF_KERNEL_STOCK);

	if (!stock && !conf_word_is_valid(text, strlen(text)))
		return fault_set(error, LAB_ERROR_USAGE, "kernel=%s: give debug, or " CONF_KERNEL_STOCK
				 " for the image's own", text);
	g_free(*ret);
	*ret = stock ? NULL : g_strdup(text);
	return true;
}

static bool key_set(struct conf *conf, const struct conf_key *key, const char *text,
		    GError **error)
{
	void *member = (char *)conf + key->offset;

	switch (key->type) {
	case CONF_STRING:
	case CONF_PATH:
		return set_string(key, text, member, error);
	case CONF_KERNEL:
		return set_kernel(text, member, error);
	case CONF_CHOICE:
	case CONF_OPTIONAL:
		return set_choice(key, text, member, error);
	case CONF_WORDS:
	case CONF_CACHES:
	case CONF_PATHS:
	case CONF_RULES:
		return set_words(key, text, member, error);
	case CONF_UINT:
		return set_uint(key, text, member, error);
	case CONF_BOOL:
		return set_bool(key, text, member, error);
	case CONF_MEMORY:
		return conf_parse_memory(text, member, error);
	}
	return false;
}

bool conf_set(struct conf *conf, const char *group, const char *key, const char *text,
	      GError **error)
{
	const struct conf_key *known = key_find(group, key, error);
	g_autofree char *value = g_strstrip(g_strdup(text));

	return known && key_set(conf, known, value, error);
}

bool conf_check_group(const char *group, GError **error)
{
	const char *nearest = nearest_word(group, conf_groups);

	if (g_strv_contains(conf_groups, group))
		return true;
	return fault_set(error, LAB_ERROR_USAGE, "no section is called [%s]%s%s%s; there are "
			 "[vm], [module], [test], [ffi] and [crash]", group,
			 nearest ? ", did you mean [" : "",
			 nearest ? nearest : "", nearest ? "]?" : "");
}

/* What a key's member holds, and who frees it. */
static bool is_string(const struct conf_key *key)
{
	return key->type == CONF_STRING || key->type == CONF_PATH || key->type == CONF_KERNEL ||
	       key->type == CONF_CHOICE || key->type == CONF_OPTIONAL;
}

static bool is_list(const struct conf_key *key)
{
	return key->type == CONF_WORDS || key->type == CONF_CACHES || key->type == CONF_PATHS ||
	       key->type == CONF_RULES;
}

void conf_own_values(struct conf *conf)
{
	for (guint i = 0; i < G_N_ELEMENTS(conf_keys); i++) {
		void *member = (char *)conf + conf_keys[i].offset;

		if (is_string(&conf_keys[i]))
			*(char **)member = g_strdup(*(char **)member);
		else if (is_list(&conf_keys[i]))
			*(char ***)member = g_strdupv(*(char ***)member);
	}
}

static void clear_value(struct conf *conf, const struct conf_key *key)
{
	void *member = (char *)conf + key->offset;

	if (is_string(key))
		g_clear_pointer((char **)member, g_free);
	else if (is_list(key))
		g_clear_pointer((char ***)member, g_strfreev);
}

void conf_clear_values(struct conf *conf)
{
	for (guint i = 0; i < G_N_ELEMENTS(conf_keys); i++)
		clear_value(conf, &conf_keys[i]);
}

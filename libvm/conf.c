// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/nearest.h"
#include "libvm/inject.h"

#define CONF_FILE "vexvm.conf"
#define CONF_FILE_MAX 65536	/* bytes */
/* "/agent.0.lock" is the longest name below runtime_dir; sun_path holds 108. */
#define RUNTIME_DIR_MAX 90

enum conf_type {
	CONF_STRING,
	CONF_KERNEL,	/* a name as a VM's; the word for the image's own is NULL */
	CONF_PATH,	/* below the source: relative, no ".." */
	CONF_WORDS,	/* quoted as in a shell */
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
	KEY("vm", "accel", CONF_STRING, accel),
	KEY("vm", "append", CONF_STRING, append),
	KEY("vm", "sharp", CONF_BOOL, sharp),
	KEY("vm", "slabs", CONF_WORDS, slabs),
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
	KEY("test", "timeout", CONF_UINT, timeout_s, 1, 86400),
	KEY("test", "reloads", CONF_UINT, reloads, 0, 10000),
	KEY("test", "inject", CONF_RULES, inject),
	KEY("test", "isolation", CONF_STRING, isolation),
	KEY("test", "jobs", CONF_UINT, jobs, 0, 256),
	KEY("test", "confirm", CONF_UINT, confirm, 0, CONF_CONFIRM_MAX),
	KEY("test", "audit", CONF_BOOL, audit),
	KEY("test", "fault", CONF_STRING, fault),
	KEY("ffi", "object", CONF_PATH, ffi_object),
	KEY("ffi", "header", CONF_PATH, ffi_header),
	KEY("ffi", "abi", CONF_PATH, ffi_abi),
	KEY("ffi", "imports", CONF_PATH, ffi_imports),
	KEY("ffi", "symbol", CONF_STRING, ffi_symbol),
	KEY("ffi", "test", CONF_PATH, ffi_test),
	KEY("crash", "keep", CONF_UINT, crash_keep, 0, 20),
	KEY("crash", "format", CONF_STRING, crash_format),
	KEY("crash", "total", CONF_UINT, crash_total_mib, 1, 1024 * 1024),
};

static const char *const conf_groups[] = { "vm", "module", "test", "ffi", "crash", NULL };

/* A name of what the lab keeps: a VM, a kernel. */
static bool word_is_valid(const char *word, gsize length)
{
	return length >= 1 && length <= 32 &&
	       strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") >= length;
}

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

static bool set_words(const struct conf_key *key, const char *text, char ***ret, GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_auto(GStrv) words = NULL;
	struct inject_rule rule;

	if (*text && !g_shell_parse_argv(text, NULL, &words, &cause))
		return fault_set(error, LAB_ERROR_USAGE, "%s=%s: %s", key->name, text, cause->message);
	for (guint i = 0; words && words[i] && key->type == CONF_PATHS; i++)
		if (!path_check(key, words[i], error))
			return false;
	for (guint i = 0; words && words[i] && key->type == CONF_RULES; i++)
		if (!inject_parse(words[i], &rule, error))
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

static bool set_kernel(const char *text, char **ret, GError **error)
{
	bool stock = !*text || g_str_equal(text, CONF_KERNEL_STOCK);

	if (!stock && !word_is_valid(text, strlen(text)))
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
	case CONF_WORDS:
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

static bool group_check(const char *group, GError **error)
{
	const char *nearest = nearest_word(group, conf_groups);

	if (g_strv_contains(conf_groups, group))
		return true;
	return fault_set(error, LAB_ERROR_USAGE, "no section is called [%s]%s%s%s; there are "
			 "[vm], [module], [test], [ffi] and [crash]", group,
			 nearest ? ", did you mean [" : "",
			 nearest ? nearest : "", nearest ? "]?" : "");
}

/*
 * One line of a file that GKeyFile has accepted. *@group is the section that
 * it stands in; @seen has a "group/key" for each key so far.
 */
static bool line_read(struct conf *conf, GKeyFile *file, char *line, bool vm, char **group,
		      GHashTable *seen, GError **error)
{
	char *key = g_strstrip(line), *end;
	g_autofree char *text = NULL, *id = NULL;
	g_autoptr(GError) cause = NULL;

	if (!*key || *key == '#')
		return true;
	if (*key == '[') {
		g_free(*group);
		*group = g_strndup(key + 1, strcspn(key + 1, "]"));
		return group_check(*group, error);
	}
	end = strchr(key, '=');
	*end = '\0';
	g_strchomp(key);
	id = g_strconcat(*group, "/", key, NULL);
	/* It may return a text and an error, for a wrong escape. */
	text = g_key_file_get_string(file, *group, key, &cause);
	if (cause)
		return fault_set(error, LAB_ERROR_USAGE, "%s: %s", key, cause->message);
	if (!g_hash_table_add(seen, g_steal_pointer(&id)))
		return fault_set(error, LAB_ERROR_USAGE, "[%s] has the key '%s' twice", *group, key);
	if (!vm && g_str_equal(*group, "vm"))
		return true;
	return conf_set(conf, *group, key, text, error);
}

static bool text_read(struct conf *conf, const char *path, const char *text, bool vm,
		      GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *group = NULL;
	g_autoptr(GError) cause = NULL;

	if (!g_key_file_load_from_data(file, text, (gsize)-1, G_KEY_FILE_NONE, &cause))
		return fault_set(error, LAB_ERROR_USAGE, "%s: %s", path, cause->message);
	for (guint i = 0; lines[i]; i++)
		if (!line_read(conf, file, lines[i], vm, &group, seen, &cause))
			return fault_set(error, LAB_ERROR_USAGE, "%s:%u: %s", path, i + 1,
					 cause->message);
	return true;
}

char *conf_image(const char *typed, const char *folder)
{
	static const char *const suffixes[] = { ".qcow2", ".img", ".raw" };
	bool is_file = strchr(typed, '/') != NULL;

	for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
		is_file |= g_str_has_suffix(typed, suffixes[i]);
	return is_file && !strstr(typed, "://") ? g_canonicalize_filename(typed, folder) : g_strdup(typed);
}

/* "images/a.qcow2" in a file is beside it, wherever vexvm was started. */
static void image_resolve(struct conf *conf, const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *typed = g_steal_pointer(&conf->image);

	if (typed)
		conf->image = conf_image(typed, folder);
}

/* Reads the file; @vm says whether [vm] counts. */
static bool file_read(struct conf *conf, const char *path, bool vm, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) cause = NULL;
	struct stat st;
	gsize size;

	/* Nothing else has an end for sure, nor a size that can be told before. */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return fault_set(error, LAB_ERROR_USAGE, "%s is no regular file; mend or remove it", path);
	if (st.st_size <= CONF_FILE_MAX && !g_file_get_contents(path, &text, &size, &cause))
		return fault_set(error, LAB_ERROR_USAGE, "%s", cause->message);
	if (!text || size > CONF_FILE_MAX || strlen(text) != size)
		return fault_set(error, LAB_ERROR_USAGE,
				 "%s is no configuration: larger than %d bytes, or not text", path,
				 CONF_FILE_MAX);
	if (!text_read(conf, path, text, vm, error))
		return false;
	if (vm)
		image_resolve(conf, path);
	return true;
}

/* The nearest folder from @dir upwards that holds @name, or NULL. */
static char *find_upwards(const char *dir, const char *name)
{
	g_autofree char *at = g_strdup(dir);

	for (;;) {
		g_autofree char *path = g_build_filename(at, name, NULL);
		char *parent;

		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return g_steal_pointer(&at);
		parent = g_path_get_dirname(at);
		if (g_str_equal(parent, at)) {
			g_free(parent);
			return NULL;
		}
		g_free(at);
		at = parent;
	}
}

static bool name_is_valid(const char *name)
{
	const char *slash = strchr(name, '/');
	gsize length = strcspn(name, "/");

	return word_is_valid(name, length) && (!slash || word_is_valid(slash + 1, strlen(slash + 1)));
}

/* ROOT/.vexvm/NAME, or that of a clone of it. */
static char *state_dir(const char *root, const char *name)
{
	g_auto(GStrv) words = g_strsplit(name, "/", 2);

	return g_build_filename(root, CONF_STATE, words[0], words[1] ? CONF_CLONES : NULL, words[1], NULL);
}

/* Clones are not made by their names: only one that was left running has one. */
static bool check_clone(const struct conf *conf, GError **error)
{
	return !conf_is_clone(conf) || g_file_test(conf->state_dir, G_FILE_TEST_IS_DIR) ||
	       fault_set(error, LAB_ERROR_USAGE, "there is no clone '%s'; 'vexvm test --keep' leaves one "
			 "when it breaks, and says its name", conf->name);
}

bool conf_is_clone(const struct conf *conf)
{
	return strchr(conf->name, '/');
}

static char *cache_dir(void)
{
	const char *given = g_getenv("VEXVM_CACHE");

	if (given && *given)
		return g_canonicalize_filename(given, NULL);
	return g_build_filename(g_get_user_cache_dir(), "vexvm", NULL);
}

/*
 * Sockets live apart from the state, since a socket's path is limited to 108
 * bytes: $XDG_RUNTIME_DIR/vexvm/HASH, or /tmp/vexvm-UID/HASH where that is
 * unset or too long. HASH names the VM by its state folder.
 */
static char *runtime_dir(const char *state_dir)
{
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, state_dir, -1);
	const char *base = g_getenv("XDG_RUNTIME_DIR");
	g_autofree char *dir = NULL;

	hash[12] = '\0';
	if (base && g_path_is_absolute(base))
		dir = g_build_filename(base, "vexvm", hash, NULL);
	if (dir && strlen(dir) <= RUNTIME_DIR_MAX && g_access(base, W_OK) == 0)
		return g_steal_pointer(&dir);
	return g_strdup_printf("/tmp/vexvm-%u/%s", getuid(), hash);
}

void conf_at(const struct conf *conf, const char *state_dir, struct conf *ret)
{
	*ret = *conf;
	ret->state_dir = g_strdup(state_dir);
	ret->runtime_dir = runtime_dir(state_dir);
}

void conf_at_clear(struct conf *conf)
{
	g_clear_pointer(&conf->state_dir, g_free);
	g_clear_pointer(&conf->runtime_dir, g_free);
}

bool conf_make_runtime_dir(const struct conf *conf, GError **error)
{
	g_autofree char *parent = g_path_get_dirname(conf->runtime_dir);
	const char *dirs[] = { parent, conf->runtime_dir };

	for (guint i = 0; i < G_N_ELEMENTS(dirs); i++) {
		struct stat st;

		if (mkdir(dirs[i], 0700) < 0 && errno != EEXIST)
			return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", dirs[i]);
		if (lstat(dirs[i], &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != getuid() ||
		    (st.st_mode & 077))
			return fault_set(error, LAB_ERROR_LAB,
					 "%s is not a private folder of yours; remove it and run again",
					 dirs[i]);
	}
	return true;
}

static void conf_defaults(struct conf *conf)
{
	conf->memory_mib = CONF_MEMORY_MIB;
	conf->cpus = CONF_CPUS;
	conf->disk_gib = CONF_DISK_GIB;
	conf->ssh_port = CONF_SSH_PORT;
	conf->vnc_port = CONF_VNC_PORT;
	conf->monitor_port = CONF_MONITOR_PORT;
	conf->mount = true;
	conf->sharp = true;
	conf->audit = true;
	conf->ccache = true;
	conf->accel = g_strdup("auto");
	conf->isolation = g_strdup("suite");
	conf->confirm = CONF_CONFIRM;
	conf->timeout_s = CONF_TIMEOUT_S;
	conf->reloads = CONF_RELOADS;
	conf->crash_format = g_strdup("kdump");
	conf->crash_keep = CONF_CRASH_KEEP;
	conf->crash_total_mib = CONF_CRASH_TOTAL_MIB;
}

struct conf *conf_new(const char *cwd, const char *name, GError **error)
{
	g_autoptr(conf_owner) conf = g_new0(struct conf, 1);
	g_autofree char *dir = g_canonicalize_filename(cwd, NULL);

	conf_defaults(conf);
	conf->name = g_strdup(name ? name : "default");
	if (!name_is_valid(conf->name)) {
		fault_set(error, LAB_ERROR_USAGE,
			  "'%s' is no VM name; use 1 to 32 of a-z, 0-9 and -", conf->name);
		return NULL;
	}
	conf->root = find_upwards(dir, CONF_FILE);
	if (conf->root)
		conf->file = g_build_filename(conf->root, CONF_FILE, NULL);
	else
		conf->root = find_upwards(dir, ".git");
	if (!conf->root)
		conf->root = g_strdup(dir);
	conf->source = g_strdup(conf->root);
	conf->cache_dir = cache_dir();
	conf->state_dir = state_dir(conf->root, conf->name);
	if (!check_clone(conf, error))
		return NULL;
	conf->runtime_dir = runtime_dir(conf->state_dir);
	if (conf->file && !file_read(conf, conf->file, true, error))
		return NULL;
	if (!conf_check(conf, error))
		return NULL;
	return g_steal_pointer(&conf);
}

/* They become a part of the kernel's command line. */
static bool check_slabs(const struct conf *conf, GError **error)
{
	for (char **name = conf->slabs; name && *name; name++)
		if (!**name || (*name)[strspn(*name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_-:.*")])
			return fault_set(error, LAB_ERROR_USAGE, "slabs: '%s' is no slab cache's name; give "
					 "letters, digits and _-:. and * for any end of a name", *name);
	return true;
}

bool conf_check(const struct conf *conf, GError **error)
{
	if (!check_slabs(conf, error))
		return false;
	if (!g_strv_contains((const char *const[]){ "auto", "kvm", "tcg", NULL }, conf->accel))
		return fault_set(error, LAB_ERROR_USAGE,
				 "'%s' is no accelerator; give auto, kvm or tcg", conf->accel);
	if (!g_strv_contains((const char *const[]){ "run", "suite", "test", NULL }, conf->isolation))
		return fault_set(error, LAB_ERROR_USAGE,
				 "'%s' is no isolation; give run, suite or test", conf->isolation);
	if (!g_strv_contains((const char *const[]){ "kdump", "elf", NULL }, conf->crash_format))
		return fault_set(error, LAB_ERROR_USAGE,
				 "'%s' is no format of a dump; give kdump or elf", conf->crash_format);
	if (conf->fault && !g_str_equal(conf->fault, CONF_FAULT_SLAB))
		return fault_set(error, LAB_ERROR_USAGE, "'%s' is no fault that can be injected; give "
				 CONF_FAULT_SLAB, conf->fault);
	if (conf->ssh_port == conf->vnc_port || conf->ssh_port == conf->monitor_port ||
	    conf->vnc_port == conf->monitor_port)
		return fault_set(error, LAB_ERROR_USAGE,
				 "the ports for SSH, VNC and the monitor must differ (%u, %u, %u)",
				 conf->ssh_port, conf->vnc_port, conf->monitor_port);
	return true;
}

bool conf_set_source(struct conf *conf, const char *dir, GError **error)
{
	g_autofree char *path = g_canonicalize_filename(dir, NULL);
	g_autofree char *file = g_build_filename(path, CONF_FILE, NULL);

	if (!g_file_test(path, G_FILE_TEST_IS_DIR))
		return fault_set(error, LAB_ERROR_USAGE, "--source %s: no such folder", dir);
	g_free(conf->source);
	conf->source = g_steal_pointer(&path);
	g_clear_pointer(&conf->module_path, g_free);
	g_clear_pointer(&conf->module_args, g_free);
	conf->dyndbg = false;
	g_clear_pointer(&conf->needs, g_strfreev);
	g_clear_pointer(&conf->make_args, g_strfreev);
	g_clear_pointer(&conf->tools, g_strfreev);
	g_clear_pointer(&conf->suites, g_strfreev);
	g_clear_pointer(&conf->inject, g_strfreev);
	g_clear_pointer(&conf->ffi_object, g_free);
	g_clear_pointer(&conf->ffi_header, g_free);
	g_clear_pointer(&conf->ffi_abi, g_free);
	g_clear_pointer(&conf->ffi_imports, g_free);
	g_clear_pointer(&conf->ffi_symbol, g_free);
	g_clear_pointer(&conf->ffi_test, g_free);
	return !g_file_test(file, G_FILE_TEST_EXISTS) || file_read(conf, file, false, error);
}

/* All that it owns is the copy's own then. */
/* Whether such a member is a char *, of its own. */
static bool holds_text(enum conf_type type)
{
	return type == CONF_STRING || type == CONF_PATH || type == CONF_KERNEL;
}

/* Likewise, a NULL-terminated char **. */
static bool holds_list(enum conf_type type)
{
	return type == CONF_WORDS || type == CONF_PATHS || type == CONF_RULES;
}

static struct conf *conf_copy(const struct conf *conf)
{
	struct conf *copy = g_new(struct conf, 1);
	char **const own[] = { &copy->file, &copy->root, &copy->source, &copy->name, &copy->cache_dir,
			       &copy->state_dir, &copy->runtime_dir };

	*copy = *conf;
	for (guint i = 0; i < G_N_ELEMENTS(conf_keys); i++) {
		void *member = (char *)copy + conf_keys[i].offset;

		if (holds_text(conf_keys[i].type))
			*(char **)member = g_strdup(*(char **)member);
		else if (holds_list(conf_keys[i].type))
			*(char ***)member = g_strdupv(*(char ***)member);
	}
	for (guint i = 0; i < G_N_ELEMENTS(own); i++)
		*own[i] = g_strdup(*own[i]);
	return copy;
}

struct conf *conf_for_module(const struct conf *conf, const char *dir, GError **error)
{
	g_autoptr(conf_owner) copy = conf_copy(conf);

	g_free(copy->root);
	copy->root = g_strdup(dir);
	copy->timeout_s = CONF_TIMEOUT_S;
	copy->reloads = CONF_RELOADS;
	copy->audit = true;
	if (!conf_set_source(copy, dir, error))
		return NULL;
	return g_steal_pointer(&copy);
}

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(conf_keys); i++) {
		void *member = (char *)conf + conf_keys[i].offset;

		if (holds_text(conf_keys[i].type))
			g_free(*(char **)member);
		else if (holds_list(conf_keys[i].type))
			g_strfreev(*(char ***)member);
	}
	g_free(conf->file);
	g_free(conf->root);
	g_free(conf->source);
	g_free(conf->name);
	g_free(conf->cache_dir);
	g_free(conf->state_dir);
	g_free(conf->runtime_dir);
	g_free(conf);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Where things of the project, of its VMs and of the user are. */
#include "libvm/conf-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/fault.h"

/* "/agent.0.lock" is the longest name below runtime_dir; sun_path holds 108. */
#define RUNTIME_DIR_MAX 90

bool conf_word_is_valid(const char *word, gsize length)
{
	return length >= 1 && length <= 32 &&
	       strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") >= length;
}

bool conf_name_is_valid(const char *name)
{
	const char *slash = strchr(name, '/');
	gsize length = strcspn(name, "/");

	return conf_word_is_valid(name, length) && (!slash || conf_word_is_valid(slash + 1, strlen(slash + 1)));
}

bool conf_is_clone(const struct conf *conf)
{
	return strchr(conf->name, '/');
}

char *conf_image(const char *typed, const char *folder)
{
	static const char *const suffixes[] = { ".qcow2", ".img", ".raw" };
	bool is_file = strchr(typed, '/') != NULL;

	for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
		is_file |= g_str_has_suffix(typed, suffixes[i]);
	return is_file && !strstr(typed, "://") ? g_canonicalize_filename(typed, folder) : g_strdup(typed);
}

/* The nearest folder from @dir upwards that holds @name, or NULL. */
static char *find_upwards(const char *dir, const char *name)
{
	g_autofree char *at = g_strdup(dir);

	for (;;) {
		g_autofree char *path = g_build_filename(at, name, NULL);
		char *parent;

		/* A link that leads nowhere is there too. */
		if (g_file_test(path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK))
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

void conf_find_root(struct conf *conf, const char *dir)
{
	conf->root = find_upwards(dir, CONF_FILE);
	if (conf->root)
		conf->file = g_build_filename(conf->root, CONF_FILE, NULL);
	else
		conf->root = find_upwards(dir, ".git");
	if (!conf->root)
		conf->root = g_strdup(dir);
}

/* ROOT/.vexvm/NAME, or that of a clone of it. */
static char *state_dir(const char *root, const char *name)
{
	g_auto(GStrv) words = g_strsplit(name, "/", 2);

	return g_build_filename(root, CONF_STATE, words[0], words[1] ? CONF_CLONES : NULL, words[1], NULL);
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

/* Clones are not made by their names: only one that was left running has one. */
static bool check_clone(const struct conf *conf, GError **error)
{
	return !conf_is_clone(conf) || g_file_test(conf->state_dir, G_FILE_TEST_IS_DIR) ||
	       fault_set(error, LAB_ERROR_USAGE, "there is no clone '%s'; 'vexvm test --keep' leaves one "
			 "when it breaks, and says its name", conf->name);
}

bool conf_find_places(struct conf *conf, GError **error)
{
	conf->cache_dir = cache_dir();
	conf->state_dir = state_dir(conf->root, conf->name);
	conf->runtime_dir = runtime_dir(conf->state_dir);
	return check_clone(conf, error);
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

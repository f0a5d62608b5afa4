// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/conf.h"

#include <string.h>

#include "lib/fault.h"
#include "libvm/conf-private.h"

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
	if (!conf_name_is_valid(conf->name)) {
		fault_set(error, LAB_ERROR_USAGE,
			  "'%s' is no VM name; use 1 to 32 of a-z, 0-9 and -", conf->name);
		return NULL;
	}
	conf_find_root(conf, dir);
	conf->source = g_strdup(conf->root);
	if (!conf_find_places(conf, error) ||
	    (conf->file && !conf_read_file(conf, conf->file, true, error)) || !conf_check(conf, error))
		return NULL;
	return g_steal_pointer(&conf);
}

bool conf_check(const struct conf *conf, GError **error)
{
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
	return !g_file_test(file, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK) ||
	       conf_read_file(conf, file, false, error);
}

/* All that it owns is the copy's own then. */
static struct conf *conf_copy(const struct conf *conf)
{
	struct conf *copy = g_new(struct conf, 1);
	char **const own[] = { &copy->file, &copy->root, &copy->source, &copy->name, &copy->cache_dir,
			       &copy->state_dir, &copy->runtime_dir };

	*copy = *conf;
	conf_own_values(copy);
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
	conf_clear_values(conf);
	g_free(conf->file);
	g_free(conf->root);
	g_free(conf->source);
	g_free(conf->name);
	g_free(conf->cache_dir);
	g_free(conf->state_dir);
	g_free(conf->runtime_dir);
	g_free(conf);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/seed.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/embed.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/key.h"
#include "libvm/share.h"
#include "libvm/userdata.h"

#define GUEST_HOSTNAME	"vexvm"
#define GUEST_LIMIT_S	120

EMBED(agent_unit, "agent/vexvm-agent.service");
EMBED(agent_rules, "agent/99-vexvm-agent.rules");

static bool archive_fault(struct archive *a, const char *path, GError **error)
{
	const char *why = archive_error_string(a);

	return fault_set(error, LAB_ERROR_LAB, "cannot write %s: %s", path,
			 why ? why : "unknown error of libarchive");
}

static bool iso_add(struct archive *a, const struct seed_file *file)
{
	struct archive_entry *entry = archive_entry_new();
	bool ok;

	archive_entry_set_pathname(entry, file->name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, (mode_t)file->mode);
	archive_entry_set_size(entry, (gint64)file->size);
	archive_entry_set_mtime(entry, time(NULL), 0);
	ok = archive_write_header(a, entry) == ARCHIVE_OK &&
	     archive_write_data(a, file->data, file->size) == (gssize)file->size;
	archive_entry_free(entry);
	return ok;
}

static bool iso_fill(struct archive *a, int fd, const char *label,
		     const struct seed_file *files, guint n_files)
{
	g_autofree char *options =
		g_strdup_printf("iso9660:rockridge=useful,iso9660:joliet,iso9660:volume-id=%s",
				label);

	if (archive_write_set_format_iso9660(a) != ARCHIVE_OK ||
	    archive_write_set_options(a, options) != ARCHIVE_OK ||
	    archive_write_open_fd(a, fd) != ARCHIVE_OK)
		return false;
	for (guint i = 0; i < n_files; i++)
		if (!iso_add(a, &files[i]))
			return false;
	return archive_write_close(a) == ARCHIVE_OK;
}

bool seed_iso_write(const char *path, const char *label, const struct seed_file *files,
		    guint n_files, GError **error)
{
	g_autofree char *part = g_strconcat(path, ".part", NULL);
	struct archive *a;
	auto_fd fd = -1;
	bool ok;

	/* One that was left behind may have another mode. */
	unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot write %s", part);
	a = archive_write_new();
	ok = iso_fill(a, fd, label, files, n_files) || archive_fault(a, part, error);
	archive_write_free(a);
	if (ok && (fsync(fd) < 0 || rename(part, path) < 0))
		ok = fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot write %s", path);
	if (!ok)
		unlink(part);
	return ok;
}

char *seed_find_agent(GError **error)
{
	const char *given = g_getenv("VEXVM_AGENT");
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = g_path_get_dirname(self ? self : ".");
	g_autofree char *beside = g_build_filename(folder, USERDATA_AGENT_FILE, NULL);
	g_autofree char *installed =
		g_build_filename(folder, "..", "libexec", "vexvm", USERDATA_AGENT_FILE, NULL);

	if (given && *given)
		return g_strdup(given);
	if (g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
		return g_steal_pointer(&beside);
	if (g_file_test(installed, G_FILE_TEST_IS_EXECUTABLE))
		return g_canonicalize_filename(installed, NULL);
	fault_set(error, LAB_ERROR_LAB,
		  "the guest agent is neither %s nor %s; run make, or set VEXVM_AGENT",
		  beside, installed);
	return NULL;
}

/* The pieces of a seed while it is put together. */
struct seed {
	char *user_key, *host_key;	/* paths */
	char *user_public, *host_public, *host_private;
	char *agent;
	gsize agent_size;
};

static void seed_clear(struct seed *seed)
{
	g_free(seed->user_key);
	g_free(seed->host_key);
	g_free(seed->user_public);
	g_free(seed->host_public);
	g_free(seed->host_private);
	g_free(seed->agent);
}

static bool make_keys(const struct conf *conf, struct seed *seed, GError **error)
{
	g_autofree char *alias = key_host_alias(conf->name);
	g_autofree char *known = g_build_filename(conf->state_dir, SEED_KNOWN_HOSTS, NULL);

	seed->user_key = g_build_filename(conf->state_dir, SEED_USER_KEY, NULL);
	seed->host_key = g_build_filename(conf->state_dir, SEED_HOST_KEY, NULL);
	return key_make(seed->user_key, alias, error) &&
	       key_make(seed->host_key, alias, error) &&
	       (seed->user_public = key_public(seed->user_key, error)) &&
	       (seed->host_public = key_public(seed->host_key, error)) &&
	       (seed->host_private = key_private(seed->host_key, error)) &&
	       key_write_known_hosts(known, alias, seed->host_public, error);
}

static bool read_agent(struct seed *seed, GError **error)
{
	g_autofree char *path = seed_find_agent(error);
	g_autoptr(GError) local = NULL;

	if (!path)
		return false;
	if (!g_file_get_contents(path, &seed->agent, &seed->agent_size, &local))
		return fault_set(error, LAB_ERROR_LAB, "no guest agent: %s", local->message);
	return true;
}

static bool write_iso(const struct conf *conf, const struct image *image,
		      const struct seed *seed, GError **error)
{
	g_autofree char *uuid = g_uuid_string_random();
	g_autofree char *instance = g_strdup_printf("%s-%s", GUEST_HOSTNAME, uuid);
	const struct userdata u = {
		.instance_id = instance,
		.hostname = GUEST_HOSTNAME,
		.user = CONF_GUEST_USER,
		.uid = share_guest_uid(conf),
		.public_key = seed->user_public,
		.host_key = seed->host_private,
		.host_key_public = seed->host_public,
		.mount_point = CONF_MOUNT_POINT,
		.agent = true,
		.packages = !image->packages_included,
	};
	g_autofree char *user_data = userdata_user_data(&u);
	g_autofree char *meta_data = userdata_meta_data(&u);
	g_autofree char *path = g_build_filename(conf->state_dir, SEED_FILE, NULL);
	const char *network = userdata_network_config();
	const struct seed_file files[] = {
		{ "user-data", user_data, strlen(user_data), 0400 },
		{ "meta-data", meta_data, strlen(meta_data), 0444 },
		{ "network-config", network, strlen(network), 0444 },
		{ USERDATA_AGENT_FILE, seed->agent, seed->agent_size, 0555 },
		{ USERDATA_UNIT_FILE, agent_unit, strlen(agent_unit), 0444 },
		{ USERDATA_RULES_FILE, agent_rules, strlen(agent_rules), 0444 },
	};

	return seed_iso_write(path, USERDATA_SEED_LABEL, files, G_N_ELEMENTS(files), error);
}

bool seed_write(const struct conf *conf, const struct image *image, GError **error)
{
	struct seed seed = { .user_key = NULL };
	bool ok;

	if (g_mkdir_with_parents(conf->state_dir, 0755) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s",
				       conf->state_dir);
	ok = read_agent(&seed, error) && make_keys(conf, &seed, error) &&
	     write_iso(conf, image, &seed, error);
	seed_clear(&seed);
	if (!ok)
		g_prefix_error(error, "cannot prepare VM '%s': ", conf->name);
	return ok;
}

/* Writes a short text to a file of the guest. */
static bool put_text(struct guest *guest, const char *path, const char *text, GError **error)
{
	const char *const argv[] = { "sh", "-ec", "printf %s \"$2\" >\"$1.part\"; mv \"$1.part\" \"$1\"",
				     "sh", path, text, NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = GUEST_LIMIT_S, .watch_fd = -1 };
	struct guest_result result = { 0 };
	bool ok = guest_exec(guest, &exec, &result, error);

	if (ok && (result.status || result.signal || result.timed_out))
		ok = fault_set(error, LAB_ERROR_LAB, "the guest cannot write %s", path);
	guest_result_clear(&result);
	return ok;
}

bool seed_deliver_agent(struct guest *guest, GError **error)
{
	static const char *const argv[] = {
		"sh", "-ec", "systemctl daemon-reload; systemctl start vexvm-agent.service", NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = GUEST_LIMIT_S, .watch_fd = -1 };
	g_autofree char *agent = seed_find_agent(error);
	struct guest_result result = { 0 };
	bool ok;

	if (!agent || !guest_put(guest, agent, USERDATA_AGENT_PATH, 0755, error) ||
	    !put_text(guest, USERDATA_UNIT_PATH, agent_unit, error) ||
	    !put_text(guest, USERDATA_RULES_PATH, agent_rules, error))
		return false;
	ok = guest_exec(guest, &exec, &result, error);
	if (ok && (result.status || result.signal || result.timed_out))
		ok = fault_set(error, LAB_ERROR_LAB, "the agent does not start in the guest");
	guest_result_clear(&result);
	return ok;
}

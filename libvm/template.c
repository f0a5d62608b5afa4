// SPDX-License-Identifier: GPL-2.0-only
/* Which template there is, and whether it still fits. */
#include "libvm/template.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <utime.h>

#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/disk.h"
#include "libvm/kernel.h"
#include "libvm/state.h"
#include "libvm/template-private.h"

#define TEMPLATES "templates"
#define SHM_DEFAULT "/dev/shm"
#define SHM_RESERVE (64ull << 20)	/* bytes left to others */

/* Where things lie */

char *template_home(const struct conf *conf)
{
	return g_build_filename(conf->cache_dir, TEMPLATES, NULL);
}

char *template_key(const struct conf *conf)
{
	g_autofree char *what = g_strconcat(conf->state_dir, conf->kernel ? "\n" : NULL, conf->kernel, NULL);
	char *key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, what, -1);

	key[16] = '\0';
	return key;
}

char *template_link(const struct conf *conf)
{
	g_autofree char *home = template_home(conf);
	g_autofree char *key = template_key(conf);

	return g_build_filename(home, key, NULL);
}

struct lock *template_lock(const struct conf *conf, const char *purpose,
			   const struct progress *progress, GError **error)
{
	g_autofree char *link = template_link(conf);
	g_autofree char *path = g_strconcat(link, ".lock", NULL);

	return lock_wait(path, purpose, progress, error);
}

/* Makes @path a folder that only we can enter. */
static bool make_private(const char *path)
{
	return (mkdir(path, 0700) == 0 || errno == EEXIST) && folder_is_private(path);
}

char *template_shm_root(void)
{
	const char *given = g_getenv("VEXVM_SHM");

	return g_strdup_printf("%s/vexvm-%u", given && *given ? given : SHM_DEFAULT, getuid());
}

char *template_shm(const struct conf *conf)
{
	g_autofree char *home = template_home(conf);
	g_autofree char *root = template_shm_root();
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, home, -1);

	sum[12] = '\0';
	return g_build_filename(root, sum, NULL);
}

/* Makes it; a link in it names the cache that it belongs to. */
static bool make_shm(const struct conf *conf, const char *shm)
{
	g_autofree char *root = template_shm_root();
	g_autofree char *home = template_home(conf);
	g_autofree char *owner = g_build_filename(shm, TEMPLATE_OWNER, NULL);

	return make_private(root) && make_private(shm) &&
	       (symlink(home, owner) == 0 || errno == EEXIST);
}

static bool has_room(const char *path, guint64 bytes)
{
	struct statvfs st;

	return statvfs(path, &st) == 0 && (guint64)st.f_bavail * st.f_frsize >= bytes;
}

/* In shared memory if all of it fits there, else in the template's folder. */
static char *choose_ram(const struct conf *conf, const char *name, const char *folder,
			const struct progress *progress)
{
	guint64 bytes = (guint64)conf->memory_mib << 20;
	g_autofree char *shm = template_shm(conf);
	g_autofree char *file = g_strconcat(name, ".ram", NULL);

	if (make_shm(conf, shm) && has_room(shm, bytes + SHM_RESERVE))
		return g_build_filename(shm, file, NULL);
	progress_detail(progress, "No %u MiB free in shared memory: the template's memory goes to %s",
			conf->memory_mib, folder);
	return g_build_filename(folder, "ram", NULL);
}

/* What it depends on */

char *template_mark(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return g_strdup("");
	return g_strdup_printf("%lld %lld%09ld", (long long)st.st_size, (long long)st.st_mtim.tv_sec,
			       st.st_mtim.tv_nsec);
}

void template_plan(const struct conf *conf, const struct probe *probe, const struct image *image,
		   enum plan_memory memory, const char *ram, struct plan_input *ret)
{
	*ret = (struct plan_input){ .conf = conf, .probe = probe, .image = image, .headless = true,
				    .memory = memory, .ram = ram,
				    /* The devices are there, whatever they export. */
				    .share = PLAN_SHARE_AS_USER, .share_path = "/" };
}

/* What the guest's CPU is made of, where that is the host's. */
static char *host_cpu(const struct probe *probe)
{
	g_autofree char *text = NULL;
	const char *line;

	if (probe->accel != ACCEL_KVM || !g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL) ||
	    !(line = strstr(text, "model name")))
		return g_strdup("emulated");
	return g_strndup(line, strcspn(line, "\n"));
}

char *template_manifest(const struct conf *conf, const struct probe *probe,
			const struct image *image)
{
	g_autofree char *disk = plan_state_path(conf, DISK_PROVISIONED);
	g_autofree char *disk_mark = template_mark(disk);
	g_autofree char *binary_mark = template_mark(probe->qemu);
	g_autofree char *cpu = host_cpu(probe);
	g_autofree char *rest = NULL;
	struct plan_input plan;

	template_plan(conf, probe, image, PLAN_MEMORY_COPY, "", &plan);
	rest = plan_manifest(&plan);
	return g_strdup_printf("%sQEMU's program: %s %s\nprovisioned disk: %s\nhost CPU: %s\n", rest,
			       probe->qemu, binary_mark, disk_mark, cpu);
}

char *template_difference(const char *old, const char *now)
{
	g_auto(GStrv) a = g_strsplit(old, "\n", -1), b = g_strsplit(now, "\n", -1);
	guint i = 0;

	while (a[i] && b[i] && g_str_equal(a[i], b[i]))
		i++;
	if (!a[i] && !b[i])
		return NULL;
	return g_strdup_printf("\"%s\" was \"%s\"", b[i] ? b[i] : "", a[i] ? a[i] : "");
}

/* Opening */

void template_free(struct template *t)
{
	if (!t)
		return;
	g_free(t->folder);
	g_free(t->ram);
	g_free(t->state);
	g_free(t->overlay);
	image_free(t->image);
	g_free(t);
}

static struct image *image_of(const struct conf *conf, GError **error)
{
	g_autoptr(JsonObject) vm = state_load(conf, STATE_VM, NULL);

	if (state_bool(vm, "provisioned", false) && state_bool(vm, "agent", true))
		return kernel_image_load(conf, state_string(vm, "image_id", ""), error);
	fault_set(error, LAB_ERROR_LAB, "VM '%s' %s", conf->name,
		  state_bool(vm, "provisioned", false) ? "has no agent" : "is not set up");
	return NULL;
}

static struct template *template_new(const char *folder, const char *ram)
{
	struct template *t = g_new0(struct template, 1);

	t->folder = g_strdup(folder);
	t->ram = g_strdup(ram);
	t->state = g_build_filename(folder, "state", NULL);
	t->overlay = g_build_filename(folder, DISK_CLONE, NULL);
	return t;
}

static JsonObject *marks_of(const struct template *t)
{
	g_autofree char *disk = g_build_filename(t->folder, DISK_FILE, NULL);
	const char *const files[][2] = {
		{ "disk.qcow2", disk }, { "clone.qcow2", t->overlay }, { "state", t->state },
		{ "ram", t->ram },
	};
	JsonObject *marks = json_object_new();

	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *mark = template_mark(files[i][1]);

		json_object_set_string_member(marks, files[i][0], mark);
	}
	return marks;
}

static bool marks_fit(const struct template *t, JsonObject *marks, GError **error)
{
	g_autoptr(JsonObject) now = marks_of(t);
	g_autoptr(GList) names = json_object_get_members(now);

	for (GList *at = names; at; at = at->next) {
		const char *is = json_object_get_string_member(now, at->data);

		if (g_str_equal(is, state_string(marks, at->data, "?")))
			continue;
		return fault_set(error, LAB_ERROR_LAB, "its file %s %s", (char *)at->data,
				 *is ? "has changed" : "is gone");
	}
	return true;
}

static bool save(const struct conf *conf, const struct template *t, const char *manifest,
		 GError **error)
{
	struct conf here = { .state_dir = t->folder };
	g_autoptr(JsonObject) object = json_object_new();

	json_object_set_string_member(object, "manifest", manifest);
	json_object_set_string_member(object, "vm", conf->state_dir);
	json_object_set_string_member(object, "ram", t->ram);
	json_object_set_int_member(object, "taint", (gint64)t->taint);
	kallsyms_put(object, &t->symbols);
	json_object_set_object_member(object, "files", marks_of(t));
	return state_save(&here, TEMPLATE_MANIFEST, object, error);
}

/* The one that the link names, if @manifest fits it. */
static struct template *load(const struct conf *conf, const char *manifest, GError **error)
{
	g_autofree char *link = template_link(conf);
	g_autofree char *folder = realpath(link, NULL);
	struct conf here = { .state_dir = folder };
	g_autoptr(JsonObject) object = folder ? state_load(&here, TEMPLATE_MANIFEST, NULL) : NULL;
	g_autoptr(template_owner) t = NULL;
	g_autofree char *difference = NULL;
	JsonNode *files;

	if (!object) {
		fault_set(error, LAB_ERROR_LAB, folder ? "it is damaged" : "there is none yet");
		return NULL;
	}
	difference = template_difference(state_string(object, "manifest", ""), manifest);
	if (difference) {
		fault_set(error, LAB_ERROR_LAB, "%s", difference);
		return NULL;
	}
	t = template_new(folder, state_string(object, "ram", ""));
	t->taint = (guint64)state_int(object, "taint", 0);
	kallsyms_get(object, &t->symbols);
	files = json_object_get_member(object, "files");
	if (!files || !JSON_NODE_HOLDS_OBJECT(files) ||
	    !marks_fit(t, json_node_get_object(files), error)) {
		if (error && !*error)
			fault_set(error, LAB_ERROR_LAB, "it is damaged");
		return NULL;
	}
	/* When it was last used. */
	g_utime(folder, NULL);
	return g_steal_pointer(&t);
}

struct template *template_open(const struct conf *conf, const struct probe *probe, GError **error)
{
	g_autoptr(image_owner) image = image_of(conf, error);
	g_autofree char *manifest = image ? template_manifest(conf, probe, image) : NULL;
	struct template *t = image ? load(conf, manifest, error) : NULL;

	if (t)
		t->image = g_steal_pointer(&image);
	return t;
}

/* Making one */

/* A number that no template of this VM has. */
static char *next_name(const struct conf *conf)
{
	g_autofree char *key = template_key(conf);

	return g_strdup_printf("%s-%" G_GINT64_FORMAT, key, g_get_real_time());
}

static bool publish(const struct conf *conf, const char *name, GError **error)
{
	g_autofree char *link = template_link(conf);
	g_autofree char *temporary = g_strconcat(link, ".tmp", NULL);

	unlink(temporary);
	if (symlink(name, temporary) == 0 && g_rename(temporary, link) == 0)
		return true;
	return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", link);
}

static struct template *make(const struct conf *conf, const struct probe *probe,
			     const struct image *image, const char *manifest,
			     const struct progress *progress, GError **error)
{
	g_autofree char *home = template_home(conf);
	g_autofree char *name = next_name(conf);
	g_autofree char *folder = g_build_filename(home, name, NULL);
	g_autofree char *ram = NULL;
	g_autoptr(template_owner) t = NULL;

	if (g_mkdir_with_parents(folder, 0700) < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", folder);
		return NULL;
	}
	ram = choose_ram(conf, name, folder, progress);
	t = template_new(folder, ram);
	if (template_make(conf, probe, image, folder, ram, t, progress, error) &&
	    save(conf, t, manifest, error) && publish(conf, name, error)) {
		template_keep(conf, name, progress);
		return g_steal_pointer(&t);
	}
	template_discard(conf, name);
	return NULL;
}

struct template *template_ensure(const struct conf *conf, const struct probe *probe,
				 const struct progress *progress, GError **error)
{
	g_autoptr(image_owner) image = image_of(conf, error);
	g_autofree char *manifest = image ? template_manifest(conf, probe, image) : NULL;
	g_autoptr(lock_owner) lock = NULL;
	g_autoptr(GError) cause = NULL;
	struct template *t;

	if (!image)
		return NULL;
	t = load(conf, manifest, &cause);
	if (!t && !(lock = template_lock(conf, "making the template", progress, error)))
		return NULL;
	/* Whoever held the lock may have made it. */
	if (!t)
		g_clear_error(&cause);
	if (!t && !(t = load(conf, manifest, &cause))) {
		template_keep(conf, NULL, progress);
		progress_note(progress, "Making the template that tests start from, once: %s", cause->message);
		t = make(conf, probe, image, manifest, progress, error);
	}
	if (t)
		t->image = g_steal_pointer(&image);
	return t;
}

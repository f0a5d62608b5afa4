// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/crash.h"

#include <string.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/text.h"
#include "libvm/finding.h"
#include "libvm/memory.h"
#include "libvm/oops.h"
#include "libvm/run-folder.h"
#include "libvm/state.h"
#include "libvm/vmcore.h"

#define SECTIONS_MAX 256

void crash_free(struct crash *c)
{
	if (!c)
		return;
	g_free(c->id);
	g_free(c->folder);
	g_free(c->started);
	g_free(c->modules);
	g_free(c->kernel);
	g_free(c->verdict);
	g_free(c->where);
	g_free(c->core);
	if (c->findings)
		g_ptr_array_unref(c->findings);
	if (c->result)
		json_object_unref(c->result);
	if (c->about)
		json_object_unref(c->about);
	g_free(c);
}

/* An element of an array, if it is an object. */
static JsonObject *element(JsonArray *array, guint i)
{
	JsonNode *node = json_array_get_element(array, i);

	return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static guint length_of(JsonArray *array)
{
	return array ? json_array_get_length(array) : 0;
}

static char *module_names(JsonObject *result)
{
	JsonArray *modules = state_array(result, "modules");
	GString *names = g_string_new(NULL);

	for (guint i = 0; i < length_of(modules); i++)
		g_string_append_printf(names, "%s%s", i ? " " : "",
				       state_string(element(modules, i), "name", "?"));
	return g_string_free(names, FALSE);
}

static bool is_panic(const struct finding *f)
{
	return g_str_equal(f->class, "panic");
}

/* What broke it: the first that did, else the first of all. */
static char *describe(const GPtrArray *findings)
{
	const struct finding *f = NULL;

	for (guint i = 0; i < findings->len && !(f && f->fatal); i++) {
		const struct finding *other = findings->pdata[i];

		if (!f || other->fatal || is_panic(other))
			f = other;
	}
	if (f && f->file)
		return g_strdup_printf("%s at %s:%u", f->title, f->file, f->file_line);
	return g_strdup(f ? f->title : "");
}

/* Whether a kernel that reported them is broken; *@panicked: for good. */
static bool is_broken(const GPtrArray *findings, bool *panicked)
{
	bool broken = false;

	*panicked = false;
	for (guint i = 0; i < findings->len; i++) {
		*panicked |= is_panic(findings->pdata[i]);
		broken |= ((struct finding *)findings->pdata[i])->fatal;
	}
	return broken || *panicked;
}

/* Nobody in the guest answered: else the page begins "test hung" (libvm/stage-hang.c). */
static bool hung(JsonObject *result)
{
	const char *page = state_string(result, "hang", "");

	return *page && !g_str_has_prefix(page, "test hung");
}

/* NULL: the run in @folder broke nothing, or is not over. */
static struct crash *read_run(const char *folder)
{
	struct conf here = { .state_dir = (char *)folder };
	g_autoptr(JsonObject) result = state_load(&here, RUN_RESULT, NULL);
	g_autofree char *core = g_build_filename(folder, VMCORE_FILE, NULL);
	g_autoptr(JsonObject) about = state_load(&here, VMCORE_ABOUT, NULL);
	g_autoptr(GPtrArray) findings = crash_findings(result);
	struct crash *crash;
	struct stat st = { 0 };
	bool panicked, broken = is_broken(findings, &panicked), went_on, pruned;

	if (lstat(core, &st) < 0)
		g_clear_pointer(&core, g_free);
	if (!result || (!core && !about && !broken))
		return NULL;
	went_on = !core && !about && !panicked && !hung(result);
	pruned = !core && about;
	crash = g_new0(struct crash, 1);
	*crash = (struct crash){ .id = g_path_get_basename(folder), .folder = g_strdup(folder),
				 .started = g_strdup(state_string(result, "started", "")),
				 .modules = module_names(result),
				 .kernel = g_strdup(state_string(result, "kernel", "")),
				 .verdict = g_strdup(state_string(state_object(result, "verdict"), "reason", "")),
				 .went_on = went_on,
				 .bytes = (guint64)st.st_blocks * 512,
				 .pruned = pruned,
				 .core = g_steal_pointer(&core),
				 .result = json_object_ref(result),
				 .about = g_steal_pointer(&about) };
	crash->where = describe(findings);
	crash->findings = g_steal_pointer(&findings);
	return crash;
}

GPtrArray *crash_list(const struct conf *conf)
{
	g_autoptr(GPtrArray) runs = run_folder_list(conf);
	GPtrArray *crashes = g_ptr_array_new_with_free_func((GDestroyNotify)crash_free);

	for (guint i = 0; i < runs->len; i++) {
		struct crash *crash = read_run(runs->pdata[i]);

		if (crash)
			g_ptr_array_add(crashes, crash);
	}
	return crashes;
}

struct crash *crash_find(const struct conf *conf, const char *id, GError **error)
{
	g_autoptr(GPtrArray) crashes = crash_list(conf);

	for (guint i = 0; i < crashes->len; i++)
		if (!id || g_str_equal(((struct crash *)crashes->pdata[i])->id, id))
			return g_ptr_array_steal_index(crashes, i);
	if (id)
		fault_set(error, LAB_ERROR_USAGE,
			  "'%s' is no run that broke its kernel; 'vexvm crash list' shows them", id);
	else
		fault_set(error, LAB_ERROR_USAGE, "no run that is kept broke its kernel");
	return NULL;
}

/* Where its report begins; a panic alone is one. */
static bool begins(const char *line)
{
	static const char *const words[] = { "Kernel panic - not syncing", "BUG: ", "Oops: ",
					     "general protection fault", "kernel BUG at" };
	g_autofree char *alone = g_strndup(line, strcspn(line, "\n"));
	const char *text = oops_console_text(alone, NULL);

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_has_prefix(text, words[i]))
			return true;
	return false;
}

char *crash_last_words(const struct crash *crash)
{
	g_autofree char *path = g_build_filename(crash->folder, "console.log", NULL);
	g_autofree char *text = NULL;
	const char *tail;
	gsize size;

	/* A FIFO would wait for who writes to it; a device has no end. */
	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents(path, &text, &size, NULL))
		return g_strdup("");
	tail = text + text_tail_offset(text, size, CRASH_WORDS_MAX);
	for (const char *at = tail; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (begins(at))
			return g_strdup(at);
	}
	return g_strdup(crash->went_on ? "" : tail);
}

static void take_section(JsonObject *sections, const char *name, JsonNode *value, gpointer data)
{
	struct placed *placed = data;
	guint64 address;

	if (placed->names->len >= SECTIONS_MAX || json_node_get_value_type(value) != G_TYPE_STRING)
		return;
	address = g_ascii_strtoull(json_node_get_string(value), NULL, 0);
	g_ptr_array_add(placed->names, g_strdup(name));
	g_array_append_val(placed->addresses, address);
}

GPtrArray *crash_placed(const struct crash *crash)
{
	GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)placed_free);
	JsonArray *modules = state_array(crash->about, "modules");

	for (guint i = 0; i < length_of(modules); i++) {
		JsonObject *module = element(modules, i), *sections = state_object(module, "sections");
		struct placed *placed = g_new0(struct placed, 1);

		placed->name = g_strdup(state_string(module, "name", "?"));
		placed->file = g_strdup(state_string(module, "file", "?"));
		placed->names = g_ptr_array_new_with_free_func(g_free);
		placed->addresses = g_array_new(FALSE, FALSE, sizeof(guint64));
		if (sections)
			json_object_foreach_member(sections, take_section, placed);
		g_ptr_array_add(all, placed);
	}
	return all;
}

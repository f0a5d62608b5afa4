// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/control.h"

#include <string.h>

#include "lib/fault.h"
#include "libvm/audit-kind.h"
#include "libvm/oops-rows.h"

#define WITHOUT "without"	/* the group of detectors that have no control */
#define SOURCE_MAX (64 * 1024)	/* bytes of a control's file */
#define TIMEOUT_S 60
#define TIMEOUT_MAX_S 600

/* How the lab itself ends a run. */
static const char *const verdicts[] = { "build", "load", "unload", "test", "hang", "deaf", "reboot" };

/* Kinds of leaks that nothing in the lab looks for: they are told, and no control can be of them. */
static const char *const unseen[] = { "pages" };

static void part_free(struct control_part *part)
{
	g_free(part->detector);
	g_free(part->file);
	g_free(part);
}

static void control_free(struct control *c)
{
	g_free(c->name);
	g_free(c->folder);
	g_free(c->text);
	g_free(c->fault);
	g_strfreev(c->needs);
	g_strfreev(c->unless);
	g_ptr_array_unref(c->parts);
	g_free(c);
}

static void detector_free(struct detector *d)
{
	g_free(d->name);
	g_free(d->without);
	g_ptr_array_unref(d->controls);
	g_free(d);
}

void controls_free(struct controls *controls)
{
	if (!controls)
		return;
	g_free(controls->folder);
	g_ptr_array_unref(controls->detectors);
	g_ptr_array_unref(controls->all);
	g_free(controls);
}

/* Detectors */

static void add_detector(struct controls *controls, const char *group, const char *name)
{
	struct detector *d = g_new0(struct detector, 1);

	d->name = g_strdup_printf("%s %s", group, name);
	d->controls = g_ptr_array_new();
	g_ptr_array_add(controls->detectors, d);
}

static void add_detectors(struct controls *controls)
{
	g_autoptr(GPtrArray) classes = oops_rows_classes();

	for (guint i = 0; i < classes->len; i++)
		add_detector(controls, "finding", classes->pdata[i]);
	/* Of stage_check_taint(). */
	add_detector(controls, "finding", "taint");
	for (guint i = 0; audit_kind(i); i++)
		add_detector(controls, "leak", audit_kind(i));
	for (guint i = 0; i < G_N_ELEMENTS(unseen); i++)
		add_detector(controls, "leak", unseen[i]);
	for (guint i = 0; i < G_N_ELEMENTS(verdicts); i++)
		add_detector(controls, "verdict", verdicts[i]);
}

static struct detector *find_detector(const struct controls *controls, const char *name)
{
	for (guint i = 0; i < controls->detectors->len; i++) {
		struct detector *d = controls->detectors->pdata[i];

		if (g_str_equal(d->name, name))
			return d;
	}
	return NULL;
}

static bool is_unseen(const struct detector *d)
{
	for (guint i = 0; i < G_N_ELEMENTS(unseen); i++)
		if (g_str_has_prefix(d->name, "leak ") && g_str_equal(d->name + strlen("leak "), unseen[i]))
			return true;
	return false;
}

struct control *controls_find(const struct controls *controls, const char *name)
{
	for (guint i = 0; i < controls->all->len; i++) {
		struct control *c = controls->all->pdata[i];

		if (g_str_equal(c->name, name))
			return c;
	}
	return NULL;
}

/* Markers */

/* The line of @text, from 1, that holds the comment; 0 = none does. */
static guint find_line(const char *text, const char *comment)
{
	const char *at = strstr(text, comment);
	guint line = 1;

	if (!at)
		return 0;
	for (const char *c = text; c < at; c++)
		line += *c == '\n';
	return line;
}

/* "here: device number" is for one detector alone. */
static void mark(struct control *c, const char *file, const char *text)
{
	for (guint i = 0; i < c->parts->len; i++) {
		struct control_part *part = c->parts->pdata[i];
		g_autofree char *own = g_strdup_printf("/* here: %s */", strchr(part->detector, ' ') + 1);
		guint line = find_line(text, own);

		if (!line)
			line = find_line(text, "/* here */");
		if (!line || part->file)
			continue;
		part->file = g_strdup(file);
		part->line = line;
	}
}

static bool find_markers(struct control *c, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(c->folder, 0, NULL);
	const char *name;

	if (!dir)
		return fault_set(error, LAB_ERROR_USAGE, "%s is no folder", c->folder);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(c->folder, name, NULL);
		g_autofree char *text = NULL;
		gsize size;

		if (g_str_has_suffix(name, ".c") && !g_str_has_suffix(name, ".mod.c") &&
		    g_file_get_contents(path, &text, &size, NULL) && size <= SOURCE_MAX)
			mark(c, name, text);
	}
	return true;
}

/* The file */

static bool add_parts(struct controls *controls, struct control *c, const char *finds, GError **error)
{
	g_auto(GStrv) names = g_strsplit(finds, ";", -1);

	for (char **name = names; *name; name++) {
		struct detector *d = find_detector(controls, g_strstrip(*name));
		struct control_part *part;

		if (!**name)
			continue;
		if (!d)
			return fault_set(error, LAB_ERROR_USAGE, "finds=%s: there is no detector '%s'", finds, *name);
		if (is_unseen(d))
			return fault_set(error, LAB_ERROR_USAGE, "finds=%s: nothing in the lab looks for it; give its "
					 "reason in [" WITHOUT "]", finds);
		part = g_new0(struct control_part, 1);
		part->detector = g_strdup(*name);
		g_ptr_array_add(c->parts, part);
		g_ptr_array_add(d->controls, c);
	}
	return true;
}

static bool key_read(struct controls *controls, struct control *c, const char *key, const char *value,
		     GError **error)
{
	g_autoptr(GRegex) regex = NULL;
	guint64 number = 0;
	bool ok;

	if (g_str_equal(key, "finds"))
		return add_parts(controls, c, value, error);
	if (g_str_equal(key, "needs") || g_str_equal(key, "unless")) {
		*(*key == 'n' ? &c->needs : &c->unless) = g_strsplit_set(value, " ", -1);
		return true;
	}
	if (g_str_equal(key, "module")) {
		g_free(c->folder);
		c->folder = g_build_filename(controls->folder, value, NULL);
		return true;
	}
	if (g_str_equal(key, "fault")) {
		c->fault = g_strdup(value);
		return g_str_equal(value, CONF_FAULT_SLAB) ||
		       fault_set(error, LAB_ERROR_USAGE, "fault=%s: give " CONF_FAULT_SLAB, value);
	}
	if (g_str_equal(key, "text")) {
		regex = g_regex_new(value, 0, 0, error);
		c->text = g_strdup(value);
		return regex;
	}
	if (g_str_equal(key, "exit")) {
		ok = g_ascii_string_to_unsigned(value, 10, 0, LAB_ERROR_LAB, &number, error);
		c->exit = (int)number;
		return ok;
	}
	if (g_str_equal(key, "timeout")) {
		ok = g_ascii_string_to_unsigned(value, 10, 1, TIMEOUT_MAX_S, &number, error);
		c->timeout_s = (guint)number;
		return ok;
	}
	return fault_set(error, LAB_ERROR_USAGE, "there is no key '%s'", key);
}

static bool group_read(struct controls *controls, GKeyFile *file, const char *group, GError **error)
{
	g_auto(GStrv) keys = g_key_file_get_keys(file, group, NULL, NULL);
	struct control *c = g_new0(struct control, 1);

	c->name = g_strdup(group);
	c->folder = g_build_filename(controls->folder, group, NULL);
	c->parts = g_ptr_array_new_with_free_func((GDestroyNotify)part_free);
	c->timeout_s = TIMEOUT_S;
	g_ptr_array_add(controls->all, c);
	for (char **key = keys; key && *key; key++) {
		g_autoptr(GError) cause = NULL;
		/* It may return a text and an error, for a wrong escape. */
		g_autofree char *value = g_key_file_get_string(file, group, *key, &cause);

		if (cause || !key_read(controls, c, *key, value, &cause)) {
			g_propagate_error(error, g_steal_pointer(&cause));
			return false;
		}
	}
	return find_markers(c, error);
}

/* "finding kasan=why there is no control for it" */
static bool without_read(struct controls *controls, GKeyFile *file, GError **error)
{
	g_auto(GStrv) keys = g_key_file_get_keys(file, WITHOUT, NULL, NULL);

	for (char **key = keys; key && *key; key++) {
		struct detector *d = find_detector(controls, *key);

		if (!d)
			return fault_set(error, LAB_ERROR_USAGE, "there is no detector '%s'", *key);
		g_free(d->without);
		d->without = g_key_file_get_string(file, WITHOUT, *key, NULL);
	}
	return true;
}

struct controls *controls_read(const char *folder, GError **error)
{
	g_autoptr(controls_owner) controls = g_new0(struct controls, 1);
	g_autofree char *path = g_build_filename(folder, CONTROL_FILE, NULL);
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_auto(GStrv) groups = NULL;
	g_autoptr(GError) cause = NULL;
	bool ok;

	controls->folder = g_canonicalize_filename(folder, NULL);
	controls->all = g_ptr_array_new_with_free_func((GDestroyNotify)control_free);
	controls->detectors = g_ptr_array_new_with_free_func((GDestroyNotify)detector_free);
	add_detectors(controls);
	ok = g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &cause);
	groups = g_key_file_get_groups(file, NULL);
	for (char **group = groups; ok && *group; group++) {
		ok = g_str_equal(*group, WITHOUT) ? without_read(controls, file, &cause) :
						    group_read(controls, file, *group, &cause);
		if (!ok)
			g_prefix_error(&cause, "[%s] ", *group);
	}
	if (ok)
		return g_steal_pointer(&controls);
	fault_set(error, LAB_ERROR_USAGE, "%s: %s", path, cause->message);
	return NULL;
}

char *controls_folder(GError **error)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = g_path_get_dirname(self ? self : ".");
	const char *const places[] = { "../tests/controls", "../share/vexvm/controls" };

	for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autofree char *path = g_build_filename(folder, places[i], NULL);
		g_autofree char *file = g_build_filename(path, CONTROL_FILE, NULL);

		if (g_file_test(file, G_FILE_TEST_IS_REGULAR))
			return g_canonicalize_filename(path, NULL);
	}
	fault_set(error, LAB_ERROR_USAGE, "there are no controls at %s/%s or %s/%s; give their folder by --controls",
		  folder, places[0], folder, places[1]);
	return NULL;
}

/* The kernel */

/* @name is CONFIG_X, or CONFIG_X=m for one that is a module. */
static bool has_option(const char *options, const char *name)
{
	g_autofree char *line = g_strdup_printf("\n%s%s", name, strchr(name, '=') ? "\n" : "=");

	return g_str_has_prefix(options, line + 1) || strstr(options, line);
}

char *control_unarmed(const struct control *c, const char *options, const struct conf *conf)
{
	for (char **need = c->needs; need && *need; need++) {
		if (g_str_equal(*need, "sharp") && !conf->sharp)
			return g_strdup("the kernel does not check its slabs: sharp=no");
		if (g_str_has_prefix(*need, "CONFIG_") && options && !has_option(options, *need))
			return g_strdup_printf("the kernel is built without %s", *need);
	}
	for (char **other = c->unless; other && *other; other++)
		if (options && has_option(options, *other))
			return g_strdup_printf("the kernel is built with %s, by which it shows as something else",
					       *other);
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/symbols.h"

#include "lib/fault.h"
#include "lib/path.h"
#include "lib/text.h"
#include "libvm/modinfo.h"

struct object {
	char *path;
	bool kernel;
	char *module;			/* NULL until it was looked for */
	struct debug_info *info;	/* NULL until it was opened */
	GError *problem;		/* why it cannot be */
};

struct folder {
	char *inside, *host;
};

struct symbols {
	char *home;
	GPtrArray *objects;	/* struct object */
	GPtrArray *folders;	/* struct folder */
};

static void object_free(struct object *object)
{
	g_free(object->path);
	g_free(object->module);
	debug_info_free(object->info);
	g_clear_error(&object->problem);
	g_free(object);
}

static void folder_free(struct folder *folder)
{
	g_free(folder->inside);
	g_free(folder->host);
	g_free(folder);
}

void symbol_place_free(struct symbol_place *place)
{
	if (!place)
		return;
	g_free(place->module);
	g_free(place->function);
	if (place->frames)
		g_ptr_array_unref(place->frames);
	g_free(place);
}

struct symbols *symbols_new(const char *home)
{
	struct symbols *symbols = g_new0(struct symbols, 1);

	symbols->home = g_strdup(home);
	symbols->objects = g_ptr_array_new_with_free_func((GDestroyNotify)object_free);
	symbols->folders = g_ptr_array_new_with_free_func((GDestroyNotify)folder_free);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	g_free(symbols->home);
	g_ptr_array_unref(symbols->objects);
	g_ptr_array_unref(symbols->folders);
	g_free(symbols);
}

static void add(struct symbols *symbols, const char *path, bool kernel)
{
	struct object *object = g_new0(struct object, 1);

	object->path = g_strdup(path);
	object->kernel = kernel;
	g_ptr_array_add(symbols->objects, object);
}

void symbols_add_module(struct symbols *symbols, const char *path)
{
	add(symbols, path, false);
}

void symbols_set_vmlinux(struct symbols *symbols, const char *path)
{
	add(symbols, path, true);
}

void symbols_add_folder(struct symbols *symbols, const char *inside, const char *host)
{
	struct folder *folder = g_new0(struct folder, 1);

	folder->inside = g_strdup(inside);
	folder->host = g_strdup(host);
	g_ptr_array_add(symbols->folders, folder);
}

static bool is_of_module(struct object *object, const char *module)
{
	if (object->kernel || !module)
		return object->kernel && !module;
	if (!object->module && !object->problem) {
		g_autoptr(modinfo_owner) info = modinfo_read(object->path, &object->problem);

		object->module = info ? g_strdup(info->name) : NULL;
	}
	return object->module && g_str_equal(object->module, module);
}

/* Its file, open. What failed once is not tried again. */
static struct debug_info *open_object(struct object *object, GError **error)
{
	if (!object->info && !object->problem)
		object->info = debug_info_open(object->path, !object->kernel, &object->problem);
	if (object->problem && error)
		*error = g_error_copy(object->problem);
	return object->info;
}

bool symbols_check(struct symbols *symbols, GError **error)
{
	for (guint i = 0; i < symbols->objects->len; i++) {
		struct object *object = symbols->objects->pdata[i];

		/* Looks for the name of a module; no file has this one. */
		is_of_module(object, "");
		if (!open_object(object, error))
			return false;
	}
	return true;
}

static struct debug_info *find_object(struct symbols *symbols, const char *module, GError **error)
{
	const GError *problem = NULL;
	g_autofree char *shown = module ? text_line(module, -1) : NULL;

	for (guint i = 0; i < symbols->objects->len; i++) {
		struct object *object = symbols->objects->pdata[i];

		if (is_of_module(object, module))
			return open_object(object, error);
		/* A file that cannot be read may be the one. */
		if (object->problem && !object->module && !problem)
			problem = object->problem;
	}
	if (problem && module)
		fault_set(error, LAB_ERROR_BUILD, "%s", problem->message);
	else
		fault_set(error, LAB_ERROR_BUILD, "there is no %s%s", module ? ".ko of the module " : "vmlinux",
			  module ? shown : "");
	return NULL;
}

gint64 symbols_built(struct symbols *symbols, const char *module)
{
	struct debug_info *info = find_object(symbols, module, NULL);

	return info ? debug_info_time(info) : 0;
}

static char *path_on_host(const struct symbols *symbols, const char *file)
{
	for (guint i = 0; i < symbols->folders->len; i++) {
		const struct folder *folder = symbols->folders->pdata[i];
		const char *below = path_below(folder->inside, file);

		if (below)
			return g_build_filename(folder->host, below, NULL);
	}
	return g_strdup(file);
}

static struct symbol_place *make_place(struct symbols *symbols, struct debug_info *info,
				       const char *module, const struct debug_function *function,
				       guint64 offset, bool is_return)
{
	struct symbol_place *place = g_new0(struct symbol_place, 1);

	place->module = g_strdup(module);
	place->function = g_strdup(function->name);
	place->offset = offset;
	place->built = debug_info_time(info);
	place->frames = debug_info_frames(info, function,
					  function->address + offset - (is_return && offset > 0));
	for (guint i = 0; i < place->frames->len; i++) {
		struct symbol_frame *frame = place->frames->pdata[i];
		char *file = frame->file ? path_on_host(symbols, frame->file) : NULL;

		g_free(frame->file);
		frame->file = file;
	}
	return place;
}

struct symbol_place *symbols_resolve(struct symbols *symbols, const char *module,
				     const char *name, guint64 offset, guint64 size,
				     bool is_return, GError **error)
{
	struct debug_info *info = find_object(symbols, module, error);
	const struct debug_function *function = info ? debug_info_find(info, name, size, error) : NULL;
	struct symbol_place *place;

	if (!function)
		return NULL;
	/* A call that does not return may be a function's last instruction. */
	if (offset - (is_return && offset > 0) >= function->gap) {
		g_autofree char *shown = text_line(name, -1);

		fault_set(error, LAB_ERROR_BUILD, "%s ends before +0x%" G_GINT64_MODIFIER
			  "x: it is another build", shown, offset);
		return NULL;
	}
	place = make_place(symbols, info, module, function, offset, is_return);
	place->size = size ? size : function->gap;
	return place;
}

struct symbol_place *symbols_resolve_section(struct symbols *symbols, const char *module,
					     const char *section, guint64 offset, bool is_return,
					     GError **error)
{
	struct debug_info *info = find_object(symbols, module, error);
	/* Behind a function's last call is what comes after the function. */
	guint64 at = offset - (is_return && offset > 0), start, size;
	const struct debug_function *function = NULL;
	g_autofree char *shown = text_line(section, -1);
	struct symbol_place *place;

	if (!info)
		return NULL;
	if (debug_info_section(info, section, &start, &size) && at < size)
		function = debug_info_at(info, start + at);
	if (!function) {
		fault_set(error, LAB_ERROR_BUILD, "%s+0x%" G_GINT64_MODIFIER "x is in no function of %s",
			  shown, offset, module);
		return NULL;
	}
	place = make_place(symbols, info, module, function, start + offset - function->address, is_return);
	place->size = function->gap;
	return place;
}

static char *shown_path(const struct symbol_frame *frame, const char *home)
{
	const char *below = home ? path_below(home, frame->file) : NULL;
	g_autofree char *safe = text_line(below && *below ? below : frame->file, -1);

	return frame->line ? g_strdup_printf("%s:%u", safe, frame->line) : g_steal_pointer(&safe);
}

/* The one that is to blame. */
static char *best_path(const struct symbol_place *place, const char *home)
{
	const struct symbol_frame *best = NULL;

	for (guint i = 0; i < place->frames->len; i++) {
		const struct symbol_frame *frame = place->frames->pdata[i];

		if (!frame->file || !frame->line)
			continue;
		if (home && path_below(home, frame->file))
			return shown_path(frame, home);
		if (!best)
			best = frame;
	}
	return best ? shown_path(best, home) : NULL;
}

char *symbols_object_at(struct symbols *symbols, const char *module, const char *section, guint64 offset,
			guint64 *ret_offset, guint64 *ret_size)
{
	struct debug_info *info = find_object(symbols, module, NULL);
	const struct debug_function *object = NULL;
	guint64 start, size;

	if (info && debug_info_section(info, section, &start, &size) && offset < size)
		object = debug_info_object_at(info, start + offset);
	if (!object)
		return NULL;
	*ret_offset = start + offset - object->address;
	*ret_size = object->size;
	return g_strdup(object->name);
}

char *symbols_object_place(struct symbols *symbols, const char *module, const char *object)
{
	struct debug_info *info = find_object(symbols, module, NULL);
	struct symbol_frame *frame = info ? debug_info_object(info, object) : NULL;
	char *place = NULL;

	if (frame && frame->file && frame->line) {
		char *file = path_on_host(symbols, frame->file);

		g_free(frame->file);
		frame->file = file;
		place = shown_path(frame, symbols->home);
	}
	symbol_frame_free(frame);
	return place;
}

static GStrv inlined_frames(const struct symbol_place *place, const char *home)
{
	GStrv lines = place->frames->len > 1 ? g_new0(char *, place->frames->len + 1) : NULL;

	for (guint i = 0; lines && i < place->frames->len; i++) {
		const struct symbol_frame *frame = place->frames->pdata[i];
		g_autofree char *path = frame->file ? shown_path(frame, home) : NULL;
		g_autofree char *function = text_line(frame->function, -1);

		lines[i] = g_strconcat(function, path ? " at " : NULL, path, NULL);
	}
	return lines;
}

char *symbols_place(struct symbols *symbols, const char *module, const char *function,
		    guint64 offset, guint64 size, bool is_return, GStrv *ret_inlined)
{
	g_autoptr(symbol_place_owner) place =
		symbols_resolve(symbols, module, function, offset, size, is_return, NULL);

	if (ret_inlined)
		*ret_inlined = place ? inlined_frames(place, symbols->home) : NULL;
	return place ? best_path(place, symbols->home) : NULL;
}

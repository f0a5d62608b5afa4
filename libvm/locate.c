// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/locate.h"

#include <string.h>

#include "lib/text.h"
#include "libvm/init-result.h"
#include "libvm/module.h"
#include "libvm/source-lines.h"
#include "libvm/unloaded.h"

/* The variable in what was the section "unloaded.data". */
static void name_variable(struct frame *frame, struct symbols *symbols)
{
	guint64 offset, size;
	char *name = symbols_object_at(symbols, frame->module, frame->function + strlen(UNLOADED_PREFIX),
				       frame->offset, &offset, &size);

	if (!name)
		return;
	g_free(frame->function);
	frame->function = name;
	frame->offset = offset;
	frame->size = size;
	frame->place = symbols_object_place(symbols, frame->module, name);
}

/* What was the section "unloaded.text" gets the name of the function there. */
static void name_unloaded(struct frame *frame, struct symbols *symbols)
{
	g_autoptr(symbol_place_owner) place = NULL;

	if (frame->size || !frame->module || !g_str_has_prefix(frame->function, UNLOADED_PREFIX "."))
		return;
	place = symbols_resolve_section(symbols, frame->module, frame->function + strlen(UNLOADED_PREFIX),
					frame->offset, !frame->exact, NULL);
	if (!place) {
		name_variable(frame, symbols);
		return;
	}
	g_free(frame->function);
	frame->function = g_steal_pointer(&place->function);
	frame->offset = place->offset;
	frame->size = place->size;
}

struct symbols *locate_symbols(const struct build_tree *tree, const GPtrArray *modules)
{
	struct symbols *symbols = symbols_new(tree->original);

	symbols_add_folder(symbols, tree->inside, tree->original);
	symbols_add_folder(symbols, BUILD_GUEST_COPY, tree->original);
	for (guint i = 0; i < modules->len; i++)
		symbols_add_module(symbols, ((struct module *)modules->pdata[i])->file);
	return symbols;
}

static void locate_frame(struct frame *frame, struct symbols *symbols)
{
	name_unloaded(frame, symbols);
	if (frame->place || !frame->size)
		return;
	frame->place = symbols_place(symbols, frame->module, frame->function, frame->offset, frame->size,
				     !frame->exact, &frame->inlined);
}

/* "vexfs/src/super.c:98" in its two parts. */
static bool split_place(const char *place, char **ret_file, guint *ret_line)
{
	const char *colon = place ? strrchr(place, ':') : NULL;

	if (!colon)
		return false;
	*ret_file = g_strndup(place, (gsize)(colon - place));
	*ret_line = (guint)g_ascii_strtoull(colon + 1, NULL, 10);
	return true;
}

/* Lines that were written after the object @built may be others than those that ran: so it says. */
static void take_excerpt(struct finding *f, const char *home, gint64 built)
{
	g_autofree char *path = g_path_is_absolute(f->file) ? g_strdup(f->file) :
							      g_build_filename(home, f->file, NULL);
	bool newer;
	g_autofree char *lines = source_lines(home, path, f->file_line, LOCATE_AROUND, built, &newer);

	g_clear_pointer(&f->excerpt, g_free);
	if (*lines)
		f->excerpt = g_strconcat(newer ? "(changed since the module was built)\n" : "", lines, NULL);
}

/* Also where the title says it. */
static void rename_function(struct finding *f, const char *name)
{
	g_autofree char *words = unloaded_words(f->function, f->module);
	g_autofree char *old = g_strconcat(" in ", words ? words : f->function, NULL);

	if (g_str_has_suffix(f->title, old)) {
		char *title = g_strdup_printf("%.*s in %s", (int)(strlen(f->title) - strlen(old)), f->title, name);

		g_free(f->title);
		f->title = title;
	}
	g_free(f->function);
	f->function = g_strdup(name);
}

/* The developer's name of a module's init, and its first line. */
static void locate_init(struct finding *f, struct symbols *symbols)
{
	g_autoptr(symbol_place_owner) place = symbols_resolve(symbols, f->module, INIT_RESULT_SYMBOL, 0, 0, false, NULL);
	const struct symbol_frame *frame = place ? place->frames->pdata[place->frames->len - 1] : NULL;
	const char *bytes = frame ? frame->function : NULL;
	g_autofree char *name = bytes ? text_line(bytes, (gssize)MIN(strlen(bytes), FINDING_NAME_MAX)) : NULL;
	g_autofree char *at = place ? symbols_place(symbols, f->module, INIT_RESULT_SYMBOL, 0, 0, false, NULL) : NULL;
	char *file;
	guint line;

	if (name)
		init_result_name(f, name);
	if (split_place(at, &file, &line)) {
		g_free(f->file);
		f->file = file;
		f->file_line = line;
	}
}

/* Not an init, which is gone while its module is there. */
static bool is_unloaded_code(const struct frame *frame)
{
	return g_str_has_prefix(frame->function, UNLOADED_PREFIX ".") && strstr(frame->function, "text") &&
	       !strstr(frame->function, "init");
}

void locate_finding(struct finding *f, struct symbols *symbols, const char *home)
{
	const struct frame *guilty;
	char *file;
	guint line;

	f->unloaded |= f->guilty >= 0 && is_unloaded_code(f->trace->pdata[f->guilty]);
	for (guint i = 0; i < f->trace->len; i++)
		locate_frame(f->trace->pdata[i], symbols);
	if (f->owner)
		locate_frame(f->owner, symbols);
	guilty = f->guilty >= 0 ? f->trace->pdata[f->guilty] : f->owner;
	if (guilty && f->function && g_str_has_prefix(f->function, UNLOADED_PREFIX "."))
		rename_function(f, guilty->function);
	if (guilty && split_place(guilty->place, &file, &line)) {
		g_free(f->file);
		f->file = file;
		f->file_line = line;
	}
	if (!f->file && init_result_blame(f))
		locate_init(f, symbols);
	if (f->file)
		take_excerpt(f, home, guilty && guilty->place ? symbols_built(symbols, guilty->module) : G_MAXINT64);
}

void locate_map(struct finding *f, const struct build_tree *tree)
{
	char *line = build_map_line(tree, f->line);
	char *file = f->file ? build_map_line(tree, f->file) : NULL;

	g_free(f->line);
	f->line = line;
	g_free(f->file);
	f->file = file;
}

void locate_leak(struct leak *leak, struct symbols *symbols)
{
	g_autofree char *place = NULL;

	if (!leak->function || leak->file)
		return;
	place = symbols_place(symbols, leak->module, leak->function, leak->offset, 0, true, NULL);
	if (!place)
		place = symbols_object_place(symbols, leak->module, leak->function);
	split_place(place, &leak->file, &leak->line);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/finding.h"

#include <string.h>

#include "libvm/unloaded.h"

/* So many frames tell two faults in the same function apart. */
#define HASH_FRAMES 4

void frame_free(struct frame *frame)
{
	if (!frame)
		return;
	g_free(frame->function);
	g_free(frame->module);
	g_free(frame->place);
	g_strfreev(frame->inlined);
	g_free(frame);
}

struct finding *finding_new(const char *class, enum lab_error code, const char *line)
{
	struct finding *f = g_new0(struct finding, 1);

	f->class = g_strdup(class);
	f->code = code;
	f->line = g_strndup(line, FINDING_LINE_MAX);
	f->title = g_strdup(f->line);
	f->count = 1;
	f->pid = -1;
	f->cpu = -1;
	f->guilty = -1;
	f->trace = g_ptr_array_new_with_free_func((GDestroyNotify)frame_free);
	finding_set_hash(f);
	return f;
}

void finding_free(struct finding *f)
{
	if (!f)
		return;
	g_free(f->class);
	g_free(f->title);
	g_free(f->line);
	g_free(f->masked);
	g_free(f->stage);
	g_free(f->test);
	g_free(f->function);
	g_free(f->module);
	g_free(f->file);
	g_free(f->excerpt);
	g_free(f->comm);
	g_ptr_array_unref(f->trace);
	if (f->owner)
		frame_free(f->owner);
	g_free(f);
}

static void hash_text(GChecksum *sum, const char *text)
{
	/* With the NUL, so that "ab" "c" is not "a" "bc". */
	g_checksum_update(sum, (const guchar *)(text ? text : ""),
			  (gssize)(text ? strlen(text) : 0) + 1);
}

void finding_set_hash(struct finding *f)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	guint from = (guint)MAX(f->guilty, 0), frames = 0;

	hash_text(sum, f->class);
	hash_text(sum, f->title);
	hash_text(sum, f->function);
	hash_text(sum, f->module);
	for (guint i = from; i < f->trace->len && frames < HASH_FRAMES; i++) {
		const struct frame *frame = f->trace->pdata[i];

		if (!frame->reliable)
			continue;
		hash_text(sum, frame->function);
		frames++;
	}
	g_strlcpy(f->hash, g_checksum_get_string(sum), sizeof(f->hash));
}

char *finding_where(const struct finding *f)
{
	const struct frame *frame = f->guilty < 0 ? NULL : f->trace->pdata[f->guilty];
	g_autofree char *module = f->module ? g_strdup_printf(" [%s]", f->module) : g_strdup("");
	g_autofree char *unloaded = f->function ? unloaded_words(f->function, f->module) : NULL;

	if (!f->function)
		return NULL;
	if (unloaded)
		return g_steal_pointer(&unloaded);
	if (!frame || !frame->size)
		return g_strconcat(f->function, module, NULL);
	return g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x/0x%" G_GINT64_MODIFIER "x%s",
			       frame->function, frame->offset, frame->size, module);
}

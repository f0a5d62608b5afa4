// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/kallsyms.h"

#include <string.h>

#include "lib/fault.h"
#include "libvm/state.h"

#define LIMIT_S 60
#define MEMBER "symbols"

static const struct {
	const char *name;
	size_t offset;
} wanted[] = {
	{ "modules", offsetof(struct kallsyms, modules) },
	{ "do_init_module", offsetof(struct kallsyms, do_init_module) },
};

const char kallsyms_script[] = "grep -E ' (modules|do_init_module)$' /proc/kallsyms\n";

static guint64 *member(struct kallsyms *symbols, guint i)
{
	return (guint64 *)(void *)((char *)symbols + wanted[i].offset);
}

void kallsyms_parse(const char *text, struct kallsyms *ret)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	*ret = (struct kallsyms){ 0 };
	for (guint i = 0; lines[i]; i++) {
		const char *name = strrchr(lines[i], ' ');

		for (guint k = 0; name && k < G_N_ELEMENTS(wanted); k++)
			if (g_str_equal(name + 1, wanted[k].name))
				*member(ret, k) = g_ascii_strtoull(lines[i], NULL, 16);
	}
}

bool kallsyms_ask(struct guest *guest, struct kallsyms *ret, GError **error)
{
	const char *const argv[] = { "sh", "-c", kallsyms_script, NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = LIMIT_S, .watch_fd = -1 };
	struct guest_result result = { 0 };
	bool ok = guest_exec(guest, &exec, &result, error);

	*ret = (struct kallsyms){ 0 };
	if (ok)
		kallsyms_parse(result.out->str, ret);
	guest_result_clear(&result);
	if (ok && !ret->modules)
		ok = fault_set(error, LAB_ERROR_LAB, "the guest's /proc/kallsyms does not tell where its list "
			       "of modules is");
	return ok;
}

void kallsyms_put(JsonObject *object, const struct kallsyms *symbols)
{
	JsonObject *values = json_object_new();

	for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
		guint64 address = *member((struct kallsyms *)symbols, i);
		g_autofree char *text = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", address);

		json_object_set_string_member(values, wanted[i].name, text);
	}
	json_object_set_object_member(object, MEMBER, values);
}

void kallsyms_get(JsonObject *object, struct kallsyms *ret)
{
	JsonObject *values = state_object(object, MEMBER);

	for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
		*member(ret, i) = g_ascii_strtoull(state_string(values, wanted[i].name, "0"), NULL, 0);
}

bool kallsyms_save(const struct conf *conf, const struct kallsyms *symbols, GError **error)
{
	g_autoptr(JsonObject) run = state_load(conf, STATE_RUN, error);

	if (!run)
		return false;
	kallsyms_put(run, symbols);
	return state_save(conf, STATE_RUN, run, error);
}

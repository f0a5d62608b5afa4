// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/cloud-init.h"

#include <string.h>

#include "lib/json.h"
#include "lib/text.h"
#include "libvm/state.h"

#define WHY_MAX 300	/* bytes */

/* cloud-init's words for its stages, in "Cloud-init v. 22.4.2 running 'init-local' at …" */
const char *cloud_init_stage(const char *line)
{
	static const struct {
		const char *word, *stage;
	} stages[] = {
		{ " running 'init-local' ", "users and keys" },
		{ " running 'init' ", "network" },
		{ " running 'modules:config' ", "configuration" },
		{ " running 'modules:final' ", "packages and scripts" },
	};

	if (!g_str_has_prefix(line, "Cloud-init v. "))
		return NULL;
	for (guint i = 0; i < G_N_ELEMENTS(stages); i++)
		if (strstr(line, stages[i].word))
			return stages[i].stage;
	return NULL;
}

/* The line that a program printed last before cloud-init warned of its failure. */
static char *telling_line(const char *output)
{
	g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
	const char *last = NULL;

	for (guint i = 0; lines[i]; i++) {
		if (strstr(lines[i], "[WARNING]: ") || strstr(lines[i], "[ERROR]: "))
			break;
		if (*g_strstrip(lines[i]) && !g_str_has_prefix(lines[i], "Cloud-init v. ") &&
		    !g_str_has_prefix(lines[i], "ci-info: "))
			last = lines[i];
	}
	return g_strdup(last);
}

/* "('bootcmd', ProcessExecutionError(…))" as cloud-init writes it, or free text. */
static char *explain(const char *error, const char *output)
{
	g_autofree char *said = telling_line(output);
	g_autofree char *text = NULL;
	const char *end = NULL;

	if (g_str_has_prefix(error, "('"))
		end = strchr(error + 2, '\'');
	if (end && said)
		text = g_strdup_printf("%.*s: %s", (int)(end - error - 2), error + 2, said);
	else
		text = g_strdup(error);
	text[MIN(strlen(text), (gsize)WHY_MAX)] = '\0';
	g_strdelimit(text, "\r\n\t", ' ');
	return text_escape(text, -1);
}

bool cloud_init_verdict(const char *result, const char *output, char **ret_why)
{
	g_autoptr(JsonObject) object = json_read_object(result);
	JsonArray *errors = state_array(state_object(object, "v1"), "errors");
	JsonNode *first;

	*ret_why = NULL;
	if (!errors) {
		*ret_why = g_strdup("it left no result that can be read");
		return false;
	}
	if (!json_array_get_length(errors))
		return true;
	first = json_array_get_element(errors, 0);
	*ret_why = JSON_NODE_HOLDS_VALUE(first) && json_node_get_string(first) ?
		   explain(json_node_get_string(first), output) : g_strdup("an unnamed error");
	return false;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/xml.h"

void xml_append_text(GString *xml, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (c == '<')
			g_string_append(xml, "&lt;");
		else if (c == '>')
			g_string_append(xml, "&gt;");
		else if (c == '&')
			g_string_append(xml, "&amp;");
		else if (c == '"')
			g_string_append(xml, "&quot;");
		else if (c == '\n' || c == '\t')
			g_string_append_printf(xml, "&#%u;", c);
		else if (c < 0x20 || c == 0xfffe || c == 0xffff)
			g_string_append_unichar(xml, 0xfffd);
		else
			g_string_append_unichar(xml, c);
	}
}

void xml_append_attribute(GString *xml, const char *name, const char *value)
{
	g_string_append_printf(xml, " %s=\"", name);
	xml_append_text(xml, value);
	g_string_append_c(xml, '"');
}

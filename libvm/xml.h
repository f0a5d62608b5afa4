/* SPDX-License-Identifier: GPL-2.0-only */
/* Text made safe for XML 1.0 and for HTML that is written as XML. */
#ifndef LIBVM_XML_H
#define LIBVM_XML_H

#include <glib.h>

/*
 * Appends @text, any bytes up to its NUL, so that it is content or an attribute's
 * value and nothing else: XML's own characters escaped, tab and newline as
 * references, what XML 1.0 has no place for as U+FFFD.
 */
void xml_append_text(GString *xml, const char *text);

/* ' NAME="VALUE"' */
void xml_append_attribute(GString *xml, const char *name, const char *value);

#endif /* LIBVM_XML_H */

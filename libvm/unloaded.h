/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code and variables of modules that are gone, and the code of an init, which goes when it
 * has ended: they have no names any more, and a report shows a bare address. The agent
 * tells in the kernel's log where a module was, right before it goes, and where its init
 * was once it is loaded (agent/audit.h). Pure; the lines are the guest's and hostile.
 */
#ifndef LIBVM_UNLOADED_H
#define LIBVM_UNLOADED_H

#include <glib.h>

/* What stands for the function: "unloaded.text" is the section .text of a module that is gone. */
#define UNLOADED_PREFIX "unloaded"

struct unloaded;
struct unloaded *unloaded_new(void);
void unloaded_free(struct unloaded *unloaded);

/*
 * Takes "vexvm: unloading vexfs: .text 0xffffffffc0a00000 …" and "vexvm: loaded vexfs:
 * .init.text 0xffffffffc0a10000"; other lines are passed over.
 */
void unloaded_note(struct unloaded *unloaded, const char *text);

/*
 * @text with "unloaded.text+0x2a/0x0 [vexfs]" in place of a bare address, to be freed: of
 * the one that a line of a trace or of RIP ends in, of who allocated or freed an object,
 * of what could not be accessed ("for address: "). NULL when there is none, or it is in
 * no such module. The module that went last counts.
 */
char *unloaded_named(const struct unloaded *unloaded, const char *text);

/* "unloaded code of vexfs (.text)" for "unloaded.text", to be freed; NULL for any other function. */
char *unloaded_words(const char *function, const char *module);

#endif /* LIBVM_UNLOADED_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code of modules that are gone: what the kernel runs then has no name any more, and a
 * trace shows a bare address. The agent tells in the kernel's log where a module
 * was, right before it goes (agent/audit.h). Pure; the lines are the guest's and hostile.
 */
#ifndef LIBVM_UNLOADED_H
#define LIBVM_UNLOADED_H

#include <glib.h>

/* What stands for the function: "unloaded.text" is the section .text of a module that is gone. */
#define UNLOADED_PREFIX "unloaded"

struct unloaded;
struct unloaded *unloaded_new(void);
void unloaded_free(struct unloaded *unloaded);

/* Takes "vexvm: unloading vexfs: .text 0xffffffffc0a00000 …"; other lines are passed over. */
void unloaded_note(struct unloaded *unloaded, const char *text);

/*
 * @text of a trace or of RIP with "unloaded.text+0x2a/0x0 [vexfs]" in place of the bare
 * address that it ends in, to be freed; NULL when it ends in none, or in one that is
 * in no such module. The module that went last counts.
 */
char *unloaded_named(const struct unloaded *unloaded, const char *text);

#endif /* LIBVM_UNLOADED_H */

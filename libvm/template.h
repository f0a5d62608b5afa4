/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A template: the VM as it was set up, booted, quiet, and saved with all its
 * memory. Clones of it (libvm/clone.h) are running systems at once.
 *
 * CACHE/templates/VM is a link to VM-N, the folder of the N-th template made:
 *	template.json	what it depends on and its files' marks; written last
 *	disk.qcow2	the root disk as it was then, on the VM's provisioned.qcow2
 *	clone.qcow2	an empty overlay on it
 *	state		QEMU's devices (libvm/snapshot.h)
 *	ram		the memory, where it is not in shared memory
 * VM stands for the VM's state folder and the kernel that it was booted with. The memory is VM-N.ram in a folder of
 * the user's in shared memory, if all of it fits there.
 */
#ifndef LIBVM_TEMPLATE_H
#define LIBVM_TEMPLATE_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/conf.h"
#include "libvm/image.h"
#include "libvm/kallsyms.h"
#include "libvm/plan.h"
#include "libvm/probe.h"

/* Templates beyond so many bytes of disk go, the longest unused first. */
#define TEMPLATE_BYTES_MAX (16ull << 30)

struct template {
	char *folder;
	char *ram, *state, *overlay;	/* paths */
	struct kallsyms symbols;	/* of its kernel */
	guint64 taint;		/* of its kernel */
	struct image *image;
};

/*
 * The template of @conf's VM, made anew when there is none or when something
 * that it depends on has changed, which one note tells. Safe against a second
 * process doing the same, and against being killed at any point. LAB_ERROR_LAB
 * when it cannot be had; a VM without the agent has none.
 */
struct template *template_ensure(const struct conf *conf, const struct probe *probe,
				 const struct progress *progress, GError **error);

/* The same without making one: LAB_ERROR_LAB says what is missing or has changed. */
struct template *template_open(const struct conf *conf, const struct probe *probe, GError **error);

void template_free(struct template *t);
typedef struct template template_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(template_owner, template_free)

/* What QEMU is to be told for a template (PLAN_MEMORY_SAVED) or a clone (PLAN_MEMORY_COPY). */
void template_plan(const struct conf *conf, const struct probe *probe, const struct image *image,
		   enum plan_memory memory, const char *ram, struct plan_input *ret);

/* Removes those of @conf's VM, with any kernel; those of all VMs. One that is being made is waited for. */
void template_remove(const struct conf *conf);
bool template_clear(const struct conf *conf, const struct progress *progress, GError **error);

/* Bytes that template_clear() would free, shared memory included. */
guint64 template_size(const struct conf *conf);

/*
 * Pure: the first line in which two manifests differ, as "KEY was OLD and is
 * NEW"; NULL when they are equal.
 */
char *template_difference(const char *old, const char *now);

#endif /* LIBVM_TEMPLATE_H */

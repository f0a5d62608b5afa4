/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of a test run share: run.c, run-build.c, run-vm.c, run-clones.c. */
#ifndef LIBVM_RUN_PRIVATE_H
#define LIBVM_RUN_PRIVATE_H

#include "lib/lock.h"
#include "libvm/probe.h"
#include "libvm/run.h"
#include "libvm/stage.h"

struct run {
	const struct conf *conf;
	const struct run_options *options;
	const struct progress *progress;
	struct report *report;
	struct lock *lock;
	struct probe *probe;	/* NULL until the VM is needed */
	struct image *image;
	char *module_dir;
	struct build_tree tree;
	char *release;		/* of the kernel that was built for */
	bool booting;		/* it was not made ready yet (vm_wait_ready()) */
	bool started;		/* by this run */
	char *broken_suite, *broken_test;	/* what the VM itself did not survive; either may be NULL */
	struct stage stage;
	gint64 start;
};

/* In front of failures that come as errors: takes @error over. */
void run_fail(struct run *r, GError *error);

/* run-build.c */

/* The VM's image, or the one that it would be made of; to be freed. */
struct image *run_find_image(struct run *r, GError **error);

/* Whether the build needs no guest. */
bool run_builds_natively(const struct run *r);

/* The build stage; on success r->stage.modules is what was built. */
bool run_build(struct run *r);

/* run-vm.c: in the VM itself */

/* Has the VM set up, and with @start running, without waiting for the guest. */
bool run_set_up_vm(struct run *r, bool start, GError **error);

/* Waits for it and opens the way into it. */
bool run_open_guest(struct run *r, GError **error);

/* What is behind the build, in the VM; as run_stages(). */
void run_in_vm(struct run *r, bool checks, const GPtrArray *refs);

/* The VM is left running for the next run, unless it cannot be used again. */
void run_leave_vm(struct run *r);

/*
 * run-clones.c: what is behind the build, in clones of @template; and in the VM
 * if there is none to be had.
 */
struct template;
void run_in_clones(struct run *r, const struct template *template, const GPtrArray *refs);

/* run-stages.c: what both ways of testing share */

/* Whether the modules are for @stage's kernel; if not, the report says so. */
bool run_check_release(const struct stage *stage);

/* Where the guest sees the source: the share, or a copy of it. */
bool run_place_source(struct stage *stage, GError **error);

/* Load checks if @checks, suites (struct suite_ref) if there are any, unloading, taint. */
void run_stages(struct stage *stage, bool checks, const GPtrArray *refs);

/* Loading, unloading, and what is left then. */
void run_base(struct stage *stage);

/* This run's part of the guest's console, into the report's folder. */
void run_keep_console(const struct stage *stage);

#endif /* LIBVM_RUN_PRIVATE_H */

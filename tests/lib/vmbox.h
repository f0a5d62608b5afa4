/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM of a project of its own, with a stand-in for QEMU: a fixture for g_test_add(). */
#ifndef TESTS_LIB_VMBOX_H
#define TESTS_LIB_VMBOX_H

#include <glib.h>
#include <stdbool.h>

#include "lib/fault.h"
#include "libvm/vm.h"
#include "tests/lib/fake-qemu.h"

struct vmbox {
	char *folder, *root;	/* all that there is of it; the project, whose path is long */
	struct conf *conf;
	struct probe probe;	/* QEMU is this program */
	struct vm_start start;	/* headless, and not waited for */
	struct image *image;
};

/* The VM is made, and stopped. Afterwards nothing may be left of it. */
void vmbox_set_up(struct vmbox *box, gconstpointer data);
void vmbox_tear_down(struct vmbox *box, gconstpointer data);

/* vm_start() with a QEMU that behaves as @mode (tests/lib/fake-qemu.h). */
bool vmbox_start(struct vmbox *box, const char *mode, GError **error);
void vmbox_expect_started(struct vmbox *box, const char *mode);

/* One line, of LAB_ERROR's @code, that holds @part. */
void vmbox_expect_error(GError *error, enum lab_error code, const char *part);

/* vm_status() has to tell @phase, and a detail that holds @detail (may be NULL). */
void vmbox_expect_phase(struct vmbox *box, enum vm_phase phase, const char *detail);

/* QEMU's, or 0. */
int vmbox_pid(struct vmbox *box);

bool vmbox_has_socket(struct vmbox *box, const char *name);

#endif /* TESTS_LIB_VMBOX_H */

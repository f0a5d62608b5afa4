/* SPDX-License-Identifier: GPL-2.0-only */
/* What `vexvm test` and `vexvm build` share: running it and showing the verdict. */
#ifndef VEXVM_TEST_RUN_H
#define VEXVM_TEST_RUN_H

#include <glib.h>
#include <stdbool.h>

#include "vexvm/command.h"

struct test_run {
	const char *mode;
	const char *source, *place, *junit, *isolation, *fault;	/* options; may be NULL */
	char **suites, **inject;		/* may be NULL */
	const char *one;			/* the one test of them that is wanted; may be NULL */
	int jobs;				/* 0 = not given */
	int repeat;				/* 1 = once */
	int timeout_s, confirm;			/* OPTION_UNSET = not given */
	bool cold, stop, keep;
};

/* From then on SIGINT and SIGTERM end clones with this program. */
void test_run_catch_interrupts(void);

/* Returns the exit status, or -1 with @error. */
int test_run(struct cli *cli, const struct test_run *test, GError **error);

#endif /* VEXVM_TEST_RUN_H */

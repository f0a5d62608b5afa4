/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames of the kernel's call traces, and which one is to blame. Pure. */
#ifndef LIBVM_OOPS_FRAMES_H
#define LIBVM_OOPS_FRAMES_H

#include "libvm/finding.h"

/*
 * Reads a line of a trace in any architecture's form: "func+0x1/0x2 [module]",
 * "? func+0x1/0x2", "[<ffffffff81000000>] func+0x1/0x2", "[<c0>] (func) from …",
 * "func file.c:12 [inline]". NULL when it is none.
 */
struct frame *frame_parse(const char *text);

/* "func" of "func.isra.0", "sys_read" of "__x64_sys_read" and its like. To be freed. */
char *frame_plain_name(const char *function);

/*
 * Whether @function only carries out what another asked for: the machinery of
 * reports, allocators, locks, memcpy() and so on. It is not to blame.
 */
bool frame_is_generic(const char *function);

/* Whether it only carries out a Rust panic, also where it is linked into a module. */
bool frame_is_rust_panic(const char *function);

/* Whether waiting and scheduling happen in it: passed over where a task hangs. */
bool frame_is_wait(const char *function);

/*
 * Whether it is where the kernel is entered or work is handed out: system
 * calls' generic parts, soft interrupts, timers, work queues. What it calls
 * stands for all that is done below.
 */
bool frame_is_border(const char *function);

#endif /* LIBVM_OOPS_FRAMES_H */

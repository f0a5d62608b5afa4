/* SPDX-License-Identifier: GPL-2.0-only */
/* Ctrl-C and its like as something to poll(2) for. */
#ifndef VEXVM_INTERRUPT_H
#define VEXVM_INTERRUPT_H

/*
 * From the first call on SIGINT, SIGTERM and SIGHUP no longer end the program
 * but make the returned descriptor readable, again and again: timeout(1) and a shell
 * send the same one twice, and what was begun is to be ended all the same. The
 * caller sees to it that its waits have limits. -1 with errno when there are no
 * descriptors left.
 */
int interrupt_fd(void);

/* The signal that came, or 0. */
int interrupt_signal(void);

/*
 * For work that does not look at interrupt_fd() and holds nothing that has to be
 * ended: from interrupt_release() to interrupt_catch() the signals end the
 * program again, as if nobody had caught them. So does one that had come before
 * and that the caller has not acted on.
 */
void interrupt_release(void);
void interrupt_catch(void);

#endif /* VEXVM_INTERRUPT_H */

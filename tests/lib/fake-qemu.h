/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stand-in for QEMU: a test program that finds FAKE_QEMU in its environment
 * plays QEMU instead of testing, on the sockets that QEMU would have.
 */
#ifndef TESTS_LIB_FAKE_QEMU_H
#define TESTS_LIB_FAKE_QEMU_H

#include <glib.h>

/* In the environment: how it behaves, what query-status says, where its sockets and log lie. */
#define FAKE_QEMU "FAKE_QEMU"
#define FAKE_QEMU_STATUS "FAKE_QEMU_STATUS"
#define FAKE_QEMU_RUNTIME "FAKE_QEMU_RUNTIME"
#define FAKE_QEMU_CONSOLE "FAKE_QEMU_CONSOLE"

/*
 *	good		answers; ends on system_powerdown and quit
 *	dies		says why on stderr and ends before it is spoken to
 *	killed		by a signal, before it is spoken to
 *	mute		never greets
 *	foreign		greets in another protocol
 * From the second connection on, which is that of vm_wait_ready():
 *	panics		writes a kernel panic to the console
 *	shuts-down	sends the event SHUTDOWN
 *	starves		the same, but late, and until then with more to do than the host lets it
 *	crashes		says why on stderr and ends
 *	ends-slowly	closes its sockets and ends FAKE_QEMU_SLOW_MS later
 */
#define FAKE_QEMU_SLOW_MS 300
#define FAKE_QEMU_STARVED 4	/* threads on one of the host's processors */
#define FAKE_QEMU_STARVED_MS 2500
G_NORETURN void fake_qemu_main(const char *mode);

#endif /* TESTS_LIB_FAKE_QEMU_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What QEMU tells by itself about a guest that runs (QEMU: qapi/run-state.json,
 * qapi/block-core.json), as far as it ends what is done in the guest.
 */
#ifndef LIBVM_ALARM_H
#define LIBVM_ALARM_H

#include <json-glib/json-glib.h>

#include "libvm/conf.h"
#include "libvm/qmp.h"

enum alarm {
	ALARM_NONE,
	ALARM_PANIC,		/* GUEST_PANICKED: by the pvpanic device */
	ALARM_RESET,		/* the guest started its machine anew, or its CPU did */
	ALARM_SHUTDOWN,		/* it switched itself off */
	ALARM_IO_ERROR,		/* the host could not read or write one of its disks: it stands still */
	ALARM_GONE,		/* QEMU has ended */
};

/*
 * A connection for alarms, and for what is done once there is one; NULL when
 * there is none to be had: somebody else has it, or QEMU is not there.
 */
struct qmp *alarm_open(const struct conf *conf);

/* The first of what has come in, waiting until @deadline (0 = not at all). */
enum alarm alarm_next(struct qmp *qmp, gint64 deadline);

/* Pure: what one event means. */
enum alarm alarm_of(JsonObject *event);

/* "the guest's kernel panicked", for a sentence; not for ALARM_NONE. */
const char *alarm_words(enum alarm alarm);

#endif /* LIBVM_ALARM_H */

// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/alarm.h"

#include <string.h>

#include "lib/clock.h"
#include "libvm/plan.h"
#include "libvm/state.h"

#define OPEN_LIMIT_S 5

struct qmp *alarm_open(const struct conf *conf)
{
	g_autofree char *path = plan_runtime_path(conf, PLAN_EVENTS);

	return qmp_open(path, clock_in(OPEN_LIMIT_S), NULL);
}

enum alarm alarm_of(JsonObject *event)
{
	const char *name = state_string(event, "event", "");
	JsonObject *data = state_object(event, "data");

	if (g_str_equal(name, "GUEST_PANICKED"))
		return ALARM_PANIC;
	/* One that the lab asked for is none; it ends QEMU by "quit", and never resets a guest. */
	if (g_str_equal(name, "RESET") && state_bool(data, "guest", false))
		return ALARM_RESET;
	if (g_str_equal(name, "SHUTDOWN") && state_bool(data, "guest", false))
		return ALARM_SHUTDOWN;
	if (g_str_equal(name, "BLOCK_IO_ERROR") && g_str_equal(state_string(data, "action", ""), "stop"))
		return ALARM_IO_ERROR;
	return ALARM_NONE;
}

enum alarm alarm_next(struct qmp *qmp, gint64 deadline)
{
	for (;;) {
		g_autoptr(GError) gone = NULL;
		g_autoptr(JsonObject) event = qmp_event(qmp, deadline, &gone);
		enum alarm alarm = event ? alarm_of(event) : gone ? ALARM_GONE : ALARM_NONE;

		if (alarm || !event)
			return alarm;
	}
}

const char *alarm_words(enum alarm alarm)
{
	switch (alarm) {
	case ALARM_PANIC:
		return "the guest's kernel panicked, and its console does not say why";
	case ALARM_RESET:
		return "the guest started anew by itself: a reboot, or a fault that its CPU could not report";
	case ALARM_SHUTDOWN:
		return "the guest shut itself down";
	case ALARM_IO_ERROR:
		return "a disk of the guest could not be read or written (is the host's disk full?)";
	default:
		return "QEMU ended";
	}
}

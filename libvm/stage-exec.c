// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands in the guest under watch. A guest may panic, hang as a whole, or
 * have one task that nothing can end: each is found out while it happens, and
 * what can be learned of it is written down before anything is ended.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/limit.h"
#include "libvm/alarm.h"
#include "libvm/stage.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"
#include "libvm/vm.h"

#define GRACE_S 60		/* for the capture, and until the command is dead */
#define BROKEN_GRACE_S 15	/* until it is dead in a guest that is thrown away: 5 s by the agent's own limits */

struct watch {
	struct stage *stage;
	const struct guest_exec *wanted;
	const char *what;
	int epoll;
	struct limit limit;
	enum alarm alarm;	/* QEMU's, or ALARM_PANIC by the console */
	bool expired, deaf;
	bool broke;		/* the kernel did, in a suite that goes on elsewhere */
	bool lost;		/* nobody in the guest answers any more */
	char *place;		/* where it hangs, in words; may be NULL */
};

/* What a suite prints after its kernel broke tells nothing, and may take its time limit. */
static bool goes_on(const struct stage *stage)
{
	return stage->in_suite && stage->goes_on;
}

/* What has happened, if anything has. */
static enum alarm look(struct watch *w)
{
	g_autofree char *verdict = console_read(w->stage->console);
	enum alarm alarm = w->stage->alarms ? alarm_next(w->stage->alarms, 0) : ALARM_NONE;

	if (alarm == ALARM_PANIC || (verdict && strstr(verdict, "panic"))) {
		stage_panic(w->stage, alarm == ALARM_PANIC, w->what);
		return ALARM_PANIC;
	}
	if (!alarm && limit_passed(&w->limit)) {
		w->expired = true;
		w->deaf = !stage_hang(w->stage, w->what, &w->place);
	}
	return alarm;
}

/* False ends the command. A guest that will not answer is ended as a whole. */
static bool on_event(void *data)
{
	struct watch *w = data;

	w->alarm = look(w);
	w->broke = !w->alarm && goes_on(w->stage) && stage_is_fatal(w->stage);
	if (!w->alarm && !w->expired && !w->broke)
		return true;
	w->lost = w->alarm || w->deaf;
	if (w->lost && !w->stage->keep)
		vm_stop(w->stage->conf, true, NULL, NULL);
	return false;
}

static void pass_on(void *data, int fd, const char *bytes, gsize size)
{
	struct watch *w = data;

	w->wanted->sink(w->wanted->data, fd, bytes, size);
}

static bool watch_init(struct watch *w, struct stage *stage, const char *what, guint limit_s)
{
	g_autoptr(JsonObject) run = state_load(stage->conf, STATE_RUN, NULL);
	struct epoll_event event = { .events = EPOLLIN };
	bool ok;

	*w = (struct watch){ .stage = stage, .what = what };
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	ok = limit_init(&w->limit, vm_pid(run), limit_s);
	if (console_fd(stage->console) >= 0)
		epoll_ctl(w->epoll, EPOLL_CTL_ADD, console_fd(stage->console), &event);
	if (stage->alarms)
		epoll_ctl(w->epoll, EPOLL_CTL_ADD, qmp_fd(stage->alarms), &event);
	if (goes_on(stage) && kmsg_fatal_fd(stage->kmsg) >= 0)
		epoll_ctl(w->epoll, EPOLL_CTL_ADD, kmsg_fatal_fd(stage->kmsg), &event);
	return ok && w->epoll >= 0 && epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->limit.fd, &event) == 0;
}

static void watch_clear(struct watch *w)
{
	fd_close(&w->epoll);
	limit_clear(&w->limit);
	g_free(w->place);
}

/* A kernel that broke is why nobody answers: its finding is the verdict. */
static void report_hang(struct watch *w, guint limit_s)
{
	struct stage *stage = w->stage;

	stage->lost = true;
	if (!w->deaf || !stage_is_broken(stage))
		report_fail(stage->report, LAB_ERROR_TIMEOUT, "%s did not end within %u s%s%s", w->what, limit_s,
			    w->place ? w->deaf ? ", and " : ": " : "", w->place ? w->place : "");
}

/* The agent's end of the connection broke before QEMU's words were read. */
static enum alarm late_alarm(struct stage *stage, const char *what)
{
	enum alarm alarm = stage->alarms ? alarm_next(stage->alarms, 0) : ALARM_NONE;

	if (alarm == ALARM_PANIC)
		stage_panic(stage, true, what);
	return alarm;
}

/* What QEMU told says more than that the agent is silent. Returns false. */
static bool blame(enum alarm alarm, GError **cause)
{
	bool kernel = alarm == ALARM_PANIC || alarm == ALARM_RESET;

	if (alarm == ALARM_GONE && *cause)
		return false;
	g_clear_error(cause);
	return fault_set(cause, kernel ? LAB_ERROR_KERNEL : LAB_ERROR_LAB, "%s", alarm_words(alarm));
}

bool stage_exec(struct stage *stage, const struct guest_exec *wanted, guint limit_s,
		const char *what, struct guest_result *ret)
{
	struct guest_exec exec = *wanted;
	g_autoptr(GError) cause = NULL;
	struct watch w;
	bool ok;

	*ret = (struct guest_result){ 0 };
	stage->taint_known = false;
	if (!watch_init(&w, stage, what, limit_s)) {
		report_fail(stage->report, LAB_ERROR_LAB, "cannot watch the guest: %s", g_strerror(errno));
		watch_clear(&w);
		return false;
	}
	w.wanted = wanted;
	/* The agent's clock does not stand still. */
	exec.timeout_s = limit_s * LIMIT_STRETCH + GRACE_S;
	exec.watch_fd = w.epoll;
	exec.interrupt = on_event;
	exec.kill_s = goes_on(stage) ? BROKEN_GRACE_S : 0;
	exec.sink = wanted->sink ? pass_on : NULL;
	exec.lost = &w.lost;
	exec.data = &w;
	ok = guest_exec(stage->guest, &exec, ret, &cause);
	if (!ok && !w.expired && !w.alarm)
		w.alarm = late_alarm(stage, what);
	if (w.alarm)
		ok = blame(w.alarm, &cause);
	if (w.expired)
		report_hang(&w, limit_s);
	else if (!ok)
		stage_autopsy(stage, what, cause);
	watch_clear(&w);
	return ok && !w.expired && !w.broke && !stage->lost;
}

bool stage_sh(struct stage *stage, const char *script, guint limit_s, const char *what,
	      struct guest_result *ret)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct guest_exec exec = { .argv = argv };

	return stage_exec(stage, &exec, limit_s, what, ret);
}

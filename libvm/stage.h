/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stages of a run that happen in the guest, and what they share: commands
 * under watch (time limit, panic, a guest that goes away), the kernel's log,
 * the report. Whatever goes wrong in a stage is put into the report where it
 * is understood; the functions say only whether the run can go on.
 */
#ifndef LIBVM_STAGE_H
#define LIBVM_STAGE_H

#include <glib.h>
#include <stdbool.h>

#include "lib/progress.h"
#include "libvm/build.h"
#include "libvm/conf.h"
#include "libvm/console.h"
#include "libvm/guest.h"
#include "libvm/inject-disk.h"
#include "libvm/kallsyms.h"
#include "libvm/kmsg.h"
#include "libvm/module.h"
#include "libvm/qmp.h"
#include "libvm/report.h"

/* In the guest: a tmpfs of the lab's own, since /run may not be executed from. */
#define STAGE_DIR "/run/vexvm"
#define STAGE_FILES STAGE_DIR "/files"	/* what the run delivers, read-only */
#define STAGE_TOOLS STAGE_FILES "/tools"

/* Scripts in STAGE_FILES. */
#define STAGE_LOAD_SCRIPT "load.sh"
#define STAGE_MODULES_SCRIPT "modules.sh"

/* Bytes of the VM's console log so far. */
guint64 stage_console_size(const struct conf *conf);

#define STAGE_AGENT "/usr/local/sbin/vexvm-agent"

/* The agent's snapshot, and what it has to know of modules (agent/audit.h). */
#define STAGE_AUDIT STAGE_DIR "/audit"
#define STAGE_AUDIT_LOADED STAGE_DIR "/audit.loaded"

/* For suites: empty, on the guest's disk. */
#define STAGE_SCRATCH "/var/tmp/vexvm-scratch"

#define STAGE_LIMIT_S 120	/* for what the lab itself does in the guest */

struct suite_ref;

struct stage {
	const struct conf *conf;
	const struct progress *progress;
	struct report *report;
	struct guest *guest;
	struct kmsg *kmsg;
	GPtrArray *modules;	/* struct module, in the order they load */
	const struct build_tree *tree;	/* that they were built in; NULL = not known */
	char *source;		/* conf->source as the guest sees it */
	guint timeout_s;	/* of one suite */
	const GPtrArray *all_suites;	/* of the run: for their names */
	bool keep;		/* a guest that broke is not ended */
	bool must_inject;	/* a suite that gets no disk to inject errors into fails */
	struct inject_disk *disk;	/* the guest's scratch disk, if it can give errors; else NULL */
	const char *kept_in;	/* where the report's folder ends up; NULL = it stays */
	guint64 log_lost;	/* records of the kernel's log that are known to be lost */
	guint64 log_before;	/* lines of the run's kernel log that are other guests' */

	bool saved;		/* the guest was saved after stage_prepare; taint is known */
	bool mounted;		/* STAGE_FILES is PLAN_FILES */

	bool goes_on;		/* what follows a test that breaks the guest is run in another one */

	bool in_suite;		/* one is under way */
	bool lost;		/* the guest hangs or is gone */
	guint suites_run;	/* of those given to stage_suites(): how many were begun */
	const struct suite_ref *broken;	/* the suite that it did not survive; NULL: none */
	struct kallsyms symbols;	/* of the saved guest's kernel */
	guint64 taint;		/* of the kernel before the run */
	guint64 taint_now;	/* when it was last looked at; */
	bool taint_known;	/* nothing has happened since */
	struct qmp *alarms;	/* libvm/alarm.h; NULL: there are none to be had */
	struct console *console;
	guint64 console_from;	/* where this run's part of console.log begins */

	/* of the stage under way */
	struct report_stage *entry;
	gint64 began;
	guint64 mark;		/* in the kernel's log */
	guint markers;		/* written into the kernel's log so far */
	guint32 token;		/* of the last one: none that a module could have said before */
};

/*
 * Starts following the guest: stage->guest, or if that is NULL the running VM's,
 * for whose answer it waits until @deadline.
 */
bool stage_open(struct stage *stage, gint64 deadline, GError **error);

/* Ends what stage_open() began: guest, console, alarms. */
void stage_close(struct stage *stage);

/*
 * Shell text that makes STAGE_DIR in a guest and has its kernel tell of hangs in time;
 * it ends with status 1 where it cannot.
 */
extern const char stage_prepare[];

/* A part of the run that the report lists, with its seconds. */
void stage_begin(struct stage *stage, const char *name);
void stage_end(struct stage *stage, enum outcome outcome);

/*
 * Runs @exec (limit, watch and sink are set from the arguments) and is true
 * when it ended by itself. Else the guest hangs or is gone: the report says so,
 * with @what as its subject, and stage->lost is set.
 */
bool stage_exec(struct stage *stage, const struct guest_exec *exec, guint limit_s,
		const char *what, struct guest_result *ret);

/* The same for shell text, with what it printed in *@ret. */
bool stage_sh(struct stage *stage, const char *script, guint limit_s, const char *what,
	      struct guest_result *ret);

/*
 * A text that a script in the guest is to write to /dev/kmsg as its last deed,
 * and the wait until it has come through: what the kernel said before is then
 * known.
 */
char *stage_marker(struct stage *stage);
void stage_settle(struct stage *stage);

/* Records of the kernel's log that nobody has read, since the last look, are a failure of the lab's. */
void stage_check_log(struct stage *stage);

/* Whether the kernel has reported something after which no test tells anything. */
bool stage_is_fatal(const struct stage *stage);

/* Whether that is a fault of the kernel's, and no hang. */
bool stage_is_broken(const struct stage *stage);

/* What the kernel said on the console alone, to the detectors: for a guest that does not answer. */
void stage_take_console(struct stage *stage);

/* The guest is gone: finds out why from the console, into the report. */
void stage_autopsy(struct stage *stage, const char *what, const GError *cause);

/*
 * The guest's kernel is panicking: has it say all of it on the console, and keeps
 * its memory (libvm/vmcore.h) in the run's folder. @paused: QEMU told of it, and has
 * it stand still. @what was going on. It stands still afterwards.
 */
void stage_panic(struct stage *stage, bool paused, const char *what);

/*
 * @what met its time limit: writes STAGE_HANG into the report's folder. False: nobody
 * in the guest answers, and the console was read. *@ret_words, to be freed: where it hangs in
 * the kernel, with the line of a module's source; NULL: a test that does not.
 */
#define STAGE_HANG "hang.txt"
bool stage_hang(struct stage *stage, const char *what, char **ret_words);

/*
 * The guest did not become ready (@what), for the reason in @error, and the stage is not
 * open: the same, and the words go behind those of @error. Nothing where its QEMU has
 * ended or stopped it, its kernel panicked, which @error tells, or nothing hangs; then
 * alone stage->lost is not set.
 */
void stage_unready(struct stage *stage, const char *what, GError **error);

/* Keeps the guest's memory, unless this run has kept one already or conf says no. */
void stage_dump(struct stage *stage, const char *what);

/* What the CPUs' registers hold, into registers.txt in the report's folder; to be freed. */
char *stage_registers(struct stage *stage);

/* The run's modules as they lie in the guest's memory (struct placed). */
GPtrArray *stage_find_modules(struct stage *stage);

/* The lines of the run's kernel log after @mark (kmsg_mark()). */
struct log_range stage_log_range(const struct stage *stage, guint64 mark);

/* The folder that the report will be in. */
const char *stage_folder(const struct stage *stage);

/* Takes the taint from the first line of @out, which is removed. */
void stage_take_taint(struct stage *stage, GString *out);

/* What the kernel is tainted with now and was not before, and no finding tells. */
void stage_check_taint(struct stage *stage);

/*
 * Puts modules and tools into the guest, with which the other two work. False
 * with the reason in the report.
 */
bool stage_deliver(struct stage *stage);

/* Makes the modules loaded or not loaded. False: not to be had, and reported. */
bool stage_ensure(struct stage *stage, bool loaded);

/* Removes what an earlier run left loaded; false when it cannot be. */
bool stage_clear(struct stage *stage);

/* Pure: modules.sh for the guest, with the run's modules before it. */
char *stage_modules_script(const struct stage *stage, GError **error);

/* The two stages. False when the run cannot go on. */
bool stage_load(struct stage *stage);
bool stage_suites(struct stage *stage, const GPtrArray *refs);

/*
 * After the modules are gone: what they left behind, into the report. @loads: how often they
 * were loaded before; 0: nobody knows.
 */
void stage_audit(struct stage *stage, guint loads);

/*
 * What the kernel's own leak detector, where it has one, tells of the modules then. Skipped
 * where it is off, which is told.
 */
void stage_kmemleak(struct stage *stage);

/*
 * The functions of the run's modules (libvm/audit-code.h), to be unreferenced; of a file
 * that cannot be read there are none, which is told as a detail.
 */
GPtrArray *stage_functions(const struct stage *stage);

/*
 * The names of a selectable suite's tests; NULL with an error. stage->source is
 * set. To be freed with g_strfreev().
 */
char **stage_list_tests(struct stage *stage, const char *suite, GError **error);

#endif /* LIBVM_STAGE_H */

// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's own search for memory that nothing points to, once the modules are gone. */
#include "libvm/kmemleak.h"
#include "libvm/stage.h"

#define OUTPUT_MAX (4 << 20)	/* bytes */
#define SCAN_LIMIT_S 300	/* a scan of all memory, twice, under emulation */

/*
 * An object is told of when it is five seconds old and has been found, unchanged, by
 * two scans (mm/kmemleak.c: MSECS_MIN_AGE, update_checksum()). Whoever holds a pointer
 * to it on a stack at the first is gone at the second.
 */
static const char scan_script[] =
	"file=/sys/kernel/debug/kmemleak\n"
	"[ -w $file ] || exit\n"
	"echo scan >$file || exit\n"
	"sleep 5\n"
	"echo scan >$file || exit\n"
	"[ ! -e $1 ] || cat $1\n"
	"cat $file\n";

static void take_reports(struct stage *stage, const char *text)
{
	g_autoptr(GPtrArray) functions = stage_functions(stage);
	g_auto(GStrv) lines = kmemleak_reports(text, functions);

	for (char **line = lines; *line; line++)
		kmsg_take_line(stage->kmsg, *line);
}

void stage_kmemleak(struct stage *stage)
{
	const char *const argv[] = { "sh", "-c", scan_script, "kmemleak", STAGE_AUDIT_LOADED, NULL };
	const struct guest_exec exec = { .argv = argv, .max_output = OUTPUT_MAX };
	struct guest_result result = { 0 };
	guint before = kmsg_findings(stage->kmsg)->len;
	bool ok, scanned;

	/*
	 * Images' own kernels do without it: looking for it would cost each clone a program. Nor
	 * is it worth its time where something is wrong already.
	 */
	if (!stage->conf->audit || !stage->conf->kernel || before || stage->report->leaks->len)
		return;
	stage_begin(stage, "kmemleak");
	ok = stage_exec(stage, &exec, SCAN_LIMIT_S, "kmemleak's scan", &result);
	scanned = ok && !result.status;
	if (scanned)
		take_reports(stage, result.out->str);
	else if (ok)
		progress_note(stage->progress, "kmemleak is off in this kernel; its log says why");
	guest_result_clear(&result);
	stage_end(stage, !ok || kmsg_findings(stage->kmsg)->len > before ? OUTCOME_FAIL :
			 scanned ? OUTCOME_PASS : OUTCOME_SKIP);
}

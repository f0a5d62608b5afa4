// SPDX-License-Identifier: GPL-2.0-only
/*
 * A time limit was met. What can be learned of it goes on one page, whose first line
 * says which of two it is: the kernel answers, so the test hangs, and tasks tell
 * where; or nobody in the guest answers any more, and QEMU is asked instead.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/text.h"
#include "libvm/locate.h"
#include "libvm/memory.h"
#include "libvm/plan.h"
#include "libvm/stage.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"

#define CAPTURE_OPEN_S 10
#define CAPTURE_LIMIT_S 20
#define QUIET_US (1 * G_USEC_PER_SEC)	/* of the console: the kernel has said what it will */
#define PRINT_LIMIT_S 10
#define CONSOLE_MAX (1 << 20)	/* bytes of its answer */
#define MODULE_MAX_BYTES (64 << 20)

/*
 * Tasks that run or cannot be interrupted, with what they do in the kernel; all
 * processes; then the kernel's own view, into its log (w: blocked tasks, l: CPUs).
 */
static const char capture_script[] =
	"for dir in /proc/[0-9]*; do\n"
	"	read -r stat <$dir/stat 2>/dev/null || continue\n"
	"	rest=${stat##*) }\n"
	"	case $rest in D*|R*) ;; *) continue ;; esac\n"
	"	[ ${dir#/proc/} = $$ ] && continue\n"
	"	name=${stat#*(}\n"
	"	echo \"task ${dir#/proc/} (${name%)*}) state ${rest%% *}\"\n"
	"	cat $dir/stack 2>/dev/null\n"
	"done\n"
	"ps -eo pid,ppid,stat,etimes,wchan:24,args 2>/dev/null\n"
	"echo w >/proc/sysrq-trigger\n"
	"echo l >/proc/sysrq-trigger\n";

/* " at exit_hang.c:12" of the place in a module, or "". */
static char *source_place(const struct stage *stage, const char *module, const char *function,
			  const char *offset, const char *size)
{
	g_autoptr(symbols_owner) symbols = NULL;
	g_autofree char *place = NULL;

	if (!stage->tree || !module)
		return g_strdup("");
	symbols = locate_symbols(stage->tree, stage->modules);
	place = symbols_place(symbols, module, function, g_ascii_strtoull(offset, NULL, 16),
			      g_ascii_strtoull(size, NULL, 16), true, NULL);
	return place ? g_strconcat(" at ", place, NULL) : g_strdup("");
}

/*
 * Of lines "[<0>] func+0x1/0x2 [mod]" the innermost one in a module, since what it waits
 * in is the kernel's; else the first. "func [mod] at FILE:LINE", or NULL.
 */
static char *place_in(const struct stage *stage, const char *lines)
{
	static const char *const patterns[] = {
		"^\\[<0>\\] ([^\\s+]{1,128})\\+0x([0-9a-f]+)/0x([0-9a-f]+) \\[(\\w{1,64})\\]$",
		"^\\[<0>\\] ([^\\s+]{1,128})\\+0x([0-9a-f]+)/0x([0-9a-f]+)",
	};

	for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
		g_autoptr(GRegex) regex = g_regex_new(patterns[i], G_REGEX_MULTILINE, 0, NULL);
		g_autoptr(GMatchInfo) match = NULL;
		g_auto(GStrv) part = NULL;
		g_autofree char *place = NULL;

		if (!g_regex_match(regex, lines, 0, &match))
			continue;
		part = g_match_info_fetch_all(match);
		place = source_place(stage, part[4], part[1], part[2], part[3]);
		return g_strdup_printf("%s%s%s%s%s", part[1], part[4] ? " [" : "", part[4] ? part[4] : "",
				       part[4] ? "]" : "", place);
	}
	return NULL;
}

/* "task 12 (rmmod) state D\n[<0>] func+0x1/0x2 [mod]\n…" → "rmmod hangs in func [mod]" */
static char *first_place(const struct stage *stage, const char *text)
{
	g_autoptr(GRegex) regex = g_regex_new("^task \\d+ \\((.{1,64})\\) state D\\n((?:\\[<0>\\] .*\\n)+)",
					      G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	g_autofree char *task = NULL, *lines = NULL, *place = NULL;
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	if (!g_regex_match(regex, valid, 0, &match))
		return NULL;
	task = g_match_info_fetch(match, 1);
	lines = g_match_info_fetch(match, 2);
	place = place_in(stage, lines);
	return place ? g_strdup_printf("%s hangs in %s", task, place) : NULL;
}

/* But RCU's own, which runs now and then in any kernel. */
static bool has_running(const char *tasks)
{
	return g_regex_match_simple("^task \\d+ \\((?!rcu_).*\\) state R$", tasks,
				    G_REGEX_MULTILINE | G_REGEX_RAW, 0);
}

/* By a second way into the guest, since the first waits for the command; NULL = no answer. */
static char *ask_guest(struct stage *stage)
{
	const char *const argv[] = { "sh", "-c", capture_script, NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = CAPTURE_LIMIT_S, .watch_fd = -1 };
	g_autoptr(guest_owner) second = guest_open(stage->conf, clock_in(CAPTURE_OPEN_S), NULL);
	struct guest_result result = { 0 };
	char *text = NULL;

	if (second && guest_exec(second, &exec, &result, NULL))
		text = g_strdup(result.out->str);
	guest_result_clear(&result);
	return text;
}

/* What the console shows from the byte @from on, once it is quiet. */
static char *console_after(struct stage *stage, guint64 from)
{
	g_autofree char *path = plan_state_path(stage->conf, "console.log");
	g_autofree char *text = g_malloc0(CONSOLE_MAX + 1);
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	gint64 end = clock_in(PRINT_LIMIT_S);
	ssize_t n;

	while (g_get_monotonic_time() < end &&
	       fd_wait(console_fd(stage->console), POLLIN, g_get_monotonic_time() + QUIET_US) > 0)
		g_free(console_read(stage->console));
	n = fd < 0 ? 0 : pread(fd, text, CONSOLE_MAX, (off_t)from);
	return text_escape(text, MAX(n, 0));
}

static void say(struct stage *stage, const char *line)
{
	g_autofree char *answer = NULL;

	qmp_human(stage->alarms, line, clock_in(VM_QMP_LIMIT_S), &answer, NULL);
}

/*
 * A kernel that still takes interrupts answers the keyboard: 9 has it print all it
 * says (drivers/tty/sysrq.c), l shows its CPUs, w its blocked tasks. One that does not
 * may still take an NMI.
 */
static char *ask_kernel(struct stage *stage)
{
	static const char *const lines[] = { "sendkey alt-sysrq-9", "sendkey alt-sysrq-l",
					     "sendkey alt-sysrq-w", "nmi" };
	guint64 size = stage_console_size(stage->conf);

	for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
		say(stage, lines[i]);
	return console_after(stage, size);
}

static char *qemu_status(struct stage *stage)
{
	g_autoptr(JsonNode) answer = NULL;

	if (!qmp_call(stage->alarms, "query-status", NULL, clock_in(VM_QMP_LIMIT_S), &answer, NULL) ||
	    !JSON_NODE_HOLDS_OBJECT(answer))
		return g_strdup("QEMU does not answer either");
	return g_strdup_printf("QEMU says that the machine is %s",
			       state_string(json_node_get_object(answer), "status", "?"));
}

/* The section that begins nearest below @address: " (.text+0x12 of NAME)", or "". */
static char *place_of(const GPtrArray *modules, guint64 address)
{
	guint64 nearest = MODULE_MAX_BYTES;
	char *text = g_strdup("");

	for (guint i = 0; i < modules->len; i++) {
		const struct placed *m = modules->pdata[i];

		for (guint k = 0; k < m->names->len; k++) {
			guint64 begin = g_array_index(m->addresses, guint64, k);

			if (begin > address || address - begin >= nearest)
				continue;
			nearest = address - begin;
			g_free(text);
			text = g_strdup_printf(" (%s+0x%" G_GINT64_MODIFIER "x of %s)",
					       (char *)m->names->pdata[k], nearest, m->name);
		}
	}
	return text;
}

/* "CPU 0 is at 0xffffffffc0484012 (.init.text+0x12 of dead)", one a line. */
static char *places_of_cpus(struct stage *stage, const char *registers)
{
	g_autoptr(GPtrArray) modules = stage_find_modules(stage);
	GString *text = g_string_new(NULL);
	guint cpu = 0;

	for (const char *at = registers; (at = strstr(at, "RIP=")); at++) {
		guint64 address = g_ascii_strtoull(at + strlen("RIP="), NULL, 16);
		g_autofree char *place = place_of(modules, address);

		g_string_append_printf(text, "CPU %u is at 0x%" G_GINT64_MODIFIER "x%s\n", cpu++, address, place);
	}
	return g_string_free(text, FALSE);
}

static char *page_of_deaf(struct stage *stage, const char *what)
{
	g_autofree char *status = NULL, *said = NULL, *registers = NULL, *places = NULL;

	if (!stage->alarms)
		return g_strdup_printf("kernel hung: in %s; nobody in the guest answers\n", what);
	status = qemu_status(stage);
	registers = stage_registers(stage);
	places = places_of_cpus(stage, registers);
	said = ask_kernel(stage);
	return g_strdup_printf("kernel hung: in %s; nobody in the guest answers\n%s\n%s"
			       "registers of its CPUs: registers.txt\n\n%s\n%s", what, status, places,
			       *said ? "The kernel answers the keyboard or an NMI:" :
				       "It says nothing to the keyboard or an NMI: its interrupts are off.", said);
}

bool stage_hang(struct stage *stage, const char *what, char **ret_place)
{
	g_autofree char *path = g_build_filename(stage->report->folder, STAGE_HANG, NULL);
	g_autofree char *tasks = ask_guest(stage), *page = NULL;
	g_autoptr(GError) cause = NULL;

	*ret_place = tasks ? first_place(stage, tasks) : NULL;
	stage->report->asleep = *ret_place && !has_running(tasks);
	if (tasks)
		page = g_strdup_printf("test hung: %s; the kernel answers\n%s\n\n%s", what,
				       *ret_place ? *ret_place : "no task hangs in the kernel", tasks);
	else
		page = page_of_deaf(stage, what);
	if (!stage->report->hang)
		stage->report->hang = g_strndup(page, REPORT_HANG_MAX);
	if (!g_file_set_contents(path, page, -1, &cause))
		progress_note(stage->progress, "What hangs is not written down: %s", cause->message);
	if (!tasks)
		stage_dump(stage, what);
	return tasks;
}

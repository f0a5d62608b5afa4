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
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"
#include "libvm/alarm.h"
#include "libvm/cpu-place.h"
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
#define STACK_LIMIT_S 10	/* for one CPU's: each word of it, which is the guest's, may ask for more memory */
#define CONSOLE_MAX (1 << 20)	/* bytes of its answer */
#define KERNEL_BEGIN (1ull << 63)	/* its addresses */

/*
 * Tasks that run, cannot be interrupted, or sleep in a module's code, with what they do in the
 * kernel; all processes; then the kernel's own view, into its log (w: blocked tasks, l: CPUs, by
 * an NMI, which one takes that has its interrupts off), and the CPUs here too.
 */
static const char capture_script[] =
	"for dir in /proc/[0-9]*; do\n"
	"	read -r stat <$dir/stat 2>/dev/null || continue\n"
	"	rest=${stat##*) }\n"
	"	[ ${dir#/proc/} = $$ ] && continue\n"
	/* Without a process for each, which a busy machine has no time for. */
	"	stack=\n"
	"	{ while read -r line; do stack=\"$stack$line\n\"; done <$dir/stack; } 2>/dev/null\n"
	"	case $rest$stack in D*|R*|S*' ['*) ;; *) continue ;; esac\n"
	"	name=${stat#*(}\n"
	"	echo \"task ${dir#/proc/} (${name%)*}) state ${rest%% *}\"\n"
	"	printf %s \"$stack\"\n"
	"done\n"
	"ps -eo pid,ppid,stat,etimes,wchan:24,args 2>/dev/null\n"
	"echo w >/proc/sysrq-trigger\n"
	"echo \"<6>vexvm: hang $$\" >/dev/kmsg\n"
	"echo l >/proc/sysrq-trigger\n"
	"dmesg 2>/dev/null | sed -n \"/vexvm: hang $$\\$/,\\$p\" | head -n 600\n";

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
 * in is the kernel's; else the first, or with @tested none. "func [mod] at FILE:LINE", or NULL.
 */
static char *place_in(const struct stage *stage, const char *lines, bool tested)
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
		do {
			g_strfreev(part);
			part = g_match_info_fetch_all(match);
		} while (tested && !module_is_among(stage->modules, part[4]) && g_match_info_next(match, NULL));
		if (tested && !module_is_among(stage->modules, part[4]))
			return NULL;
		place = source_place(stage, part[4], part[1], part[2], part[3]);
		return g_strdup_printf("%s%s%s%s%s", part[1], part[4] ? " [" : "", part[4] ? part[4] : "",
				       part[4] ? "]" : "", place);
	}
	return NULL;
}

/*
 * "task 12 (rmmod) state D\n[<0>] func+0x1/0x2 [mod]\n…" → "rmmod hangs in func [mod]": the
 * first task in that state, of those that sleep ("S"), as most of a machine's do, in a tested module.
 */
static char *first_place(const struct stage *stage, const char *text, char state)
{
	g_autofree char *pattern = g_strdup_printf("^task \\d+ \\((.{1,64})\\) state %c\\n((?:\\[<0>\\] .*\\n)+)", state);
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(regex, valid, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
		g_autofree char *task = g_match_info_fetch(match, 1), *lines = g_match_info_fetch(match, 2);
		g_autofree char *place = place_in(stage, lines, state == 'S');

		if (place)
			return g_strdup_printf("%s hangs in %s", task, place);
	}
	return NULL;
}

/* "basic.sh is busy in nc_write [nc] at nc.c:127" of the kernel's view of its CPUs, or NULL. */
static char *busy_place(const struct stage *stage, const char *text)
{
	g_autofree char *task = NULL, *place = NULL, *words = NULL;
	g_autoptr(symbols_owner) symbols = NULL;
	struct frame *frame = stage->modules ? cpu_place_in_trace(text, stage->modules, &task) : NULL;

	if (!frame)
		return NULL;
	if (stage->tree)
		symbols = locate_symbols(stage->tree, stage->modules);
	if (symbols)
		place = symbols_place(symbols, frame->module, frame->function, frame->offset, frame->size,
				      !frame->exact, NULL);
	words = g_strdup_printf("%s is busy in %s [%s]%s%s", task ? task : "a task", frame->function,
				frame->module, place ? " at " : "", place ? place : "");
	frame_free(frame);
	return g_steal_pointer(&words);
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

/* A CPU, by what "info registers" says of it. */
struct cpu {
	guint number;
	guint64 at, stack;
};

/* ", …" of where in the modules @cpu is, or "". *@ret_where gets it without an offset, if that is NULL yet. */
static char *place_of_cpu(struct stage *stage, const GPtrArray *placed, struct symbols *symbols,
			  const struct cpu *cpu, char **ret_where)
{
	struct memory_of_cpu memory = { stage->alarms, stage->conf->runtime_dir, cpu->number, clock_in(STACK_LIMIT_S) };
	g_autofree char *function = NULL, *place = cpu_place_at(placed, symbols, cpu->at, false, &function);
	const char *how = "in";

	if (!place && cpu->at >= KERNEL_BEGIN && cpu->stack >= KERNEL_BEGIN) {
		guint64 caller = cpu_place_caller(placed, symbols, cpu->stack, memory_read, &memory);

		if (caller)
			place = cpu_place_at(placed, symbols, caller, true, &function);
		how = "called by";
	}
	if (function && !*ret_where)
		*ret_where = g_strdup_printf("CPU %u is in %s", cpu->number, function);
	return place ? g_strdup_printf(", %s %s", how, place) : g_strdup("");
}

/* "CPU 0 is at 0xffffffffc0484012, in dead_init+0x12 [dead] at dead.c:9", one a line. */
static char *places_of_cpus(struct stage *stage, const char *registers, char **ret_where)
{
	g_autoptr(GPtrArray) placed = stage_find_modules(stage);
	g_autoptr(symbols_owner) symbols = stage->tree ? locate_symbols(stage->tree, stage->modules) : NULL;
	GString *text = g_string_new(NULL);
	struct cpu cpu = { 0 };

	for (const char *at = registers; (at = strstr(at, "RIP=")); at++, cpu.number++) {
		const char *stack = g_strrstr_len(registers, at - registers, "RSP=");
		g_autofree char *place = NULL;

		cpu.at = g_ascii_strtoull(at + strlen("RIP="), NULL, 16);
		cpu.stack = stack ? g_ascii_strtoull(stack + strlen("RSP="), NULL, 16) : 0;
		place = place_of_cpu(stage, placed, symbols, &cpu, ret_where);
		g_string_append_printf(text, "CPU %u is at 0x%" G_GINT64_MODIFIER "x%s\n", cpu.number, cpu.at, place);
	}
	return g_string_free(text, FALSE);
}

/* What the console has is read before the kernel is asked, whose answers are no reports. */
static char *page_of_deaf(struct stage *stage, const char *what, char **ret_words)
{
	g_autofree char *status = NULL, *said = NULL, *registers = NULL, *places = NULL, *where = NULL;
	const char *silence = "the whole guest hangs: it answers nothing any more";

	stage_take_console(stage);
	if (!stage->alarms) {
		*ret_words = g_strdup(silence);
		return g_strdup_printf("kernel hung: in %s; nobody in the guest answers\n", what);
	}
	status = qemu_status(stage);
	registers = stage_registers(stage);
	places = places_of_cpus(stage, registers, &where);
	said = ask_kernel(stage);
	if (*said)
		silence = "no program in the guest answers any more, its kernel does";
	*ret_words = g_strconcat(silence, where ? ": " : NULL, where, NULL);
	return g_strdup_printf("%s hung: in %s; %s\n%s\n%sregisters of its CPUs: registers.txt\n\n%s\n%s",
			       *said ? "programs" : "kernel", what,
			       *said ? "none in the guest answers, the kernel does" : "nobody in the guest answers",
			       status, places,
			       *said ? "The kernel answers the keyboard or an NMI:" :
				       "It says nothing to the keyboard or an NMI: its interrupts are off.", said);
}

/* Both may be of the module: one task waits for what another does not end. The kernel's own wait for the CPU. */
static char *places_of_tasks(struct stage *stage, const char *text)
{
	g_autofree char *blocked = first_place(stage, text, 'D'), *busy = busy_place(stage, text);

	if (!blocked && !busy)
		blocked = first_place(stage, text, 'S');
	stage->report->asleep = blocked && !busy && !has_running(text);
	if (busy && blocked && strstr(blocked, " ["))
		return g_strconcat(busy, "; ", blocked, NULL);
	return busy ? g_steal_pointer(&busy) : g_steal_pointer(&blocked);
}

bool stage_hang(struct stage *stage, const char *what, char **ret_words)
{
	g_autofree char *path = g_build_filename(stage->report->folder, STAGE_HANG, NULL);
	g_autofree char *tasks = ask_guest(stage), *page = NULL;
	g_autoptr(GError) cause = NULL;

	*ret_words = tasks ? places_of_tasks(stage, tasks) : NULL;
	if (tasks)
		page = g_strdup_printf("test hung: %s; the kernel answers\n%s\n\n%s", what,
				       *ret_words ? *ret_words : "no task hangs in the kernel", tasks);
	else
		page = page_of_deaf(stage, what, ret_words);
	if (!stage->report->hang)
		stage->report->hang = g_strndup(page, REPORT_HANG_MAX);
	if (!g_file_set_contents(path, page, -1, &cause))
		progress_note(stage->progress, "What hangs is not written down: %s", cause->message);
	if (!tasks)
		stage_dump(stage, what);
	return tasks;
}

/* For a panic, or a disk that cannot be written: the guest answers nobody, and does not hang. */
static bool is_stopped(struct stage *stage)
{
	g_autoptr(JsonNode) answer = NULL;

	return qmp_call(stage->alarms, "query-status", NULL, clock_in(VM_QMP_LIMIT_S), &answer, NULL) &&
	       JSON_NODE_HOLDS_OBJECT(answer) && !state_bool(json_node_get_object(answer), "running", true);
}

void stage_unready(struct stage *stage, const char *what, GError **error)
{
	g_autofree char *path = plan_state_path(stage->conf, "console.log"), *words = NULL;
	g_autoptr(GError) cause = NULL;
	bool answers;

	stage->lost = true;
	if (vm_has_panicked(stage->conf) || !(stage->alarms = alarm_open(stage->conf)) || is_stopped(stage))
		return;
	stage->console = console_new(path, 0);
	answers = stage_hang(stage, what, &words);
	/* Nothing hangs: what could not be done there is all, and that is in @error. */
	if (answers && !words) {
		stage->lost = false;
		g_clear_pointer(&stage->report->hang, g_free);
		return;
	}
	cause = g_steal_pointer(error);
	fault_set(error, (enum lab_error)fault_exit_status(cause), "%s; asked in another way, %s%s", cause->message,
		  answers ? "the guest answers: " : "", words);
}

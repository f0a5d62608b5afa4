// SPDX-License-Identifier: GPL-2.0-only
/* The client against the real agent. tests/unit/test-wire.c has the hostile ones. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "agent/protocol.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/agent-private.h"
#include "tests/lib/agent.h"

#define LIMIT (60 * G_USEC_PER_SEC)

static gint64 soon(void)
{
	return g_get_monotonic_time() + LIMIT;
}

static void test_hello(struct agentbox *f, gconstpointer data)
{
	g_autofree char *boot_id = NULL;
	struct utsname uts;

	uname(&uts);
	g_assert_true(g_file_get_contents("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL));
	g_assert_cmpstr(agent_version(f->agent), ==, VEXVM_AGENT_VERSION);
	g_assert_cmpstr(agent_kernel_release(f->agent), ==, uts.release);
	g_assert_cmpstr(agent_boot_id(f->agent), ==, g_strchomp(boot_id));
}

static void test_exec(struct agentbox *f, gconstpointer data)
{
	auto_result r = { 0 };

	agentbox_run(f, "echo to out; echo to err >&2; cat; exit 3", 0, &r);
	g_assert_cmpstr(r.out->str, ==, "to out\n");
	g_assert_cmpstr(r.err->str, ==, "to err\n");
	g_assert_cmpint(r.status, ==, 3);
	g_assert_false(r.truncated || r.timed_out || r.stuck);
	agentbox_check(f, "pwd", 0, "/\n");
	agentbox_check(f, "exit 255", 255, "");
	agentbox_check(f, "ls /proc/self/fd | tr '\\n' ' '", 0, "0 1 2 3 ");
}

static void test_signal(struct agentbox *f, gconstpointer data)
{
	static const int signals[] = { SIGSEGV, SIGPIPE };

	for (guint i = 0; i < G_N_ELEMENTS(signals); i++) {
		g_autofree char *script = g_strdup_printf("kill -s %d $$", signals[i]);
		auto_result r = { 0 };

		agentbox_run(f, script, 0, &r);
		g_assert_cmpint(r.signal, ==, signals[i]);
		g_assert_cmpint(r.status, ==, 0);
		g_assert_false(r.timed_out);
	}
}

static void test_environment(struct agentbox *f, gconstpointer data)
{
	static const char *const argv[] = { "env", NULL };
	static const char *const env[] = { "A=b c", "LANG=de", "PATH=/bin:/usr/bin", NULL };
	const struct guest_exec exec = { .argv = argv, .env = env, .cwd = f->dir, .watch_fd = -1 };
	auto_result r = { 0 };

	g_assert_true(agent_exec(f->agent, &exec, &r, NULL));
	g_assert_cmpstr(r.out->str, ==, "A=b c\nLANG=de\nPATH=/bin:/usr/bin\n"
			"HOME=/root\nUSER=root\nTERM=dumb\n");
}

static void test_cannot_run(struct agentbox *f, gconstpointer data)
{
	static const char *const absent[] = { "no-such-program", NULL };
	static const char *const folder[] = { "/", NULL };
	const struct guest_exec execs[] = {
		{ .argv = absent }, { .argv = folder }, { .argv = absent, .cwd = "/no/such/folder" },
	};
	static const struct { int status; const char *err; } want[] = {
		{ 127, "vexvm-agent: cannot run no-such-program: No such file or directory\n" },
		{ 126, "vexvm-agent: cannot run /: Permission denied\n" },
		{ 127, "vexvm-agent: cannot enter /no/such/folder: No such file or directory\n" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(execs); i++) {
		auto_result r = { 0 };

		g_assert_true(agent_exec(f->agent, &execs[i], &r, NULL));
		g_assert_cmpint(r.status, ==, want[i].status);
		g_assert_cmpstr(r.err->str, ==, want[i].err);
	}
}

/* Fails the test unless the process whose number is in @text ends. */
static void assert_ends(const char *text)
{
	int pid = (int)g_ascii_strtoll(text, NULL, 10);
	auto_fd pidfd = pidfd_open(pid, 0);

	g_assert_cmpint(pid, >, 1);
	if (pidfd >= 0)		/* else it is gone already */
		g_assert_cmpint(fd_wait(pidfd, POLLIN, soon()), >, 0);
}

/* GNU tail would also end with the reader of its output: that is /dev/null. */
#define ENDLESS "tail -f /dev/null >/dev/null 2>&1"

static void test_limit(struct agentbox *f, gconstpointer data)
{
	auto_result r = { 0 };

	agentbox_run(f, ENDLESS " & echo $!; " ENDLESS, 1, &r);
	g_assert_true(r.timed_out);
	g_assert_false(r.stuck);
	g_assert_cmpint(r.signal, ==, SIGTERM);
	assert_ends(r.out->str);
	agentbox_check(f, "echo on", 0, "on\n");
}

/* The command itself and its child know no SIGTERM. */
static void test_limit_stubborn(struct agentbox *f, gconstpointer data)
{
	auto_result r = { 0 };

	agentbox_run(f, "trap '' TERM; " ENDLESS " & echo $!; while :; do wait; done", 1, &r);
	g_assert_true(r.timed_out);
	g_assert_false(r.stuck);
	g_assert_cmpint(r.signal, ==, SIGKILL);
	assert_ends(r.out->str);
}

/* Only the child does not know it. */
static void test_limit_stubborn_child(struct agentbox *f, gconstpointer data)
{
	auto_result r = { 0 };

	agentbox_run(f, "(trap '' TERM; exec " ENDLESS ") & echo $!; wait", 1, &r);
	g_assert_true(r.timed_out);
	g_assert_cmpint(r.signal, ==, SIGTERM);
	assert_ends(r.out->str);
}

/* What has ended with the reader of its output is gone already. */
static void kill_group(const char *text)
{
	int pid = (int)g_ascii_strtoll(text, NULL, 10);

	g_assert_cmpint(pid, >, 1);
	g_assert_true(kill(-pid, SIGKILL) == 0 || errno == ESRCH);
}

/* Children in the background keep the pipes open, then also fill them. */
static void test_background(struct agentbox *f, gconstpointer data)
{
	auto_result quiet = { 0 };
	auto_result loud = { 0 };

	agentbox_run(f, "tail -f /dev/null & echo $$", 0, &quiet);
	kill_group(quiet.out->str);
	agentbox_run(f, "yes & yes & yes & yes & echo $$ >&2; head -c 3000000 /dev/zero", 0, &loud);
	kill_group(loud.err->str);
	g_assert_true(loud.truncated);
	agentbox_check(f, "echo on", 0, "on\n");
}

static void count(void *data, int fd, const char *bytes, gsize size)
{
	gsize *sizes = data;

	sizes[fd] += size;
	for (gsize i = 0; i < size; i++)
		g_assert_cmpint(bytes[i], ==, fd == 1 ? 'o' : 'e');
}

static void test_big_output(struct agentbox *f, gconstpointer data)
{
	static const char *const argv[] = { "sh", "-c",
		"head -c 50000000 /dev/zero | tr '\\0' o & "
		"head -c 5000000 /dev/zero | tr '\\0' e >&2; wait", NULL };
	gsize sizes[3] = { 0 };
	const struct guest_exec exec = { .argv = argv, .sink = count, .data = sizes, .watch_fd = -1 };
	auto_result r = { 0 };

	g_assert_true(agent_exec(f->agent, &exec, &r, NULL));
	g_assert_cmpuint(sizes[1], ==, 50000000);
	g_assert_cmpuint(sizes[2], ==, 5000000);
	g_assert_cmpuint(r.out->len, ==, 0);
}

static void test_truncated(struct agentbox *f, gconstpointer data)
{
	static const char *const argv[] = { "head", "-c", "1001", "/dev/zero", NULL };
	struct guest_exec exec = { .argv = argv, .watch_fd = -1, .max_output = 1000 };
	auto_result small = { 0 };
	auto_result whole = { 0 };

	g_assert_true(agent_exec(f->agent, &exec, &small, NULL));
	g_assert_cmpuint(small.out->len, ==, 1000);
	g_assert_true(small.truncated);
	exec.max_output = 1001;
	g_assert_true(agent_exec(f->agent, &exec, &whole, NULL));
	g_assert_cmpuint(whole.out->len, ==, 1001);
	g_assert_false(whole.truncated);
}

static void test_arguments(struct agentbox *f, gconstpointer data)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autofree char *large = g_strnfill(WIRE_PAYLOAD_MAX, 'x');
	struct guest_exec exec = { .watch_fd = -1 };
	g_autoptr(GError) error = NULL;
	auto_result r = { 0 };
	auto_result refused = { 0 };

	g_ptr_array_add(argv, (gpointer)"sh");
	g_ptr_array_add(argv, (gpointer)"-c");
	g_ptr_array_add(argv, (gpointer)"echo $#");
	for (guint i = 0; i < 16001; i++)
		g_ptr_array_add(argv, (gpointer)"");
	g_ptr_array_add(argv, NULL);
	exec.argv = (const char *const *)argv->pdata;
	g_assert_true(agent_exec(f->agent, &exec, &r, NULL));
	g_assert_cmpstr(r.out->str, ==, "16000\n");
	argv->pdata[3] = large;
	g_assert_false(agent_exec(f->agent, &exec, &refused, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
	agentbox_check(f, "echo on", 0, "on\n");
}

/* @data is the pipe's reading end; the first byte is let pass. */
static bool second_time(void *data)
{
	static guint calls;
	char c;

	g_assert_cmpint(read(*(int *)data, &c, 1), ==, 1);
	return ++calls % 2;
}

static void test_interrupt(struct agentbox *f, gconstpointer data)
{
	static const char *const argv[] = { "tail", "-f", "/dev/null", NULL };
	int ends[2];
	auto_result r = { 0 };

	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	g_assert_cmpint(write(ends[1], "ab", 2), ==, 2);
	const struct guest_exec exec = { .argv = argv, .watch_fd = ends[0],
					 .interrupt = second_time, .data = &ends[0] };
	g_assert_true(agent_exec(f->agent, &exec, &r, NULL));
	g_assert_true(r.timed_out);
	g_assert_cmpint(r.signal, ==, SIGTERM);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	agentbox_check(f, "echo on", 0, "on\n");
}

/* The guest is known to be gone: not even the command's end is waited for. */
static bool stop_at_once(void *data)
{
	return false;
}

/* Runs @argv in a guest that is lost meanwhile, as @interrupt, which gets the agent, finds out. */
static void run_lost(struct agentbox *f, const char *const *argv, bool (*interrupt)(void *agent),
		     struct guest_result *ret)
{
	g_autoptr(GError) error = NULL;
	const bool lost = true;
	int ends[2];

	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	g_assert_cmpint(write(ends[1], "a", 1), ==, 1);
	const struct guest_exec exec = { .argv = argv, .watch_fd = ends[0], .interrupt = interrupt,
					 .data = f->agent, .lost = &lost };
	g_assert_false(agent_exec(f->agent, &exec, ret, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

static void test_lost(struct agentbox *f, gconstpointer data)
{
	static const char *const argv[] = { "tail", "-f", "/dev/null", NULL };
	auto_result r = { 0 };

	run_lost(f, argv, stop_at_once, &r);
}

/*
 * Until the command's words are there. Other things may come first, such as the answer to a
 * second HELLO, which an agent that was still starting is sent.
 */
static bool stop_when_heard(void *data)
{
	static const char words[] = "ok 1 the last\n";
	struct agent *agent = data;

	while (!memmem(agent->in->data, agent->in->len, words, strlen(words))) {
		g_assert_cmpint(fd_wait(agent->fd, POLLIN, soon()), >, 0);
		g_assert_true(agent_fill(agent, NULL));
	}
	return false;
}

/* What was on its way when the guest was lost is taken: it is what a suite printed last. */
static void test_last_words(struct agentbox *f, gconstpointer data)
{
	static const char *const argv[] = { "echo", "ok 1 the last", NULL };
	auto_result r = { 0 };

	run_lost(f, argv, stop_when_heard, &r);
	g_assert_cmpstr(r.out->str, ==, "ok 1 the last\n");
}

/* The agent stands still, as in a guest whose kernel broke: its word is not waited for for ever. */
static void test_deaf(struct agentbox *f, gconstpointer data)
{
	g_autofree char *script = g_strdup_printf("kill -s STOP %d; echo >&3; tail -f /dev/null", f->served.pid);
	g_autofree char *with_pipe = NULL;
	g_autoptr(GError) error = NULL, again = NULL;
	auto_result r = { 0 };
	int ends[2];

	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	with_pipe = g_strdup_printf("exec 3>/proc/%d/fd/%d; %s", getpid(), ends[1], script);
	const char *const argv[] = { "sh", "-c", with_pipe, NULL };
	const struct guest_exec exec = { .argv = argv, .watch_fd = ends[0], .interrupt = stop_at_once, .kill_s = 1 };
	g_assert_false(agent_exec(f->agent, &exec, &r, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_TIMEOUT);
	g_assert_nonnull(strstr(error->message, "does not answer"));
	g_assert_true(agent_has_failed(f->agent));
	/* That is still why, whatever is asked next. */
	g_assert_false(agent_set_clock(f->agent, &again));
	g_assert_cmpstr(again->message, ==, error->message);
	g_assert_error(again, LAB_ERROR, LAB_ERROR_TIMEOUT);
	g_assert_cmpint(kill(f->served.pid, SIGCONT), ==, 0);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

static bool never_called(void *data)
{
	g_assert_not_reached();
}

/* The agent is killed in the middle of a command, whose end comes with it. */
static void test_agent_dies(struct agentbox *f, gconstpointer data)
{
	g_autofree char *script = g_strdup_printf("kill -s KILL %d; tail -f /dev/null", f->served.pid);
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct guest_exec exec = { .argv = argv, .watch_fd = -1, .interrupt = never_called };
	g_autoptr(GError) error = NULL, again = NULL;
	auto_result r = { 0 };

	g_assert_false(agent_exec(f->agent, &exec, &r, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "went away"));
	g_assert_false(agent_set_clock(f->agent, &again));
	g_assert_nonnull(strstr(again->message, "went away"));
	agent_free(g_steal_pointer(&f->agent));
	g_assert_cmpint(waitpid(f->served.pid, NULL, 0), ==, f->served.pid);
	/* One for the agentbox_tear_down. */
	served_init(&f->served);
}

/* It is told to end, as when the guest goes down. */
static void test_agent_ends(struct agentbox *f, gconstpointer data)
{
	g_autofree char *script = g_strdup_printf("kill -s TERM %d; " ENDLESS, f->served.pid);
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct guest_exec exec = { .argv = argv, .watch_fd = -1 };
	g_autoptr(GError) error = NULL;
	auto_result r = { 0 };

	g_assert_false(agent_exec(f->agent, &exec, &r, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "went down"));
}

static void put_record(void *data, const struct kmsg_record *record)
{
	guint *n = data;

	g_assert_nonnull(record->text);
	(*n)++;
}

static void test_kmsg(struct agentbox *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	guint n = 0;

	if (access("/dev/kmsg", R_OK) < 0) {
		g_test_skip("/dev/kmsg cannot be read");
		return;
	}
	agent_kmsg_follow(f->agent, 0, put_record, &n, &error);
	g_assert_no_error(error);
	agentbox_check(f, "echo on", 0, "on\n");
	agent_poll(f->agent, g_get_monotonic_time() + G_USEC_PER_SEC, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(n, >, 0);
}

/* Adding to this machine's generator does no harm; only root may. */
static void test_reseed(struct agentbox *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	bool ok = agent_reseed(f->agent, &error);

	if (!ok)
		g_assert_nonnull(strstr(error->message, "cannot seed the guest's random numbers: Operation"));
	else
		g_assert_no_error(error);
}

#define CASE(name, function) \
	g_test_add("/agent/" name, struct agentbox, NULL, agentbox_set_up, function, agentbox_tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	CASE("hello", test_hello);
	CASE("reseed", test_reseed);
	CASE("exec", test_exec);
	CASE("signal", test_signal);
	CASE("environment", test_environment);
	CASE("cannot-run", test_cannot_run);
	CASE("limit", test_limit);
	CASE("limit-stubborn", test_limit_stubborn);
	CASE("limit-stubborn-child", test_limit_stubborn_child);
	CASE("background", test_background);
	CASE("big-output", test_big_output);
	CASE("truncated", test_truncated);
	CASE("arguments", test_arguments);
	CASE("interrupt", test_interrupt);
	CASE("lost", test_lost);
	CASE("last words", test_last_words);
	CASE("deaf", test_deaf);
	CASE("agent-dies", test_agent_dies);
	CASE("agent-ends", test_agent_ends);
	CASE("kmsg", test_kmsg);
	return g_test_run();
}

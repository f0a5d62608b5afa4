// SPDX-License-Identifier: GPL-2.0-only
/* The client against the real agent. tests/unit/test-wire.c has the hostile ones. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "agent/protocol.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/folder.h"
#include "libvm/agent.h"
#include "tests/lib/agent.h"

#define LIMIT (60 * G_USEC_PER_SEC)
#define MIB (1024 * 1024)

static gint64 soon(void)
{
	return g_get_monotonic_time() + LIMIT;
}

/* The agent, its client, and a folder for files. */
struct fixture {
	struct served served;
	struct agent *agent;
	char *dir;
};

static void setup(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	served_init(&f->served);
	f->agent = agent_new(fd_steal(&f->served.fd), soon(), &error);
	g_assert_no_error(error);
	f->dir = g_dir_make_tmp("vexvm-test-XXXXXX", &error);
	g_assert_no_error(error);
}

static void teardown(struct fixture *f, gconstpointer data)
{
	agent_free(f->agent);
	served_clear(&f->served);
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
}

static char *path_in(const struct fixture *f, const char *name)
{
	return g_build_filename(f->dir, name, NULL);
}

/* Runs shell text; the result is the caller's. */
static void run_limited(struct fixture *f, const char *script, guint timeout_s,
			struct guest_result *ret)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = timeout_s, .watch_fd = -1 };
	g_autoptr(GError) error = NULL;

	agent_exec(f->agent, &exec, ret, &error);
	g_assert_no_error(error);
}

#define auto_result __attribute__((cleanup(guest_result_clear))) struct guest_result

static void check(struct fixture *f, const char *script, int status, const char *out)
{
	auto_result r = { 0 };

	run_limited(f, script, 60, &r);
	g_assert_cmpstr(r.out->str, ==, out);
	g_assert_cmpint(r.status, ==, status);
	g_assert_cmpint(r.signal, ==, 0);
	g_assert_false(r.timed_out);
}

static void test_hello(struct fixture *f, gconstpointer data)
{
	g_autofree char *boot_id = NULL;
	struct utsname uts;

	uname(&uts);
	g_assert_true(g_file_get_contents("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL));
	g_assert_cmpstr(agent_version(f->agent), ==, VEXVM_AGENT_VERSION);
	g_assert_cmpstr(agent_kernel_release(f->agent), ==, uts.release);
	g_assert_cmpstr(agent_boot_id(f->agent), ==, g_strchomp(boot_id));
}

static void test_exec(struct fixture *f, gconstpointer data)
{
	auto_result r = { 0 };

	run_limited(f, "echo to out; echo to err >&2; cat; exit 3", 0, &r);
	g_assert_cmpstr(r.out->str, ==, "to out\n");
	g_assert_cmpstr(r.err->str, ==, "to err\n");
	g_assert_cmpint(r.status, ==, 3);
	g_assert_false(r.truncated || r.timed_out || r.stuck);
	check(f, "pwd", 0, "/\n");
	check(f, "exit 255", 255, "");
	check(f, "ls /proc/self/fd | tr '\\n' ' '", 0, "0 1 2 3 ");
}

static void test_signal(struct fixture *f, gconstpointer data)
{
	static const int signals[] = { SIGSEGV, SIGPIPE };

	for (guint i = 0; i < G_N_ELEMENTS(signals); i++) {
		g_autofree char *script = g_strdup_printf("kill -s %d $$", signals[i]);
		auto_result r = { 0 };

		run_limited(f, script, 0, &r);
		g_assert_cmpint(r.signal, ==, signals[i]);
		g_assert_cmpint(r.status, ==, 0);
		g_assert_false(r.timed_out);
	}
}

static void test_environment(struct fixture *f, gconstpointer data)
{
	static const char *const argv[] = { "env", NULL };
	static const char *const env[] = { "A=b c", "LANG=de", "PATH=/bin:/usr/bin", NULL };
	const struct guest_exec exec = { .argv = argv, .env = env, .cwd = f->dir, .watch_fd = -1 };
	auto_result r = { 0 };

	g_assert_true(agent_exec(f->agent, &exec, &r, NULL));
	g_assert_cmpstr(r.out->str, ==, "A=b c\nLANG=de\nPATH=/bin:/usr/bin\n"
			"HOME=/root\nUSER=root\nTERM=dumb\n");
}

static void test_cannot_run(struct fixture *f, gconstpointer data)
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

static void test_limit(struct fixture *f, gconstpointer data)
{
	auto_result r = { 0 };

	run_limited(f, ENDLESS " & echo $!; " ENDLESS, 1, &r);
	g_assert_true(r.timed_out);
	g_assert_false(r.stuck);
	g_assert_cmpint(r.signal, ==, SIGTERM);
	assert_ends(r.out->str);
	check(f, "echo on", 0, "on\n");
}

/* The command itself and its child know no SIGTERM. */
static void test_limit_stubborn(struct fixture *f, gconstpointer data)
{
	auto_result r = { 0 };

	run_limited(f, "trap '' TERM; " ENDLESS " & echo $!; while :; do wait; done", 1, &r);
	g_assert_true(r.timed_out);
	g_assert_false(r.stuck);
	g_assert_cmpint(r.signal, ==, SIGKILL);
	assert_ends(r.out->str);
}

/* Only the child does not know it. */
static void test_limit_stubborn_child(struct fixture *f, gconstpointer data)
{
	auto_result r = { 0 };

	run_limited(f, "(trap '' TERM; exec " ENDLESS ") & echo $!; wait", 1, &r);
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
static void test_background(struct fixture *f, gconstpointer data)
{
	auto_result quiet = { 0 };
	auto_result loud = { 0 };

	run_limited(f, "tail -f /dev/null & echo $$", 0, &quiet);
	kill_group(quiet.out->str);
	run_limited(f, "yes & yes & yes & yes & echo $$ >&2; head -c 3000000 /dev/zero", 0, &loud);
	kill_group(loud.err->str);
	g_assert_true(loud.truncated);
	check(f, "echo on", 0, "on\n");
}

static void count(void *data, int fd, const char *bytes, gsize size)
{
	gsize *sizes = data;

	sizes[fd] += size;
	for (gsize i = 0; i < size; i++)
		g_assert_cmpint(bytes[i], ==, fd == 1 ? 'o' : 'e');
}

static void test_big_output(struct fixture *f, gconstpointer data)
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

static void test_truncated(struct fixture *f, gconstpointer data)
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

static void test_arguments(struct fixture *f, gconstpointer data)
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
	check(f, "echo on", 0, "on\n");
}

/* @data is the pipe's reading end; the first byte is let pass. */
static bool second_time(void *data)
{
	static guint calls;
	char c;

	g_assert_cmpint(read(*(int *)data, &c, 1), ==, 1);
	return ++calls % 2;
}

static void test_interrupt(struct fixture *f, gconstpointer data)
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
	check(f, "echo on", 0, "on\n");
}

/* The guest is known to be gone: not even the command's end is waited for. */
static bool stop_at_once(void *data)
{
	return false;
}

static void test_lost(struct fixture *f, gconstpointer data)
{
	static const char *const argv[] = { "tail", "-f", "/dev/null", NULL };
	g_autoptr(GError) error = NULL;
	const bool lost = true;
	auto_result r = { 0 };
	int ends[2];

	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	g_assert_cmpint(write(ends[1], "a", 1), ==, 1);
	const struct guest_exec exec = { .argv = argv, .watch_fd = ends[0], .interrupt = stop_at_once,
					 .lost = &lost };
	g_assert_false(agent_exec(f->agent, &exec, &r, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

/* Files */

static char *make_file(const struct fixture *f, const char *name, gsize size)
{
	char *path = path_in(f, name);
	g_autofree guint32 *words = g_new(guint32, size / 4 + 1);

	for (gsize i = 0; i < size / 4 + 1; i++)
		words[i] = g_test_rand_int();
	g_assert_true(g_file_set_contents(path, (char *)words, (gssize)size, NULL));
	return path;
}

static void assert_same(const char *a, const char *b)
{
	g_autofree char *left = NULL, *right = NULL;
	gsize left_size, right_size;

	g_assert_true(g_file_get_contents(a, &left, &left_size, NULL));
	g_assert_true(g_file_get_contents(b, &right, &right_size, NULL));
	g_assert_cmpmem(left, left_size, right, right_size);
}

static guint count_entries(const char *dir)
{
	g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
	guint n = 0;

	while (g_dir_read_name(entries))
		n++;
	return n;
}

static void test_files(struct fixture *f, gconstpointer data)
{
	static const gsize sizes[] = { 0, 1, WIRE_PAYLOAD_MAX, WIRE_PAYLOAD_MAX + 1, 20 * MIB + 3 };

	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *from = make_file(f, "from", sizes[i]);
		g_autofree char *there = path_in(f, "a/b c/there");
		g_autofree char *back = path_in(f, "back");
		g_autofree char *folder = path_in(f, "a/b c");
		g_autoptr(GError) error = NULL;
		struct stat st;

		agent_put(f->agent, from, there, 04751, &error);
		g_assert_no_error(error);
		assert_same(from, there);
		g_assert_cmpint(stat(there, &st), ==, 0);
		g_assert_cmpint(st.st_mode & 07777, ==, 04751);
		g_assert_cmpuint(count_entries(folder), ==, 1);
		agent_get(f->agent, there, back, sizes[i], &error);
		g_assert_no_error(error);
		assert_same(from, back);
	}
	g_assert_cmpuint(count_entries(f->dir), ==, 3);
}

static void assert_put_fails(struct fixture *f, const char *from, const char *to, const char *why)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(agent_put(f->agent, from, to, 0644, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	if (!strstr(error->message, why))
		g_error("'%s' does not say '%s'", error->message, why);
}

static void test_put_fails(struct fixture *f, gconstpointer data)
{
	g_autofree char *from = make_file(f, "from", 5 * MIB);
	g_autofree char *below_file = path_in(f, "from/x");
	g_autofree char *long_name = g_strnfill(300, 'n');
	g_autofree char *too_long = path_in(f, long_name);
	g_autofree char *beyond = g_strnfill(WIRE_PAYLOAD_MAX, '/');

	assert_put_fails(f, from, f->dir, "Is a directory");
	assert_put_fails(f, from, below_file, "Not a directory");
	assert_put_fails(f, from, "relative", "Invalid argument");
	assert_put_fails(f, from, too_long, "File name too long");
	assert_put_fails(f, from, beyond, "File name too long");
	assert_put_fails(f, "/no/such/file", too_long, "cannot read /no/such/file");
	g_assert_cmpuint(count_entries(f->dir), ==, 1);
	check(f, "echo on", 0, "on\n");
}

/* The host's file ends in an error of read(2), which a folder has at once. */
static void test_put_given_up(struct fixture *f, gconstpointer data)
{
	g_autofree char *to = path_in(f, "to/there");
	g_autofree char *folder = path_in(f, "to");
	auto_fd watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char events[4096];

	g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
	g_assert_cmpint(inotify_add_watch(watch, folder, IN_DELETE), >=, 0);
	assert_put_fails(f, f->dir, to, "Is a directory");
	check(f, "echo on", 0, "on\n");
	/* The child that had begun it cleans up. */
	while (count_entries(folder) > 0) {
		g_assert_cmpint(fd_wait(watch, POLLIN, soon()), >, 0);
		g_assert_cmpint(read(watch, events, sizeof(events)), >, 0);
	}
}

static void assert_get_fails(struct fixture *f, const char *from, guint64 max, const char *why)
{
	g_autofree char *to = path_in(f, "got");
	g_autoptr(GError) error = NULL;

	g_assert_false(agent_get(f->agent, from, to, max, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	if (!strstr(error->message, why))
		g_error("'%s' does not say '%s'", error->message, why);
	g_assert_false(g_file_test(to, G_FILE_TEST_EXISTS));
}

static void test_get_fails(struct fixture *f, gconstpointer data)
{
	g_autofree char *there = make_file(f, "there", 1000);

	assert_get_fails(f, "/no/such/file", 1000, "No such file");
	assert_get_fails(f, f->dir, 1000, "Is a directory");
	assert_get_fails(f, "relative", 1000, "Invalid argument");
	assert_get_fails(f, there, 999, "File too large");
	assert_get_fails(f, "/dev/zero", 3 * MIB, "File too large");
	g_assert_cmpuint(count_entries(f->dir), ==, 1);
	check(f, "echo on", 0, "on\n");
}

/* A limit on the size of files takes the place of a full disk. */
static void limit_files(rlim_t size)
{
	struct rlimit limit;

	g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
	limit.rlim_cur = size;
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

static void test_full_guest(void)
{
	struct fixture f;
	g_autofree char *from = NULL, *to = NULL;

	limit_files(MIB);
	setup(&f, NULL);
	limit_files(RLIM_INFINITY);
	from = make_file(&f, "from", 20 * MIB);
	to = path_in(&f, "to");
	assert_put_fails(&f, from, to, "File too large");
	g_assert_cmpuint(count_entries(f.dir), ==, 1);
	check(&f, "echo on", 0, "on\n");
	teardown(&f, NULL);
}

static void test_full_host(struct fixture *f, gconstpointer data)
{
	g_autofree char *there = make_file(f, "there", 20 * MIB);

	signal(SIGXFSZ, SIG_IGN);
	limit_files(MIB);
	assert_get_fails(f, there, 20 * MIB, "cannot write the copy");
	limit_files(RLIM_INFINITY);
	signal(SIGXFSZ, SIG_DFL);
	check(f, "echo on", 0, "on\n");
}

static bool never_called(void *data)
{
	g_assert_not_reached();
}

/* The agent is killed in the middle of a command, whose end comes with it. */
static void test_agent_dies(struct fixture *f, gconstpointer data)
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
	/* One for the teardown. */
	served_init(&f->served);
}

/* It is told to end, as when the guest goes down. */
static void test_agent_ends(struct fixture *f, gconstpointer data)
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

static void test_kmsg(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	guint n = 0;

	if (access("/dev/kmsg", R_OK) < 0) {
		g_test_skip("/dev/kmsg cannot be read");
		return;
	}
	agent_kmsg_follow(f->agent, 0, put_record, &n, &error);
	g_assert_no_error(error);
	check(f, "echo on", 0, "on\n");
	agent_poll(f->agent, g_get_monotonic_time() + G_USEC_PER_SEC, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(n, >, 0);
}

/* Adding to this machine's generator does no harm; only root may. */
static void test_reseed(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	bool ok = agent_reseed(f->agent, &error);

	if (!ok)
		g_assert_nonnull(strstr(error->message, "cannot seed the guest's random numbers: Operation"));
	else
		g_assert_no_error(error);
}

#define CASE(name, function) \
	g_test_add("/agent/" name, struct fixture, NULL, setup, function, teardown)

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
	CASE("files", test_files);
	CASE("put-fails", test_put_fails);
	CASE("put-given-up", test_put_given_up);
	CASE("get-fails", test_get_fails);
	g_test_add_func("/agent/full-guest", test_full_guest);
	CASE("full-host", test_full_host);
	CASE("agent-dies", test_agent_dies);
	CASE("agent-ends", test_agent_ends);
	CASE("kmsg", test_kmsg);
	return g_test_run();
}

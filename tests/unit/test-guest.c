// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest by its agent, behind sockets as QEMU's; and by SSH, with an ssh and
 * a sudo that run what they are given here.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/folder.h"
#include "lib/lock.h"
#include "libvm/guest.h"
#include "libvm/plan.h"
#include "libvm/state.h"
#include "tests/lib/agent.h"

#define LIMIT (60 * G_USEC_PER_SEC)

static gint64 soon(void)
{
	return g_get_monotonic_time() + LIMIT;
}

/* For every test anew; its folder "bin" is in PATH. */
static char *dir;

/* A VM's folders, and its four ports when it "runs". */
struct fixture {
	const char *dir;
	struct conf conf;
	int listeners[PLAN_AGENT_PORTS];
	int ssh;		/* listens, says an SSH banner to who comes */
	GThread *sshd;
};

static void setup(struct fixture *f, gconstpointer data)
{
	f->dir = dir;
	g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
	f->conf = (struct conf){ .name = (char *)"default", .state_dir = dir, .runtime_dir = dir,
				 .root = dir };
	for (guint i = 0; i < PLAN_AGENT_PORTS; i++)
		f->listeners[i] = -1;
	f->ssh = -1;
}

static void teardown(struct fixture *f, gconstpointer data)
{
	for (guint i = 0; i < PLAN_AGENT_PORTS; i++)
		fd_close(&f->listeners[i]);
	if (f->ssh >= 0) {
		shutdown(f->ssh, SHUT_RDWR);
		g_thread_join(f->sshd);
		fd_close(&f->ssh);
	}
	g_assert_true(folder_remove(f->dir, NULL));
}

static void save(struct fixture *f, const char *name, const char *member, gint64 value, bool agent)
{
	g_autoptr(JsonObject) object = json_object_new();

	json_object_set_int_member(object, member, value);
	json_object_set_boolean_member(object, "agent", agent);
	g_assert_true(state_save(&f->conf, name, object, NULL));
}

static void listen_on_ports(struct fixture *f)
{
	for (guint i = 0; i < PLAN_AGENT_PORTS; i++) {
		struct sockaddr_un addr = { .sun_family = AF_UNIX };

		g_snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/agent.%u", f->dir, i);
		f->listeners[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		g_assert_cmpint(bind(f->listeners[i], (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
		g_assert_cmpint(listen(f->listeners[i], 1), ==, 0);
	}
	save(f, STATE_VM, "unused", 0, true);
	save(f, STATE_RUN, "unused", 0, true);
}

/* Who connects to @port is served by an agent of its own, as a job of this thread. */
static gpointer serve_port(gpointer data)
{
	int *listener = data;
	int status, fd = accept4(*listener, NULL, NULL, SOCK_CLOEXEC);
	GPid pid;

	g_assert_cmpint(fd, >=, 0);
	pid = served_start(fd);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, 0);
	return NULL;
}

static void check(struct guest *guest, const char *script, int status, const char *out)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = 60, .watch_fd = -1 };
	struct guest_result r = { 0 };
	g_autoptr(GError) error = NULL;

	guest_exec(guest, &exec, &r, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(r.out->str, ==, out);
	g_assert_cmpint(r.status, ==, status);
	g_assert_false(r.timed_out);
	guest_result_clear(&r);
}

static void check_files(struct fixture *f, struct guest *guest)
{
	g_autofree char *from = g_build_filename(f->dir, "from", NULL);
	g_autofree char *there = g_build_filename(f->dir, "new/the 'file'", NULL);
	g_autofree char *back = g_build_filename(f->dir, "back", NULL);
	g_autofree char *big = g_strnfill(300000, 'b');
	g_autofree char *got = NULL;
	g_autoptr(GError) error = NULL, large = NULL, absent = NULL, folder = NULL;
	struct stat st;

	g_assert_true(g_file_set_contents(from, big, -1, NULL));
	guest_put(guest, from, there, 0640, &error);
	g_assert_no_error(error);
	g_assert_cmpint(stat(there, &st), ==, 0);
	g_assert_cmpint(st.st_mode & 07777, ==, 0640);
	guest_get(guest, there, back, 300000, &error);
	g_assert_no_error(error);
	g_assert_true(g_file_get_contents(back, &got, NULL, NULL));
	g_assert_cmpstr(got, ==, big);
	unlink(back);

	g_assert_false(guest_get(guest, there, back, 299999, &large));
	g_assert_nonnull(strstr(large->message, "File too large"));
	g_assert_false(guest_get(guest, "/no/such/file", back, 10, &absent));
	g_assert_nonnull(strstr(absent->message, "cannot read /no/such/file in the guest: "));
	g_assert_nonnull(strstr(absent->message, "No such file"));
	g_assert_false(guest_put(guest, from, f->dir, 0644, &folder));
	g_assert_nonnull(strstr(folder->message, "irectory"));
	g_assert_false(g_file_test(back, G_FILE_TEST_EXISTS));
	check(guest, "echo on", 0, "on\n");
}

static void test_agent(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	GThread *port;
	struct guest *guest;

	listen_on_ports(f);
	port = g_thread_new("port", serve_port, &f->listeners[0]);
	guest = guest_open(&f->conf, soon(), &error);
	g_assert_no_error(error);
	g_assert_cmpstr(guest_carrier(guest), ==, "agent");
	check(guest, "echo out; exit 3", 3, "out\n");
	check_files(f, guest);
	guest_free(guest);
	g_thread_join(port);
}

/* The first port is another process's: flock(2) tells two open files apart too. */
static void test_next_port(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = g_strconcat(f->dir, "/agent.0.lock", NULL);
	struct lock *held = lock_try(path, "testing", LAB_ERROR_LAB, NULL);
	g_autoptr(GError) error = NULL;
	GThread *port;
	struct guest *guest;

	g_assert_nonnull(held);
	listen_on_ports(f);
	port = g_thread_new("port", serve_port, &f->listeners[1]);
	guest = guest_open(&f->conf, soon(), &error);
	g_assert_no_error(error);
	check(guest, "echo out", 0, "out\n");
	guest_free(guest);
	g_thread_join(port);
	lock_free(held);
}

static void assert_no_way(struct fixture *f, gint64 deadline, const char *why)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(guest_open(&f->conf, deadline, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	if (!strstr(error->message, why))
		g_error("'%s' does not say '%s'", error->message, why);
}

static void test_no_way(struct fixture *f, gconstpointer data)
{
	gint64 at_once = g_get_monotonic_time() + G_USEC_PER_SEC / 10;
	struct lock *held[PLAN_AGENT_PORTS];

	assert_no_way(f, soon(), "does not run");
	save(f, STATE_RUN, "unused", 0, true);
	assert_no_way(f, soon(), "cannot reach the agent's port");
	listen_on_ports(f);
	assert_no_way(f, at_once, "does not answer; its console: ");
	for (guint i = 0; i < PLAN_AGENT_PORTS; i++) {
		g_autofree char *path = g_strdup_printf("%s/agent.%u.lock", f->dir, i);

		held[i] = lock_try(path, "testing", LAB_ERROR_LAB, NULL);
	}
	assert_no_way(f, soon(), "none of the 4 ports");
	for (guint i = 0; i < PLAN_AGENT_PORTS; i++)
		lock_free(held[i]);
	save(f, STATE_VM, "unused", 0, false);
	save(f, STATE_RUN, "ssh_port", 1, true);
	assert_no_way(f, at_once, "which has no agent: ");
}

/* SSH */

static gpointer serve_banner(gpointer data)
{
	int *listener = data, fd;

	while ((fd = accept4(*listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		(void)!send(fd, "SSH-2.0-test\r\n", 14, MSG_NOSIGNAL);
		close(fd);
	}
	return NULL;
}

static void fake(struct fixture *f, const char *name, const char *script)
{
	g_autofree char *path = g_build_filename(f->dir, "bin", name, NULL);
	g_autofree char *text = g_strconcat("#!/bin/sh\n", script, NULL);
	g_autofree char *bin = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(bin, 0700), ==, 0);
	g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
}

/*
 * An ssh whose words are run here. The kernel's log is the file "log", which
 * grows by the file "more" with each command; "broken" is a broken connection.
 */
static const char fake_ssh[] =
	"here=$(dirname \"$0\")/..\n"
	"[ ! -e \"$here/broken\" ] || { echo 'Connection reset' >&2; exit 255; }\n"
	"for line; do :; done\n"
	"case $line in */dev/kmsg*) cat \"$here/log\"; exit 1;; esac\n"
	"[ ! -e \"$here/more\" ] || cat \"$here/more\" >>\"$here/log\"\n"
	"exec sh -c \"$line\"\n";

static struct guest *open_ssh(struct fixture *f)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	g_autoptr(GError) error = NULL;
	socklen_t size = sizeof(addr);
	struct guest *guest;

	f->ssh = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(f->ssh, (struct sockaddr *)&addr, size), ==, 0);
	g_assert_cmpint(listen(f->ssh, 5), ==, 0);
	g_assert_cmpint(getsockname(f->ssh, (struct sockaddr *)&addr, &size), ==, 0);
	f->sshd = g_thread_new("sshd", serve_banner, &f->ssh);
	fake(f, "ssh", fake_ssh);
	fake(f, "sudo", "shift; exec \"$@\"\n");
	save(f, STATE_VM, "unused", 0, false);
	save(f, STATE_RUN, "ssh_port", ntohs(addr.sin_port), true);
	guest = guest_open(&f->conf, soon(), &error);
	g_assert_no_error(error);
	g_assert_cmpstr(guest_carrier(guest), ==, "ssh");
	return guest;
}

static void test_ssh(struct fixture *f, gconstpointer data)
{
	g_autoptr(guest_owner) guest = open_ssh(f);

	check(guest, "echo \"it's\"; exit 3", 3, "it's\n");
	check(guest, "exit 255", 255, "");
	check(guest, "exit 200", 200, "");
	check_files(f, guest);
}

static void count(void *data, int fd, const char *bytes, gsize size)
{
	gsize *sizes = data;

	sizes[fd] += size;
}

/* Once the command has told its number, it is interrupted. */
struct interrupted {
	int ends[2];
	GString *said;
};

static void hear(void *data, int fd, const char *bytes, gsize size)
{
	struct interrupted *i = data;

	g_string_append_len(i->said, bytes, (gssize)size);
	g_assert_cmpint(write(i->ends[1], "", 1), ==, 1);
}

static bool stop(void *data)
{
	return false;
}

/* Over SSH the command is left to itself: see libvm/ssh.h. */
static void test_ssh_interrupt(struct fixture *f, gconstpointer data)
{
	g_autoptr(guest_owner) guest = open_ssh(f);
	static const char *const argv[] = { "sh", "-c", "echo $$; exec tail -f /dev/null", NULL };
	struct interrupted i = { .said = g_string_new(NULL) };
	struct guest_result r = { 0 };
	int pid;

	g_assert_cmpint(pipe2(i.ends, O_CLOEXEC), ==, 0);
	const struct guest_exec exec = { .argv = argv, .watch_fd = i.ends[0], .interrupt = stop,
					 .sink = hear, .data = &i };
	g_assert_true(guest_exec(guest, &exec, &r, NULL));
	g_assert_true(r.timed_out);
	g_assert_false(r.stuck);
	guest_result_clear(&r);
	pid = (int)g_ascii_strtoll(i.said->str, NULL, 10);
	g_assert_cmpint(pid, >, 1);
	kill(pid, SIGKILL);
	g_string_free(i.said, TRUE);
	fd_close(&i.ends[0]);
	fd_close(&i.ends[1]);
}

static void test_ssh_results(struct fixture *f, gconstpointer data)
{
	g_autoptr(guest_owner) guest = open_ssh(f);
	const char *const dying[] = { "sh", "-c", "kill -s SEGV $$", NULL };
	const char *const endless[] = { "tail", "-f", "/dev/null", NULL };
	const char *const large[] = { "head", "-c", "3000000", "/dev/zero", NULL };
	gsize sizes[3] = { 0 };
	struct guest_exec exec = { .argv = dying, .watch_fd = -1 };
	struct guest_result r = { 0 };

	g_assert_true(guest_exec(guest, &exec, &r, NULL));
	g_assert_cmpint(r.signal, ==, SIGSEGV);
	g_assert_cmpint(r.status, ==, 0);
	g_assert_false(r.timed_out);
	guest_result_clear(&r);

	exec = (struct guest_exec){ .argv = endless, .timeout_s = 1, .watch_fd = -1 };
	g_assert_true(guest_exec(guest, &exec, &r, NULL));
	g_assert_true(r.timed_out);
	g_assert_cmpint(r.signal, ==, SIGTERM);
	g_assert_cmpint(r.status, ==, 0);
	guest_result_clear(&r);

	exec = (struct guest_exec){ .argv = large, .watch_fd = -1 };
	g_assert_true(guest_exec(guest, &exec, &r, NULL));
	g_assert_true(r.truncated);
	g_assert_cmpuint(r.out->len, ==, 1024 * 1024);
	guest_result_clear(&r);

	exec = (struct guest_exec){ .argv = large, .watch_fd = -1, .sink = count, .data = sizes };
	g_assert_true(guest_exec(guest, &exec, &r, NULL));
	g_assert_cmpuint(sizes[1], ==, 3000000);
	guest_result_clear(&r);
}

static void put_text(struct fixture *f, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(f->dir, name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void test_ssh_broken(struct fixture *f, gconstpointer data)
{
	g_autoptr(guest_owner) guest = open_ssh(f);
	const char *const argv[] = { "true", NULL };
	const struct guest_exec exec = { .argv = argv, .watch_fd = -1 };
	g_autofree char *to = g_build_filename(f->dir, "to", NULL);
	g_autofree char *from = g_build_filename(f->dir, "bin/ssh", NULL);
	struct guest_result r = { 0 };
	g_autoptr(GError) error = NULL, put = NULL;

	put_text(f, "broken", "");
	g_assert_false(guest_exec(guest, &exec, &r, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "SSH to the guest failed: Connection reset"));
	guest_result_clear(&r);
	g_assert_false(guest_put(guest, from, to, 0644, &put));
	g_assert_nonnull(strstr(put->message, "Connection reset"));
}

/* A connection that ends early hands over a part of the file: it gets no name. */
static void test_ssh_put_cut(struct fixture *f, gconstpointer data)
{
	g_autoptr(guest_owner) guest = open_ssh(f);
	g_autofree char *to = g_build_filename(f->dir, "new/to", NULL);
	g_autofree char *folder = g_build_filename(f->dir, "new", NULL);
	g_autofree char *from = g_build_filename(f->dir, "bin/ssh", NULL);
	g_autoptr(GError) error = NULL;

	fake(f, "ssh", "for line; do :; done\nhead -c 20 | sh -c \"$line\"\n");
	g_assert_false(guest_put(guest, from, to, 0644, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	/* Empty, or it could not be removed. */
	g_assert_cmpint(rmdir(folder), ==, 0);
}

static void take_record(void *data, const struct kmsg_record *record)
{
	g_string_append_printf(data, "%" G_GUINT64_FORMAT " %u %u %" G_GUINT64_FORMAT " %s|",
			       record->seq, record->facility, record->level, record->usec,
			       record->text);
}

static void test_ssh_kmsg(struct fixture *f, gconstpointer data)
{
	static const char log[] =
		"6,1,100,-;first\n SUBSYSTEM=x\n DEVICE=+y\n28,2,200,-,caller=T1;second; with ;\n";
	g_autoptr(guest_owner) guest = open_ssh(f);
	g_autoptr(GString) all = g_string_new(NULL), new = g_string_new(NULL);

	put_text(f, "log", log);
	g_assert_true(guest_kmsg_follow(guest, 0, take_record, all, NULL));
	g_assert_cmpstr(all->str, ==, "1 0 6 100 first|2 3 4 200 second; with ;|");
	put_text(f, "more", "4,3,300,-;third\n;\nx,4,1,-;no number\n4;no sequence\n4,x,y;\n\n");
	check(guest, "echo out", 0, "out\n");
	g_assert_true(g_str_has_suffix(all->str, "|3 0 4 300 third|"));
	g_string_truncate(all, 0);
	g_assert_true(guest_poll(guest, 0, NULL));
	g_assert_cmpstr(all->str, ==, "");

	g_assert_true(guest_kmsg_follow(guest, G_MAXUINT64, take_record, new, NULL));
	g_assert_cmpstr(new->str, ==, "");
	put_text(f, "more", "2,9,900,-;ninth\n");
	check(guest, "echo out", 0, "out\n");
	g_assert_cmpstr(new->str, ==, "9 0 2 900 ninth|");
}

#define CASE(name, function) \
	g_test_add("/guest/" name, struct fixture, NULL, setup, function, teardown)

int main(int argc, char **argv)
{
	g_autofree char *path = NULL;
	int failed;

	g_test_init(&argc, &argv, NULL);
	dir = g_dir_make_tmp("vexvm-test-XXXXXX", NULL);
	path = g_strconcat(dir, "/bin:", g_getenv("PATH"), NULL);
	g_setenv("PATH", path, TRUE);
	CASE("agent", test_agent);
	CASE("next-port", test_next_port);
	CASE("no-way", test_no_way);
	CASE("ssh", test_ssh);
	CASE("ssh-results", test_ssh_results);
	CASE("ssh-interrupt", test_ssh_interrupt);
	CASE("ssh-broken", test_ssh_broken);
	CASE("ssh-put-cut", test_ssh_put_cut);
	CASE("ssh-kmsg", test_ssh_kmsg);
	failed = g_test_run();
	g_free(dir);
	return failed;
}

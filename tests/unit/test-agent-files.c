// SPDX-License-Identifier: GPL-2.0-only
/* Files to and from the real agent. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "agent/protocol.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "tests/lib/agent.h"

#define LIMIT (60 * G_USEC_PER_SEC)
#define MIB (1024 * 1024)

static char *make_file(const struct agentbox *f, const char *name, gsize size)
{
	char *path = agentbox_path(f, name);
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

static void test_files(struct agentbox *f, gconstpointer data)
{
	static const gsize sizes[] = { 0, 1, WIRE_PAYLOAD_MAX, WIRE_PAYLOAD_MAX + 1, 20 * MIB + 3 };

	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *from = make_file(f, "from", sizes[i]);
		g_autofree char *there = agentbox_path(f, "a/b c/there");
		g_autofree char *back = agentbox_path(f, "back");
		g_autofree char *folder = agentbox_path(f, "a/b c");
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

static void assert_put_fails(struct agentbox *f, const char *from, const char *to, const char *why)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(agent_put(f->agent, from, to, 0644, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	if (!strstr(error->message, why))
		g_error("'%s' does not say '%s'", error->message, why);
}

static void test_put_fails(struct agentbox *f, gconstpointer data)
{
	g_autofree char *from = make_file(f, "from", 5 * MIB);
	g_autofree char *below_file = agentbox_path(f, "from/x");
	g_autofree char *long_name = g_strnfill(300, 'n');
	g_autofree char *too_long = agentbox_path(f, long_name);
	g_autofree char *beyond = g_strnfill(WIRE_PAYLOAD_MAX, '/');

	assert_put_fails(f, from, f->dir, "Is a directory");
	assert_put_fails(f, from, below_file, "Not a directory");
	assert_put_fails(f, from, "relative", "Invalid argument");
	assert_put_fails(f, from, too_long, "File name too long");
	assert_put_fails(f, from, beyond, "File name too long");
	assert_put_fails(f, "/no/such/file", too_long, "cannot read /no/such/file");
	g_assert_cmpuint(count_entries(f->dir), ==, 1);
	agentbox_check(f, "echo on", 0, "on\n");
}

/* The host's file ends in an error of read(2), which a folder has at once. */
static void test_put_given_up(struct agentbox *f, gconstpointer data)
{
	g_autofree char *to = agentbox_path(f, "to/there");
	g_autofree char *folder = agentbox_path(f, "to");
	auto_fd watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char events[4096];

	g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
	g_assert_cmpint(inotify_add_watch(watch, folder, IN_DELETE), >=, 0);
	assert_put_fails(f, f->dir, to, "Is a directory");
	agentbox_check(f, "echo on", 0, "on\n");
	/* The child that had begun it cleans up. */
	while (count_entries(folder) > 0) {
		g_assert_cmpint(fd_wait(watch, POLLIN, g_get_monotonic_time() + LIMIT), >, 0);
		g_assert_cmpint(read(watch, events, sizeof(events)), >, 0);
	}
}

static void assert_get_fails(struct agentbox *f, const char *from, guint64 max, const char *why)
{
	g_autofree char *to = agentbox_path(f, "got");
	g_autoptr(GError) error = NULL;

	g_assert_false(agent_get(f->agent, from, to, max, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	if (!strstr(error->message, why))
		g_error("'%s' does not say '%s'", error->message, why);
	g_assert_false(g_file_test(to, G_FILE_TEST_EXISTS));
}

static void test_get_fails(struct agentbox *f, gconstpointer data)
{
	g_autofree char *there = make_file(f, "there", 1000);

	assert_get_fails(f, "/no/such/file", 1000, "No such file");
	assert_get_fails(f, f->dir, 1000, "Is a directory");
	assert_get_fails(f, "relative", 1000, "Invalid argument");
	assert_get_fails(f, there, 999, "File too large");
	assert_get_fails(f, "/dev/zero", 3 * MIB, "File too large");
	g_assert_cmpuint(count_entries(f->dir), ==, 1);
	agentbox_check(f, "echo on", 0, "on\n");
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
	struct agentbox f;
	g_autofree char *from = NULL, *to = NULL;

	limit_files(MIB);
	agentbox_set_up(&f, NULL);
	limit_files(RLIM_INFINITY);
	from = make_file(&f, "from", 20 * MIB);
	to = agentbox_path(&f, "to");
	assert_put_fails(&f, from, to, "File too large");
	g_assert_cmpuint(count_entries(f.dir), ==, 1);
	agentbox_check(&f, "echo on", 0, "on\n");
	agentbox_tear_down(&f, NULL);
}

static void test_full_host(struct agentbox *f, gconstpointer data)
{
	g_autofree char *there = make_file(f, "there", 20 * MIB);

	signal(SIGXFSZ, SIG_IGN);
	limit_files(MIB);
	assert_get_fails(f, there, 20 * MIB, "cannot write the copy");
	limit_files(RLIM_INFINITY);
	signal(SIGXFSZ, SIG_DFL);
	agentbox_check(f, "echo on", 0, "on\n");
}

#define CASE(name, function) \
	g_test_add("/agent files/" name, struct agentbox, NULL, agentbox_set_up, function, agentbox_tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	CASE("files", test_files);
	CASE("put-fails", test_put_fails);
	CASE("put-given-up", test_put_given_up);
	CASE("get-fails", test_get_fails);
	g_test_add_func("/agent files/full-guest", test_full_guest);
	CASE("full-host", test_full_host);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-2.0-only
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

#include "libvm/checksum.h"
#include "libvm/download.h"
#include "tests/lib/httpd.h"

#define SIZE 300000

struct fixture {
	struct httpd *httpd;
	char *dir, *path, *url;
	guint stall_limit_s;
	char body[SIZE];
};

static void set_up(struct fixture *f, gconstpointer data)
{
	for (guint i = 0; i < SIZE; i++)
		f->body[i] = (char)(i * 7 + i / 251);
	f->httpd = httpd_start();
	f->httpd->etag = "\"one\"";
	httpd_add(f->httpd, "/image", f->body, SIZE);
	f->dir = g_dir_make_tmp("vexvm-download-XXXXXX", NULL);
	f->path = g_build_filename(f->dir, "image.part", NULL);
	f->url = g_strconcat(f->httpd->base, "/image", NULL);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_autofree char *validator = g_strconcat(f->path, ".validator", NULL);

	httpd_stop(f->httpd);
	g_unlink(f->path);
	g_unlink(validator);
	g_rmdir(f->dir);
	g_free(f->dir);
	g_free(f->path);
	g_free(f->url);
}

static bool run_with(struct fixture *f, guint64 max, GError **error)
{
	const struct download download = { .url = f->url, .path = f->path, .what = "test",
					   .max_size = max, .connect_limit_s = 5,
					   .stall_limit_s = f->stall_limit_s };

	return download_run(&download, NULL, error);
}

static void assert_whole(struct fixture *f)
{
	g_autofree char *text = NULL;
	gsize size;

	g_assert_true(g_file_get_contents(f->path, &text, &size, NULL));
	g_assert_cmpmem(text, size, f->body, SIZE);
}

static gsize size_now(struct fixture *f)
{
	GStatBuf st;

	return g_stat(f->path, &st) == 0 ? (gsize)st.st_size : 0;
}

/* The next answer stops after 100000 bytes. */
static void stall_once(struct fixture *f)
{
	f->httpd->cut_after = 100000;
	f->httpd->cuts = 1;
	f->httpd->stall = true;
	f->stall_limit_s = 1;
}

static void test_whole(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(run_with(f, SIZE, &error));
	g_assert_no_error(error);
	assert_whole(f);
}

/* Every answer is cut; the rest is asked for without anybody's help. */
static void test_cut(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->httpd->cut_after = 100000;
	g_assert_true(run_with(f, SIZE, &error));
	g_assert_no_error(error);
	assert_whole(f);
	g_assert_cmpuint(f->httpd->ranges, ==, 2);
}

/* A server that always cuts and never resumes: the same bytes are no advance. */
static void test_cut_no_ranges(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->httpd->cut_after = 100000;
	f->httpd->no_ranges = true;
	g_assert_false(run_with(f, SIZE, &error));
	g_assert_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_CUT);
	g_assert_cmpuint(f->httpd->requests, ==, 2);
}

/* A server that cuts after a few bytes does not keep us for ever. */
static void test_cut_often(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->httpd->cut_after = 10;
	g_assert_false(run_with(f, SIZE, &error));
	g_assert_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_CUT);
	g_assert_cmpuint(size_now(f), ==, f->httpd->requests * 10);
	g_assert_cmpuint(f->httpd->requests, ==, 101);
}

/* A stalled server is an error; the next run goes on where it stopped. */
static void test_stall_resume(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	stall_once(f);
	g_assert_false(run_with(f, SIZE, &error));
	g_assert_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_SLOW);
	g_assert_cmpuint(size_now(f), ==, 100000);
	g_clear_error(&error);
	f->stall_limit_s = 0;
	g_assert_true(run_with(f, SIZE, &error));
	assert_whole(f);
	g_assert_cmpuint(f->httpd->ranges, ==, 1);
}

/* The file has changed on the server meanwhile: it is fetched anew. */
static void test_changed(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	stall_once(f);
	g_assert_false(run_with(f, SIZE, NULL));
	f->stall_limit_s = 0;
	f->httpd->etag = "\"two\"";
	memset(f->body, 'x', SIZE);
	httpd_add(f->httpd, "/image", f->body, SIZE);
	g_assert_true(run_with(f, SIZE, &error));
	g_assert_no_error(error);
	assert_whole(f);
	g_assert_cmpuint(f->httpd->ranges, ==, 0);
}

static void test_no_ranges(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	stall_once(f);
	g_assert_false(run_with(f, SIZE, NULL));
	f->stall_limit_s = 0;
	f->httpd->no_ranges = true;
	g_assert_true(run_with(f, SIZE, &error));
	assert_whole(f);
}

/* Without an ETag the date does. */
static void test_date(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->httpd->etag = NULL;
	f->httpd->modified = "Wed, 21 Oct 2015 07:28:00 GMT";
	f->httpd->cut_after = 100000;
	g_assert_true(run_with(f, SIZE, &error));
	g_assert_no_error(error);
	assert_whole(f);
	g_assert_cmpuint(f->httpd->ranges, ==, 2);
}

/* A weak tag does not promise the same bytes (RFC 9110, 8.8.1): begin anew. */
static void test_weak_tag(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->httpd->etag = "W/\"one\"";
	f->httpd->cut_after = 100000;
	f->httpd->cuts = 1;
	g_assert_true(run_with(f, SIZE, &error));
	assert_whole(f);
	g_assert_cmpuint(f->httpd->ranges, ==, 0);
}

/* An answer with other bytes than asked for is not glued to what is there. */
static void test_wrong_range(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->httpd->cut_after = 100000;
	f->httpd->cuts = 1;
	f->httpd->wrong_range = true;
	g_assert_true(run_with(f, SIZE, &error));
	g_assert_no_error(error);
	assert_whole(f);
	g_assert_cmpuint(f->httpd->requests, ==, 3);
}

/* The server's file is shorter than what is there: 416, and begun anew. */
static void test_shorter(struct fixture *f, gconstpointer data)
{
	g_autofree char *validator = g_strconcat(f->path, ".validator", NULL);
	g_autofree char *longer = g_malloc0(SIZE + 1);
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(f->path, longer, SIZE + 1, NULL));
	g_assert_true(g_file_set_contents(validator, "\"one\"", -1, NULL));
	g_assert_true(run_with(f, SIZE, &error));
	g_assert_no_error(error);
	assert_whole(f);
}

/* An empty file in place of a partial one leaves nothing of that. */
static void test_empty(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	stall_once(f);
	g_assert_false(run_with(f, SIZE, NULL));
	f->httpd->no_ranges = true;
	httpd_add(f->httpd, "/image", "", 0);
	g_assert_true(run_with(f, SIZE, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(size_now(f), ==, 0);
}

/* All of it is there already: the server says 416, which is no failure. */
static void test_complete(struct fixture *f, gconstpointer data)
{
	g_assert_true(run_with(f, SIZE, NULL));
	g_assert_true(run_with(f, SIZE, NULL));
	assert_whole(f);
}

static void test_status(struct fixture *f, gconstpointer data)
{
	static const int statuses[] = { 403, 404, 500 };

	for (guint i = 0; i < G_N_ELEMENTS(statuses); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *number = g_strdup_printf("%d", statuses[i]);

		f->httpd->status = statuses[i];
		g_assert_false(run_with(f, SIZE, &error));
		g_assert_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_REFUSED);
		g_assert_nonnull(strstr(error->message, number));
		g_assert_nonnull(strstr(error->message, f->url));
		g_assert_cmpuint(size_now(f), ==, 0);
	}
}

static void test_unreachable(struct fixture *f, gconstpointer data)
{
	static const char *const urls[] = { "http://127.0.0.1:1/x", "http://no-such-host.invalid/x" };

	for (guint i = 0; i < G_N_ELEMENTS(urls); i++) {
		g_autoptr(GError) error = NULL;

		g_free(f->url);
		f->url = g_strdup(urls[i]);
		g_assert_false(run_with(f, SIZE, &error));
		g_assert_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_UNREACHABLE);
	}
}

static void test_too_large(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(run_with(f, SIZE - 1, &error));
	g_assert_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_REFUSED);
}

/* A length that no disk holds is refused before a byte is written. */
static void test_huge(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->httpd->claim = G_MAXINT64;
	g_assert_false(run_with(f, SIZE, &error));
	g_assert_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_REFUSED);
	g_assert_cmpuint(size_now(f), ==, 0);
	g_clear_error(&error);
	g_assert_false(run_with(f, G_MAXUINT64 - 1, &error));
	g_assert_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_DISK);
	g_assert_nonnull(strstr(error->message, " MB more are needed"));
	g_assert_cmpuint(size_now(f), ==, 0);
}

static void test_redirect_to_file(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->httpd->redirect = "file:///etc/passwd";
	g_assert_false(run_with(f, SIZE, &error));
	g_assert_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_REFUSED);
}

static void test_redirect_for_ever(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->httpd->redirect = "/image";
	g_assert_false(run_with(f, SIZE, &error));
	g_assert_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_REFUSED);
}

/* The disk is full: what came is kept, and the error says where to go on. */
static void test_disk_full(struct fixture *f, gconstpointer data)
{
	const struct rlimit small = { 120000, RLIM_INFINITY };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
	g_assert_false(run_with(f, SIZE, &error));
	setrlimit(RLIMIT_FSIZE, &none);
	g_assert_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_DISK);
	g_assert_cmpuint(size_now(f), <=, 120000);
	g_clear_error(&error);
	g_assert_true(run_with(f, SIZE, &error));
	g_assert_no_error(error);
	assert_whole(f);
}

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_sums(void)
{
	static const struct {
		const char *text;
		bool found;
	} cases[] = {
		{ SUM " *file\n", true },
		{ SUM "  file", true },
		{ "junk\n\n" SUM "  file\r\n", true },
		{ SUM "  file2\n", false },
		{ SUM "  other/file\n", false },
		{ SUM " file\n", false },
		{ "0123  file\n", false },
		{ SUM "0  file\n", false },
		{ "", false },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *sum = checksum_find(cases[i].text, "file");

		g_assert_cmpstr(sum, ==, cases[i].found ? SUM : NULL);
	}
}

static void test_sum_of_file(void)
{
	g_autofree char *path = NULL, *sum = NULL;
	int fd = g_file_open_tmp("vexvm-sum-XXXXXX", &path, NULL);

	g_assert_cmpint(fd, >=, 0);
	g_assert_true(g_file_set_contents(path, "abc", 3, NULL));
	sum = checksum_file(path, NULL, NULL);
	/* FIPS 180-2, appendix B.1 */
	g_assert_cmpstr(sum, ==,
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	close(fd);
	g_unlink(path);
}

#define ADD(name, fn) g_test_add("/download/" name, struct fixture, NULL, set_up, fn, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	/* Loopback goes through no proxy. */
	g_setenv("no_proxy", "*", TRUE);
	ADD("whole", test_whole);
	ADD("cut", test_cut);
	ADD("cut, no ranges", test_cut_no_ranges);
	ADD("cut often", test_cut_often);
	ADD("stall and resume", test_stall_resume);
	ADD("changed meanwhile", test_changed);
	ADD("no ranges", test_no_ranges);
	ADD("date", test_date);
	ADD("weak tag", test_weak_tag);
	ADD("wrong range", test_wrong_range);
	ADD("shorter", test_shorter);
	ADD("empty", test_empty);
	ADD("complete", test_complete);
	ADD("status", test_status);
	ADD("unreachable", test_unreachable);
	ADD("too large", test_too_large);
	ADD("huge", test_huge);
	ADD("redirect to file", test_redirect_to_file);
	ADD("redirect for ever", test_redirect_for_ever);
	ADD("disk full", test_disk_full);
	g_test_add_func("/checksum/list", test_sums);
	g_test_add_func("/checksum/file", test_sum_of_file);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/download.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"

#define CONNECT_LIMIT_S 10
#define STALL_LIMIT_S 60
#define SPEED_MIN 1000		/* bytes per second; less, for that long, is a stall */
#define REDIRECTS_MAX 5
#define RESUMES_MAX 100		/* in one run */
#define SIZE_UNKNOWN G_MAXUINT64
#define VALIDATOR_MAX 1024

G_DEFINE_QUARK(download-error-quark, download_error)

struct transfer {
	const struct download *download;
	const struct progress *progress;
	CURL *curl;
	int fd;
	guint64 start;		/* bytes that were there */
	guint64 size;		/* bytes that are there */
	guint64 total;		/* bytes there will be, or SIZE_UNKNOWN */
	bool begun;		/* begin() has seen the answer */
	char *validator;	/* of the server's file, from this answer */
	guint64 range_start;	/* of the answer's Content-Range; SIZE_UNKNOWN: none */
	guint64 range_total;
	bool too_large;
	bool mismatch;		/* what is there is no part of the server's file */
	int write_error;
	char message[CURL_ERROR_SIZE];
};

static char *validator_path(const struct download *download)
{
	return g_strconcat(download->path, ".validator", NULL);
}

static long response(const struct transfer *t)
{
	long code = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
	return code;
}

static void part_remove(const struct download *download)
{
	g_autofree char *validator = validator_path(download);

	unlink(download->path);
	unlink(validator);
}

/* "bytes 100-199/200", or with status 416 "bytes *" "/200" (RFC 9110, 14.4). */
static void take_range(struct transfer *t, const char *value)
{
	const char *slash = strchr(value, '/');

	value += strspn(value, " \t");
	if (g_ascii_strncasecmp(value, "bytes ", 6) != 0 || !slash)
		return;
	if (g_ascii_isdigit(value[6]))
		t->range_start = g_ascii_strtoull(value + 6, NULL, 10);
	if (g_ascii_isdigit(slash[1]))
		t->range_total = g_ascii_strtoull(slash + 1, NULL, 10);
}

/* ETag if it is a strong one, else Last-Modified: what If-Range may hold. */
static void take_validator(struct transfer *t, const char *value)
{
	if (strlen(value) >= VALIDATOR_MAX || strstr(value, "W/"))
		return;
	g_free(t->validator);
	t->validator = g_strstrip(g_strdup(value));
}

static size_t on_header(char *line, size_t size, size_t n, void *data)
{
	struct transfer *t = data;
	g_autofree char *text = g_strndup(line, size * n);

	if (g_str_has_prefix(text, "HTTP/")) {
		g_clear_pointer(&t->validator, g_free);
		t->range_start = t->range_total = SIZE_UNKNOWN;
	} else if (g_ascii_strncasecmp(text, "etag:", 5) == 0) {
		take_validator(t, text + 5);
	} else if (!t->validator && g_ascii_strncasecmp(text, "last-modified:", 14) == 0) {
		take_validator(t, text + 14);
	} else if (g_ascii_strncasecmp(text, "content-range:", 14) == 0) {
		take_range(t, text + 14);
	}
	return size * n;
}

/* A disk that cannot hold the file is told before it is full. */
static bool has_room(const struct transfer *t)
{
	struct statvfs st;

	return t->total == SIZE_UNKNOWN || fstatvfs(t->fd, &st) < 0 ||
	       t->total - t->start <= (guint64)st.f_bavail * st.f_frsize;
}

/* The head of an answer: whether it goes on or begins anew, and whether it fits. */
static bool begin(struct transfer *t)
{
	g_autofree char *path = validator_path(t->download);
	curl_off_t length = -1;

	t->begun = true;
	if (t->start > 0 && response(t) == 206 && t->range_start != t->start) {
		t->mismatch = true;
		return false;
	}
	if (t->start > 0 && response(t) != 206) {
		if (ftruncate(t->fd, 0) < 0 || lseek(t->fd, 0, SEEK_SET) < 0) {
			t->write_error = errno;
			return false;
		}
		t->start = 0;
		t->size = 0;
	}
	if (t->validator)
		g_file_set_contents(path, t->validator, -1, NULL);
	else
		unlink(path);
	curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	t->total = length < 0 ? SIZE_UNKNOWN : t->start + (guint64)length;
	t->too_large = length >= 0 && t->total > t->download->max_size;
	if (!t->too_large && !has_room(t))
		t->write_error = ENOSPC;
	return !t->too_large && !t->write_error;
}

static size_t on_data(char *bytes, size_t size, size_t n, void *data)
{
	struct transfer *t = data;

	if (!t->begun && !begin(t))
		return 0;
	if (size * n > t->download->max_size - t->size) {
		t->too_large = true;
		return 0;
	}
	if (!fd_write_all(t->fd, bytes, size * n)) {
		t->write_error = errno;
		return 0;
	}
	t->size += size * n;
	return size * n;
}

static int on_progress(void *data, curl_off_t total, curl_off_t now, curl_off_t up_total,
		       curl_off_t up_now)
{
	struct transfer *t = data;

	if (t->begun)
		progress_update(t->progress, t->download->what, PROGRESS_BYTES, t->size,
				t->total == SIZE_UNKNOWN ? 0 : t->total);
	return 0;
}

static void set_options(struct transfer *t)
{
	const struct download *d = t->download;
	CURL *c = t->curl;

	curl_easy_setopt(c, CURLOPT_URL, d->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	/* What was asked for over TLS does not come without. */
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR,
			 g_str_has_prefix(d->url, "https:") ? "https" : "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
	curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "vexvm/" VEXVM_VERSION);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT,
			 (long)(d->connect_limit_s ? d->connect_limit_s : CONNECT_LIMIT_S));
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)SPEED_MIN);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME,
			 (long)(d->stall_limit_s ? d->stall_limit_s : STALL_LIMIT_S));
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->message);
}

/* Asks for the rest of the same file; without a validator for all of it. */
static struct curl_slist *resume_headers(struct transfer *t)
{
	g_autofree char *path = validator_path(t->download);
	g_autofree char *validator = NULL, *condition = NULL, *range = NULL;
	struct curl_slist *headers = NULL;

	if (t->start == 0 || !g_file_get_contents(path, &validator, NULL, NULL))
		return NULL;
	range = g_strdup_printf("Range: bytes=%" G_GUINT64_FORMAT "-", t->start);
	condition = g_strdup_printf("If-Range: %s", validator);
	headers = curl_slist_append(NULL, range);
	return curl_slist_append(headers, condition);
}

/*
 * Nobody there: no name, no connection, a proxy that does not let through, or
 * an ear that never answers.
 */
static bool unreachable(const struct transfer *t, CURLcode code)
{
	long proxy = 0;

	curl_easy_getinfo(t->curl, CURLINFO_HTTP_CONNECTCODE, &proxy);
	return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
	       code == CURLE_COULDNT_CONNECT || (code != CURLE_OK && proxy >= 400) ||
	       (code == CURLE_OPERATION_TIMEDOUT && response(t) == 0);
}

static void fail_to_write(const struct transfer *t, GError **error)
{
	g_autofree char *needed = t->total == SIZE_UNKNOWN ? g_strdup("make room") :
		g_strdup_printf("%" G_GUINT64_FORMAT " MB more are needed; make room",
				(t->total - t->size) / 1000000 + 1);

	g_set_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_DISK,
		    "cannot write %s: %s; %s and run again: it goes on at byte %" G_GUINT64_FORMAT,
		    t->download->path, g_strerror(t->write_error), needed, t->size);
}

static bool fail(const struct transfer *t, CURLcode code, GError **error)
{
	const char *url = t->download->url;
	const char *why = *t->message ? t->message : curl_easy_strerror(code);

	if (t->write_error)
		fail_to_write(t, error);
	else if (t->too_large)
		g_set_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_REFUSED,
			    "%s is larger than %" G_GUINT64_FORMAT " bytes, which no such file is", url,
			    t->download->max_size);
	else if (t->mismatch)
		g_set_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_REFUSED,
			    "the server of %s answers with another part than was asked for", url);
	else if (unreachable(t, code))
		g_set_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_UNREACHABLE,
			    "cannot reach %s (%s)", url, why);
	else if (code == CURLE_HTTP_RETURNED_ERROR)
		g_set_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_REFUSED,
			    "the server refuses %s: HTTP status %ld; check the address", url, response(t));
	else if (code == CURLE_OPERATION_TIMEDOUT)
		g_set_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_SLOW,
			    "%s stalled at byte %" G_GUINT64_FORMAT "; run again to go on there", url,
			    t->size);
	else if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING)
		g_set_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_CUT,
			    "%s was cut off at byte %" G_GUINT64_FORMAT "; run again to go on there", url,
			    t->size);
	else
		g_set_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_REFUSED, "cannot download %s: %s",
			    url, why);
	return false;
}

/* The answer in @t and what curl makes of it; false with an error. */
static bool judge(struct transfer *t, CURLcode code, GError **error)
{
	/* An empty answer has no data to begin with. */
	if (code == CURLE_OK && !t->begun && !begin(t))
		return fail(t, CURLE_WRITE_ERROR, error);
	if (code == CURLE_OK)
		return true;
	/* Asked for what lies behind the end: all is there, if the end is the same. */
	if (response(t) == 416 && t->start > 0) {
		t->mismatch = t->range_total != t->start;
		return !t->mismatch || fail(t, code, error);
	}
	return fail(t, code, error);
}

/* One request. Sets *@size to the bytes that are there, *@mismatch as in the transfer. */
static bool attempt(const struct download *download, const struct progress *progress,
		    guint64 *size, bool *mismatch, GError **error)
{
	auto_fd fd = open(download->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	struct transfer t = { .download = download, .progress = progress, .fd = fd,
			      .total = SIZE_UNKNOWN };
	struct curl_slist *headers;
	off_t end;
	bool ok;

	end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (end < 0) {
		g_set_error(error, DOWNLOAD_ERROR, DOWNLOAD_ERROR_DISK, "cannot write %s: %s",
			    download->path, g_strerror(errno));
		return false;
	}
	t.start = (guint64)end;
	t.size = t.start;
	t.curl = curl_easy_init();
	set_options(&t);
	headers = resume_headers(&t);
	curl_easy_setopt(t.curl, CURLOPT_HTTPHEADER, headers);
	ok = judge(&t, curl_easy_perform(t.curl), error);
	*size = t.size;
	*mismatch = t.mismatch;
	curl_slist_free_all(headers);
	curl_easy_cleanup(t.curl);
	g_free(t.validator);
	return ok;
}

bool download_run(const struct download *download, const struct progress *progress,
		  GError **error)
{
	gint64 start = g_get_monotonic_time();
	guint64 size = 0, best = 0;
	bool mismatch = false, anew = false;

	for (guint i = 0; i <= RESUMES_MAX; i++) {
		g_autoptr(GError) cause = NULL;

		if (attempt(download, progress, &size, &mismatch, &cause)) {
			progress_done(progress, download->what, clock_since(start));
			return true;
		}
		if (mismatch && !anew) {
			anew = true;
			part_remove(download);
		} else if (size <= best || i == RESUMES_MAX ||
			   !g_error_matches(cause, DOWNLOAD_ERROR, DOWNLOAD_ERROR_CUT)) {
			g_propagate_error(error, g_steal_pointer(&cause));
			return false;
		} else {
			best = size;
		}
		progress_detail(progress, "%s; going on", cause->message);
	}
	g_return_val_if_reached(false);
}

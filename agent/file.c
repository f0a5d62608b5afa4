// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files in (whole or not at all, by rename) and out. A child does the work and
 * ends with its errno as exit status.
 */
#include "agent/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_IDLE_MS 30000	/* without progress, it is given up */
#define FILE_BUFFER 65536

void file_touch(struct job *job)
{
	if (job->kind != JOB_EXEC)
		job->deadline_ms = now_ms() + FILE_IDLE_MS;
}

bool file_waits_for_host(const struct session *s)
{
	if (s->job.kind == JOB_PUT)
		return !s->held_size && !s->job.answerable;
	return s->job.kind == JOB_GET && !session_has_room(s);
}

/* In the child */

static bool write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return true;
}

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

/* From standard input to @fd. */
static bool fill_file(int fd)
{
	static char buf[FILE_BUFFER];
	ssize_t n;

	while ((n = read(0, buf, sizeof(buf))) != 0)
		if (n < 0 ? errno != EINTR : !write_all(fd, buf, (size_t)n))
			return false;
	return true;
}

/* The end of the input is the file's end only when @whole says so. */
_Noreturn static void receive(char *path, mode_t mode, const volatile bool *whole)
{
	char *temporary;
	int fd, error = 0;

	signal(SIGXFSZ, SIG_IGN);
	make_parents(path);
	if (asprintf(&temporary, "%s.vexvm-XXXXXX", path) < 0)
		_exit(ENOMEM);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		_exit(errno);
	if (!fill_file(fd))
		error = errno;
	else if (!*whole)
		error = ECANCELED;
	else if (fchmod(fd, mode) < 0 || close(fd) < 0 || rename(temporary, path) < 0)
		error = errno;
	if (error)
		unlink(temporary);
	_exit(error);
}

/* To standard output; nothing of a file that is known to be too large. */
_Noreturn static void deliver(const char *path, uint64_t left)
{
	static char buf[FILE_BUFFER];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		_exit(errno);
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > left)
		_exit(EFBIG);
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			_exit(errno);
		if ((uint64_t)n > left)
			_exit(EFBIG);
		left -= (uint64_t)n;
		if (!write_all(1, buf, (size_t)n))
			_exit(errno);
	}
	_exit(0);
}

/* In the agent */

/* The path behind the @fixed bytes of a payload, a copy; NULL with errno. */
static char *path_parse(const uint8_t *payload, uint32_t length, uint32_t fixed)
{
	const uint8_t *at = payload + fixed;
	const char *path = length > fixed ? wire_string(&at, payload + length) : NULL;

	if (path && path[0] == '/')
		return strdup(path);
	errno = EINVAL;
	return NULL;
}

static bool *shared_flag(void)
{
	void *page = mmap(NULL, sizeof(bool), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

static int put_start(struct session *s, char *path, mode_t mode)
{
	bool *whole = shared_flag();
	pid_t pid = whole ? job_fork(s, JOB_PUT, 1u << 0) : -1;
	int error = errno;

	if (pid == 0)
		receive(path, mode, whole);
	if (pid > 0) {
		s->job.whole = whole;
		file_touch(&s->job);
		return 0;
	}
	if (whole)
		munmap(whole, sizeof(*whole));
	return error;
}

/* A PUT that cannot start is answered at its END. */
void file_put(struct session *s, const uint8_t *payload, uint32_t length)
{
	char *path = path_parse(payload, length, 4);

	if (s->job.kind != JOB_NONE)
		s->refused = EBUSY;
	else
		s->refused = path ? put_start(s, path, wire_get32(payload) & 07777) : errno;
	free(path);
}

void file_flush(struct session *s)
{
	struct job *job = &s->job;

	while (s->held_size > 0 && job->fd[0] >= 0) {
		ssize_t n = write(job->fd[0], s->held + s->held_at, s->held_size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {	/* it has failed, and says why when it is reaped */
			close_fd(&job->fd[0]);
			break;
		}
		s->held_at += (size_t)n;
		s->held_size -= (size_t)n;
		file_touch(job);
	}
	s->held_size = 0;
}

/* Without a job it belongs to a PUT that has failed: END tells. */
void file_data(struct session *s, const uint8_t *payload, uint32_t length)
{
	if (s->job.kind != JOB_PUT || s->job.fd[0] < 0)
		return;
	memcpy(s->held, payload, length);
	s->held_at = 0;
	s->held_size = length;
	file_flush(s);
}

void file_end(struct session *s)
{
	struct job *job = &s->job;

	if (job->kind != JOB_PUT || job->answerable) {
		session_done(s, s->refused ? s->refused : EINVAL);
		s->refused = 0;
		return;
	}
	job->answerable = true;
	*job->whole = job->fd[0] >= 0;
	close_fd(&job->fd[0]);
	if (!job->ended)
		file_touch(job);
	job_finish(s);
}

void file_get(struct session *s, const uint8_t *payload, uint32_t length)
{
	char *path = path_parse(payload, length, 8);
	pid_t pid;

	if (!path || s->job.kind != JOB_NONE) {
		session_done(s, path ? EBUSY : errno);
		free(path);
		return;
	}
	pid = job_fork(s, JOB_GET, 1u << 1);
	if (pid == 0)
		deliver(path, wire_get64(payload));
	if (pid < 0)
		session_done(s, errno);
	else
		file_touch(&s->job);
	free(path);
}

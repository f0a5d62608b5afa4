// SPDX-License-Identifier: GPL-2.0-only
/* Child processes: started, streamed, ended at their limit. */
#include "agent/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOB_STRINGS_MAX WIRE_PAYLOAD_MAX	/* each takes a byte at least */
#define JOB_TERM_MS 2000	/* from SIGTERM to SIGKILL */
#define JOB_KILL_MS 3000	/* from SIGKILL to giving up */

static const char *const default_env[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"HOME=/root", "USER=root", "LANG=C.UTF-8", "TERM=dumb",
};
#define NR_DEFAULT_ENV (sizeof(default_env) / sizeof(default_env[0]))

struct command {
	uint32_t limit_ms;
	const char *cwd;
	const char *argv[JOB_STRINGS_MAX + 1];
	const char *env[JOB_STRINGS_MAX + NR_DEFAULT_ENV + 1];
};

void job_init(struct job *job)
{
	*job = (struct job){ .fd = { -1, -1, -1 } };
}

static void job_clear(struct job *job)
{
	for (int i = 0; i < 3; i++)
		close_fd(&job->fd[i]);
	if (job->whole)
		munmap(job->whole, sizeof(*job->whole));
	job_init(job);
}

/* The child may not have come to lead its group yet. */
static void job_signal(const struct job *job, int sig)
{
	if (job->pid && kill(-job->pid, sig) < 0)
		kill(job->pid, sig);
}

/* Starting */

static bool pipes_open(int (*pipes)[2], unsigned int streams)
{
	for (int i = 0; i < 3; i++)
		if ((streams & 1u << i) && pipe2(pipes[i], O_CLOEXEC) < 0)
			return false;
	return true;
}

/* End @end of stream 0's pipe and the other one of the others': the child's for 0. */
static int *pipe_end(int (*pipes)[2], int stream, int end)
{
	return &pipes[stream][stream == 0 ? end : !end];
}

static void close_above(int lowest)
{
	if (close_range((unsigned int)lowest, ~0u, 0) < 0)
		for (int fd = lowest; fd < 1024; fd++)	/* before Linux 5.9 */
			close(fd);
}

static void enter_child(int (*pipes)[2])
{
	int null = open("/dev/null", O_RDWR);
	int oom = open("/proc/self/oom_score_adj", O_WRONLY);
	sigset_t none;

	/* The agent is spared when memory runs out, and runs before others; what it starts does not. */
	if (oom >= 0)
		(void)!write(oom, "0", 1);
	if (getpriority(PRIO_PROCESS, 0) < 0)
		setpriority(PRIO_PROCESS, 0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	for (int i = 0; i < 3; i++) {
		int end = *pipe_end(pipes, i, 0);

		dup2(end >= 0 ? end : null, i);
	}
	close_above(3);
}

pid_t job_fork(struct session *s, enum job_kind kind, unsigned int streams)
{
	int pipes[3][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	struct job *job = &s->job;
	int error = 0;
	pid_t pid = -1;

	if (pipes_open(pipes, streams))
		pid = fork();
	if (pid < 0)
		error = errno;
	if (pid == 0) {
		enter_child(pipes);
		return 0;
	}
	for (int i = 0; i < 3; i++) {
		int *ours = pipe_end(pipes, i, 1);

		close_fd(pipe_end(pipes, i, 0));
		if (pid < 0) {
			close_fd(ours);
			continue;
		}
		job->fd[i] = *ours;
		if (*ours >= 0)
			fcntl(*ours, F_SETFL, O_NONBLOCK);
	}
	if (pid > 0) {
		job->kind = kind;
		job->pid = pid;
	}
	errno = error;
	return pid;
}

static bool is_set(const char *const *env, size_t n, const char *variable)
{
	size_t length = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < n; i++)
		if (!strncmp(env[i], variable, length))
			return true;
	return false;
}

static bool strings_parse(const char **strings, uint32_t n, const uint8_t **at, const uint8_t *end)
{
	for (uint32_t i = 0; i < n; i++)
		if (!(strings[i] = wire_string(at, end)))
			return false;
	strings[n] = NULL;
	return true;
}

static bool command_parse(struct command *c, const uint8_t *at, uint32_t length)
{
	const uint8_t *end = at + length;
	uint32_t argc, envc, n;

	if (length < 8)
		return false;
	c->limit_ms = wire_get32(at);
	argc = wire_get32(at + 4) & 0xffff;
	envc = wire_get32(at + 4) >> 16;
	at += 8;
	c->cwd = wire_string(&at, end);
	if (!c->cwd || argc < 1 || !strings_parse(c->argv, argc, &at, end) ||
	    !strings_parse(c->env, envc, &at, end))
		return false;
	n = envc;
	for (size_t i = 0; i < NR_DEFAULT_ENV; i++)
		if (!is_set(c->env, envc, default_env[i]))
			c->env[n++] = default_env[i];
	c->env[n] = NULL;
	return at == end;
}

_Noreturn static void command_run(const struct command *c)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	environ = (char **)c->env;
	if (chdir(*c->cwd ? c->cwd : "/") < 0) {
		dprintf(2, "vexvm-agent: cannot enter %s: %s\n", c->cwd, strerror(errno));
		_exit(127);
	}
	execvp(c->argv[0], (char **)c->argv);
	dprintf(2, "vexvm-agent: cannot run %s: %s\n", c->argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

void job_exec(struct session *s, const uint8_t *payload, uint32_t length)
{
	static struct command command;
	pid_t pid;

	if (s->job.kind != JOB_NONE)
		return session_done(s, EBUSY);
	if (!command_parse(&command, payload, length))
		return session_done(s, EINVAL);
	pid = job_fork(s, JOB_EXEC, 1u << 1 | 1u << 2);
	if (pid == 0)
		command_run(&command);
	if (pid < 0)
		return session_done(s, errno);
	s->job.deadline_ms = command.limit_ms ? now_ms() + command.limit_ms : 0;
}

/* Ending */

static void send_exit(struct session *s)
{
	const struct job *job = &s->job;
	bool stuck = !job->ended;
	uint32_t status = 0, sig = stuck ? SIGKILL : 0;
	uint8_t payload[12];

	if (!stuck && WIFEXITED(job->status))
		status = (uint32_t)WEXITSTATUS(job->status);
	else if (!stuck && WIFSIGNALED(job->status))
		sig = (uint32_t)WTERMSIG(job->status);
	wire_put32(payload, status);
	wire_put32(payload + 4, sig);
	wire_put32(payload + 8, (job->timed_out ? WIRE_EXIT_TIMEOUT : 0) |
				(stuck ? WIRE_EXIT_STUCK : 0));
	session_send(s, WIRE_EXIT, payload, sizeof(payload));
	job_clear(&s->job);
}

/* The child of a PUT or GET tells its errno by its exit status. */
static void send_done(struct session *s)
{
	const struct job *job = &s->job;
	int error = job->error;

	if (!error && job->ended)
		error = WIFEXITED(job->status) ? WEXITSTATUS(job->status) : EINTR;
	job_clear(&s->job);
	session_done(s, error);
}

void job_finish(struct session *s)
{
	const struct job *job = &s->job;

	if (!job->ended || job->fd[1] >= 0 || job->fd[2] >= 0)
		return;
	if (job->kind == JOB_EXEC)
		send_exit(s);
	else if (job->kind == JOB_GET || job->answerable)
		send_done(s);
}

/*
 * Once the command has ended, only what was in the pipe then is read: a child
 * in the background may hold it open, or fill it, for ever.
 */
void job_output(struct session *s, int stream)
{
	struct job *job = &s->job;
	int *fd = &job->fd[stream];
	enum wire_type type = job->kind == JOB_GET ? WIRE_DATA : stream == 1 ? WIRE_STDOUT : WIRE_STDERR;
	uint8_t buf[WIRE_PAYLOAD_MAX];

	while (*fd >= 0 && session_has_room(s)) {
		size_t want = sizeof(buf);
		ssize_t n;

		if (job->ended && (size_t)job->rest[stream] < want)
			want = (size_t)job->rest[stream];
		n = read(*fd, buf, want);
		if (n < 0 && (errno == EINTR || (errno == EAGAIN && !job->ended)))
			return;
		if (n <= 0) {
			close_fd(fd);
			break;
		}
		job->rest[stream] -= (int)n;
		file_touch(job);
		session_send(s, type, buf, (uint32_t)n);
	}
	job_finish(s);
}

void job_reap(struct session *s)
{
	struct job *job = &s->job;

	/* Those of its group that did not obey go with it. */
	if (job->state != JOB_RUNS)
		job_signal(job, SIGKILL);
	waitpid(job->pid, &job->status, 0);
	/* The number may be another's from here on. */
	job->pid = 0;
	job->ended = true;
	job->deadline_ms = 0;
	close_fd(&job->fd[0]);
	s->held_size = 0;
	for (int i = 1; i < 3; i++)
		if (job->fd[i] >= 0 && ioctl(job->fd[i], FIONREAD, &job->rest[i]) < 0)
			job->rest[i] = 0;
	job_output(s, 1);
	job_output(s, 2);
}

/*
 * A PUT or GET is given up at once; its child ends by itself when it finds its
 * pipe closed. A PUT that the host still sends is answered at its END.
 */
static void file_cancel(struct session *s, int error, bool host_knows)
{
	struct job *job = &s->job;
	bool answer = job->kind == JOB_GET || job->answerable || host_knows;

	if (job->kind == JOB_GET)
		job_signal(job, SIGKILL);
	for (int i = 0; i < 3; i++)
		close_fd(&job->fd[i]);
	s->held_size = 0;
	job->pid = 0;
	job->deadline_ms = 0;
	job->ended = true;
	job->error = error;
	if (answer)
		send_done(s);
}

void job_kill(struct session *s, bool timed_out)
{
	struct job *job = &s->job;

	if (job->kind == JOB_PUT || job->kind == JOB_GET)
		return file_cancel(s, timed_out ? ETIMEDOUT : ECANCELED, !timed_out);
	if (job->kind == JOB_NONE && s->refused)
		return file_end(s);
	if (job->kind == JOB_NONE || job->ended || job->state != JOB_RUNS)
		return;
	job->timed_out = true;
	job->state = JOB_TERMED;
	job->deadline_ms = now_ms() + JOB_TERM_MS;
	job_signal(job, SIGTERM);
}

void job_timer(struct session *s)
{
	struct job *job = &s->job;

	if (!job->deadline_ms || now_ms() < job->deadline_ms)
		return;
	if (file_waits_for_host(s))
		return file_touch(job);
	if (job->state == JOB_RUNS) {
		job_kill(s, true);
	} else if (job->state == JOB_TERMED) {
		job->state = JOB_KILLED;
		job->deadline_ms = now_ms() + JOB_KILL_MS;
		job_signal(job, SIGKILL);
	} else {
		send_exit(s);
	}
}

void job_forget(struct session *s)
{
	/* A PUT's child sees its pipe closed before the END, and cleans up. */
	if (!s->job.ended && s->job.kind != JOB_PUT)
		job_signal(&s->job, SIGKILL);
	job_clear(&s->job);
}

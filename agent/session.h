/* SPDX-License-Identifier: GPL-2.0-only */
/* One port's session: what came in, what waits to go out, what is under way. */
#ifndef AGENT_SESSION_H
#define AGENT_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/protocol.h"

#define SESSION_OUT_HIGH (256 * 1024)	/* above it, nothing more is read for sending */
#define SESSION_OUT_MAX (512 * 1024)

enum job_kind { JOB_NONE, JOB_EXEC, JOB_PUT, JOB_GET };

/*
 * A child process. Files are read and written by one too: the agent itself
 * touches no filesystem of the guest, for the one under test may hang.
 */
struct job {
	enum job_kind kind;
	pid_t pid;		/* 0 = left behind */
	int fd[3];		/* our ends of its standard streams; -1 = closed */
	int rest[3];		/* bytes left in the pipe when it ended */
	int64_t deadline_ms;	/* monotonic; 0 = none */
	enum { JOB_RUNS, JOB_TERMED, JOB_KILLED } state;
	bool timed_out;
	bool ended;		/* reaped; status is valid */
	int status;		/* as from waitpid() */
	int error;		/* PUT, GET: errno of a failure that is not the child's */
	bool answerable;	/* PUT: END has come */
	bool *whole;		/* PUT: tells the child so */
};

struct session {
	int fd;
	bool is_port;		/* a virtio port; else a socket: its end is ours */
	bool connected;
	int64_t away_ms;	/* since when the host is not there; 0 = it is */
	uint8_t in[2 * (WIRE_HEADER + WIRE_PAYLOAD_MAX)];
	size_t in_size;
	uint8_t out[SESSION_OUT_MAX];
	size_t out_at, out_size;	/* sent up to, filled up to */
	uint8_t held[WIRE_PAYLOAD_MAX];	/* DATA that the job has no room for yet */
	size_t held_at, held_size;
	struct job job;
	int refused;		/* errno of a PUT that did not start */
	int kmsg;		/* -1 = not followed */
	uint64_t kmsg_since;
};

int64_t now_ms(void);	/* on the monotonic clock */
void close_fd(int *fd);	/* leaves -1 behind */

/*
 * Serves on @fd, which becomes the session's; @is_port: it is a virtio port, on which hosts
 * come and go, and not a socket, whose end is the session's.
 */
void session_init(struct session *s, int fd, bool is_port);
/* Ends all that is under way; the host is another one, or gone. */
void session_reset(struct session *s);
/* The same, and tells the host that what it waits for will not come. */
void session_bye(struct session *s);
/* Whether there is room to send: at least one frame of the largest size. */
bool session_has_room(const struct session *s);
void session_send(struct session *s, enum wire_type type, const void *payload, uint32_t length);
void session_done(struct session *s, int error);
/* Reads and handles what came in; false when the other side is gone. */
bool session_read(struct session *s);
bool session_write(struct session *s);
/* Handles what has been read, until a job must take DATA first. */
void session_parse(struct session *s);

/* job.c */
void job_init(struct job *job);
/*
 * Forks a job with pipes on the standard streams in @streams (bit N = stream N;
 * the others are /dev/null). 0 in the child, -1 with errno on failure.
 */
pid_t job_fork(struct session *s, enum job_kind kind, unsigned int streams);
void job_exec(struct session *s, const uint8_t *payload, uint32_t length);
void job_kill(struct session *s, bool timed_out);	/* asked for, or at its limit */
void job_forget(struct session *s);	/* ends it without a word */
void job_output(struct session *s, int stream);
void job_reap(struct session *s);	/* it is a zombie */
void job_timer(struct session *s);
void job_finish(struct session *s);	/* answers, once all is there to answer with */

/* file.c */
void file_put(struct session *s, const uint8_t *payload, uint32_t length);
void file_data(struct session *s, const uint8_t *payload, uint32_t length);
void file_flush(struct session *s);	/* gives the job what is held for it */
void file_end(struct session *s);
void file_get(struct session *s, const uint8_t *payload, uint32_t length);
void file_touch(struct job *job);	/* it makes progress: its limit starts anew */
bool file_waits_for_host(const struct session *s);

/* kmsg.c */
void kmsg_start(struct session *s, uint64_t since);
void kmsg_more(struct session *s);

#endif /* AGENT_SESSION_H */

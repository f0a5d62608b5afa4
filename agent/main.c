// SPDX-License-Identifier: GPL-2.0-only
/*
 * vexvm-agent: the guest's side of the lab. Serves each virtio-serial port
 * named org.vexvm.agent.N, or with --fd N one connected socket.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/session.h"
#include "agent/tool.h"

#define SESSIONS_MAX 8
#define SESSION_FDS 5
#define FDS_MAX (2 + SESSION_FDS * SESSIONS_MAX)
#define EAGER (-20)	/* nice(2) */
#define AWAY_LIMIT_MS 5000	/* a host that has hung up so long ago is gone */

static const char usage[] =
	"usage: vexvm-agent [--fd N | --help | --version]\n"
	"Serves vexvm: runs its commands and hands over files and the kernel's log.\n"
	"  --fd N     on the connected socket N, and ends with it; else on the\n"
	"             virtio-serial ports " WIRE_PORT_PREFIX "N, now and as they appear\n"
	"or does what a script asks for:\n"
	"  --insmod FILE [ARG=VALUE...]   --rmmod NAME\n"
	"  --reload ROUNDS [NAME FILE ARGUMENTS]...\n"
	"  --mount SOURCE FOLDER TYPE OPTIONS [SOURCE...]\n"
	"  --audit save|since|loaded|settle|validate ...\n";

static struct session *sessions[SESSIONS_MAX];
static char names[SESSIONS_MAX][64];	/* of their ports */
static size_t nr_sessions;

static void session_add(int fd, const char *name)
{
	struct session *s = nr_sessions < SESSIONS_MAX ? malloc(sizeof(*s)) : NULL;
	bool is_port = *name;

	if (!s) {
		close(fd);
		return;
	}
	session_init(s, fd, is_port);
	/*
	 * poll(2) reports a hang-up for as long as the host is away; SIGIO
	 * tells when that has changed.
	 */
	fcntl(fd, F_SETOWN, getpid());
	fcntl(fd, F_SETFL, O_NONBLOCK | (is_port ? O_ASYNC : 0));
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	snprintf(names[nr_sessions], sizeof(names[0]), "%s", name);
	sessions[nr_sessions++] = s;
}

static bool is_open(const char *name)
{
	for (size_t i = 0; i < nr_sessions; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static bool read_name(const char *port, char *name, size_t size)
{
	char path[320];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", port);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, name, size - 1);
	close(fd);
	name[n > 0 ? n : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return strncmp(name, WIRE_PORT_PREFIX, strlen(WIRE_PORT_PREFIX)) == 0;
}

/* Those that are not open yet. */
static void open_ports(void)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char name[sizeof(names[0])], path[320];
		int fd;

		if (!read_name(entry->d_name, name, sizeof(name)) || is_open(name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0)
			session_add(fd, name);
		else
			fprintf(stderr, "vexvm-agent: %s: %s\n", path, strerror(errno));
	}
	if (dir)
		closedir(dir);
}

/* The kernel's own news of devices: a port's name is there before its uevent. */
static int uevents_open(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		close_fd(&fd);
	return fd;
}

static void uevents_handle(int fd)
{
	bool about_ports = false;
	char event[8192];
	ssize_t n;

	/* ENOBUFS: some were lost. */
	while ((n = recv(fd, event, sizeof(event), 0)) > 0 || (n < 0 && errno == ENOBUFS))
		about_ports |= n < 0 || memmem(event, (size_t)n, "virtio-ports", 12);
	if (about_ports)
		open_ports();
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGIO);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* The next child that has ended, still a zombie; 0 = none. */
static pid_t next_zombie(void)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return 0;
	return info.si_pid;
}

/* False on SIGTERM: the guest goes down. */
static bool signals_handle(int fd)
{
	struct signalfd_siginfo info;
	bool go_on = true;
	pid_t pid;

	while (read(fd, &info, sizeof(info)) > 0) {
		go_on &= info.ssi_signo != SIGTERM;
		for (size_t i = 0; i < nr_sessions; i++)
			sessions[i]->connected = true;
	}
	while ((pid = next_zombie())) {
		size_t i = 0;

		while (i < nr_sessions && sessions[i]->job.pid != pid)
			i++;
		if (i < nr_sessions)
			job_reap(sessions[i]);
		else
			waitpid(pid, NULL, 0);
	}
	return go_on;
}

/* What a session waits for; entries that it does not need have fd -1. */
static void session_wants(struct session *s, struct pollfd *p)
{
	bool room = session_has_room(s);
	short in = s->in_size < sizeof(s->in) ? POLLIN : 0;

	p[0] = (struct pollfd){ .fd = s->connected ? s->fd : -1,
				.events = in | (short)(s->out_size ? POLLOUT : 0) };
	p[1] = (struct pollfd){ .fd = room ? s->job.fd[1] : -1, .events = POLLIN };
	p[2] = (struct pollfd){ .fd = room ? s->job.fd[2] : -1, .events = POLLIN };
	p[3] = (struct pollfd){ .fd = s->held_size ? s->job.fd[0] : -1, .events = POLLOUT };
	p[4] = (struct pollfd){ .fd = room ? s->kmsg : -1, .events = POLLIN };
}

/* False when the other side is gone, or was when poll(2) looked. */
static bool session_serve(struct session *s, const struct pollfd *p)
{
	if (p[1].revents)
		job_output(s, 1);
	if (p[2].revents)
		job_output(s, 2);
	if (p[3].revents)
		file_flush(s);
	session_parse(s);
	if (p[4].revents)
		kmsg_more(s);
	if ((p[0].revents & POLLOUT) && !session_write(s))
		return false;
	if ((p[0].revents & POLLIN) && !session_read(s))
		return false;
	job_timer(s);
	return !(p[0].revents & (POLLHUP | POLLERR | POLLNVAL));
}

/*
 * The kernel learns of hosts that come and go by one queue and has their bytes
 * from another: a host's first words may be answered before its predecessor's
 * hang-up is seen. So a hang-up ends nothing by itself. The next HELLO does, or
 * a host that stays away.
 */
static void port_serve(struct session *s, const struct pollfd *p)
{
	if (session_serve(s, p)) {
		if (p[0].fd >= 0)
			s->away_ms = 0;
	} else {
		s->connected = false;
		if (!s->away_ms)
			s->away_ms = now_ms();
	}
	if (s->away_ms && now_ms() >= s->away_ms + AWAY_LIMIT_MS) {
		session_reset(s);
		s->away_ms = 0;
	}
}

static void sooner(int64_t *soonest, int64_t left)
{
	if (*soonest < 0 || left < *soonest)
		*soonest = left < 0 ? 0 : left;
}

static int timeout_ms(void)
{
	int64_t soonest = -1, now = now_ms();

	for (size_t i = 0; i < nr_sessions; i++) {
		const struct session *s = sessions[i];

		if (s->job.deadline_ms)
			sooner(&soonest, s->job.deadline_ms - now);
		if (s->away_ms)
			sooner(&soonest, s->away_ms + AWAY_LIMIT_MS - now);
	}
	return soonest > 60000 ? 60000 : (int)soonest;
}

static int serve(int uevents)
{
	struct pollfd p[FDS_MAX] = { { .fd = signals_open(), .events = POLLIN },
				     { .fd = uevents, .events = POLLIN } };

	for (;;) {
		size_t n = nr_sessions;

		for (size_t i = 0; i < n; i++)
			session_wants(sessions[i], &p[2 + SESSION_FDS * i]);
		if (poll(p, 2 + SESSION_FDS * n, timeout_ms()) < 0 && errno != EINTR)
			return 1;
		for (size_t i = 0; i < n; i++) {
			struct session *s = sessions[i];

			if (s->is_port) {
				port_serve(s, &p[2 + SESSION_FDS * i]);
			} else if (!session_serve(s, &p[2 + SESSION_FDS * i])) {
				session_reset(s);
				return 0;
			}
		}
		if (p[0].revents && !signals_handle(p[0].fd))
			break;
		if (p[1].revents)
			uevents_handle(uevents);
	}
	for (size_t i = 0; i < nr_sessions; i++)
		session_bye(sessions[i]);
	return 0;
}

static int serve_ports(void)
{
	int uevents = uevents_open();

	open_ports();
	if (!nr_sessions && uevents < 0) {
		fputs("vexvm-agent: this machine has no port " WIRE_PORT_PREFIX "N\n", stderr);
		return 1;
	}
	/* To answer even when the guest's disk does not. */
	mlockall(MCL_CURRENT | MCL_FUTURE);
	return serve(uevents);
}

/* So that no pipe gets the number of a standard stream. */
static void open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	close_fd(&fd);
}

int main(int argc, char **argv)
{
	int status;

	open_standard_streams();
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("vexvm-agent " VEXVM_AGENT_VERSION);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "--fd")) {
		session_add((int)strtol(argv[2], NULL, 10), "");
		return serve(-1);
	}
	if (argc == 1) {
		/* What a suite prints has to be out of the guest before the suite ends its kernel. */
		setpriority(PRIO_PROCESS, 0, EAGER);
		return serve_ports();
	}
	status = tool_main(argc, argv);
	if (status >= 0)
		return status;
	fputs(usage, stderr);
	return 2;
}

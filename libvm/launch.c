// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/kernel.h"
#include "libvm/ssh.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"

void launch_init(struct launch *l, const struct progress *progress)
{
	*l = (struct launch){ .progress = progress, .share.mount_fd = -1, .qmp_fd = -1, .log_fd = -1 };
}

void launch_clear(struct launch *l)
{
	share_clear(&l->share);
	fd_close(&l->qmp_fd);
	fd_close(&l->log_fd);
}

static int listen_unix(const char *path, GError **error)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path)) >= sizeof(addr.sun_path)) {
		fault_set(error, LAB_ERROR_LAB, "the socket's path %s is too long", path);
		return -1;
	}
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 4) < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot listen on %s", path);
		return -1;
	}
	return fd_steal(&fd);
}

static bool open_files(struct launch *l, GError **error)
{
	g_autofree char *qmp = plan_runtime_path(l->plan.conf, "qmp");
	g_autofree char *log = plan_state_path(l->plan.conf, "qemu.log");
	g_autofree char *console = plan_state_path(l->plan.conf, "console.log");

	/* The folder may be a guest's to write, who could have put links there. */
	unlink(console);
	l->qmp_fd = listen_unix(qmp, error);
	if (l->qmp_fd < 0)
		return false;
	l->log_fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (l->log_fd < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot write %s", log);
	return true;
}

static void open_share(struct launch *l)
{
	g_autofree char *files = plan_state_path(l->plan.conf, PLAN_FILES);

	g_mkdir_with_parents(files, 0755);
	if (l->wanted == LAUNCH_SHARE)
		share_init(&l->share, l->plan.conf, l->progress);
	else if (l->wanted == LAUNCH_SHARE_EMPTY)
		share_init_empty(&l->share, l->plan.conf);
	l->plan.share = l->share.mode;
	l->plan.share_path = l->share.path;
}

/* In the child: QEMU outlives us and our terminal, unless it is tied to us. */
static void child_setup(gpointer data)
{
	struct launch *l = data;

	setsid();
	if (!share_enter(&l->share)) {
		dprintf(2, "cannot mount the source for the guest: %s\n", strerror(errno));
		_exit(1);
	}
	if (!l->tied)
		return;
	/* Ours may have ended before we asked. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != l->parent)
		_exit(1);
}

static bool spawn(struct launch *l, GError **error)
{
	g_auto(GStrv) argv = plan_argv(&l->plan, error);
	const int source[] = { l->qmp_fd }, target[] = { PLAN_QMP_FD };
	auto_fd null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	g_autoptr(GError) cause = NULL;
	g_autofree char *line = NULL;

	if (!argv)
		return false;
	line = g_strjoinv(" ", argv);
	progress_detail(l->progress, "%s", line);
	l->parent = getpid();
	if (g_spawn_async_with_pipes_and_fds("/", (const char *const *)argv, NULL,
					     G_SPAWN_DO_NOT_REAP_CHILD, child_setup, l, null,
					     l->log_fd, l->log_fd, source, target, 1, &l->pid, NULL,
					     NULL, NULL, &cause))
		return true;
	return fault_set(error, LAB_ERROR_LAB, "cannot start QEMU: %s", cause->message);
}

static bool save_run(const struct launch *l, GError **error)
{
	const struct plan_input *plan = &l->plan;
	g_autoptr(JsonObject) run = json_object_new();

	json_object_set_int_member(run, "pid", l->pid);
	json_object_set_int_member(run, "pid_start", (gint64)vm_process_start(l->pid));
	json_object_set_int_member(run, "started", g_get_real_time() / G_USEC_PER_SEC);
	json_object_set_int_member(run, "ssh_port", plan->ssh_port);
	json_object_set_int_member(run, "vnc_port", plan->vnc_port);
	json_object_set_int_member(run, "monitor_port", plan->monitor_port);
	json_object_set_boolean_member(run, "headless", plan->headless);
	json_object_set_boolean_member(run, "mount", l->wanted == LAUNCH_SHARE &&
						     l->share.mode != PLAN_SHARE_NONE);
	json_object_set_boolean_member(run, "from_template", plan->memory == PLAN_MEMORY_COPY);
	if (plan->image->built)
		json_object_set_string_member(run, "kernel", plan->image->built->id);
	json_object_set_string_member(run, "accel", accel_name(plan->probe->accel));
	json_object_set_string_member(run, "qemu", plan->probe->version_text);
	return state_save(plan->conf, STATE_RUN, run, error);
}

static bool save_ssh(const struct launch *l, GError **error)
{
	g_autofree char *path = plan_state_path(l->plan.conf, "ssh_config");
	g_autofree char *text = ssh_config_text(l->plan.conf, l->plan.ssh_port);
	g_autoptr(GError) cause = NULL;

	return !l->plan.ssh_port || g_file_set_contents(path, text, -1, &cause) ||
	       fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
}

bool launch_run(struct launch *l, GError **error)
{
	if (!open_files(l, error))
		return false;
	open_share(l);
	if (!spawn(l, error))
		return false;
	if (save_ssh(l, error) && save_run(l, error))
		return true;
	/* Nobody would find it. */
	kill(l->pid, SIGKILL);
	return false;
}

/* The signal that ended it, if it was one. It is not buried by that. */
static int killed_by(GPid pid)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid ||
	    info.si_code == CLD_EXITED)
		return 0;
	return info.si_status;
}

static bool ended(const struct launch *l, int sig, GError **error)
{
	g_autofree char *path = plan_state_path(l->plan.conf, "qemu.log");
	g_autofree char *said = vm_qemu_said(l->plan.conf);

	g_clear_error(error);
	if (sig)
		return fault_set(error, LAB_ERROR_LAB, "QEMU was killed by signal %d (%s): by someone, or for "
				 "want of memory", sig, strsignal(sig));
	return fault_set(error, LAB_ERROR_LAB, "QEMU ended at once: %s (all it said: %s)", said, path);
}

struct qmp *launch_greet(struct launch *l, guint limit_s, GError **error)
{
	g_autofree char *path = plan_runtime_path(l->plan.conf, "qmp");
	gint64 deadline = clock_in(limit_s);
	auto_fd process = -1;
	struct qmp *qmp;
	int sig;

	/* Ours closed, a QEMU that ends leaves a socket that refuses. */
	fd_close(&l->qmp_fd);
	qmp = qmp_open(path, deadline, error);
	if (qmp)
		return qmp;
	process = pidfd_open(l->pid, 0);
	if (process >= 0)
		fd_wait(process, POLLIN, clock_in(1));
	sig = killed_by(l->pid);
	if (vm_await_end(l->pid, clock_in(1))) {
		ended(l, sig, error);
	} else {
		kill(l->pid, SIGKILL);
		waitpid(l->pid, NULL, 0);
	}
	l->ended = true;
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"

#define CHECK_LIMIT_S 30

/* Debian's ccache has links there that are called as the compilers are (ccache(1)). */
#define CCACHE_LINKS "/usr/lib/ccache"
#define CCACHE_INSIDE "/tmp/ccache"
#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The same for every build, whatever the caller's environment holds. */
char **sandbox_environment(const struct sandbox *s)
{
	static const char *const common[] = { "HOME=/tmp", "LANG=C.UTF-8", "LC_ALL=C.UTF-8",
					      "TERM=dumb" };
	GPtrArray *env = g_ptr_array_new();

	g_ptr_array_add(env, g_strdup(s->ccache ? "PATH=" CCACHE_LINKS ":" PATH : "PATH=" PATH));
	for (guint i = 0; i < G_N_ELEMENTS(common); i++)
		g_ptr_array_add(env, g_strdup(common[i]));
	if (s->ccache) {
		g_ptr_array_add(env, g_strdup("CCACHE_DIR=" CCACHE_INSIDE));
		g_ptr_array_add(env, g_strdup("CCACHE_MAXSIZE=1G"));
	}
	g_ptr_array_add(env, NULL);
	return (char **)g_ptr_array_free(env, FALSE);
}

static void add(GPtrArray *argv, const char *first, ...) G_GNUC_NULL_TERMINATED;
static void add(GPtrArray *argv, const char *first, ...)
{
	va_list args;

	va_start(args, first);
	for (const char *arg = first; arg; arg = va_arg(args, const char *))
		g_ptr_array_add(argv, g_strdup(arg));
	va_end(args);
}

static void add_bwrap(GPtrArray *argv, const struct sandbox *s)
{
	g_autofree char *above = g_path_get_dirname(s->target);
	g_auto(GStrv) env = sandbox_environment(s);

	add(argv, "bwrap", "--unshare-all", "--die-with-parent", "--new-session",
	    "--ro-bind", s->root, "/", "--dev", "/dev", "--proc", "/proc",
	    "--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", above,
	    "--bind", s->source, s->target, "--chdir", s->cwd, NULL);
	if (s->ccache)
		add(argv, "--bind", s->ccache, CCACHE_INSIDE, NULL);
	if (s->kernel)
		add(argv, "--ro-bind", s->kernel, SANDBOX_KERNEL, NULL);
	for (char **at = env; *at; at++) {
		const char *equals = strchr(*at, '=');
		g_autofree char *name = g_strndup(*at, (gsize)(equals - *at));

		add(argv, "--setenv", name, equals + 1, NULL);
	}
	add(argv, "--", NULL);
}

char **sandbox_argv(const struct sandbox *s, const char *const *command)
{
	GPtrArray *argv = g_ptr_array_new();

	if (s->kind == SANDBOX_BWRAP)
		add_bwrap(argv, s);
	for (; *command; command++)
		add(argv, *command, NULL);
	g_ptr_array_add(argv, NULL);
	return (char **)g_ptr_array_free(argv, FALSE);
}

/* What the child needs, made before fork(). */
struct chroot {
	const struct sandbox *sandbox;
	char *tmp, *above, *target, *dev, *proc, *ccache, *kernel;	/* paths below the root */
	char *uid_map, *gid_map;
};

static void chroot_init(struct chroot *c, const struct sandbox *s)
{
	g_autofree char *above = g_path_get_dirname(s->target);

	c->sandbox = s;
	c->tmp = g_build_filename(s->root, "tmp", NULL);
	c->above = g_build_filename(s->root, above, NULL);
	c->target = g_build_filename(s->root, s->target, NULL);
	c->dev = g_build_filename(s->root, "dev", NULL);
	c->proc = g_build_filename(s->root, "proc", NULL);
	c->ccache = g_build_filename(s->root, CCACHE_INSIDE, NULL);
	c->kernel = g_build_filename(s->root, SANDBOX_KERNEL, NULL);
	c->uid_map = g_strdup_printf("%u %u 1", getuid(), getuid());
	c->gid_map = g_strdup_printf("%u %u 1", getgid(), getgid());
}

static void chroot_clear(struct chroot *c)
{
	g_free(c->tmp);
	g_free(c->above);
	g_free(c->target);
	g_free(c->dev);
	g_free(c->proc);
	g_free(c->ccache);
	g_free(c->kernel);
	g_free(c->uid_map);
	g_free(c->gid_map);
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && fd_write_all(fd, text, strlen(text));

	close(fd);
	return ok;
}

/* Mounts of its own: as root directly, else as owner of a user namespace. */
static bool own_mounts(const struct chroot *c)
{
	int flags = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET;

	if (geteuid() == 0)
		return unshare(flags) == 0;
	return unshare(CLONE_NEWUSER | flags) == 0 && write_file("/proc/self/setgroups", "deny") &&
	       write_file("/proc/self/uid_map", c->uid_map) &&
	       write_file("/proc/self/gid_map", c->gid_map);
}

/* The flags that its filesystem had have to be kept. */
static bool set_readonly(const char *mounted)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	return mount_setattr(AT_FDCWD, mounted, AT_RECURSIVE, &attr, sizeof(attr)) == 0;
}

static bool bind_root(const char *root)
{
	return mount(root, root, NULL, MS_BIND | MS_REC, NULL) == 0 && set_readonly(root);
}

static bool enter_mounts(const struct chroot *c)
{
	const struct sandbox *s = c->sandbox;

	return own_mounts(c) && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       bind_root(s->root) && mount("tmpfs", c->tmp, "tmpfs", 0, NULL) == 0 &&
	       mount("tmpfs", c->above, "tmpfs", 0, NULL) == 0 && mkdir(c->target, 0755) == 0 &&
	       mount(s->source, c->target, NULL, MS_BIND, NULL) == 0 &&
	       (!s->ccache || (mkdir(c->ccache, 0755) == 0 &&
			       mount(s->ccache, c->ccache, NULL, MS_BIND, NULL) == 0)) &&
	       (!s->kernel || (mkdir(c->kernel, 0755) == 0 && mount(s->kernel, c->kernel, NULL, MS_BIND, NULL) == 0 &&
			       set_readonly(c->kernel))) &&
	       mount("/dev", c->dev, NULL, MS_BIND | MS_REC, NULL) == 0 &&
	       mount("/proc", c->proc, NULL, MS_BIND | MS_REC, NULL) == 0 &&
	       chroot(s->root) == 0 && chdir(s->cwd) == 0;
}

/* Between fork and exec: system calls only. */
static void enter(gpointer data)
{
	const struct chroot *c = data;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (c->sandbox->kind == SANDBOX_CHROOT && !enter_mounts(c)) {
		dprintf(2, "cannot enter %s: %s\n", c->sandbox->root, strerror(errno));
		_exit(127);
	}
}

static bool spawn(struct chroot *c, char **argv, int out, GPid *pid, GError **error)
{
	g_auto(GStrv) environment = sandbox_environment(c->sandbox);
	g_autoptr(GError) cause = NULL;

	if (g_spawn_async_with_pipes_and_fds(
		    NULL, (const char *const *)argv, (const char *const *)environment,
		    G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, enter, c, -1, out, out,
		    NULL, NULL, 0, pid, NULL, NULL, NULL, &cause))
		return true;
	return fault_set(error, LAB_ERROR_LAB, "cannot run %s: %s", argv[0], cause->message);
}

/* Hands output on until its end; false at the deadline. */
static bool drain(int fd, gint64 deadline, sandbox_sink sink, void *data)
{
	char buffer[16384];
	ssize_t n;

	while (fd_wait(fd, POLLIN, deadline) > 0) {
		n = read(fd, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		sink(data, buffer, (gsize)n);
	}
	return false;
}

bool sandbox_run(const struct sandbox *s, const char *const *command, guint limit_s,
		 sandbox_sink sink, void *data, int *ret_status, GError **error)
{
	gint64 deadline = clock_in(limit_s);
	g_auto(GStrv) argv = sandbox_argv(s, command);
	struct chroot c;
	int pipes[2], status = 0;
	auto_fd out = -1, in = -1;
	bool ok, ended = false;
	GPid pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make a pipe");
	in = pipes[0];
	out = pipes[1];
	chroot_init(&c, s);
	ok = spawn(&c, argv, out, &pid, error);
	chroot_clear(&c);
	if (!ok)
		return false;
	fd_close(&out);
	ended = drain(in, deadline, sink, data);
	if (!ended)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!ended)
		return fault_set(error, LAB_ERROR_TIMEOUT, "%s did not end within %u s", command[0], limit_s);
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

static void keep(void *data, const char *bytes, gsize size)
{
	GString *text = data;

	g_string_append_len(text, bytes, (gssize)MIN(size, PROGRAM_OUTPUT_MAX - text->len));
}

/* NULL when it works, else why not. */
static char *try_kind(struct sandbox *s, enum sandbox_kind kind)
{
	static const char *const command[] = { "true", NULL };
	g_autoptr(GString) said = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	int status;

	s->kind = kind;
	if (!sandbox_run(s, command, CHECK_LIMIT_S, keep, said, &status, &error))
		return g_strdup(error->message);
	return status == 0 ? NULL : program_last_line(said->str);
}

bool sandbox_choose(struct sandbox *s, GError **error)
{
	g_autofree char *bwrap = try_kind(s, SANDBOX_BWRAP);
	g_autofree char *chroot = bwrap ? try_kind(s, SANDBOX_CHROOT) : NULL;

	if (!bwrap || !chroot)
		return true;
	return fault_set(error, LAB_ERROR_LAB,
			 "cannot run programs of the image on the host: %s; without bubblewrap: %s", bwrap,
			 chroot);
}

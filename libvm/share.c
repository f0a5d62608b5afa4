// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/share.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"
#include "libvm/tree.h"
#include "libvm/userdata.h"

#define GUEST_UID_DEFAULT 1000
#define MOUNT_LIMIT_S 60
#define COPY_LIMIT_S 300

/* From linux/mount.h, which cannot be included beside sys/mount.h. */
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif

static uid_t owner(const struct conf *conf)
{
	struct stat st;

	return stat(conf->root, &st) == 0 ? st.st_uid : getuid();
}

guint share_guest_uid(const struct conf *conf)
{
	uid_t uid = owner(conf);

	return uid ? uid : GUEST_UID_DEFAULT;
}

static bool write_map(pid_t pid, const char *file, const char *map)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/%s", pid, file);
	auto_fd fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && fd_write_all(fd, map, strlen(map));
}

/*
 * A user namespace that swaps 0 and 1000 and leaves all others as they are;
 * it lives as long as the descriptor. -1 with errno.
 */
static int swapping_namespace(void)
{
	static const char map[] = "0 1000 1\n1 1 999\n1000 0 1\n1001 1001 4294966294\n";
	g_autofree char *path = NULL;
	int ready[2], fd = -1, saved;
	pid_t pid;
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		/* Ends: what it inherited of other threads' pipes would keep them waiting. */
		if (unshare(CLONE_NEWUSER) < 0)
			_exit(1);
		(void)!write(ready[1], "", 1);
		close(ready[1]);
		pause();
		_exit(0);
	}
	close(ready[1]);
	errno = EPERM;
	if (pid > 0 && read(ready[0], &byte, 1) == 1 && write_map(pid, "uid_map", map) &&
	    write_map(pid, "gid_map", map)) {
		path = g_strdup_printf("/proc/%d/ns/user", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	saved = errno;
	close(ready[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	errno = saved;
	return fd;
}

/*
 * A detached mount of @path, with @attr set and with those below it if @flags
 * has AT_RECURSIVE; -1 with errno. A slave: what is mounted in it later must not
 * show up at @path.
 */
static int detached_mount(const char *path, unsigned int flags, struct mount_attr *attr)
{
	auto_fd tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);

	attr->propagation = MS_SLAVE;
	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH | flags, attr, sizeof(*attr)) < 0)
		return -1;
	/* Above what QEMU inherits: share_enter() comes after those are in place. */
	return fcntl(tree, F_DUPFD_CLOEXEC, PLAN_QMP_FD + 1);
}

/* With owners swapped; the filesystems below it may be of kinds that cannot. */
static int swapped_mount(const char *path)
{
	auto_fd namespace = swapping_namespace();
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };

	if (namespace < 0)
		return -1;
	attr.userns_fd = (guint64)namespace;
	return detached_mount(path, 0, &attr);
}

static int plain_mount(const char *path)
{
	struct mount_attr attr = { 0 };

	return detached_mount(path, AT_RECURSIVE, &attr);
}

static enum plan_share share_mode(void)
{
	return geteuid() == 0 ? PLAN_SHARE_PASSTHROUGH : PLAN_SHARE_AS_USER;
}

void share_init(struct share *share, const struct conf *conf, const struct progress *progress)
{
	*share = (struct share){ .mode = PLAN_SHARE_NONE, .mount_fd = -1 };
	if (!conf->mount)
		return;
	share->path = g_strdup(conf->root);
	share->mode = share_mode();
	if (geteuid() != 0)
		return;
	if (owner(conf) == 0) {
		share->mount_fd = swapped_mount(conf->root);
		if (share->mount_fd < 0)
			progress_note(progress, "Root owns %s and its filesystem cannot swap owners (%s): "
				      "in the guest only root can write to it (use sudo there)",
				      conf->root, g_strerror(errno));
	}
	if (share->mount_fd < 0)
		share->mount_fd = plain_mount(conf->root);
	if (share->mount_fd < 0) {
		progress_detail(progress, "No mount of its own for QEMU (%s): the guest can write to %s/%s",
				g_strerror(errno), conf->root, CONF_STATE);
		return;
	}
	g_free(share->path);
	share->path = g_build_filename(conf->runtime_dir, "source", NULL);
	share->hidden = g_build_filename(share->path, CONF_STATE, NULL);
	g_mkdir_with_parents(share->path, 0700);
}

void share_init_empty(struct share *share, const struct conf *conf)
{
	*share = (struct share){ .mode = share_mode(), .mount_fd = -1 };
	share->path = g_build_filename(conf->runtime_dir, "empty", NULL);
	g_mkdir_with_parents(share->path, 0700);
}

void share_clear(struct share *share)
{
	g_clear_pointer(&share->path, g_free);
	g_clear_pointer(&share->hidden, g_free);
	fd_close(&share->mount_fd);
}

/*
 * An empty folder over @folder, which so can be neither renamed nor removed. A
 * link is left alone: where it leads to is not in the share.
 */
static bool hide(const char *folder)
{
	auto_fd fd = open(folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
	return fchdir(fd) == 0 &&
	       mount("vexvm", ".", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		     "size=4k,mode=0555") == 0 && chdir("/") == 0;
}

bool share_enter(const struct share *share)
{
	if (share->mount_fd < 0)
		return true;
	/* A slave: what the host unmounts later is not held back by QEMU. */
	return unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_REC | MS_SLAVE, NULL) == 0 &&
	       move_mount(share->mount_fd, "", AT_FDCWD, share->path, MOVE_MOUNT_F_EMPTY_PATH) == 0 &&
	       hide(share->hidden);
}

/* The first line of @text: mount(8) says what is wrong there, and advice follows. */
static char *first_line(const char *text)
{
	return text_escape(text, (gssize)strcspn(text, "\n"));
}

/* Runs a command in the guest; its failure is an error with its first line. */
static bool guest_run(struct guest *guest, const char *const *argv, guint limit_s, GError **error)
{
	const struct guest_exec exec = { .argv = argv, .timeout_s = limit_s, .watch_fd = -1 };
	struct guest_result result = { 0 };
	bool ok = guest_exec(guest, &exec, &result, error);

	if (ok && (result.status || result.signal || result.timed_out)) {
		g_autofree char *said = first_line(result.err->str);

		ok = fault_set(error, LAB_ERROR_LAB, "%s",
			       result.timed_out ? "no answer in time" :
			       *said		? said : "no reason given");
	}
	guest_result_clear(&result);
	return ok;
}

static bool guest_sh(struct guest *guest, const char *script, guint limit_s, GError **error)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	return guest_run(guest, argv, limit_s, error);
}

/* statfs(2) cannot tell: 9p passes on the number of the host's filesystem. */
bool share_is_mounted(struct guest *guest)
{
	return guest_sh(guest, "while read -r source dir type rest; do "
			"[ \"$dir $type\" = '" CONF_MOUNT_POINT " 9p' ] && exit 0; done </proc/mounts; exit 1",
			MOUNT_LIMIT_S, NULL);
}

/*
 * No caching in the guest but of mapped pages, which the compiler and insmod
 * need: what is saved on the host is there at the next look.
 */
#define MOUNT_OPTIONS "trans=virtio,version=9p2000.L,cache=mmap,msize=512000"

/* $1 the tag, $2 the folder. */
static const char mount_script[] =
	"set -e; mkdir -p \"$2\"; "
	"mountpoint -q \"$2\" || mount -t 9p -o " MOUNT_OPTIONS " \"$1\" \"$2\"";

static bool mount_tag(struct guest *guest, const char *tag, const char *folder, GError **error)
{
	const char *const argv[] = { "sh", "-c", mount_script, "mount", tag, folder, NULL };

	return guest_run(guest, argv, MOUNT_LIMIT_S, error);
}

bool share_mount_files(struct guest *guest, const char *files, GError **error)
{
	return mount_tag(guest, PLAN_FILES_TAG, files, error);
}

bool share_mount_saved(struct guest *guest, bool source, const char *files, GError **error)
{
	const char *const argv[] = {
		USERDATA_AGENT_PATH, "--mount", PLAN_FILES_TAG, files, "9p", MOUNT_OPTIONS,
		source ? CONF_MOUNT_TAG : NULL, CONF_MOUNT_POINT, "9p", MOUNT_OPTIONS, NULL };

	return guest_run(guest, argv, MOUNT_LIMIT_S, error);
}

bool share_mount(const struct conf *conf, struct guest *guest, const struct progress *progress,
		 GError **error)
{
	g_autoptr(GError) cause = NULL;

	if (mount_tag(guest, CONF_MOUNT_TAG, CONF_MOUNT_POINT, &cause))
		return true;
	if (guest_is_lost(guest)) {
		g_propagate_prefixed_error(error, g_steal_pointer(&cause),
					   "the source cannot be mounted in the guest: ");
		return false;
	}
	progress_note(progress, "The source cannot be mounted in the guest (%s): copying it instead",
		      cause->message);
	return share_copy(conf->root, guest, CONF_MOUNT_POINT, error);
}

/* A file without a name, so that nothing stays of it; -1 with errno. */
static int archive_file(void)
{
	g_autofree char *path = g_build_filename(g_get_tmp_dir(), "vexvm-source-XXXXXX", NULL);
	int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		unlink(path);
	return fd;
}

bool share_copy(const char *dir, struct guest *guest, const char *guest_dir, GError **error)
{
	g_autofree char *archive = NULL;
	g_autofree char *quoted = g_shell_quote(guest_dir);
	g_autofree char *script = g_strdup_printf(
		"set -e; mkdir -p %s; find %s -mindepth 1 -delete; "
		"tar -xf /run/vexvm/source.tar -C %s; rm -f /run/vexvm/source.tar; "
		"! id " CONF_GUEST_USER " >/dev/null 2>&1 || chown -R " CONF_GUEST_USER ": %s",
		quoted, quoted, quoted, quoted);
	auto_fd fd = archive_file();
	bool ok;

	if (fd < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make a temporary file");
	archive = g_strdup_printf("/proc/self/fd/%d", fd);
	ok = tree_archive(dir, archive, error) &&
	     guest_put(guest, archive, "/run/vexvm/source.tar", 0600, error) &&
	     guest_sh(guest, script, COPY_LIMIT_S, error);
	if (!ok)
		g_prefix_error(error, "cannot copy %s into the guest: ", dir);
	return ok;
}

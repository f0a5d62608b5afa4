/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user asked for: built-in defaults, then vexvm.conf, then command
 * line options. Plain data; nothing here touches the machine.
 *
 * vexvm.conf is a GLib key file (docs/man/vexvm.conf.5):
 *	[vm]     image, kernel, memory, cpus, disk, ssh-port, vnc-port, monitor-port,
 *	         auto-ports, accel, mount, append (kernel parameters), sharp, slabs,
 *	         boot-timeout
 *	[module] path (folder with Kbuild/Makefile, relative to the file),
 *	         args (for insmod), needs (kernel modules to load first),
 *	         dyndbg, make (extra make arguments), ccache, tools (host-built programs
 *	         to bring along, relative paths)
 *	[test]   suites (globs relative to the file), timeout (seconds per
 *	         test suite), reloads, isolation, jobs, confirm, audit, fault, inject
 *	         (rules: libvm/inject.h)
 *	[ffi]    object, header, abi, imports, test (relative to the file),
 *	         symbol
 *	[crash]  keep, total, format: dumps of guests' memory
 */
#ifndef LIBVM_CONF_H
#define LIBVM_CONF_H

#include <glib.h>
#include <stdbool.h>

#define CONF_SSH_PORT		2222
#define CONF_VNC_PORT		5900
#define CONF_MONITOR_PORT	55555
#define CONF_MEMORY_MIB		2048
#define CONF_CPUS		2
#define CONF_DISK_GIB		10
#define CONF_TIMEOUT_S		300
#define CONF_TIMEOUT_MAX_S	86400
#define CONF_JOBS_MAX		256
#define CONF_RELOADS		20
/* Three runs with the first: of tests that fail half the time three quarters pass once. */
#define CONF_CONFIRM		2
#define CONF_CONFIRM_MAX	100
#define CONF_CRASH_KEEP		3
#define CONF_CRASH_TOTAL_MIB	2048
#define CONF_MOUNT_POINT	"/mnt/vexfs_source"
#define CONF_MOUNT_TAG		"vexfs_source"
#define CONF_GUEST_USER		"vexfs"
#define CONF_STATE		".vexvm"	/* in root: the folders of its VMs */
#define CONF_FAULT_SLAB		"failslab"	/* allocations, one by one */
#define CONF_KERNEL_STOCK	"image"	/* as a kernel's name: the image's own */
#define CONF_CLONES		"clones"	/* in state_dir: folders of running copies */

struct conf {
	char *file;		/* vexvm.conf in use, or NULL */
	char *root;		/* shared with the guest: absolute path */
	char *source;		/* the module's project; root unless --source */
	char *name;		/* the VM's name, [a-z0-9-]{1,32}; NAME/CLONE for a copy of it */
	char *cache_dir;	/* images: $XDG_CACHE_HOME/vexvm */
	char *state_dir;	/* this VM: ROOT/CONF_STATE/NAME */
	char *runtime_dir;	/* its sockets, 0700, short: see conf-place.c */

	char *image;		/* name, URL or path; NULL = the default order */
	char *kernel;		/* one that was built here, by its name; NULL = the image's own */
	guint memory_mib;
	guint cpus;
	guint disk_gib;
	guint ssh_port, vnc_port, monitor_port;
	bool auto_ports;
	bool mount;		/* false: --no-mount */
	char *accel;		/* "auto", "kvm" or "tcg" */
	bool sharp;		/* the kernel checks what kmalloc() gives: slub_debug */
	char **slabs;		/* names of further caches that it checks then; may be NULL */
	char *append;		/* added to the kernel's command line; NULL = nothing */
	guint boot_timeout_s;	/* 0 = by accelerator */

	char *module_path;	/* relative to source; NULL = find it */
	char *module_args;	/* for insmod; NULL = none */
	char **needs;		/* kernel modules to load first; may be NULL */
	char **make_args;	/* may be NULL */
	bool dyndbg;		/* its pr_debug() reach the log */
	bool ccache;		/* compilers' output is kept for later builds */
	char **tools;		/* relative to source; may be NULL */
	char **suites;		/* globs relative to source; may be NULL */
	char **inject;		/* rules for suites that say none; may be NULL */
	char *isolation;	/* "run", "suite" or "test" */
	guint jobs;		/* clones at a time; 0 = by cores and memory */
	guint confirm;		/* how often a test that failed is repeated */
	guint timeout_s;	/* one suite's time limit */
	bool audit;		/* what is left behind fails the run */
	char *fault;		/* what the load stage has fail on purpose: CONF_FAULT_SLAB, or NULL */
	guint reloads;		/* rounds of the load stage's reload test */

	/* Foreign code in the module (libvm/ffi-table.h); relative to source, each may be NULL. */
	char *ffi_object;	/* the linked object */
	char *ffi_header;	/* the C header with its functions */
	char *ffi_abi;		/* the ABI table */
	char *ffi_imports;	/* the list of what it may import */
	char *ffi_symbol;	/* what the names of its functions begin with */
	char *ffi_test;		/* host-built program printing KTAP */
	guint crash_keep;	/* dumps of broken guests in the runs' folders; 0 = none are made */
	char *crash_format;	/* "kdump" or "elf": libvm/vmcore.h */
	guint crash_total_mib;	/* of disk that they take together */
};

/*
 * Defaults for a user in @cwd: looks for vexvm.conf upwards from @cwd; with
 * none the root is the git work tree that holds @cwd, or @cwd itself. Reads
 * the file that is found. @name may be NULL for "default".
 */
struct conf *conf_new(const char *cwd, const char *name, GError **error);

/*
 * Points the run at another module's project: @dir becomes conf->source, the
 * [module] and [test] keys are taken from its own vexvm.conf, if any.
 */
bool conf_set_source(struct conf *conf, const char *dir, GError **error);

/*
 * A copy for one module in the folder @dir (absolute), which is all that its guests
 * are shown; the VM is the same. [module] and [test] are @dir's own.
 */
struct conf *conf_for_module(const struct conf *conf, const char *dir, GError **error);

/*
 * Sizes as QEMU and the specification write them: "4G", "512M", a bare
 * number is MiB. 128 MiB to 1 TiB. Used by --memory and the memory key.
 */
bool conf_parse_memory(const char *text, guint *ret_mib, GError **error);

/*
 * Pure: what was typed for an image; a file by its whole path, told from @folder
 * (NULL = where vexvm was started), since "x.qcow2" is another one elsewhere.
 */
char *conf_image(const char *typed, const char *folder);

/*
 * Sets one key, "vm" "memory" to "4G", as the file would: same checks, same
 * errors (LAB_ERROR_USAGE).
 */
bool conf_set(struct conf *conf, const char *group, const char *key, const char *text,
	      GError **error);

/* Whether the values fit together; after options have changed some. */
bool conf_check(const struct conf *conf, GError **error);

/* Whether its name is NAME/CLONE: a clone of the VM NAME that was left running. */
bool conf_is_clone(const struct conf *conf);

/* Makes conf->runtime_dir, 0700, and refuses one that is not the caller's. */
bool conf_make_runtime_dir(const struct conf *conf, GError **error);

/*
 * @conf for a VM whose state lies in @state_dir: only state_dir and runtime_dir
 * are @ret's own, and freed by conf_at_clear(); the rest is @conf's.
 */
void conf_at(const struct conf *conf, const char *state_dir, struct conf *ret);
void conf_at_clear(struct conf *conf);

void conf_free(struct conf *conf);
typedef struct conf conf_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(conf_owner, conf_free)

#endif /* LIBVM_CONF_H */

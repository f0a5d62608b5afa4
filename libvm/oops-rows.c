// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/oops-rows.h"

#include <string.h>

#define FATAL OOPS_FATAL
#define FOLLOWS OOPS_FOLLOWS
#define CONTINUES OOPS_CONTINUES
#define ANYWHERE OOPS_ANYWHERE
/* A text begins within so many bytes, of which a finding keeps more. */
#define ROW_REACH 256
#define HANG LAB_ERROR_TIMEOUT

/*
 * From the sources named. The first row that fits counts, so the special ones
 * come first. A text has at least four bytes.
 */
static const struct oops_row rows[] = {
	/* kernel/panic.c, kernel/watchdog.c, kernel/rcu/tree_stall.h, mm/kasan/report.c: these
	 * end a report that says why. */
	{ "panic", "Kernel panic - not syncing: panic_on_warn set",
	  NULL, KIND_PANIC, FOLLOWS | FATAL },
	{ "panic", "Kernel panic - not syncing: kernel: panic_on_warn set",
	  NULL, KIND_PANIC, FOLLOWS | FATAL },
	{ "panic", "Kernel panic - not syncing: KASAN: panic_on_warn set",
	  NULL, KIND_PANIC, FOLLOWS | FATAL },
	{ "panic", "Kernel panic - not syncing: UBSAN: panic_on_warn set",
	  NULL, KIND_PANIC, FOLLOWS | FATAL },
	{ "panic", "Kernel panic - not syncing: KFENCE: panic_on_warn set",
	  NULL, KIND_PANIC, FOLLOWS | FATAL },
	{ "panic", "Kernel panic - not syncing: softlockup: hung tasks",
	  NULL, KIND_PANIC, FOLLOWS | FATAL },
	{ "panic", "Kernel panic - not syncing: Hard LOCKUP", NULL, KIND_PANIC, FOLLOWS | FATAL },
	{ "panic", "Kernel panic - not syncing: hung_task: blocked tasks",
	  NULL, KIND_PANIC, FOLLOWS | FATAL },
	{ "panic", "Kernel panic - not syncing: RCU Stall", NULL, KIND_PANIC, FOLLOWS | FATAL },
	{ "panic", "Kernel panic - not syncing: scheduling while atomic",
	  NULL, KIND_PANIC, FOLLOWS | FATAL },
	{ "panic", "Kernel panic - not syncing: kernel stack overflow",
	  NULL, KIND_PANIC, FOLLOWS | FATAL },
	{ "panic", "Kernel panic - not syncing: corrupted stack end detected inside scheduler",
	  "kernel panic: corrupted stack end", KIND_STALL, FATAL },
	{ "panic", "Kernel panic - not syncing", NULL, KIND_PANIC, FATAL },

	/* mm/kasan, mm/kfence, kernel/kcsan, mm/kmsan: report.c; lib/ubsan.c */
	{ "kasan", "BUG: KASAN: ", NULL, KIND_KASAN, ANYWHERE },
	{ "kfence", "BUG: KFENCE: ", NULL, KIND_SANITIZER, ANYWHERE },
	{ "kcsan", "BUG: KCSAN: ", NULL, KIND_SANITIZER, ANYWHERE },
	{ "kmsan", "BUG: KMSAN: ", NULL, KIND_SANITIZER, ANYWHERE },
	{ "ubsan", "UBSAN: ", NULL, KIND_UBSAN, .also = " in " },

	/* kernel/watchdog.c, kernel/watchdog_hld.c, kernel/workqueue.c */
	{ "lockup", "BUG: soft lockup - CPU#",
	  "BUG: soft lockup", KIND_STALL, ANYWHERE | FATAL, HANG },
	{ "lockup", "Watchdog detected hard LOCKUP",
	  "BUG: hard lockup", KIND_STALL, ANYWHERE | FATAL, HANG },
	{ "lockup", "BUG: workqueue lockup", "BUG: workqueue lockup", KIND_PLAIN, FATAL, HANG },
	{ "atomic", "BUG: workqueue leaked ", "BUG: workqueue leaked lock or atomic", KIND_TRACE },
	/* kernel/rcu/tree_stall.h, tree_exp.h, tasks.h, tiny.c */
	{ "rcu-stall", "self-detected stall on CPU", "INFO: rcu detected stall", KIND_STALL,
	  ANYWHERE | CONTINUES | FATAL, HANG },
	{ "rcu-stall", "detected stalls on ", "INFO: rcu detected stall", KIND_STALL,
	  ANYWHERE | CONTINUES | FATAL, HANG },
	{ "rcu-stall", "detected expedited stalls", "INFO: rcu detected stall", KIND_STALL,
	  ANYWHERE | CONTINUES | FATAL, HANG },
	{ "rcu-stall", "detected stall on CPU", "INFO: rcu detected stall", KIND_STALL,
	  ANYWHERE | CONTINUES | FATAL, HANG, "INFO: rcu" },
	{ "rcu-stall", " kthread starved for ", "INFO: rcu detected stall", KIND_STALL,
	  ANYWHERE | CONTINUES | FATAL, HANG, " jiffies!" },
	/* kernel/hung_task.c */
	{ "hung-task", "INFO: task ",
	  "INFO: task hung", KIND_TRACE, FATAL, HANG, " blocked for more than " },
	{ "hung-task", "INFO: task ",
	  "INFO: task hung", KIND_TRACE, FATAL, HANG, " blocked in I/O wait for more than " },

	/* kernel/sched/core.c, lib/smp_processor_id.c, init/main.c, kernel/softirq.c */
	{ "atomic", "BUG: sleeping function called from invalid context",
	  "BUG: sleeping function called from invalid context", KIND_TRACE },
	{ "atomic", "BUG: scheduling while atomic", "BUG: scheduling while atomic", KIND_TRACE },
	{ "atomic", "BUG: using ", NULL, KIND_LINE, 0, 0, " in preemptible " },
	{ "atomic", " returned with preemption imbalance",
	  "initcall returned with preemption imbalance",
	  KIND_TRACE, ANYWHERE },
	{ "atomic", " returned with disabled interrupts",
	  "initcall returned with disabled interrupts",
	  KIND_TRACE, ANYWHERE },
	{ "atomic", "huh, entered softirq ",
	  "softirq left with another preempt_count", KIND_TRACE },

	/* kernel/locking/lockdep.c; in brackets and as INFO or BUG before 4.18 */
	{ "lockdep", "WARNING: possible ", "possible deadlock", KIND_LOCKDEP, 0, 0, "detected" },
	{ "lockdep", "INFO: possible ", "possible deadlock", KIND_LOCKDEP, 0, 0, "detected" },
	{ "lockdep", "WARNING: ",
	  "possible deadlock", KIND_LOCKDEP, 0, 0, "-unsafe lock order detected" },
	{ "lockdep", "INFO: ",
	  "possible deadlock", KIND_LOCKDEP, 0, 0, "-unsafe lock order detected" },
	{ "lockdep", "WARNING: inconsistent lock state", "inconsistent lock state", KIND_LOCKDEP },
	{ "lockdep", "INFO: inconsistent lock state", "inconsistent lock state", KIND_LOCKDEP },
	{ "lockdep", "WARNING: bad unlock balance detected",
	  "WARNING: bad unlock balance", KIND_LOCKDEP },
	{ "lockdep", "BUG: bad unlock balance detected", "BUG: bad unlock balance", KIND_LOCKDEP },
	{ "lockdep", "WARNING: bad contention detected", "WARNING: bad contention", KIND_LOCKDEP },
	{ "lockdep", "WARNING: held lock freed", "WARNING: held lock freed", KIND_LOCKDEP },
	{ "lockdep", "BUG: held lock freed", "BUG: held lock freed", KIND_LOCKDEP },
	{ "lockdep", "WARNING: lock held when returning to user space",
	  "WARNING: lock held when returning to user space", KIND_LOCKDEP },
	{ "lockdep", "BUG: lock held when returning to user space",
	  "BUG: lock held when returning to user space", KIND_LOCKDEP },
	{ "lockdep", "BUG: lock held at task exit time",
	  "BUG: lock held at task exit time", KIND_LOCKDEP },
	{ "lockdep", "WARNING: Nested lock was not taken",
	  "WARNING: nested lock was not taken", KIND_LOCKDEP },
	{ "lockdep", "BUG: Invalid wait context", "WARNING: locking bug", KIND_LOCKDEP },
	{ "lockdep", "INFO: trying to register non-static key",
	  "INFO: trying to register non-static key", KIND_TRACE },
	{ "lockdep", "WARNING: ",
	  "locks held by a task that leaves", KIND_LOCKDEP, 0, 0, " still has locks held!" },
	{ "lockdep", "BUG: ",
	  "locks held by a task that leaves", KIND_LOCKDEP, 0, 0, " still has locks held!" },
	{ "lockdep", "DEBUG_LOCKS_WARN_ON(", "WARNING: locking bug", KIND_TRACE, FOLLOWS },
	{ "lockdep", "BUG: key ", "BUG: key has not been registered", KIND_TRACE, 0, 0, "not " },
	{ "lockdep", "BUG: looking up invalid subclass: ", "WARNING: locking bug", KIND_TRACE },
	{ "lockdep", "BUG: MAX_", NULL, KIND_MASKED, 0, 0, " too low!" },
	/* kernel/locking/spinlock_debug.c */
	{ "lockdep", "BUG: spinlock ", NULL, KIND_LINE },
	{ "lockdep", "BUG: rwlock ", NULL, KIND_LINE },
	{ "lockdep", "BUG: rwlock-lockup ", "BUG: rwlock lockup", KIND_TRACE },
	/* kernel/locking/lockdep.c: lockdep_rcu_suspicious(); kernel/rcu/tree_plugin.h */
	{ "rcu", "WARNING: suspicious RCU usage", "WARNING: suspicious RCU usage", KIND_TRACE },
	{ "rcu", "INFO: suspicious RCU usage", "INFO: suspicious RCU usage", KIND_TRACE },
	{ "rcu", "Voluntary context switch within RCU read-side critical section",
	  "WARNING: context switch within RCU read-side critical section", KIND_TRACE, FOLLOWS },

	/* arch/x86/kernel/traps.c, dumpstack.c, mm/fault.c: no stack left */
	{ "stack", "BUG: ",
	  "BUG: stack guard page was hit", KIND_STALL, FATAL, 0, "stack guard page was hit at " },
	{ "stack", "kernel stack overflow (",
	  "kernel stack overflow", KIND_STALL, ANYWHERE | FOLLOWS | FATAL },
	{ "stack", "Insufficient stack space to handle exception",
	  "kernel stack overflow", KIND_STALL, FATAL },
	{ "stack", "Thread overran stack, or stack corrupted",
	  "kernel stack overflow", KIND_STALL, FOLLOWS | FATAL },
	/* arch/x86/mm/fault.c; arch/arm, arm64, riscv, powerpc: mm/fault.c */
	{ "oops", "BUG: unable to handle kernel NULL pointer dereference",
	  "BUG: unable to handle kernel NULL pointer dereference", KIND_TRACE, FATAL },
	{ "oops", "BUG: kernel NULL pointer dereference",
	  "BUG: unable to handle kernel NULL pointer dereference", KIND_TRACE, FATAL },
	{ "oops", "BUG: unable to handle page fault for address",
	  "BUG: unable to handle kernel paging request", KIND_TRACE, FATAL },
	{ "oops", "BUG: unable to handle kernel paging request",
	  "BUG: unable to handle kernel paging request", KIND_TRACE, FATAL },
	{ "oops", "BUG: unable to handle ", "BUG: unable to handle kernel", KIND_TRACE, FATAL },
	{ "oops", "BUG: Kernel NULL pointer dereference",
	  "BUG: unable to handle kernel NULL pointer dereference", KIND_TRACE, FATAL },
	{ "oops", "BUG: Unable to handle kernel ",
	  "BUG: unable to handle kernel paging request", KIND_TRACE, FATAL },
	{ "oops", "Unable to handle kernel NULL pointer dereference",
	  "BUG: unable to handle kernel NULL pointer dereference", KIND_TRACE, FOLLOWS | FATAL },
	{ "oops", "Kernel attempted to ", "BUG: unable to handle kernel paging request", KIND_TRACE,
	  FOLLOWS | FATAL, 0, " - exploit attempt? " },
	{ "oops", "Unable to handle kernel ",
	  "BUG: unable to handle kernel paging request", KIND_TRACE, FOLLOWS | FATAL },
	{ "oops", "Unhandled fault: ", "Unhandled fault", KIND_TRACE, FOLLOWS | FATAL },
	/* arch/x86/kernel/traps.c, cet.c; "Oops: " came before them in 6.11 */
	{ "oops", "general protection fault:",
	  "general protection fault", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "general protection fault, ",
	  "general protection fault", KIND_TRACE, FOLLOWS | FATAL },
	{ "oops", "general protection fault for ",
	  "general protection fault", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "segment-related general protection fault: ",
	  "general protection fault", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "GPF could be caused by NULL-ptr deref",
	  "general protection fault", KIND_TRACE, FATAL },
	{ "oops", "stack segment: ", "stack segment fault", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "divide error: ", "divide error", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "divide_error: ", "divide error", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "invalid opcode: ", "invalid opcode", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "PANIC: double fault", "PANIC: double fault", KIND_TRACE, FATAL },
	{ "oops", "double fault: ", "PANIC: double fault", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "int3: ", "int3", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "segment not present: ",
	  "segment not present", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "invalid TSS: ", "invalid TSS", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "alignment check: ", "alignment check", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "overflow: ", "overflow", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "bounds: ", "bounds", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "control protection fault: ",
	  "control protection fault", KIND_TRACE, FOLLOWS | FATAL },
	{ "oops", "Missing ENDBR: ", "control protection fault", KIND_TRACE, FATAL },
	{ "oops", "CFI failure at ", "CFI failure", KIND_TRACE, FOLLOWS | FATAL },
	{ "oops", "unchecked MSR access error: ", "unchecked MSR access error", KIND_TRACE },
	{ "oops", "Bad mode in ",
	  "kernel panic: bad mode", KIND_PLAIN, FATAL, 0, " handler detected" },
	/* arch/arm, arm64: traps.c; arch/powerpc, s390: traps.c; arch/loongarch, riscv: traps.c */
	{ "oops", "Internal error: ", "Internal error", KIND_TRACE, FOLLOWS | FATAL, 0, "[#" },
	{ "oops", "Oops: ", "Oops", KIND_TRACE, FOLLOWS | FATAL },
	{ "oops", "Oops - ", "Oops", KIND_TRACE, FOLLOWS | FATAL },
	{ "oops", "Oops[#", "Oops", KIND_TRACE, FOLLOWS | FATAL },
	/* rust/kernel/lib.rs: the panic handler, and what modules with one of their own say
	 * in the language's words; lib/bug.c */
	{ "bug", "rust_kernel: panicked at ", "Rust panic", KIND_TRACE, FATAL },
	{ "bug", ": panicked at ", "Rust panic", KIND_TRACE, ANYWHERE | FATAL },
	{ "bug", "kernel BUG at ", "kernel BUG", KIND_TRACE, FOLLOWS | FATAL },

	/* lib/list_debug.c, lib/refcount.c; a WARNING or a BUG comes with them */
	{ "list", "list_add corruption", "BUG: corrupted list", KIND_TRACE },
	{ "list", "list_add double add", "BUG: corrupted list", KIND_TRACE },
	{ "list", "list_del corruption", "BUG: corrupted list", KIND_TRACE },
	{ "refcount", "refcount_t: ", "WARNING: refcount bug", KIND_TRACE, FOLLOWS },
	/* lib/debugobjects.c; lib/kobject.c, fs/sysfs/dir.c, fs/proc/generic.c */
	{ "odebug", "ODEBUG: ", "WARNING: ODEBUG bug", KIND_TRACE, FOLLOWS, 0, "object" },
	{ "kobject", "kobject: '",
	  "WARNING: kobject bug", KIND_TRACE, FOLLOWS, 0, "not initialized" },
	{ "kobject", "kobject_add_internal failed for ",
	  "WARNING: kobject bug", KIND_TRACE, FOLLOWS, 0, "EEXIST" },
	{ "kobject", "sysfs: cannot create duplicate filename ",
	  "sysfs: cannot create duplicate filename", KIND_TRACE },
	{ "kobject", "sysfs group ",
	  "sysfs: group not found", KIND_TRACE, FOLLOWS, 0, "not found for kobject" },
	{ "proc", "proc_dir_entry '",
	  "WARNING: proc registration bug", KIND_TRACE, FOLLOWS, 0, "already registered" },
	{ "proc", "remove_proc_entry: removing non-empty directory",
	  "WARNING: proc registration bug", KIND_TRACE, FOLLOWS },
	{ "device", "does not have a release() function",
	  "device without a release function", KIND_TRACE, ANYWHERE | FOLLOWS },

	/* mm/slub.c: "BUG NAME (Tainted: …): Redzone overwritten"; mm/slab_common.c */
	{ "slab-leak", "BUG ",
	  "BUG: Objects remaining in a cache", KIND_TRACE, FOLLOWS, LAB_ERROR_LEAK,
	  "): Objects remaining in " },
	{ "slab-leak", "kmem_cache_destroy ",
	  "kmem_cache_destroy: Slab cache still has objects", KIND_TRACE,
	  FOLLOWS, LAB_ERROR_LEAK, "still has objects" },
	{ "slab", "kmem_cache of name '",
	  "kmem_cache of that name already exists", KIND_TRACE, FOLLOWS, 0, "already exists" },
	{ "slab", "cache_from_obj: Wrong slab cache",
	  "WARNING: wrong slab cache", KIND_TRACE, FOLLOWS },
	{ "slab", "Slab corruption", "BUG: slab corruption", KIND_TRACE, 0, 0, "start=" },
	{ "slab", "slab error in ", "BUG: slab error", KIND_TRACE, 0, 0, "cache" },
	{ "slab", "BUG ", NULL, KIND_SLAB, FOLLOWS, 0, "ainted" },
	{ "slab", "INFO: Freed in ", "BUG: slab object", KIND_TRACE, FOLLOWS, 0, "age=" },
	{ "slab", "INFO: Allocated in ", "BUG: slab object", KIND_TRACE, FOLLOWS, 0, "age=" },
	/* mm/usercopy.c */
	{ "usercopy", "Kernel memory exposure attempt detected", "BUG: bad usercopy", KIND_TRACE },
	{ "usercopy", "Kernel memory overwrite attempt detected", "BUG: bad usercopy", KIND_TRACE },
	{ "usercopy", "kernel memory exposure attempt detected", "BUG: bad usercopy", KIND_TRACE },
	{ "usercopy", "kernel memory overwrite attempt detected", "BUG: bad usercopy", KIND_TRACE },
	{ "usercopy", "Bad or missing usercopy whitelist?",
	  "WARNING: bad usercopy", KIND_TRACE, FOLLOWS },
	/* mm/page_alloc.c, memory.c, filemap.c, kernel/fork.c, swapfile.c */
	{ "page", "BUG: Bad page state in process ", "BUG: Bad page state", KIND_TRACE },
	{ "page", "BUG: Bad page map in process ", "BUG: Bad page map", KIND_PLAIN },
	{ "page", "BUG: Bad page cache in process ", "BUG: Bad page cache", KIND_TRACE },
	{ "page", "BUG: Bad rss-counter state", "BUG: Bad rss-counter state", KIND_PLAIN },
	{ "page", "BUG: non-zero ", NULL, KIND_MASKED, 0, 0, " on freeing mm" },
	/* mm/page_alloc.c, mm/vmalloc.c, mm/oom_kill.c */
	{ "memory", ": page allocation failure",
	  "page allocation failure", KIND_TRACE, ANYWHERE | OOPS_OF_MODULE },
	{ "memory", "vmalloc error: ", "vmalloc error", KIND_TRACE, ANYWHERE | OOPS_OF_MODULE },
	{ "memory", "vmalloc: allocation failure",
	  "page allocation failure", KIND_TRACE, ANYWHERE | OOPS_OF_MODULE },
	{ "memory", " invoked oom-killer: ",
	  "out of memory", KIND_TRACE, ANYWHERE | FOLLOWS | OOPS_QUIET },
	{ "memory", "Out of memory: Kill", "out of memory: a process was killed", KIND_PLAIN },
	/* mm/kmemleak.c: the file in debugfs, and the log */
	{ "kmemleak", "BUG: memory leak",
	  "memory leak", KIND_LEAK, ANYWHERE | OOPS_BY_USER, LAB_ERROR_LEAK },
	{ "kmemleak", "unreferenced object 0x",
	  "memory leak", KIND_LEAK, CONTINUES | OOPS_BY_USER, LAB_ERROR_LEAK },
	{ "kmemleak", "kmemleak: ",
	  "memory leak", KIND_PLAIN, FOLLOWS, LAB_ERROR_LEAK, " new suspected memory leaks" },

	/* fs/super.c, fs/dcache.c */
	{ "busy-inodes", "VFS: Busy inodes after unmount of ",
	  "VFS: Busy inodes after unmount", KIND_PLAIN },
	{ "busy-inodes", "BUG: Dentry ",
	  "BUG: Dentry still in use in unmount", KIND_PLAIN, FOLLOWS, 0, " still in use " },
	/* net/core/dev.c; kernel/irq/spurious.c */
	{ "wait", "unregister_netdevice: waiting for ",
	  "unregister_netdevice: waiting for DEV to become free", KIND_PLAIN },
	{ "irq", ": nobody cared (try booting with", "irq: nobody cared", KIND_TRACE, ANYWHERE },
	/* kernel/module/main.c */
	{ "init-result", "'->init suspiciously returned ",
	  NULL, KIND_MASKED, ANYWHERE, LAB_ERROR_LOAD },
	/* init/version.c: a second one is a reboot that nobody asked for; oops.c */
	{ "reboot", "Linux version ", "unexpected kernel reboot", KIND_PLAIN, FATAL },
	{ "reboot", "reboot: ", NULL, KIND_PLAIN, OOPS_QUIET | FOLLOWS },
	{ "reboot", "Restarting system", NULL, KIND_PLAIN, OOPS_QUIET | FOLLOWS },
	/* arch/x86/kernel/unwind_frame.c */
	{ "stack", "WARNING: kernel stack ", NULL, KIND_WARNING, FOLLOWS, 0, "bad " },

	/* kernel/module/main.c: whose functions are to blame first. */
	{ "module", ": loading out-of-tree module taints kernel",
	  NULL, KIND_PLAIN, ANYWHERE | FOLLOWS | OOPS_QUIET },
	/* agent/audit-loaded.c: where their code was. */
	{ "unloading", "vexvm: unloading ", NULL, KIND_PLAIN, FOLLOWS | OOPS_QUIET },
	{ "unloading", "vexvm: loaded ", NULL, KIND_PLAIN, FOLLOWS | OOPS_QUIET },

	/* Traces that are asked for: drivers/tty/sysrq.c, lib/fault-inject.c, nmi_backtrace.c. */
	{ "trace", "sysrq: ", NULL, KIND_PLAIN, OOPS_QUIET | FOLLOWS },
	{ "trace", "FAULT_INJECTION: forcing a failure", NULL, KIND_PLAIN, OOPS_QUIET | FOLLOWS },
	/* lib/dump_stack.c: what it begins with when nothing stands before it. */
	{ "trace", "CPU: ", "stack dump", KIND_TRACE, FOLLOWS | OOPS_OF_MODULE, 0, " Comm: " },

	/* Whatever else begins like one. */
	{ "bug", "BUG: ", NULL, KIND_LINE, FOLLOWS },
	{ "warning", "WARNING: ", NULL, KIND_WARNING, FOLLOWS },
};

/* What pr_fmt() puts before the rows' texts, and the bracket of lockdep's old ones. */
static const char *const subsystems[] = {
	"rcu: ", "watchdog: ", "NMI watchdog: ", "traps: ", "kasan: ", "usercopy: ", "workqueue: ", "slab: ",
	"kmemleak: ", "refcount: ", "list: ", "[ ", "x86/mm: ", "x86/fpu: ", "hung_task: ",
	"slub: ", "Rust: ", "CPU0: ", "softirq: ", "fault: ", "netdevice: ",
};

/*
 * The texts' first four bytes, hashed: a bit for each says that a text may
 * begin here. So a line costs a multiplication and a load for each byte.
 */
#define KEY_BITS 17
static guint8 keys[(1 << KEY_BITS) / 8];

static inline guint key_of(const char *at)
{
	guint32 word;

	memcpy(&word, at, sizeof(word));
	return (word * 2654435761u) >> (32 - KEY_BITS);
}

static void keys_init(void)
{
	static gsize done;

	if (!g_once_init_enter(&done))
		return;
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		guint key = key_of(rows[i].text);

		keys[key / 8] |= (guint8)(1u << (key % 8));
	}
	g_once_init_leave(&done, 1);
}

static inline bool key_is_set(guint key)
{
	return keys[key / 8] & (1u << (key % 8));
}

static gsize next_suspect(const char *bytes, gsize size, gsize from)
{
	for (gsize i = from; i + 4 <= size; i++)
		if (key_is_set(key_of(bytes + i)))
			return i;
	return size;
}

bool oops_rows_suspect(const char *bytes, gsize size)
{
	keys_init();
	return next_suspect(bytes, size, 0) < size;
}

/* Whether only names of subsystems stand before @at. */
static bool is_beginning(const char *text, const char *at)
{
	bool found = true;

	while (text < at && found) {
		found = false;
		for (guint i = 0; i < G_N_ELEMENTS(subsystems) && !found; i++)
			if (g_str_has_prefix(text, subsystems[i])) {
				text += strlen(subsystems[i]);
				found = true;
			}
	}
	return text == at;
}

/* There are four bytes at @at, and more in each row's text. */
static bool fits(const struct oops_row *row, const char *text, const char *at)
{
	if (memcmp(at, row->text, 4) != 0 || !g_str_has_prefix(at, row->text))
		return false;
	if (!(row->flags & OOPS_ANYWHERE) && !is_beginning(text, at))
		return false;
	return !row->also || strstr(at + strlen(row->text), row->also);
}

const struct oops_row *oops_row_find(const char *text, gsize size)
{
	const struct oops_row *row = NULL;

	keys_init();
	size = MIN(size, ROW_REACH);
	/* Since 6.11 it stands before the names of the exceptions. */
	if (g_str_has_prefix(text, "Oops: "))
		row = oops_row_find(text + strlen("Oops: "), MAX(size, strlen("Oops: ")) - strlen("Oops: "));
	if (row)
		return row;
	for (gsize at = next_suspect(text, size, 0); at < size; at = next_suspect(text, size, at + 1))
		for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
			if (fits(&rows[i], text, text + at))
				return &rows[i];
	return NULL;
}

const struct oops_row *oops_rows(guint *ret_n)
{
	*ret_n = G_N_ELEMENTS(rows);
	return rows;
}

GPtrArray *oops_rows_classes(void)
{
	GPtrArray *classes = g_ptr_array_new();

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		if (!(rows[i].flags & OOPS_QUIET) &&
		    !g_ptr_array_find_with_equal_func(classes, rows[i].class, g_str_equal, NULL))
			g_ptr_array_add(classes, (gpointer)rows[i].class);
	return classes;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/splats.h"

#define TASK "CPU: 1 PID: 412 Comm: insmod Tainted: G           OE      6.1.0-56-amd64 #1 Debian 6.1.1\n" \
	     "Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2 04/01/2014\n"
#define TAIL " do_one_initcall+0x56/0x230\n do_init_module+0x4a/0x210\n __do_sys_finit_module+0xac/0x120\n" \
	     " do_syscall_64+0x58/0xc0\n entry_SYSCALL_64_after_hwframe+0x64/0xce\n" \
	     "RIP: 0033:0x7f1c3a5256b9\n </TASK>\n"
#define TRACE(frames) "Call Trace:\n <TASK>\n dump_stack_lvl+0x45/0x5e\n" frames TAIL
#define WARN(file, frames) \
	"------------[ cut here ]------------\n" \
	"WARNING: CPU: 1 PID: 412 at " file "\nModules linked in: m(OE+) ext4 crc16 mbcache\n" TASK \
	"RIP: 0010:" frames "---[ end trace 0000000000000000 ]---\n"

const struct splat_sample splat_samples[] = {
	{ "null",
	  "BUG: kernel NULL pointer dereference, address: 0000000000000010\n"
	  "#PF: supervisor write access in kernel mode\n#PF: error_code(0x0002) - not-present page\n"
	  "Oops: 0002 [#1] PREEMPT SMP NOPTI\n" TASK
	  "RIP: 0010:put_it+0x5/0x40 [m]\nCode: Unable to access opcode bytes at 0xffffffffc0a5cfdb.\n"
	  "Call Trace:\n <TASK>\n m_init+0x15/0x1000 [m]\n" TAIL "---[ end trace 0000000000000000 ]---\n",
	  "oops", "BUG: unable to handle kernel NULL pointer dereference in put_it", "put_it", "m", "insmod", 412, 1 },
	{ "page-fault-in-memcpy",
	  "BUG: unable to handle page fault for address: ffffc90000123000\nOops: 0000 [#1] SMP\n" TASK
	  "RIP: 0010:memcpy_orig+0x29/0x123\nCall Trace:\n <TASK>\n copy_name+0x33/0x60 [m]\n" TAIL,
	  "oops", "BUG: unable to handle kernel paging request in copy_name", "copy_name", "m", "insmod", 412, 1 },
	{ "module-before-kernel",
	  "BUG: unable to handle page fault for address: ffffc90000123000\nOops: 0000 [#1] SMP\n"
	  "Modules linked in: m(OE) ext4\n" TASK
	  "RIP: 0010:drop_nlink+0x9/0x30\nCall Trace:\n <TASK>\n ext4_add_entry+0x1/0x2 [ext4]\n"
	  " my_rmdir+0x33/0x60 [m]\n vfs_rmdir+0x80/0x190\n" TAIL,
	  "oops", "BUG: unable to handle kernel paging request in my_rmdir", "my_rmdir", "m", "insmod", 412, 1 },
	{ "old-page-fault",
	  "BUG: unable to handle kernel paging request at ffffffffc0123456\nIP: [<ffffffffa0001010>] wave+0x10/0x20\n"
	  "Oops: 0000 [#1] SMP\n",
	  "oops", "BUG: unable to handle kernel paging request in wave", "wave", NULL, NULL, 0, -1 },
	{ "gpf",
	  "Oops: general protection fault, probably for non-canonical address 0xdead000000000122: 0000 [#1] SMP PTI\n"
	  "KASAN: maybe wild-memory-access in range [0xdead000000000120-0xdead000000000127]\n"
	  "CPU: 0 UID: 0 PID: 9 Comm: my task Not tainted 6.12.0 #1\nRIP: 0010:__list_del_entry_valid+0x20/0x90\n"
	  "Call Trace:\n <TASK>\n unlink_one.isra.0+0x31/0x80\n" TAIL,
	  "oops", "general protection fault in unlink_one", "unlink_one", NULL, "my task", 9, 0 },
	{ "double-fault", "traps: PANIC: double fault, error_code: 0x0\n" TASK "RIP: 0010:deep+0x1/0x20\n",
	  "oops", "PANIC: double fault in deep", "deep", NULL, "insmod", 412, 1 },
	{ "divide", "divide error: 0000 [#1] PREEMPT SMP\n" TASK "RIP: 0010:share_out+0x12/0x30 [m]\n",
	  "oops", "divide error in share_out", "share_out", "m", "insmod", 412, 1 },
	{ "stack-segment", "stack segment: 0000 [#1] SMP\n" TASK "RIP: 0010:f+0x12/0x30\n",
	  "oops", "stack segment fault in f", "f", NULL, "insmod", 412, 1 },
	{ "invalid-opcode", "invalid opcode: 0000 [#1] SMP\n" TASK "RIP: 0010:f+0x12/0x30\n",
	  "oops", "invalid opcode in f", "f", NULL, "insmod", 412, 1 },
	{ "arm64",
	  "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008\n"
	  "Mem abort info:\nInternal error: Oops: 0000000096000004 [#1] SMP\nModules linked in: m(O)\n"
	  "CPU: 3 PID: 77 Comm: sh Tainted: G           O       6.1.0 #1\n"
	  "pstate: 60400005 (nZCv daif +PAN -UAO -TCO -DIT -SSBS BTYPE=--)\n"
	  "pc : m_open+0x14/0x40 [m]\nlr : chrdev_open+0xc4/0x210\nCall trace:\n m_open+0x14/0x40 [m]\n"
	  " chrdev_open+0xc4/0x210\n do_dentry_open+0x1d8/0x3e0\n",
	  "oops", "BUG: unable to handle kernel NULL pointer dereference in m_open", "m_open", "m", "sh", 77, 3 },
	{ "arm",
	  "Unhandled fault: page domain fault (0x01b) at 0x00000ea3\nInternal error: : 1b [#1] SMP ARM\n"
	  "PC is at poke+0x4c/0xd8\nBacktrace: \n[<802b3460>] (poke) from [<802b3668>] (m_init+0x34/0x3c)\n",
	  "oops", "Unhandled fault in poke", "poke", NULL, NULL, 0, -1 },
	{ "bug",
	  "------------[ cut here ]------------\nkernel BUG at /src/m/super.c:12!\ninvalid opcode: 0000 [#1] SMP\n" TASK
	  "RIP: 0010:fill_super+0x12/0x40 [m]\n" TRACE(" mount_bdev+0x17d/0x1b0\n"),
	  "bug", "kernel BUG in fill_super", "fill_super", "m", "insmod", 412, 1 },
	{ "bug-of-list",
	  "list_del corruption. prev->next should be ffff8881, but was ffff8882\n"
	  "------------[ cut here ]------------\nkernel BUG at lib/list_debug.c:51!\ninvalid opcode: 0000 [#1] SMP\n" TASK
	  "RIP: 0010:__list_del_entry_valid.cold+0xf/0x6f\n" TRACE(" take_out+0x12/0x20 [m]\n"),
	  "list", "BUG: corrupted list in take_out", "take_out", "m", "insmod", 412, 1 },
	{ "warning", WARN("/src/m/inode.c:300 drop_it+0x20/0x30 [m]", "drop_it+0x20/0x30 [m]\n" TRACE("")),
	  "warning", "WARNING in drop_it", "drop_it", "m", "insmod", 412, 1 },
	{ "warning-new-form",
	  "WARNING: /src/m/inode.c:300 at drop_it+0x20/0x30 [m], CPU#1: insmod/412\n",
	  "warning", "WARNING in drop_it", "drop_it", "m", NULL, 0, 1 },
	{ "refcount",
	  "------------[ cut here ]------------\nrefcount_t: underflow; use-after-free.\n"
	  "WARNING: CPU: 1 PID: 412 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110\n" TASK
	  "RIP: 0010:refcount_warn_saturate+0xba/0x110\n" TRACE(" let_go+0x12/0x20 [m]\n")
	  "---[ end trace 0000000000000000 ]---\n",
	  "refcount", "WARNING: refcount bug in let_go", "let_go", "m", "insmod", 412, 1 },
	{ "odebug",
	  "ODEBUG: free active (active state 0) object: ffff8881 object type: timer_list hint: tick+0x0/0x20 [m]\n"
	  "WARNING: CPU: 1 PID: 412 at lib/debugobjects.c:514 debug_print_object+0x6e/0xa0\n" TASK
	  "RIP: 0010:debug_print_object+0x6e/0xa0\n" TRACE(" kfree+0x1/0x2\n freed_timer+0x1/0x20 [m]\n"),
	  /* No heading of KFENCE's, which is "freed by task 412 on cpu 0:". */
	  "odebug", "WARNING: ODEBUG bug in freed_timer", "freed_timer", "m", "insmod", 412, 1 },
	{ "odebug-freed-by-others",
	  "ODEBUG: free active (active state 0) object type: timer_list hint: tick+0x0/0x20 [m]\n"
	  "WARNING: CPU: 1 PID: 412 at lib/debugobjects.c:514 debug_print_object+0x6e/0xa0\nModules linked in: m(OE) ext4\n" TASK
	  "RIP: 0010:debug_print_object+0x6e/0xa0\n" TRACE(" kfree+0x1/0x2\n rcu_core+0x1/0x20\n"),
	  "odebug", "WARNING: ODEBUG bug in tick", "tick", "m", "insmod", 412, 1 },
	{ "kobject", WARN("lib/kobject.c:612 kobject_get+0x42/0x50", "kobject_get+0x42/0x50\n" TRACE(" hold+0x1/0x20 [m]\n")),
	  "kobject", "WARNING: kobject bug in hold", "hold", "m", "insmod", 412, 1 },
	{ "sysfs", "sysfs: cannot create duplicate filename '/module/m'\n" TASK
	  TRACE(" sysfs_warn_dup.cold+0x17/0x2c\n sysfs_create_dir_ns+0xe7/0x100\n kobject_add_internal+0x9c/0x270\n m_init+0x1/0x2 [m]\n"),
	  "kobject", "sysfs: cannot create duplicate filename in m_init", "m_init", "m", "insmod", 412, 1 },
	{ "proc",
	  "------------[ cut here ]------------\nproc_dir_entry 'fs/m' already registered\n"
	  "WARNING: CPU: 1 PID: 412 at fs/proc/generic.c:377 proc_register+0x127/0x160\n" TASK
	  "RIP: 0010:proc_register+0x127/0x160\n" TRACE(" proc_create_data+0x1/0x2\n m_init+0x1/0x2 [m]\n"),
	  "proc", "WARNING: proc registration bug in m_init", "m_init", "m", "insmod", 412, 1 },
	{ "kasan",
	  "==================================================================\n"
	  "BUG: KASAN: slab-use-after-free in read_it+0x10/0x20 [m]\n"
	  "Read of size 8 at addr ffff888104a3c000 by task cat/512\n\n" TASK
	  TRACE(" print_report+0xc1/0x5e0\n kasan_report+0xb9/0xf0\n read_it+0x10/0x20 [m]\n vfs_read+0x1/0x2\n")
	  "Allocated by task 510:\n kasan_save_stack+0x33/0x60\n make_it+0x1/0x2 [m]\n\nFreed by task 511:\n lose_it+0x1/0x2 [m]\n",
	  "kasan", "KASAN: slab-use-after-free Read in read_it", "read_it", "m", "cat", 512, 1 },
	{ "kasan-in-memcpy",
	  "BUG: KASAN: slab-out-of-bounds in memcpy+0x24/0x60\nWrite of size 64 at addr ffff888104a3c000 by task a/b/512\n" TASK
	  TRACE(" kasan_report+0xb9/0xf0\n memcpy+0x24/0x60\n pack+0x10/0x20 [m]\n"),
	  "kasan", "KASAN: slab-out-of-bounds Write in pack", "pack", "m", "a/b", 512, 1 },
	{ "kasan-double-free", "BUG: KASAN: double-free in lose_it+0x1/0x2 [m]\nFree of addr ffff8881 by task sh/5\n",
	  "kasan", "KASAN: double-free in lose_it", "lose_it", "m", "sh", 5, -1 },
	{ "kfence",
	  "BUG: KFENCE: out-of-bounds read in peek+0x12/0x20 [m]\n\nOut-of-bounds read at 0xffff8c3f2e291fff (1B left of kfence-#72):\n"
	  " peek+0x12/0x20 [m]\n kthread+0x1/0x2\n\nkfence-#72: 0xffff8c3f-0xffff8c40, size=32, cache=kmalloc-32\n\n"
	  "allocated by task 484 on cpu 0 at 32.919330s:\n make_it+0x1/0x2 [m]\n",
	  "kfence", "KFENCE: out-of-bounds read in peek", "peek", "m", NULL, 0, -1 },
	{ "kcsan", "BUG: KCSAN: data-race in count_up [m] / count_down [m]\n\nwrite to 0xffff8881 of 4 bytes by task 7 on cpu 1:\n count_up+0x1/0x20 [m]\n",
	  "kcsan", "KCSAN: data-race in count_up", "count_up", "m", NULL, 0, -1 },
	{ "kmsan", "BUG: KMSAN: uninit-value in look+0x1/0x20 [m]\n look+0x1/0x20 [m]\n m_init+0x1/0x2 [m]\n\n"
	  "Uninit was created at:\n kmalloc_trace+0x1/0x2\n make_it+0x1/0x2 [m]\n",
	  "kmsan", "KMSAN: uninit-value in look", "look", "m", NULL, 0, -1 },
	{ "ubsan",
	  "UBSAN: array-index-out-of-bounds in /src/m/dir.c:77:9\nindex 9 is out of range for type 'int [8]'\n" TASK
	  TRACE(" ubsan_epilogue+0x5/0x40\n __ubsan_handle_out_of_bounds.cold+0x43/0x48\n pick+0x1/0x20 [m]\n"),
	  "ubsan", "UBSAN: array-index-out-of-bounds in pick", "pick", "m", "insmod", 412, 1 },
	{ "soft-lockup",
	  "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [insmod:412]\nModules linked in: m(OE+)\n"
	  "CPU: 0 PID: 412 Comm: insmod Tainted: G OE 6.1.0 #1\nRIP: 0010:spin_on+0x3/0x10 [m]\nCall Trace:\n <TASK>\n m_init+0x5/0x1000 [m]\n" TAIL,
	  "lockup", "BUG: soft lockup in spin_on", "spin_on", "m", "insmod", 412, 0 },
	{ "soft-lockup-in-the-kernel",
	  "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:412]\nCPU: 0 PID: 412 Comm: sh Not tainted 6.1.0 #1\n"
	  "RIP: 0010:rb_next+0x3/0x10\nCall Trace:\n <TASK>\n walk+0x5/0x10\n tree_read+0x5/0x10\n vfs_read+0x5/0x10\n ksys_read+0x5/0x10\n",
	  "lockup", "BUG: soft lockup in tree_read", "tree_read", NULL, "sh", 412, 0 },
	{ "hard-lockup", "watchdog: Watchdog detected hard LOCKUP on cpu 2\nCPU: 2 PID: 9 Comm: sh Not tainted 6.1.0 #1\nRIP: 0010:hold_it+0x3/0x10\n",
	  "lockup", "BUG: hard lockup in hold_it", "hold_it", NULL, "sh", 9, 2 },
	{ "workqueue-lockup", "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 32s!\nShowing busy workqueues and worker pools:\n",
	  "lockup", "BUG: workqueue lockup", NULL, NULL, NULL, 0, -1 },
	{ "rcu-stall",
	  "m: loading out-of-tree module taints kernel.\nrcu: INFO: rcu_preempt self-detected stall on CPU\nrcu: \t0-....: (5249 ticks this GP) idle=5ac4/1/0x4000 softirq=999/999 fqs=2619\n"
	  "\t(t=5250 jiffies g=1537 q=60 ncpus=2)\n" TASK
	  "RIP: 0010:spin_on+0x3/0x10 [m]\nCall Trace:\n <TASK>\n m_init+0x5/0x1000 [m]\n" TAIL,
	  "rcu-stall", "INFO: rcu detected stall in spin_on", "spin_on", "m", "insmod", 412, 1 },
	{ "rcu-stall-of-others",
	  "m: loading out-of-tree module taints kernel.\nrcu: INFO: rcu_sched detected stalls on CPUs/tasks:\nrcu: \t1-...!: (1 GPs behind) idle=5ac4/1/0x4000\n"
	  "\t(detected by 0, t=5252 jiffies, g=1537, q=60 ncpus=2)\nSending NMI from CPU 0 to CPUs 1:\nNMI backtrace for cpu 1\n" TASK
	  "RIP: 0010:spin_on+0x3/0x10 [m]\nCall Trace:\n <TASK>\n m_init+0x5/0x1000 [m]\n" TAIL
	  "rcu: rcu_sched kthread starved for 5252 jiffies! g1537 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=1\n"
	  "rcu: RCU grace-period kthread stack dump:\ntask:rcu_sched state:R running task\nCall Trace:\n __schedule+0x1/0x2\n rcu_gp_fqs_loop+0x1/0x2\n",
	  "rcu-stall", "INFO: rcu detected stall in spin_on", "spin_on", "m", "insmod", 412, 1 },
	{ "hung-task",
	  "INFO: task rm mod:513 blocked for more than 120 seconds.\n      Tainted: G           OE      6.1.0-56-amd64 #1\n"
	  "\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this message.\n"
	  "task:rm mod           state:D stack:0     pid:513   ppid:510    flags:0x00004000\nCall Trace:\n <TASK>\n __schedule+0x34d/0x9e0\n"
	  " schedule+0x5a/0xd0\n schedule_preempt_disabled+0x11/0x20\n __mutex_lock.constprop.0+0x392/0x660\n take_both+0x1b/0x40 [m]\n" TAIL,
	  "hung-task", "INFO: task hung in take_both", "take_both", "m", "rm mod", 513, -1 },
	{ "sleeping",
	  "BUG: sleeping function called from invalid context at include/linux/sched/mm.h:274\n"
	  "in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 412, name: insmod\npreempt_count: 1, expected: 0\n" TASK
	  TRACE(" __might_resched.cold+0x11a/0x15b\n kmem_cache_alloc_trace+0x1a7/0x2f0\n under_lock+0x1/0x20 [m]\n"),
	  "atomic", "BUG: sleeping function called from invalid context in under_lock", "under_lock", "m", "insmod", 412, 1 },
	{ "sleeping-locked",
	  "BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580\n"
	  "in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 412, name: insmod\npreempt_count: 1, expected: 0\n"
	  "1 lock held by insmod/412:\n #0: ffffffffa00020d8 (spin){+.+.}-{2:2}, at: takes_it+0x10/0x3f [m]\n"
	  "Preemption disabled at:\n[<ffffffffa0000011>] takes_it+0x10/0x3f [m]\n" TASK
	  TRACE(" __might_resched.cold+0x11a/0x15b\n __mutex_lock+0xf6/0x1b70\n under_lock+0x1/0x20 [m]\n"),
	  "atomic", "BUG: sleeping function called from invalid context in under_lock", "under_lock", "m", "insmod", 412, 1 },
	{ "scheduling",
	  "BUG: scheduling while atomic: insmod/412/0x00000002\nModules linked in: m(OE+)\n" TASK
	  TRACE(" __schedule_bug.cold+0x47/0x58\n __schedule+0x8ad/0x9e0\n schedule+0x5a/0xd0\n msleep+0x29/0x40\n nap+0x1/0x20 [m]\n"),
	  "atomic", "BUG: scheduling while atomic in nap", "nap", "m", "insmod", 412, 1 },
	{ "preemptible",
	  "BUG: using smp_processor_id() in preemptible [00000000] code: insmod/412\ncaller is which_cpu+0x1/0x20 [m]\n" TASK,
	  "atomic", "BUG: using smp_processor_id() in preemptible code in which_cpu", "which_cpu", "m", "insmod", 412, 1 },
	{ "workqueue-leak",
	  "BUG: workqueue leaked lock or atomic: kworker/0:1/0x00000001/27\n     last function: work_it [m]\n",
	  "atomic", "BUG: workqueue leaked lock or atomic in work_it", "work_it", NULL, NULL, 0, -1 },
	{ "imbalance", "initcall m_init+0x0/0x1000 [m] returned with preemption imbalance \nWARNING: CPU: 1 PID: 412 at init/main.c:1308 do_one_initcall+0x1/0x2\n",
	  "atomic", "initcall returned with preemption imbalance in m_init", "m_init", "m", NULL, 0, 1 },
	{ "deadlock",
	  "======================================================\nWARNING: possible circular locking dependency detected\n6.1.0 #1 Tainted: G           OE\n"
	  "------------------------------------------------------\ninsmod/412 is trying to acquire lock:\n"
	  "ffffffffc0a5e0a8 (lock_a){+.+.}-{3:3}, at: take_ba+0x2a/0x60 [m]\n\nbut task is already holding lock:\n"
	  "ffffffffc0a5e148 (lock_b){+.+.}-{3:3}, at: take_ba+0x1a/0x60 [m]\n\nwhich lock already depends on the new lock.\n\n"
	  "the existing dependency chain (in reverse order) is:\n\n-> #1 (lock_b){+.+.}-{3:3}:\n       lock_acquire+0xc4/0x2c0\n       take_ab+0x1/0x2 [m]\n\n"
	  "stack backtrace:\n" TASK TRACE(" check_noncircular+0xf1/0x110\n __lock_acquire+0x13bf/0x21a0\n lock_acquire+0xc4/0x2c0\n __mutex_lock+0x99/0xe60\n take_ba+0x2a/0x60 [m]\n"),
	  "lockdep", "possible deadlock in take_ba", "take_ba", "m", "insmod", 412, 1 },
	{ "irq-inversion", "WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected\n"
	  "sh/7 [HC0[0]:SC0[2]:HE1:SE0] is trying to acquire:\nffff8881 (&x){+.+.}-{2:2}, at: mix+0x1/0x20 [m]\n",
	  "lockdep", "possible deadlock in mix", "mix", "m", "sh", 7, -1 },
	{ "inconsistent",
	  "WARNING: inconsistent lock state\n--------------------------------\ninconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-W} usage.\n"
	  "sh/7 [HC1[1]:SC0[0]:HE0:SE1] takes:\nffff8881 (&x){?.+.}-{2:2}, at: on_irq+0x1/0x20 [m]\n",
	  "lockdep", "inconsistent lock state in on_irq", "on_irq", "m", "sh", 7, -1 },
	{ "bad-unlock", "WARNING: bad unlock balance detected!\n-------------------------------------\ninsmod/412 is trying to release lock (x) at:\n"
	  "[<ffffffffc0a5c01f>] undo+0x1f/0x40 [m]\nbut there are no more locks to release!\n",
	  "lockdep", "WARNING: bad unlock balance in undo", "undo", "m", "insmod", 412, -1 },
	{ "old-lockdep", "[ INFO: possible recursive locking detected ]\n3.16.0 #1 Not tainted\ninsmod/412 is trying to acquire lock:\n"
	  " (&x){+.+.+.}, at: [<ffffffffa0000014>] again+0x14/0x1000 [m]\n",
	  "lockdep", "possible deadlock in again", "again", "m", "insmod", 412, -1 },
	{ "wait-context", "[ BUG: Invalid wait context ]\n6.1.0 #1 Not tainted\n-----------------------------\ninsmod/412 is trying to lock:\n"
	  "ffffffffc0 (x){....}-{3:3}, at: inner+0x1/0x20 [m]\n",
	  "lockdep", "WARNING: locking bug in inner", "inner", "m", "insmod", 412, -1 },
	{ "held-lock-freed",
	  "=========================\nWARNING: held lock freed!\n6.1.0 #1 Tainted: G           OE\n-------------------------\n"
	  "insmod/412 is freeing memory ffff888105c0f000-ffff888105c0f0ff, with a lock still held there!\n"
	  "ffff888105c0f070 (&lock){+.+.}-{3:3}, at: takes_it+0x61/0x84 [m]\n1 lock held by insmod/412:\n"
	  " #0: ffff888105c0f070 (&lock){+.+.}-{3:3}, at: takes_it+0x61/0x84 [m]\n\nstack backtrace:\n" TASK
	  TRACE(" debug_check_no_locks_freed.cold+0x99/0xa7\n kfree+0xe9/0x150\n frees_it+0x71/0x84 [m]\n"),
	  "lockdep", "WARNING: held lock freed in frees_it", "frees_it", "m", "insmod", 412, 1 },
	{ "lock-kept",
	  "================================================\nWARNING: lock held when returning to user space!\n6.1.0 #1 Tainted: G           OE\n"
	  "------------------------------------------------\ninsmod/412 is leaving the kernel with locks still held!\n1 lock held by insmod/412:\n"
	  " #0: ffffffffa00020a0 (lock){+.+.}-{3:3}, at: takes_it+0x1b/0x30 [m]\n",
	  "lockdep", "WARNING: lock held when returning to user space in takes_it", "takes_it", "m", "insmod", 412, -1 },
	{ "spinlock", "BUG: spinlock bad magic on CPU#1, insmod/412\n lock: x+0x0/0xffffffff [m], .magic: 00000000, .owner: <none>/-1, .owner_cpu: 0\n" TASK
	  TRACE(" do_raw_spin_lock+0x64/0xb0\n use_early+0x1/0x20 [m]\n"),
	  "lockdep", "BUG: spinlock bad magic in use_early", "use_early", "m", "insmod", 412, 1 },
	{ "non-static-key", "INFO: trying to register non-static key.\nThe code is fine but needs lockdep annotation, or maybe\n" TASK
	  TRACE(" register_lock_class+0x4f7/0x500\n __lock_acquire+0x4a/0x21a0\n lock_acquire+0xc4/0x2c0\n _raw_spin_lock+0x2b/0x40\n use_early+0x1/0x20 [m]\n"),
	  "lockdep", "INFO: trying to register non-static key in use_early", "use_early", "m", "insmod", 412, 1 },
	{ "rcu-usage", "=============================\nWARNING: suspicious RCU usage\n6.1.0 #1 Not tainted\n-----------------------------\n"
	  "/src/m/m.c:20 suspicious rcu_dereference_check() usage!\n\nother info that might help us debug this:\n\n"
	  "stack backtrace:\n" TASK TRACE(" lockdep_rcu_suspicious+0x15f/0x1a0\n peek+0x1/0x20 [m]\n"),
	  "rcu", "WARNING: suspicious RCU usage in peek", "peek", "m", "insmod", 412, 1 },
	{ "slab",
	  "=============================================================================\nBUG kmalloc-64 (Tainted: G    B      OE     ): Right Redzone overwritten\n"
	  "-----------------------------------------------------------------------------\n\n0xffff8881-0xffff8882 @offset=448. First byte 0x78 instead of 0xcc\n"
	  "Allocated in make_it+0x2b/0x60 [m] age=3 cpu=1 pid=412\n __kmem_cache_alloc_node+0x13d/0x2e0\n make_it+0x2b/0x60 [m]\n"
	  "Freed in vfree+0x1/0x2 age=4 cpu=1 pid=9\n",
	  "slab", "BUG: Right Redzone overwritten in make_it", "make_it", "m", NULL, 0, -1 },
	{ "slab-of-a-module-that-is-gone",
	  "BUG kmalloc-64 (Tainted: G    B      OE     ): Right Redzone overwritten\n"
	  "Allocated in 0xffffffffc079401b age=89 cpu=0 pid=345\nFreed in load_module+0x2078/0x21a0 age=8 cpu=1 pid=350\n",
	  "slab", "BUG: Right Redzone overwritten", NULL, NULL, NULL, 0, -1 },
	{ "slab-poison",
	  "BUG kmalloc-64 (Tainted: G    B      OE     ): Poison overwritten\n"
	  "Allocated in make_it+0x1/0x2 [m] age=89 cpu=0 pid=345\nFreed in lose_it+0x1/0x2 [m] age=8 cpu=1 pid=350\n",
	  "slab", "BUG: Poison overwritten in lose_it", "lose_it", "m", NULL, 0, -1 },
	{ "slab-poison-found-by-another",
	  "m: loading out-of-tree module taints kernel.\n"
	  "BUG kmalloc-64 (Tainted: G    B      OE     ): Poison overwritten\n"
	  "Allocated in make_it+0x1/0x2 [m] age=89 cpu=0 pid=345\nFreed in lose_it+0x1/0x2 [m] age=8 cpu=1 pid=350\n" TASK
	  TRACE(" check_bytes_and_report+0xdd/0x110\n __kmem_cache_alloc_node+0x13d/0x2e0\n alloc_buf+0x68/0xc0 [virtio_console]\n"),
	  "slab", "BUG: Poison overwritten in lose_it", "lose_it", "m", "insmod", 412, 1 },
	{ "slab-poison-found-by-itself",
	  "m: loading out-of-tree module taints kernel.\n"
	  "BUG kmalloc-64 (Tainted: G    B      OE     ): Poison overwritten\n"
	  "Freed in lose_it+0x1/0x2 [m] age=8 cpu=1 pid=350\n" TASK
	  TRACE(" __kmem_cache_alloc_node+0x13d/0x2e0\n make_more+0x68/0xc0 [m]\n"),
	  "slab", "BUG: Poison overwritten in lose_it", "lose_it", "m", "insmod", 412, 1 },
	{ "slab-leak",
	  "kmem_cache_destroy m_inode: Slab cache still has objects when called from m_exit+0x15/0xd0 [m]\n"
	  "WARNING: CPU: 1 PID: 412 at mm/slab_common.c:500 kmem_cache_destroy+0x139/0x140\n" TASK
	  "RIP: 0010:kmem_cache_destroy+0x139/0x140\nCall Trace:\n m_exit+0x15/0xd0 [m]\n",
	  "slab-leak", "kmem_cache_destroy: Slab cache still has objects in m_exit", "m_exit", "m", "insmod", 412, 1 },
	{ "objects-remaining", "BUG m_inode (Tainted: G OE): Objects remaining in m_inode on __kmem_cache_shutdown()\n",
	  "slab-leak", "BUG: Objects remaining in a cache", NULL, NULL, NULL, 0, -1 },
	{ "usercopy",
	  "usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-32' (offset 0, size 64)!\n"
	  "------------[ cut here ]------------\nkernel BUG at mm/usercopy.c:102!\ninvalid opcode: 0000 [#1] SMP\n" TASK
	  "RIP: 0010:usercopy_abort+0x65/0x67\nCall Trace:\n <TASK>\n __check_heap_object+0x9d/0xd0\n __check_object_size.cold+0x17/0x7c\n give_out+0x1/0x20 [m]\n",
	  "usercopy", "BUG: bad usercopy in give_out", "give_out", "m", "insmod", 412, 1 },
	{ "bad-page", "BUG: Bad page state in process insmod  pfn:104a3c\npage:0000000012345678 refcount:-1 mapcount:0\n" TASK
	  TRACE(" bad_page.cold+0x63/0x94\n free_pcppages_bulk+0x1d5/0x280\n put_twice+0x1/0x20 [m]\n"),
	  "page", "BUG: Bad page state in put_twice", "put_twice", "m", "insmod", 412, 1 },
	{ "bad-page-map", "BUG: Bad page map in process sh  pte:8000000104a3c025 pmd:104a3d067\n",
	  "page", "BUG: Bad page map", NULL, NULL, NULL, 0, -1 },
	{ "rss", "BUG: Bad rss-counter state mm:0000000012345678 type:MM_ANONPAGES val:4\n",
	  "page", "BUG: Bad rss-counter state", NULL, NULL, NULL, 0, -1 },
	{ "kmemleak", "unreferenced object 0xffff888104a3c000 (size 64):\n  comm \"insmod\", pid 412, jiffies 4294900000 (age 12.340s)\n"
	  "  hex dump (first 32 bytes):\n    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................\n  backtrace:\n"
	  "    [<000000001234abcd>] kmalloc_trace+0x2a/0xa0\n    [<000000001234abce>] make_it+0x2b/0x60 [m]\n",
	  "kmemleak", "memory leak in make_it", "make_it", "m", NULL, 0, -1 },
	{ "kmemleak-count", "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)\n",
	  "kmemleak", "memory leak", NULL, NULL, NULL, 0, -1 },
	{ "busy", "VFS: Busy inodes after unmount of vdb. Self-destruct in 5 seconds.  Have a nice day...\n",
	  "busy-inodes", "VFS: Busy inodes after unmount", NULL, NULL, NULL, 0, -1 },
	{ "dentry", "BUG: Dentry 0000000012345678{i=2,n=a}  still in use (1) [unmount of m vdb]\n",
	  "busy-inodes", "BUG: Dentry still in use in unmount", NULL, NULL, NULL, 0, -1 },
	{ "netdevice", "unregister_netdevice: waiting for m0 to become free. Usage count = 2\n",
	  "wait", "unregister_netdevice: waiting for DEV to become free", NULL, NULL, NULL, 0, -1 },
	{ "irq", "irq 5: nobody cared (try booting with the \"irqpoll\" option)\n" TASK TRACE(""),
	  "irq", "irq: nobody cared in do_one_initcall", "do_one_initcall", NULL, "insmod", 412, 1 },
	{ "guard-page", "BUG: TASK stack guard page was hit at 0000000012345678 (stack is 000000001..0000000012)\n"
	  "stack guard page: 0000 [#1] SMP\n" TASK "RIP: 0010:recurse+0x5/0x40 [m]\nCall Trace:\n <TASK>\n recurse+0x15/0x40 [m]\n",
	  "stack", "BUG: stack guard page was hit in recurse", "recurse", "m", "insmod", 412, 1 },
	{ "stack-end", "Kernel panic - not syncing: corrupted stack end detected inside scheduler\n" TASK
	  TRACE(" panic+0x118/0x2f4\n __schedule+0x9d3/0x9e0\n schedule+0x5a/0xd0\n use_much+0x1/0x20 [m]\n"),
	  "panic", "kernel panic: corrupted stack end in use_much", "use_much", "m", "insmod", 412, 1 },
	{ "stack-protector", "Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: overrun+0x4a/0x50 [m]\n",
	  "panic", "kernel panic: stack is corrupted in overrun", "overrun", "m", NULL, 0, -1 },
	{ "panic", "Kernel panic - not syncing: on purpose\n" TASK TRACE(" panic+0x118/0x2f4\n m_init+0x11/0x1000 [m]\n"),
	  "panic", "kernel panic: on purpose", "m_init", "m", "insmod", 412, 1 },
	{ "panic-init", "Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b\n",
	  "panic", "kernel panic: Attempted to kill init!", NULL, NULL, NULL, 0, -1 },
	{ "positive", "do_init_module: 'm'->init suspiciously returned 246, it should follow 0/-E convention\n",
	  "init-result", "do_init_module: 'm'->init suspiciously returned 246, it should follow 0/-E convention", NULL, NULL, NULL, 0, -1 },
	{ "oom", "Out of memory: Killed process 512 (eat) total-vm:2097152kB, anon-rss:1900000kB\n",
	  "memory", "out of memory: a process was killed", NULL, NULL, NULL, 0, -1 },
	{ "allocation-of-a-module",
	  "insmod: page allocation failure: order:10, mode:0xcc0(GFP_KERNEL), nodemask=(null),cpuset=/,mems_allowed=0\n" TASK
	  TRACE(" warn_alloc+0x138/0x160\n __alloc_pages_slowpath.constprop.0+0xe1a/0xe30\n want_much+0x1/0x20 [m]\n"),
	  "memory", "page allocation failure in want_much", "want_much", "m", "insmod", 412, 1 },
	{ "stack-dump-of-a-module", TASK TRACE(" complain+0x1/0x20 [m]\n"),
	  "trace", "stack dump in complain", "complain", "m", "insmod", 412, 1 },
	{ "rust", "rust_kernel: panicked at vexfs/core/lib.rs:60:5:\nattempt to add with overflow\n------------[ cut here ]------------\n"
	  "kernel BUG at rust/helpers/bug.c:7!\nOops: invalid opcode: 0000 [#1] SMP\n" TASK "RIP: 0010:rust_helper_BUG+0x8/0x10\n"
	  TRACE(" _RNvCscSpY9Juk0HT_7___rustc17rust_begin_unwind+0x1/0x2\n sum_up+0x1/0x20 [m]\n"),
	  "bug", "attempt to add with overflow in sum_up", "sum_up", "m", "insmod", 412, 1 },

	/* Nothing of these is a fault. */
	{ "allocation-of-the-kernel",
	  "sh: page allocation failure: order:10, mode:0xcc0(GFP_KERNEL), nodemask=(null)\n" TASK TRACE(" warn_alloc+0x138/0x160\n") },
	{ "asked-for", "sysrq: Show Blocked State\ntask:sh state:D\nCall Trace:\n m_wait+0x1/0x20 [m]\n" TASK TRACE(" m_wait+0x1/0x20 [m]\n") },
	{ "quiet",
	  "hello: loading out-of-tree module taints kernel.\n"
	  "hello: module verification failed: signature and/or required key missing - tainting kernel\n"
	  "traps: prog[12] general protection fault ip:55 sp:7f error:0 in prog\n"
	  "prog[13]: segfault at 0 ip 0000 sp 0000 error 4 in prog\nACPI BIOS Error (bug): Could not resolve symbol\n"
	  "Bluetooth: HCI bug workaround\nvexfs: this is a BUG: in my words\nsystemd[1]: Warning: nothing\nkernel: no WARNING: here\n"
	  "INFO: lockdep is turned off.\nINFO: NMI handler (perf_event_nmi_handler) took too long to run: 1.356 msecs\n"
	  "rcu: Hierarchical RCU implementation.\nrcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.\n"
	  "Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on\nODEBUG: Out of memory. ODEBUG disabled\n"
	  "kmemleak: Kernel memory leak detector initialized (mem pool available: 15676)\nWARNING: the mand mount option is being deprecated and\n"
	  "watchdog: Delayed init of the lockup detector failed: -19\nNMI watchdog: Enabled. Permanently consumes one hw-PMU counter.\n"
	  "list: one two\nrefcount: 3\ncrash: panic in my shell\nPM: hibernation: Basic memory bitmaps freed\nkfence: initialized - using 2097152 bytes\n" },
	{ NULL }
};

char *splat_stamp(guint64 usec, const char *caller, const char *line)
{
	g_autofree char *id = caller ? g_strdup_printf("[%5s]", caller) : g_strdup("");

	return g_strdup_printf("[%5" G_GUINT64_FORMAT ".%06" G_GUINT64_FORMAT "]%s %s", usec / G_USEC_PER_SEC,
			       usec % G_USEC_PER_SEC, id, line);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/oops-frames.h"

#include <fnmatch.h>
#include <string.h>

/* Names end in "*" where a beginning is meant. Of the sources named. */
static const char *const generic[] = {
	/* kernel/panic.c, lib/dump_stack.c, lib/bug.c, arch: traps.c, dumpstack.c, entry */
	"dump_stack*", "__dump_stack", "show_stack", "show_regs*", "__show_regs", "show_trace*",
	"dump_backtrace*", "panic*", "__panic", "nmi_panic", "vpanic", "__warn*", "warn_slowpath*",
	"report_bug*", "__report_bug", "fixup_bug*", "handle_bug*", "exc_*", "asm_exc_*",
	"do_error_trap", "do_trap*", "do_invalid_op", "invalid_op", "do_general_protection",
	"general_protection", "do_page_fault", "__do_page_fault", "page_fault*",
	"async_page_fault", "do_async_page_fault", "trace_do_page_fault", "error_entry",
	"do_double_fault", "double_fault", "die", "__die*", "die_*", "oops_*", "no_context",
	"bad_area*", "__bad_area*", "kernelmode_fixup_or_oops", "do_user_addr_fault",
	"handle_page_fault", "bug_handler*", "brk_handler*", "do_debug_exception", "do_mem_abort",
	"do_translation_fault", "do_sp_pc_abort", "el1*", "el0*", "__el1*", "vectors",
	"do_DataAbort", "do_PrefetchAbort", "__dabt_svc", "__und_svc", "__do_kernel_fault*",
	"call_break_hook", "do_el1_*", "rust_helper_*", "die_addr", "start_secondary_no_verify",
	"unwind_*", "__unwind_start*", "stack_trace_*", "save_stack*", "__save_stack*",
	"save_trace", "arch_stack_walk", "arch_dump_stack", "common_interrupt*", "asm_*",
	"sysvec_*", "__sysvec_*", "apic_timer_interrupt", "smp_trace_apic_timer_interrupt",
	"smp_apic_timer_interrupt", "instr_sysvec_*", "ret_from_intr", "retint_*",
	"reschedule_interrupt", "call_function_*interrupt", "show_stack_log_lvl", "__show_stack*",
	"ret_from_exception", "handle_exception", "do_trap_break", "report_bug_*",
	"__stack_chk_fail", "program_check*", "data_access*", "trace_hardirqs_*", "lockdep_*",
	"unhandled_*", "__ubsan_*", "handle_overflow", "ubsan_*", "val_to_string*", "__asan_*",
	"__hwasan_*", "__kasan_*", "kasan_*", "print_address*", "print_report*", "__tsan_*",
	"kcsan_*", "__kcsan_*", "check_access", "set_report_info", "kmsan_*", "__msan_*",
	"__kmsan_*", "kfence_*", "__kfence_*", "check_memory_region*", "check_region*",
	"check_stack_object", "describe_*", "end_report", "start_report", "__virt_addr_valid",
	"check_canary*", "test_report*", "__sanitizer_cov_*", "write_comp_data", "kcov_*",
	"ftrace_*", "trampoline_*", "stackdepot_*", "depot_*", "__cfi_*", "do_one_initcall_debug",
	"restore_all*", "rcu_read_unlock_special", "nmi_*", "arch_trigger_*", "trigger_*",
	"end_repeat_nmi", "asm_common_interrupt", "default_do_nmi", "do_nmi", "nmi", "watchdog_*",
	"rcu_dump_*", "rcu_check_*", "print_other_cpu_stall*", "print_cpu_stall*",
	"check_cpu_stall*", "rcu_pending", "rcu_sched_clock_irq", "rcu_stall_*", "rcu_exp_*",
	"__handle_sysrq", "sysrq_*",
	/* lib/string*.c, lib/iov_iter.c, arch: lib/ */
	"mem*set*", "memset*", "__memset*", "memcpy*", "__memcpy*", "memmove*", "__memmove*",
	"memcmp*", "__memcmp*", "memchr*", "memscan", "__pi_mem*", "__pi_str*", "__pi_*",
	"str*cpy*", "strlen*", "strnlen*", "__strlen*", "strcmp*", "strncmp*", "strcpy*",
	"strncpy*", "strlcpy*", "strscpy*", "sized_strscpy", "strchr*", "strrchr*", "strstr*",
	"strcat*", "strcasecmp", "strsep", "strnstr", "strim", "string", "string_nocheck",
	"vsnprintf", "snprintf", "vscnprintf", "sprintf", "scnprintf", "kvasprintf*", "kasprintf",
	"kstrdup*", "kmemdup*", "format_decode", "number", "pointer", "copy_from_user*",
	"_copy_from_user*", "copy_to_user*", "_copy_to_user*", "__copy_*", "copy_user_*",
	"__clear_user*", "clear_user*", "_copy_*_iter*", "copyin*", "copyout*", "_copy_from_iter*",
	"_copy_to_iter*", "copy_to_iter*", "copy_from_iter*", "copy_page_*", "__arch_copy_*",
	"raw_copy_*", "instrument_*", "check_copy_size*", "check_object_size",
	"__check_object_size", "__check_heap_object*", "usercopy_abort", "usercopy_warn",
	"report_usercopy", "check_heap_object*", "rep_movs*", "rep_stos*", "clear_page*",
	"copy_overflow", "memory_is_*",
	/* include/linux: atomics, bit operations, refcount, list, kref */
	"atomic*", "__atomic*", "arch_atomic*", "raw_atomic*", "ll_sc_*", "__ll_sc_*",
	"refcount_*", "__refcount_*", "__read_once_size*", "__write_once_size", "__bpf_trace*",
	"test_bit*", "_test_bit", "set_bit*", "clear_bit*", "__test_and_*", "test_and_*",
	"arch_test_bit", "arch_set_bit", "list_add*", "__list_add*", "list_del*", "__list_del*",
	"__list_splice*", "list_move*", "list_empty*", "list_splice*", "hlist_*", "__hlist_*",
	"kref_*", "find_first_bit*", "find_next_bit*", "_find_*_bit*", "constant_test_bit",
	"variable_test_bit", "__fortify_*", "fortify_panic", "swap", "INIT_LIST_HEAD", "__xchg*",
	"kobject_*", "__kobject_*", "sysfs_warn_dup", "debug_object_*", "__debug_object*",
	"debug_check_*", "__debug_check_*", "debug_print_object*", "debug_objects_*",
	"lookup_object_or_alloc", "proc_register", "__proc_create", "proc_create*", "proc_mkdir*",
	"proc_symlink", "remove_proc_*", "sysfs_create_dir_ns", "sysfs_do_create_link*",
	"sysfs_add_file*", "sysfs_create_file*", "sysfs_create_link*", "internal_create_group*",
	"sysfs_create_group*", "sysfs_remove_group*", "create_dir", "lookup_object",
	"object_to_addr",
	/* kernel/locking, include/linux/spinlock*.h, kernel/rcu */
	"lock_acquire*", "__lock_acquire*", "lock_release*", "__lock_release*", "lock_is_held*",
	"lock_set_*", "__lock_set_*", "lock_downgrade", "lock_acquired*", "lock_contended*",
	"__lock_*ed", "lock_sock_nested", "lock_sock", "lock_sock_fast", "__lock_sock*",
	"release_sock", "register_lock_class", "assign_lock_key", "look_up_lock_class",
	"hlock_class", "validate_chain*", "check_*_dependency", "check_noncircular*",
	"check_irq_usage*", "check_deadlock*", "check_prev*", "check_path", "__bfs",
	"print_circular_bug*", "print_bad_*", "print_deadlock*", "print_irq_*", "print_usage_bug*",
	"print_unlock_*", "print_freed_*", "print_lock_*", "valid_state", "mark_lock*",
	"mark_*_lock*", "mark_usage", "mark_held_*", "debug_check_no_locks_*", "rcu_lockdep_*",
	"reacquire_*", "find_held_lock", "debug_lockdep_*", "match_held_lock", "add_lock_to_list",
	"__mutex_*", "mutex_*", "_mutex_*", "spin_*", "__spin_*", "_raw_*", "__raw_*",
	"raw_spin_*", "do_raw_*", "queued_*", "__queued_*", "native_queued_*", "__pv_queued_*",
	"pv_queued_*", "spin_bug*", "spin_dump*", "rwlock_bug*", "debug_spin_*", "debug_write_*",
	"debug_read_*", "osq_*", "mcs_*", "__ticket_*", "arch_spin_*", "rt_spin_*", "rt_mutex_*",
	"rtlock_*", "read_lock*", "write_lock*", "read_unlock*", "write_unlock*", "down_read*",
	"down_write*", "down", "down_*", "__down*", "up_read*", "up_write*", "up", "__up*",
	"rwsem_*", "__rwsem*", "percpu_down_*", "__percpu_down_*", "percpu_up_*", "percpu_rwsem_*",
	"ww_mutex_*", "seqcount_*", "write_seqcount_*", "do_write_seqcount_*", "rcu_read_*",
	"rcu_lock_*", "srcu_*", "__srcu_*", "rcu_note_context_switch", "local_bh_*",
	"__local_bh_*", "bit_spin_*", "hlist_bl_lock", "preempt_*", "__preempt_*",
	"check_preemption_disabled", "debug_smp_processor_id", "__might_fault", "__might_sleep*",
	"___might_sleep*", "__might_resched*", "might_sleep*", "might_alloc", "might_resched*",
	"__cant_sleep", "check_wait_context", "__schedule_bug*", "schedule_debug*",
	"arch_local_irq_*", "raw_local_irq_*", "local_irq_*", "native_*", "pv_*",
	"check_flush_dependency*", "__seq_*lock*", "class_*_constructor", "class_*_destructor",
	"__bad_*", "fs_reclaim_*", "__fs_reclaim_*", "__need_reclaim", "__need_fs_reclaim",
	"should_failslab", "__should_failslab", "should_fail*", "fail_dump",
	"should_fail_alloc_page*",
	/* mm: allocators */
	"kmalloc*", "__kmalloc*", "__do_kmalloc*", "kzalloc*", "kcalloc*", "kvmalloc*",
	"__kvmalloc*", "kvzalloc*", "kvfree*", "krealloc*", "__do_krealloc*", "kfree*", "__kfree",
	"__free_pages*", "free_pages*", "__free_page*", "free_unref_*", "free_pcp*", "free_page*",
	"free_the_page", "free_frozen_*", "__free_frozen_*", "kmem_cache_*", "__kmem_cache_*",
	"kmemleak_*", "slab_*", "__slab_*", "___slab_*", "cache_alloc*", "____cache_alloc*",
	"__cache_alloc*", "__cache_free*", "___cache_free*", "cache_free*", "cache_grow*",
	"cache_flusharray", "do_slab_free*", "do_slab_*", "allocate_slab*", "new_slab*",
	"new_slab_*", "object_err", "print_trailer", "check_object", "check_slab",
	"check_bytes_and_report", "on_freelist", "free_debug_processing*",
	"alloc_debug_processing*", "free_to_partial_list", "free_consistency_checks",
	"alloc_consistency_checks", "alloc_single_from_*", "get_partial_node*",
	"unfreeze_partials", "slub_*", "flush_cpu_slab", "setup_object*", "alloc_slab_*",
	"alloc_pages*", "__alloc_pages*", "__alloc_frozen_pages*", "alloc_frozen_*",
	"__alloc_*page*", "alloc_page*", "__folio_alloc*", "folio_alloc*", "vma_alloc_*",
	"get_page_from_freelist", "prep_new_page*", "post_alloc_*", "rmqueue*", "__rmqueue*",
	"get_free_pages*", "__get_free_pages*", "get_zeroed_page*", "vmalloc*", "__vmalloc*",
	"__vmap*", "vzalloc*", "vfree*", "__vunmap", "vmap*", "kvcalloc*", "kvrealloc*",
	"alloc_vmap_area", "warn_alloc*", "bad_page*", "check_new_page*", "free_pages_prepare",
	"__free_one_page", "__free_pages_*", "check_free_page*", "free_pcppages_bulk",
	"free_list_page*", "release_pages", "__put_page", "put_page*", "__page_cache_release",
	"pcpu_alloc*", "__alloc_percpu*", "qlist_free_all", "quarantine_*", "qlink_free",
	"page_owner_*", "__reset_page_owner", "__set_page_owner", "set_page_owner",
	"reset_page_owner", "set_track*", "poison_*", "radix_tree_node_alloc*", "idr_alloc*",
	"idr_get_free", "ida_alloc*", "xas_*", "xa_*", "__xa_*", "trace_*", "__traceiter_*",
	"perf_trace_*", "slob_*", "kmalloc_slab", "__do_kmalloc_node", "alloc_slab_page",
	"should_skip_*", "zalloc*", "devm_kmalloc*", "skb_put*", "skb_over_panic",
	"skb_under_panic", "skb_panic*", "skb_push", "skb_pull*", "__alloc_skb", "alloc_skb*",
	"sock_alloc_send_*", "sock_wmalloc*",
	/* lib/: trees, identifiers, printing, sums; kernel/time/timer.c, workqueue.c */
	"rb_*", "__rb_*", "ida_*", "idr_*", "hex_dump_to_buffer", "print_hex_dump*", "hex_string",
	"vprintk*", "printk*", "_printk", "console_unlock", "va_format", "printk_safe_*", "crc_*",
	"crc16*", "crc32*", "_atomic_dec_and_*", "ref_tracker_*", "__x86_indirect_thunk_*",
	"__x86_return_thunk", "assertfail", "__phys_addr*", "*_noprof", "page_pool_alloc*",
	"__page_pool_alloc*", "lock_timer_base", "del_timer*", "__del_timer*", "mod_timer*",
	"__mod_timer*", "try_to_del_timer*", "__try_to_del_timer*", "timer_delete*",
	"__timer_delete*", "detach_timer*", "add_timer*", "timer_fixup_*", "init_timer*",
	"timer_is_static_object", "work_fixup_*", "__queue_work*", "queue_work*",
	"__queue_delayed_work*", "queue_delayed_work*", "mod_delayed_work*", "insert_work",
	"__flush_work*", "flush_work*", "start_flush_work*", "touch_work_*", "__cancel_work*",
	"cancel_work*", "cancel_delayed_work*", "try_to_grab_pending", "delayed_work_timer_fn",
	"flush_delayed_work", "flush_workqueue*", "__flush_workqueue", "drain_workqueue",
	"destroy_workqueue", "__warn_printk", "check_panic_on_warn", "do_tag_*", "msan_*",
	"kasan_report*", "dput", "fast_dput", "iput*", "mark_buffer_dirty*", "free_large_kmalloc*",
	"__kvmalloc_node*", "__init_waitqueue_head", "__init_work", "__wake_up*",
	"remove_wait_queue_*", "___kmalloc_*", "__this_cpu_*", "this_cpu_*", "__percpu_*",
	"percpu_*",
	/* drivers/base/, drivers/usb/core: what they complain of is the caller's */
	"device_del", "device_add", "device_unregister", "device_register", "get_device_parent",
	"device_remove_*", "sysfs_remove_*", "kernfs_remove*", "kernfs_find_*",
	"kernfs_find_and_*", "devres_release_all", "device_release", "devres_*", "put_device",
	"get_device", "dev_vprintk_emit", "dev_printk*", "_dev_*", "__dev_printk", "netdev_printk",
	"kthread_should_stop", "sk_stop_timer*", "sk_reset_timer", "folio_*lock*", "unlock_page",
	"rollback_registered*", "unregister_netdevice_many*", "dev_alloc_skb", "__dev_alloc_skb",
	"__netdev_alloc_skb*", "netdev_alloc_*", "__filemap_get_folio*", "filemap_alloc_*",
	"pagecache_get_page", "grab_cache_page*", "find_or_create_page", "simple_copy_to_iter",
	"_compound_head", "page_ref*", "wait_for_completion*", "__wait_for_common",
	"do_wait_for_common", "create_object", "__task_rq_lock", "task_rq_lock", "task_blocks_on_rt_mutex", "__create_object", "sk_prot_alloc", "sk_alloc",
	"sock_kmalloc", "__read_once_word_nocheck",
	/* ways in that everything has below it */
	"entry_*", "do_syscall_*", "ret_from_*", "start_secondary", "secondary_startup*",
	"__switch_to_asm", "usb_submit_urb*", "usb_kill_urb*", "usb_start_wait_urb",
	"usb_bulk_msg", "usb_control_msg*", "usb_internal_control_msg", "usb_interrupt_msg",
};

/* Rust's library/core, mangled, and what its panic handler calls. */
static const char *const rust_panics[] = {
	"*rust_begin_unwind", "*core9panicking*", "*unwrap_failed", "*expect_failed", "*rust_panic*",
};

static const char *const waits[] = {
	/* kernel/sched/, kernel/locking/, kernel/time/timer.c */
	"__schedule*", "schedule*", "context_switch", "io_schedule*", "preempt_schedule*",
	"__switch_to*", "__mutex_*", "mutex_*", "wait_for_*", "__wait_for_*", "__wait_rcu_gp",
	"console_lock", "__filemap_fdatawait*", "filemap_fdatawait*", "filemap_write_and_wait*",
	"usb_start_wait_urb", "do_wait_for_*", "wait_on_*", "__wait_on_*", "out_of_line_*",
	"bit_wait*", "prepare_to_wait*", "do_wait_intr*", "__down*", "down*", "rwsem_*",
	"percpu_*", "__percpu_*", "rt_mutex_*", "rt_spin_*", "rtlock_*", "__rt_mutex_*",
	"__refrigerator", "try_to_freeze*", "msleep*", "usleep_*", "wait_event*", "folio_wait_*",
	"__folio_lock*", "folio_lock*", "__lock_page*", "lock_page*", "wake_bit_function",
	"__lock_sock*", "lock_sock*", "__flush_work*", "flush_work*", "__flush_workqueue*",
	"flush_workqueue*", "blk_mq_get_tag", "kthread_stop*", "kthread_park", "__cancel_work*",
	"cancel_work_sync", "down_timeout", "cond_resched", "__cond_resched", "completion_*",
	"swait_*", "do_nanosleep", "hrtimer_nanosleep", "poll_schedule*", "blk_execute_rq",
	"__sched_*", "inode_lock*", "__inode_wait*", "sleep_on_*", "kernfs_drain", "osq_lock",
	"request_wait_answer", "jbd2_log_wait_commit*", "__switch_to_asm",
};

static const char *const borders[] = {
	/* arch: entry/; fs/read_write.c, ioctl.c, net/socket.c: anything may be below */
	"do_syscall*", "do_int80*", "do_fast_syscall*", "entry_SYSCALL*", "entry_INT80*",
	"entry_SYSENTER*", "invoke_syscall*", "el0_svc*", "ret_fast_syscall", "system_call*",
	"syscall_*", "x64_sys_call", "vfs_read*", "vfs_write*", "vfs_ioctl", "vfs_iter_*",
	"vfs_fsync*", "__vfs_*", "do_vfs_*", "do_iter_*", "do_readv*", "do_writev*", "do_sendfile",
	"sock_sendmsg*", "__sock_sendmsg*", "sock_recvmsg*", "sock_do_ioctl", "sock_ioctl",
	"sock_write_iter", "sock_read_iter", "new_sync_*", "call_write_iter", "call_read_iter",
	"netlink_sendmsg", "netlink_unicast*", "netlink_rcv_skb", "netlink_dump*",
	"__netlink_dump_start", "nfnetlink_rcv*", "genl_rcv*", "genl_family_rcv_msg*",
	"rtnetlink_rcv*", "__fput", "____fput", "task_work_run", "exit_to_usermode_loop",
	"exit_to_user_mode_*", "do_exit", "do_group_exit", "get_signal", "do_fault", "__do_fault",
	"do_mmap*", "mmap_region",
	/* kernel/softirq.c, time/, workqueue.c, kthread.c, smp.c */
	"__do_softirq", "do_softirq*", "handle_softirqs", "__softirqentry*", "irq_exit*",
	"invoke_softirq", "run_ksoftirqd", "smpboot_thread_fn", "tasklet_action*", "call_timer_fn",
	"expire_timers", "__run_timers*", "run_timer_softirq", "__run_hrtimer",
	"__hrtimer_run_queues", "hrtimer_interrupt", "process_one_work", "process_scheduled_works",
	"worker_thread", "kthread", "ret_from_fork*", "smp_call_function*",
	"flush_smp_call_function_*", "__flush_smp_call_*", "generic_smp_call_function_*",
	"process_backlog", "__napi_poll*", "napi_poll", "net_rx_action", "__netif_receive_skb*",
	"netif_receive_skb*", "rcu_do_batch", "rcu_core", "rcu_process_callbacks", "do_idle",
	"cpu_startup_entry", "start_secondary", "do_one_initcall", "kernel_init", "start_kernel",
};

/* With what the compiler appended to it left out. */
static bool name_matches(const char *const *names, guint n, const char *function)
{
	g_autofree char *name = frame_plain_name(function);

	for (guint i = 0; i < n; i++) {
		const char *star;
		gsize head;

		/* Nearly all of them fail here. */
		if (names[i][0] != name[0] && names[i][0] != '*')
			continue;
		star = strchr(names[i], '*');
		head = star ? (gsize)(star - names[i]) : 0;
		if (!star ? g_str_equal(names[i], name) :
		    star[1] ? fnmatch(names[i], name, 0) == 0 :
			      strncmp(names[i], name, head) == 0)
			return true;
	}
	return false;
}

bool frame_is_generic(const char *function)
{
	return name_matches(generic, G_N_ELEMENTS(generic), function) || frame_is_rust_panic(function);
}

bool frame_is_rust_panic(const char *function)
{
	return name_matches(rust_panics, G_N_ELEMENTS(rust_panics), function);
}

bool frame_is_wait(const char *function)
{
	return name_matches(waits, G_N_ELEMENTS(waits), function);
}

bool frame_is_border(const char *function)
{
	return name_matches(borders, G_N_ELEMENTS(borders), function);
}

char *frame_plain_name(const char *function)
{
	/* What the macros of include/linux/syscalls.h have called it over the years. */
	static const char *const entries[] = {
		"__x64_compat_sys_", "__ia32_compat_sys_", "__x64_sys_", "__ia32_sys_", "__arm64_sys_", "__arm64_compat_sys_",
		"__riscv_sys_", "__s390x_sys_", "__se_sys_", "__do_sys_", "__se_compat_sys_", "__do_compat_sys_",
		"compat_sys_", "compat_SyS_", "SyS_", "SYSC_", "C_SYSC_", "ksys_",
	};
	/* The compiler's copies: gcc's and clang's. */
	static const char *const parts[] = { ".isra.", ".constprop.", ".part.", ".cold", ".llvm.", ".clone.", "..." };
	g_autofree char *name = g_strdup(function);

	for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
		char *at = strstr(name, parts[i]);

		if (at && at > name)
			*at = '\0';
	}
	for (guint i = 0; i < G_N_ELEMENTS(entries); i++)
		if (g_str_has_prefix(name, entries[i]) && name[strlen(entries[i])])
			return g_strconcat("sys_", name + strlen(entries[i]), NULL);
	return g_steal_pointer(&name);
}

static bool is_name_byte(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '.' || c == '$';
}

/* The module in "] [module]", "[module abcd]" (with a build id) behind @at, or NULL. */
static char *parse_module(const char *at)
{
	gsize n;

	at += strspn(at, " ");
	if (*at != '[')
		return NULL;
	at++;
	for (n = 0; g_ascii_isalnum(at[n]) || at[n] == '_' || at[n] == '-'; n++)
		;
	if (n == 0 || n > FINDING_NAME_MAX || (at[n] != ']' && at[n] != ' ') ||
	    g_str_has_prefix(at, "inline]") || g_str_has_prefix(at, "inline "))
		return NULL;
	return g_strndup(at, n);
}

static struct frame *frame_new(const char *name, gsize n, bool reliable)
{
	struct frame *frame = g_new0(struct frame, 1);

	frame->function = g_strndup(name, n);
	frame->reliable = reliable;
	return frame;
}

/* "func file.c:12 [inline]", where a tool has put in what the compiler inlined. */
static struct frame *parse_inline(const char *text)
{
	gsize n = 0;

	text += strspn(text, " \t");
	if (g_str_has_prefix(text, "[<")) {
		text += strcspn(text, "]");
		text += strspn(text, "] \t");
	}
	while (is_name_byte(text[n]))
		n++;
	if (n == 0 || n > FINDING_NAME_MAX || text[n] != ' ')
		return NULL;
	return frame_new(text, n, true);
}

/* Whether a "?" stands before the name at @at: the address only lay on the stack. */
static bool is_doubted(const char *text, const char *at)
{
	while (at > text && (at[-1] == ' ' || at[-1] == '('))
		at--;
	return at > text && at[-1] == '?';
}

/* "func" of ARM's "[<c0100>] (func) from [<c0200>] (caller+0x1/0x2)". */
static struct frame *parse_from(const char *text)
{
	const char *from = strstr(text, ") from [<"), *at = from;

	if (!from)
		return NULL;
	while (at > text && (is_name_byte(at[-1])))
		at--;
	if (at == from || at == text || at[-1] != '(' || from - at > FINDING_NAME_MAX)
		return NULL;
	return frame_new(at, (gsize)(from - at), true);
}

struct frame *frame_parse(const char *text)
{
	const char *plus = strstr(text, "+0x"), *at = plus;
	struct frame *frame = parse_from(text);
	char *end;

	if (frame)
		return frame;
	if (!plus)
		return strstr(text, "[inline]") || strstr(text, "[     inline     ]") ? parse_inline(text) : NULL;
	while (at > text && is_name_byte(at[-1]))
		at--;
	if (at == plus || plus - at > FINDING_NAME_MAX || g_ascii_isdigit(*at))
		return NULL;
	frame = frame_new(at, (gsize)(plus - at), !is_doubted(text, at) && !strstr(text, "(unreliable)"));
	frame->offset = g_ascii_strtoull(plus + 3, &end, 16);
	if (end > plus + 3 && g_str_has_prefix(end, "/0x")) {
		const char *size = end + 3;

		frame->size = g_ascii_strtoull(size, &end, 16);
		frame->module = parse_module(end);
	}
	return frame;
}

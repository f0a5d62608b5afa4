// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/plan.h"

#include "lib/fault.h"
#include "lib/text.h"
#include "libvm/disk.h"
#include "libvm/kernel.h"
#include "libvm/seed.h"

/* Devices stand in this order; a saved state depends on it. */
static const char machine_kvm[] = "pc,accel=kvm,usb=off,vmport=off";
static const char machine_tcg[] = "pc,usb=off,vmport=off";
static const char machine_ram[] = ",memory-backend=ram";

char *plan_runtime_path(const struct conf *conf, const char *name)
{
	return g_build_filename(conf->runtime_dir, name, NULL);
}

char *plan_state_path(const struct conf *conf, const char *name)
{
	return g_build_filename(conf->state_dir, name, NULL);
}

static void add(GPtrArray *argv, const char *arg)
{
	g_ptr_array_add(argv, g_strdup(arg));
}

G_GNUC_PRINTF(3, 4)
static void option(GPtrArray *argv, const char *name, const char *format, ...)
{
	va_list args;

	add(argv, name);
	va_start(args, format);
	g_ptr_array_add(argv, g_strdup_vprintf(format, args));
	va_end(args);
}

/* A value inside an option list: QEMU reads two commas as one. */
static char *quoted(char *value)
{
	GString *text = g_string_new(value);

	g_string_replace(text, ",", ",,", 0);
	g_free(value);
	return g_string_free(text, FALSE);
}

static char *quoted_runtime(const struct plan_input *in, const char *name)
{
	return quoted(plan_runtime_path(in->conf, name));
}

static char *quoted_state(const struct plan_input *in, const char *name)
{
	return quoted(plan_state_path(in->conf, name));
}

/*
 * Under emulation every feature costs translation time and none can be the
 * host's; "max" is what the emulator knows.
 */
static void plan_machine(GPtrArray *argv, const struct plan_input *in)
{
	bool kvm = in->probe->accel == ACCEL_KVM;

	add(argv, in->probe->qemu);
	option(argv, "-name", "vexvm-%s", in->conf->name);
	add(argv, "-nodefaults");
	add(argv, "-no-user-config");
	option(argv, "-machine", "%s%s", kvm ? machine_kvm : machine_tcg,
	       in->memory == PLAN_MEMORY_OWN ? "" : machine_ram);
	if (!kvm)
		option(argv, "-accel", "tcg,thread=multi");
	option(argv, "-cpu", "%s", kvm ? "host" : "max");
	option(argv, "-smp", "%u", in->conf->cpus);
	option(argv, "-m", "%uM", in->conf->memory_mib);
	option(argv, "-rtc", "base=utc,clock=host");
	/* A panicked guest stays to be looked at; status says so. */
	option(argv, "-action", "panic=pause");
}

/*
 * The copy's pages are the file's until the guest writes to them. Its state is
 * loaded by QMP, which has to say first that the memory is not part of it.
 */
static void plan_memory(GPtrArray *argv, const struct plan_input *in)
{
	g_autofree char *path = in->ram ? quoted(g_strdup(in->ram)) : NULL;

	if (in->memory == PLAN_MEMORY_OWN)
		return;
	option(argv, "-object", "memory-backend-file,id=ram,size=%uM,mem-path=%s,share=%s",
	       in->conf->memory_mib, path, in->memory == PLAN_MEMORY_SAVED ? "on" : "off");
	if (in->memory == PLAN_MEMORY_COPY)
		option(argv, "-incoming", "defer");
}

static void plan_monitor(GPtrArray *argv, const struct plan_input *in)
{
	g_autofree char *path = quoted_runtime(in, "monitor");

	if (in->monitor_port)
		option(argv, "-chardev", "socket,id=monitor,host=127.0.0.1,port=%u,server=on,wait=off",
		       in->monitor_port);
	else
		option(argv, "-chardev", "socket,id=monitor,path=%s,server=on,wait=off", path);
	option(argv, "-mon", "chardev=monitor,mode=readline");
}

static void plan_control(GPtrArray *argv, const struct plan_input *in)
{
	g_autofree char *console = quoted_runtime(in, "console");
	g_autofree char *events = quoted_runtime(in, PLAN_EVENTS);
	g_autofree char *log = quoted_state(in, "console.log");

	option(argv, "-chardev", "socket,id=qmp,fd=%d,server=on,wait=off", PLAN_QMP_FD);
	option(argv, "-mon", "chardev=qmp,mode=control");
	/* QEMU speaks with one client a socket: this is for who watches the guest for long. */
	option(argv, "-chardev", "socket,id=events,path=%s,server=on,wait=off", events);
	option(argv, "-mon", "chardev=events,mode=control");
	plan_monitor(argv, in);
	option(argv, "-chardev",
	       "socket,id=console,path=%s,server=on,wait=off,logfile=%s,logappend=on", console, log);
	option(argv, "-serial", "chardev:console");
}

/*
 * What the guest's kernel asks for arrives as it was asked: QEMU makes no larger
 * requests of neighbours.
 */
static void plan_scratch(GPtrArray *argv, const struct plan_input *in)
{
	g_autofree char *file = quoted_state(in, in->scratch ? in->scratch : DISK_SCRATCH);
	g_autofree char *served = quoted_runtime(in, PLAN_SERVED);

	if (in->served)
		option(argv, "-drive", "id=scratch,if=none,driver=raw,file.driver=nbd,file.server.type=unix,"
		       "file.server.path=%s,werror=report,rerror=report", served);
	else
		option(argv, "-drive", "id=scratch,if=none,file=%s,format=raw,cache=unsafe,discard=unmap,"
		       "werror=stop,rerror=stop", file);
	option(argv, "-device", "virtio-blk-pci,drive=scratch,serial=scratch,request-merging=off");
}

/*
 * A full host disk or an I/O error pauses the guest instead of reaching it:
 * the state stays whole and `status` names the cause. cache=unsafe drops only
 * the fsync(2): what the guest flushed is in the host's page cache and outlives
 * a killed QEMU. A crash of the host may cost the overlay, which is made anew.
 */
static void plan_disks(GPtrArray *argv, const struct plan_input *in)
{
	g_autofree char *disk = quoted_state(in, in->disk ? in->disk : DISK_FILE);
	g_autofree char *seed = quoted_state(in, SEED_FILE);

	option(argv, "-drive",
	       "id=disk,if=none,file=%s,format=qcow2,cache=unsafe,discard=unmap,werror=stop,rerror=stop",
	       disk);
	option(argv, "-device", "virtio-blk-pci,drive=disk,serial=disk");
	plan_scratch(argv, in);
	if (!in->seed)
		return;
	option(argv, "-drive", "id=seed,if=none,file=%s,format=raw,readonly=on", seed);
	option(argv, "-device", "virtio-blk-pci,drive=seed,serial=seed");
}

static void plan_agent(GPtrArray *argv, const struct plan_input *in)
{
	option(argv, "-device", "virtio-serial-pci,id=serial0,max_ports=%u", PLAN_AGENT_PORTS + 1);
	for (guint i = 0; i < PLAN_AGENT_PORTS; i++) {
		g_autofree char *name = g_strdup_printf("agent.%u", i);
		g_autofree char *path = quoted_runtime(in, name);

		option(argv, "-chardev", "socket,id=agent%u,path=%s,server=on,wait=off", i, path);
		option(argv, "-device", "virtserialport,bus=serial0.0,nr=%u,chardev=agent%u,name=%s.%u",
		       i + 1, i, PLAN_AGENT_NAME, i);
	}
}

/*
 * Two channels carry one tag: the kernel gives a mount the first that is
 * free, so a mount typed by hand works beside the lab's own. This is the long
 * form of -virtfs, which makes one device only.
 */
static void plan_share(GPtrArray *argv, const struct plan_input *in)
{
	g_autofree char *path = quoted(g_strdup(in->share_path));
	const char *model = in->share == PLAN_SHARE_PASSTHROUGH ? "passthrough" : "none";

	if (in->share == PLAN_SHARE_NONE)
		return;
	for (guint i = 0; i < 2; i++) {
		option(argv, "-fsdev", "local,id=share%u,path=%s,security_model=%s,multidevs=remap", i,
		       path, model);
		option(argv, "-device", "virtio-9p-pci,fsdev=share%u,mount_tag=%s", i, CONF_MOUNT_TAG);
	}
}

/* What test runs deliver: nothing of it crosses a wire. Not while the guest is set up. */
static void plan_files(GPtrArray *argv, const struct plan_input *in)
{
	g_autofree char *path = quoted_state(in, PLAN_FILES);

	if (in->seed)
		return;
	option(argv, "-fsdev", "local,id=files,path=%s,security_model=none,readonly=on", path);
	option(argv, "-device", "virtio-9p-pci,fsdev=files,mount_tag=%s", PLAN_FILES_TAG);
}

static void plan_devices(GPtrArray *argv, const struct plan_input *in)
{
	if (in->ssh_port)
		option(argv, "-netdev", "user,id=net,hostfwd=tcp:127.0.0.1:%u-:22", in->ssh_port);
	else
		option(argv, "-netdev", "user,id=net");
	option(argv, "-device", "virtio-net-pci,netdev=net,romfile=");
	option(argv, "-device", "virtio-rng-pci");
	option(argv, "-device", "pvpanic-pci");
	/* By it the guest's kernel tells where it lies: a dump of its memory can be read. */
	option(argv, "-device", "vmcoreinfo");
	option(argv, "-device", "VGA");
	/* Else QEMU opens the kind of window that it was built with. */
	if (in->headless && in->vnc_port)
		option(argv, "-display", "vnc=127.0.0.1:%u", in->vnc_port - CONF_VNC_PORT);
	else if (in->headless)
		option(argv, "-display", "none");
}

/*
 * Consistency, red zones, poison, and who has allocated what
 * (Documentation/mm/slub.rst): wrong writes are found, and leaks have a place. In all
 * caches it would make every process that starts slower: kmalloc()'s are what
 * modules use most, /proc's say who made an entry, and the modules' own are named.
 * Caches that are not merged keep their names.
 */
static void append_slabs(GString *line, const char *const *names)
{
	g_string_append(line, " slab_nomerge slub_debug=FZPU,kmalloc-*,proc_dir_entry");
	for (; names && *names; names++)
		g_string_append_printf(line, ",%s", *names);
}

static char *kernel_command_line(const struct plan_input *in)
{
	GString *line = g_string_new(NULL);

	/* The last console= is the one that /dev/console and panics go to. */
	g_string_append_printf(line, "root=%s rw console=tty0 console=ttyS0,115200",
			       in->image->root);
	/*
	 * Whether the timer works is not asked: the kernel gives it 10 ticks, which an emulated
	 * one can miss on a busy host, and panics (check_timer() in arch/x86/kernel/apic).
	 */
	g_string_append(line, " net.ifnames=0 no_timer_check quiet loglevel=4");
	/* A guest that hangs while it boots, before the lab could say so there, answers the keyboard too. */
	g_string_append(line, " sysrq_always_enabled");
	/* Records that are lost fail a run: room for those of a module that says much. */
	g_string_append(line, " log_buf_len=4M");
	/*
	 * A debug kernel interprets the firmware's table of interrupts for each PCI device anew,
	 * at seconds each when emulated, or 30 on a busy host, where it gives up; the devices
	 * have MSI-X. And it would not trust its TSC for long, whose stead is a slow device's.
	 */
	if (in->image->built)
		g_string_append(line, " acpi=noirq tsc=reliable");
	if (in->conf->sharp)
		append_slabs(line, (const char *const *)in->conf->slabs);
	if (in->conf->append)
		g_string_append_printf(line, " %s", in->conf->append);
	return g_string_free(line, FALSE);
}

static void plan_boot(GPtrArray *argv, const struct plan_input *in)
{
	g_autofree char *line = NULL;

	if (!in->image->kernel)
		return;
	line = kernel_command_line(in);
	option(argv, "-kernel", "%s", in->image->kernel);
	if (in->image->initrd)
		option(argv, "-initrd", "%s", in->image->initrd);
	option(argv, "-append", "%s", line);
}

/* Paths are the user's; QEMU's options have no way to write a control character. */
static bool argument_check(const char *argument, GError **error)
{
	g_autofree char *shown = NULL;

	for (const char *c = argument; *c; c++)
		if (g_ascii_iscntrl(*c)) {
			shown = text_escape(argument, -1);
			g_strdelimit(shown, "\n\t", ' ');
			return fault_set(error, LAB_ERROR_USAGE,
					 "a path or kernel parameter with a control character in it cannot "
					 "be given to QEMU: %s", shown);
		}
	return true;
}

static GPtrArray *arguments(const struct plan_input *in)
{
	GPtrArray *argv = g_ptr_array_new();

	plan_machine(argv, in);
	plan_memory(argv, in);
	plan_control(argv, in);
	plan_disks(argv, in);
	plan_agent(argv, in);
	plan_devices(argv, in);
	plan_share(argv, in);
	plan_files(argv, in);
	plan_boot(argv, in);
	g_ptr_array_add(argv, NULL);
	return argv;
}

char **plan_argv(const struct plan_input *in, GError **error)
{
	g_auto(GStrv) argv = NULL;

	if (in->vnc_port && (in->vnc_port < CONF_VNC_PORT || in->vnc_port > G_MAXUINT16)) {
		fault_set(error, LAB_ERROR_USAGE,
			  "port %u cannot be VNC's, whose ports are numbered from %u on", in->vnc_port,
			  CONF_VNC_PORT);
		return NULL;
	}
	argv = (char **)g_ptr_array_free(arguments(in), FALSE);
	for (guint i = 0; argv[i]; i++)
		if (!argument_check(argv[i], error))
			return NULL;
	return g_steal_pointer(&argv);
}

/* Options that the guest sees. The others name files, ports and sockets of the host. */
static bool is_guest_visible(const char *option)
{
	static const char *const names[] = { "-machine", "-accel", "-cpu", "-smp", "-m",
					     "-rtc", "-device", "-append", NULL };

	return g_strv_contains(names, option);
}

char *plan_manifest(const struct plan_input *in)
{
	g_auto(GStrv) argv = (char **)g_ptr_array_free(arguments(in), FALSE);
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "agent: %s\nqemu: %s\nimage: %s\n", VEXVM_AGENT_VERSION,
			       in->probe->version_text, in->image->id);
	if (in->image->built)
		g_string_append_printf(text, "kernel: %s\n", in->image->built->id);
	for (guint i = 0; argv[i]; i++)
		if (is_guest_visible(argv[i]) && argv[i + 1]) {
			g_string_append_printf(text, "%s: %s\n", argv[i] + 1, argv[i + 1]);
			i++;
		}
	return g_string_free(text, FALSE);
}

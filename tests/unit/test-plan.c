// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's arguments as text: what each wish becomes, and what is refused. */
#include <string.h>

#include "lib/fault.h"
#include "libvm/kernel.h"
#include "libvm/plan.h"

struct fixture {
	struct conf conf;
	struct probe probe;
	struct image image;
	struct plan_input in;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->conf = (struct conf){ .name = (char *)"default", .memory_mib = 2048, .cpus = 2,
				 .state_dir = (char *)"/home/me/my project,v2/.vexvm/default",
				 .runtime_dir = (char *)"/run/user/1000/vexvm/0123456789ab" };
	f->probe = (struct probe){ .qemu = (char *)"/usr/bin/qemu-system-x86_64",
				   .version_text = (char *)"QEMU emulator version 7.2.22" };
	f->image = (struct image){ .id = (char *)"00112233445566aa", .root = (char *)"/dev/vda1",
				   .kernel = (char *)"/cache/vmlinuz",
				   .initrd = (char *)"/cache/initrd.img" };
	f->in = (struct plan_input){ .conf = &f->conf, .probe = &f->probe, .image = &f->image,
				     .ssh_port = 2222, .vnc_port = 5900, .monitor_port = 55555,
				     .headless = true, .share = PLAN_SHARE_PASSTHROUGH,
				     .share_path = "/home/me/my project,v2" };
}

/* "option value" pairs, one a line, for looking things up. */
static char *plan_text(struct fixture *f)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) argv = plan_argv(&f->in, &error);
	GString *text = g_string_new(NULL);

	g_assert_no_error(error);
	for (guint i = 1; argv[i]; i++)
		g_string_append_printf(text, "%s%s", argv[i],
				       argv[i + 1] && argv[i][0] == '-' && argv[i + 1][0] != '-' ?
				       " " : "\n");
	return g_string_free(text, FALSE);
}

static guint count(const char *text, const char *what)
{
	guint n = 0;

	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

static void expect(struct fixture *f, const char *line, guint times)
{
	g_autofree char *text = plan_text(f);

	if (count(text, line) == times)
		return;
	g_test_message("wanted %u times: %s\nin:\n%s", times, line, text);
	g_test_fail();
}

static void test_accelerators(struct fixture *f, gconstpointer data)
{
	expect(f, "-accel tcg,thread=multi\n", 1);
	expect(f, "-cpu max", 1);
	expect(f, "-cpu host\n", 0);
	f->probe.accel = ACCEL_KVM;
	expect(f, "accel=kvm", 1);
	expect(f, "-cpu host\n", 1);
	expect(f, "tcg", 0);
}

static void test_sizes(struct fixture *f, gconstpointer data)
{
	f->conf.memory_mib = 4096;
	f->conf.cpus = 4;
	expect(f, "-m 4096M\n", 1);
	expect(f, "-smp 4\n", 1);
}

static void test_ports(struct fixture *f, gconstpointer data)
{
	f->in.ssh_port = 40022;
	f->in.vnc_port = 5917;
	f->in.monitor_port = 40055;
	expect(f, "hostfwd=tcp:127.0.0.1:40022-:22\n", 1);
	expect(f, "vnc=127.0.0.1:17\n", 1);
	expect(f, "host=127.0.0.1,port=40055,", 1);
}

/* Nothing may be reached from another machine. */
static void test_loopback_only(struct fixture *f, gconstpointer data)
{
	g_autofree char *text = plan_text(f);

	g_assert_cmpuint(count(text, "hostfwd="), ==, count(text, "hostfwd=tcp:127.0.0.1:"));
	g_assert_cmpuint(count(text, "host="), ==, count(text, "host=127.0.0.1,"));
	g_assert_cmpuint(count(text, "vnc="), ==, count(text, "vnc=127.0.0.1:"));
	g_assert_null(strstr(text, "tcp::"));
}

/* A clone has no ports: nobody but the lab speaks to it. */
static void test_no_ports(struct fixture *f, gconstpointer data)
{
	f->in.ssh_port = f->in.vnc_port = f->in.monitor_port = 0;
	expect(f, "127.0.0.1", 0);
	expect(f, "-netdev user,id=net\n", 1);
	expect(f, "-display none\n", 1);
	expect(f, "id=monitor,path=/run/user/1000/vexvm/0123456789ab/monitor,", 1);
}

static void test_memory(struct fixture *f, gconstpointer data)
{
	g_autofree char *own = plan_manifest(&f->in), *saved = NULL, *copy = NULL;

	expect(f, "memory-backend", 0);
	f->in.ram = "/dev/shm/a,b";
	f->in.memory = PLAN_MEMORY_SAVED;
	saved = plan_manifest(&f->in);
	expect(f, "-machine pc,usb=off,vmport=off,memory-backend=ram\n", 1);
	expect(f, "memory-backend-file,id=ram,size=2048M,mem-path=/dev/shm/a,,b,share=on\n", 1);
	expect(f, "-incoming", 0);
	f->in.memory = PLAN_MEMORY_COPY;
	copy = plan_manifest(&f->in);
	expect(f, "mem-path=/dev/shm/a,,b,share=off\n", 1);
	expect(f, "-incoming defer\n", 1);
	g_assert_cmpstr(saved, ==, copy);
	g_assert_cmpstr(saved, !=, own);
}

static void test_window(struct fixture *f, gconstpointer data)
{
	f->in.headless = false;
	f->in.vnc_port = 0;
	expect(f, "-display", 0);
	expect(f, "vnc", 0);
}

static void test_share(struct fixture *f, gconstpointer data)
{
	expect(f, "path=/home/me/my project,,v2,security_model=passthrough,multidevs=remap\n", 2);
	expect(f, "mount_tag=" CONF_MOUNT_TAG "\n", 2);
	f->in.share = PLAN_SHARE_AS_USER;
	expect(f, ",security_model=none,multidevs", 2);
	f->in.share = PLAN_SHARE_NONE;
	f->in.share_path = NULL;
	expect(f, CONF_MOUNT_TAG, 0);
	expect(f, "id=share", 0);
}

static void test_disks(struct fixture *f, gconstpointer data)
{
	expect(f, "file=/home/me/my project,,v2/.vexvm/default/disk.qcow2,format=qcow2,", 1);
	expect(f, "file=/home/me/my project,,v2/.vexvm/default/scratch.img,format=raw,", 1);
	expect(f, "werror=stop,rerror=stop", 2);
	expect(f, "seed.iso", 0);
	f->in.seed = true;
	expect(f, "file=/home/me/my project,,v2/.vexvm/default/seed.iso,format=raw,readonly=on\n", 1);
}

/* A scratch disk that gives errors is no other device to the guest, and its errors are the guest's. */
static void test_served_disk(struct fixture *f, gconstpointer data)
{
	g_autofree char *plain = plan_manifest(&f->in), *served = NULL;

	f->in.served = true;
	served = plan_manifest(&f->in);
	g_assert_cmpstr(served, ==, plain);
	expect(f, "scratch.img", 0);
	expect(f, "driver=raw,file.driver=nbd,file.server.type=unix,"
	       "file.server.path=/run/user/1000/vexvm/0123456789ab/scratch,werror=report,rerror=report\n", 1);
	expect(f, "werror=stop,rerror=stop", 1);
	expect(f, "drive=scratch,serial=scratch,request-merging=off\n", 1);
}

/* /dev/vda and /dev/vdb are named in what users read. */
static void test_disk_order(struct fixture *f, gconstpointer data)
{
	g_autofree char *text = NULL;

	f->in.seed = true;
	text = plan_text(f);
	g_assert_true(strstr(text, "drive=disk") < strstr(text, "drive=scratch"));
	g_assert_true(strstr(text, "drive=scratch") < strstr(text, "drive=seed"));
}

static void test_agent(struct fixture *f, gconstpointer data)
{
	for (guint i = 0; i < PLAN_AGENT_PORTS; i++) {
		g_autofree char *path = g_strdup_printf(
			"path=/run/user/1000/vexvm/0123456789ab/agent.%u,server=on,wait=off\n", i);
		g_autofree char *name = g_strdup_printf(",name=org.vexvm.agent.%u\n", i);

		expect(f, path, 1);
		expect(f, name, 1);
	}
	expect(f, "virtserialport,", PLAN_AGENT_PORTS);
}

static void test_kernel(struct fixture *f, gconstpointer data)
{
	struct kernel built = { .id = (char *)"0123456789abcdef" };

	expect(f, "-kernel /cache/vmlinuz\n", 1);
	expect(f, "-initrd /cache/initrd.img\n", 1);
	expect(f, "-append root=/dev/vda1 ", 1);
	expect(f, " no_timer_check ", 1);
	expect(f, " sysrq_always_enabled ", 1);
	expect(f, "acpi=noirq", 0);
	f->image.built = &built;
	expect(f, " acpi=noirq tsc=reliable", 1);
	f->image.built = NULL;
	expect(f, "slub_debug", 0);
	f->conf.sharp = true;
	expect(f, " slab_nomerge slub_debug=FZPU,kmalloc-*,proc_dir_entry\n", 1);
	f->conf.slabs = (char **)(const char *const[]){ "vexfs_*", "b", NULL };
	expect(f, " slab_nomerge slub_debug=FZPU,kmalloc-*,proc_dir_entry,vexfs_*,b\n", 1);
	f->conf.slabs = NULL;
	f->conf.append = (char *)"slub_debug=- nokaslr";
	/* The last one counts. */
	expect(f, " slab_nomerge slub_debug=FZPU,kmalloc-*,proc_dir_entry slub_debug=- nokaslr\n", 1);
	f->image.initrd = NULL;
	expect(f, "-initrd", 0);
	f->image.kernel = NULL;
	expect(f, "-kernel", 0);
	expect(f, "-append", 0);
}

static void test_control_socket(struct fixture *f, gconstpointer data)
{
	expect(f, "-chardev socket,id=qmp,fd=3,server=on,wait=off\n", 1);
	expect(f, "logfile=/home/me/my project,,v2/.vexvm/default/console.log,", 1);
}

static void expect_refused(struct fixture *f, const char *part)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(plan_argv(&f->in, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
	g_assert_nonnull(strstr(error->message, part));
	g_assert_null(strpbrk(error->message, "\n\r\t\033"));
}

static void test_refusals(struct fixture *f, gconstpointer data)
{
	char **const members[] = { &f->conf.state_dir, &f->conf.runtime_dir, &f->conf.append,
				   &f->image.kernel, &f->image.initrd, &f->image.root,
				   (char **)&f->in.share_path, &f->probe.qemu };
	static const char *const bad[] = { "a\nb", "a\rb", "a\tb", "a\033b", "a\177b" };

	for (guint i = 0; i < G_N_ELEMENTS(members); i++) {
		char *kept = *members[i];

		for (guint j = 0; j < G_N_ELEMENTS(bad); j++) {
			*members[i] = (char *)bad[j];
			expect_refused(f, "control character");
		}
		*members[i] = kept;
	}
	expect(f, "-nodefaults\n", 1);
}

static void test_vnc_range(struct fixture *f, gconstpointer data)
{
	f->in.vnc_port = 5899;
	expect_refused(f, "5899");
	f->in.vnc_port = 65536;
	expect_refused(f, "65536");
	f->in.vnc_port = 65535;
	expect(f, "vnc=127.0.0.1:59635\n", 1);
}

static void test_manifest_same(struct fixture *f, gconstpointer data)
{
	g_autofree char *before = plan_manifest(&f->in);
	g_autofree char *after = NULL;

	f->in.ssh_port = 1;
	f->in.vnc_port = 5999;
	f->in.monitor_port = 2;
	f->in.share_path = "/elsewhere";
	f->conf.state_dir = (char *)"/other/state";
	f->conf.runtime_dir = (char *)"/other/run";
	f->image.kernel = (char *)"/other/vmlinuz";
	after = plan_manifest(&f->in);
	g_assert_cmpstr(before, ==, after);
	g_assert_true(g_str_has_prefix(before, "agent: " VEXVM_AGENT_VERSION "\nqemu: QEMU emulator"));
}

static void test_manifest_differs(struct fixture *f, gconstpointer data)
{
	struct kernel built = { .id = (char *)"0123456789abcdef" };
	const struct fixture good = *f;
	g_autofree char *before = plan_manifest(&f->in);

	for (guint i = 0; i < 10; i++) {
		g_autofree char *after = NULL;

		f->conf = good.conf;
		f->probe = good.probe;
		f->image = good.image;
		f->in = good.in;
		switch (i) {
		case 0: f->conf.memory_mib++; break;
		case 1: f->conf.cpus++; break;
		case 2: f->conf.append = (char *)"quiet"; break;
		case 3: f->probe.accel = ACCEL_KVM; break;
		case 4: f->probe.version_text = (char *)"QEMU emulator version 7.2.23"; break;
		case 5: f->image.id = (char *)"ffffffffffffffff"; break;
		case 6: f->image.root = (char *)"/dev/vda2"; break;
		case 7: f->in.share = PLAN_SHARE_NONE; break;
		case 8: f->in.seed = true; break;
		case 9: f->image.built = &built; break;
		}
		after = plan_manifest(&f->in);
		if (g_str_equal(before, after))
			g_test_message("change %u does not show", i);
		g_assert_cmpstr(before, !=, after);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/plan/accelerators", test_accelerators },
		{ "/plan/sizes", test_sizes },
		{ "/plan/ports", test_ports },
		{ "/plan/loopback-only", test_loopback_only },
		{ "/plan/no-ports", test_no_ports },
		{ "/plan/memory", test_memory },
		{ "/plan/window", test_window },
		{ "/plan/share", test_share },
		{ "/plan/disks", test_disks },
		{ "/plan/disk-order", test_disk_order },
		{ "/plan/served-disk", test_served_disk },
		{ "/plan/agent", test_agent },
		{ "/plan/kernel", test_kernel },
		{ "/plan/control-socket", test_control_socket },
		{ "/plan/refusals", test_refusals },
		{ "/plan/vnc-range", test_vnc_range },
		{ "/plan/manifest-same", test_manifest_same },
		{ "/plan/manifest-differs", test_manifest_differs },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, struct fixture, NULL, set_up, tests[i].run, NULL);
	return g_test_run();
}

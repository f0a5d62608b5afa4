// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/doctor.h"

#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "lib/program.h"
#include "libvm/port.h"
#include "libvm/probe.h"
#include "libvm/seed.h"
#include "libvm/selfcheck.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"

#define TOOL_LIMIT_MS	10000
#define MIB		((guint64)1024 * 1024)
#define GIB		(1024 * MIB)

/*
 * Making the image "debian" takes its archive, its tree and the qcow2 at
 * once; an overlay grows by what tests write.
 */
#define CACHE_WANTED	(8 * GIB)
#define CACHE_NEEDED	(3 * GIB)
#define STATE_WANTED	(4 * GIB)
#define STATE_NEEDED	(1 * GIB)
/* QEMU's own memory beside the guest's. */
#define QEMU_EXTRA_MIB	256

struct doctor {
	const struct conf *conf;
	const struct progress *progress;
	char *qemu;		/* found by the first check, or NULL */
};

typedef void (*check_fn)(struct doctor *d, struct doctor_check *c);

static const char *const verdict_names[] = { "ok", "warn", "fail" };

const char *doctor_verdict_name(enum doctor_verdict verdict)
{
	return verdict_names[verdict];
}

/* The line that installs @packages, for this user. */
static char *install(const char *packages)
{
	return g_strdup_printf("%sapt-get install %s", geteuid() == 0 ? "" : "sudo ", packages);
}

static void found(struct doctor_check *c, char *detail)
{
	c->verdict = DOCTOR_OK;
	c->detail = detail;
}

static void lacking(struct doctor_check *c, enum doctor_verdict verdict, char *detail,
		    char *remedy)
{
	c->verdict = verdict;
	c->detail = detail;
	c->remedy = remedy;
}

/* Programs that need only be there. */
static void check_program(struct doctor_check *c, enum doctor_verdict if_missing,
			  const char *program, const char *package, const char *consequence)
{
	g_autofree char *path = g_find_program_in_path(program);

	if (path)
		found(c, g_steal_pointer(&path));
	else
		lacking(c, if_missing,
			g_strdup_printf("%s is not installed: %s", program, consequence),
			install(package));
}

static void check_qemu(struct doctor *d, struct doctor_check *c)
{
	struct conf conf = *d->conf;
	g_autoptr(GError) error = NULL;
	struct probe *probe;

	conf.accel = (char *)"tcg";	/* KVM has a check of its own */
	probe = probe_new(&conf, d->progress, &error);
	if (!probe) {
		lacking(c, DOCTOR_FAIL, g_strdup(error->message),
			install("qemu-system-x86 qemu-utils"));
		return;
	}
	d->qemu = g_strdup(probe->qemu);
	found(c, g_strdup_printf("%u.%u.%u (%s, %s)", probe->version.major, probe->version.minor,
				 probe->version.micro, probe->qemu, probe->qemu_img));
	probe_free(probe);
}

static char *kvm_remedy(void)
{
	if (access("/dev/kvm", F_OK) < 0)
		return g_strdup("switch on virtualisation in the firmware (in a VM: nested "
				"virtualisation in its host), then modprobe kvm_intel or kvm_amd");
	if (access("/dev/kvm", R_OK | W_OK) < 0)
		return g_strdup_printf("sudo adduser %s kvm, then log in again", g_get_user_name());
	return g_strdup("in a VM, its host has to offer working nested virtualisation; "
			"VMs run without");
}

static void check_kvm(struct doctor *d, struct doctor_check *c)
{
	g_autofree char *reason = NULL;

	if (g_str_equal(d->conf->accel, "tcg"))
		found(c, g_strdup("not looked at: accel=tcg is configured"));
	else if (!d->qemu)
		lacking(c, DOCTOR_WARN, g_strdup("not looked at: no QEMU"), NULL);
	else if (probe_kvm(d->conf, d->qemu, true, d->progress, &reason))
		found(c, g_strdup_printf("works: %s under it", reason));
	else
		lacking(c, g_str_equal(d->conf->accel, "kvm") ? DOCTOR_FAIL : DOCTOR_WARN,
			g_strdup_printf("does not work here (%s): VMs are emulated and slow",
					reason),
			kvm_remedy());
}

static void check_ssh(struct doctor *d, struct doctor_check *c)
{
	check_program(c, DOCTOR_FAIL, "ssh-keygen", "openssh-client", "VMs get no keys");
	if (c->verdict == DOCTOR_OK) {
		g_clear_pointer(&c->detail, g_free);
		check_program(c, DOCTOR_FAIL, "ssh", "openssh-client", "no login into VMs");
	}
}

static void check_agent(struct doctor *d, struct doctor_check *c)
{
	g_autoptr(GError) error = NULL;
	char *path = seed_find_agent(&error);

	if (path)
		found(c, path);
	else
		lacking(c, DOCTOR_FAIL, g_strdup(error->message), g_strdup("make"));
}

static const char no_debian[] = "the image 'debian' cannot be made";

static void check_mmdebstrap(struct doctor *d, struct doctor_check *c)
{
	check_program(c, DOCTOR_WARN, "mmdebstrap", "mmdebstrap", no_debian);
}

static void check_mke2fs(struct doctor *d, struct doctor_check *c)
{
	check_program(c, DOCTOR_WARN, "mke2fs", "e2fsprogs", no_debian);
}

static void check_gpgv(struct doctor *d, struct doctor_check *c)
{
	static const char *const keyrings[] = {
		"/usr/share/keyrings/debian-archive-keyring.gpg",
		"/usr/share/keyrings/ubuntu-archive-keyring.gpg",
		"/etc/apt/trusted.gpg.d",
	};

	check_program(c, DOCTOR_WARN, "gpgv", "gpgv", "downloads cannot be verified");
	if (c->verdict != DOCTOR_OK)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(keyrings); i++)
		if (g_file_test(keyrings[i], G_FILE_TEST_EXISTS))
			return;
	g_clear_pointer(&c->detail, g_free);
	lacking(c, DOCTOR_WARN, g_strdup("no keyring: the archive cannot be verified"),
		install("debian-archive-keyring"));
}

static void check_namespaces(struct doctor *d, struct doctor_check *c)
{
	const char *argv[] = { "unshare", "-Ur", "true", NULL };
	g_autoptr(GError) error = NULL;

	if (program_check(argv, TOOL_LIMIT_MS, NULL, &error))
		found(c, g_strdup("user namespaces can be made"));
	else
		lacking(c, DOCTOR_WARN, g_strdup_printf("%s: modules are built without a sandbox "
							"of their own", error->message),
			g_strdup("sysctl kernel.unprivileged_userns_clone=1 "
				 "user.max_user_namespaces=15000 (as root)"));
}

static void check_bubblewrap(struct doctor *d, struct doctor_check *c)
{
	const char *argv[] = { "bwrap", "--ro-bind", "/", "/", "true", NULL };
	g_autofree char *path = g_find_program_in_path("bwrap");
	g_autoptr(GError) error = NULL;

	if (!path)
		lacking(c, DOCTOR_WARN, g_strdup("bwrap is not installed: modules are built in "
						 "the VM, which is slower"), install("bubblewrap"));
	else if (program_check(argv, TOOL_LIMIT_MS, NULL, &error))
		found(c, g_steal_pointer(&path));
	else
		lacking(c, DOCTOR_WARN, g_strdup(error->message),
			g_strdup("allow user namespaces, see above; until then modules are built "
				 "in the VM"));
}

/* Whether @file has a line "USER:first:count" or "UID:first:count". */
static bool has_subids(const char *file)
{
	g_autofree char *name = g_strdup_printf("%s:", g_get_user_name());
	g_autofree char *uid = g_strdup_printf("%u:", (guint)geteuid());
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(file, &text, NULL, NULL))
		return false;
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++)
		if (g_str_has_prefix(lines[i], name) || g_str_has_prefix(lines[i], uid))
			return true;
	return false;
}

static void check_subids(struct doctor *d, struct doctor_check *c)
{
	if (geteuid() == 0) {
		found(c, g_strdup("not needed by root"));
		return;
	}
	check_program(c, DOCTOR_WARN, "newuidmap", "uidmap", no_debian);
	if (c->verdict != DOCTOR_OK || (has_subids("/etc/subuid") && has_subids("/etc/subgid")))
		return;
	g_clear_pointer(&c->detail, g_free);
	lacking(c, DOCTOR_WARN,
		g_strdup_printf("%s has no lines in /etc/subuid and /etc/subgid: %s",
				g_get_user_name(), no_debian),
		g_strdup_printf("sudo usermod --add-subuids 100000-165535 --add-subgids "
				"100000-165535 %s", g_get_user_name()));
}

static void check_sudo(struct doctor *d, struct doctor_check *c)
{
	if (geteuid() == 0)
		found(c, g_strdup("not needed by root"));
	else
		check_program(c, DOCTOR_WARN, "sudo", "sudo",
			      "packages have to be installed by root");
}

/* Free bytes for this user where @path is or will be. */
static bool free_space(const char *path, guint64 *ret)
{
	g_autofree char *at = g_strdup(path);
	struct statvfs st;

	while (statvfs(at, &st) < 0) {
		g_autofree char *parent = g_path_get_dirname(at);

		if (errno != ENOENT || g_str_equal(parent, at))
			return false;
		g_free(at);
		at = g_steal_pointer(&parent);
	}
	*ret = (guint64)st.f_bavail * st.f_frsize;
	return true;
}

static void check_space(struct doctor_check *c, const char *path, guint64 wanted,
			guint64 needed, const char *purpose)
{
	guint64 space;

	if (!free_space(path, &space)) {
		lacking(c, DOCTOR_FAIL, g_strdup_printf("%s: %s", path, g_strerror(errno)), NULL);
		return;
	}
	c->detail = g_strdup_printf("%.1f GiB free for %s (%s)", (double)space / GIB, purpose, path);
	c->verdict = space < needed ? DOCTOR_FAIL : space < wanted ? DOCTOR_WARN : DOCTOR_OK;
	if (c->verdict != DOCTOR_OK)
		c->remedy = g_strdup_printf("make room: %" G_GUINT64_FORMAT " GiB are wanted",
					    wanted / GIB);
}

static void check_cache_space(struct doctor *d, struct doctor_check *c)
{
	check_space(c, d->conf->cache_dir, CACHE_WANTED, CACHE_NEEDED, "images");
}

static void check_state_space(struct doctor *d, struct doctor_check *c)
{
	check_space(c, d->conf->state_dir, STATE_WANTED, STATE_NEEDED, "this VM");
}

static guint64 available_mib(void)
{
	g_autofree char *text = NULL;
	const char *at;

	if (!g_file_get_contents("/proc/meminfo", &text, NULL, NULL))
		return 0;
	at = strstr(text, "MemAvailable:");
	return at ? g_ascii_strtoull(at + strlen("MemAvailable:"), NULL, 10) / 1024 : 0;
}

static void check_memory(struct doctor *d, struct doctor_check *c)
{
	guint64 have = available_mib(), want = d->conf->memory_mib + QEMU_EXTRA_MIB;

	if (have >= want)
		found(c, g_strdup_printf("%" G_GUINT64_FORMAT " MiB available, the VM takes %u",
					 have, d->conf->memory_mib));
	else
		lacking(c, DOCTOR_WARN,
			g_strdup_printf("%" G_GUINT64_FORMAT " MiB available, the VM wants %"
					G_GUINT64_FORMAT, have, want),
			g_strdup("end other programs, or --memory 1G"));
}

/* Whether this VM itself runs and has @port open. */
static bool port_is_ours(const struct conf *conf, const char *member, guint port)
{
	g_autoptr(JsonObject) run = state_load(conf, STATE_RUN, NULL);

	return run && vm_pid(run) && state_int(run, member, 0) == port;
}

static void check_ports(struct doctor *d, struct doctor_check *c)
{
	const struct {
		const char *purpose, *member, *option;
		guint port;
	} ports[] = {
		{ "SSH", "ssh_port", "--ssh-port", d->conf->ssh_port },
		{ "VNC", "vnc_port", "--vnc-port", d->conf->vnc_port },
		{ "monitor", "monitor_port", "--monitor-port", d->conf->monitor_port },
	};
	GString *detail = g_string_new(NULL);
	GString *remedy = g_string_new("start with --auto-ports");

	for (guint i = 0; i < G_N_ELEMENTS(ports); i++) {
		g_autofree char *holder = NULL;

		g_string_append_printf(detail, "%s%s %u ", i ? ", " : "", ports[i].purpose,
				       ports[i].port);
		if (port_is_ours(d->conf, ports[i].member, ports[i].port)) {
			g_string_append(detail, "open for this VM");
		} else if (port_is_free(ports[i].port)) {
			g_string_append(detail, "free");
		} else {
			holder = port_holder(ports[i].port);
			g_string_append_printf(detail, "taken by %s", holder);
			g_string_append_printf(remedy, ", or %s N", ports[i].option);
			c->verdict = DOCTOR_WARN;
		}
	}
	c->detail = g_string_free(detail, FALSE);
	c->remedy = g_string_free(remedy, c->verdict == DOCTOR_OK);
}

static void check_display(struct doctor *d, struct doctor_check *c)
{
	if (!probe_screen())
		found(c, g_strdup_printf("no graphical session: the VM's screen is on VNC, port %u",
					 d->conf->vnc_port));
	else if (d->qemu && probe_window(d->qemu))
		found(c, g_strdup("QEMU can open a window"));
	else
		lacking(c, DOCTOR_WARN, g_strdup("QEMU has no window here: the VM's screen is "
						 "on VNC"), install("qemu-system-gui"));
}

/* What the last selfcheck of this VM found. */
static void check_detectors(struct doctor *d, struct doctor_check *c)
{
	g_autoptr(JsonObject) last = state_load(d->conf, SELFCHECK_FILE, NULL);
	guint counts[3];
	char *text;

	if (!last) {
		found(c, g_strdup("not proven on this VM: 'vexvm selfcheck' does that"));
		return;
	}
	selfcheck_count(last, counts);
	text = g_strdup_printf("%u alive, %u dead, %u not armed on %s (%s)", counts[SELFCHECK_ALIVE],
			       counts[SELFCHECK_DEAD], counts[SELFCHECK_UNARMED], state_string(last, "kernel", "?"),
			       state_string(last, "started", "?"));
	if (counts[SELFCHECK_DEAD])
		lacking(c, DOCTOR_WARN, text, g_strdup("vexvm selfcheck --last"));
	else
		found(c, text);
}

static const struct {
	const char *name;
	check_fn run;
} table[] = {
	{ "qemu", check_qemu },
	{ "kvm", check_kvm },
	{ "ssh", check_ssh },
	{ "agent", check_agent },
	{ "mmdebstrap", check_mmdebstrap },
	{ "e2fsprogs", check_mke2fs },
	{ "gpgv", check_gpgv },
	{ "namespaces", check_namespaces },
	{ "bubblewrap", check_bubblewrap },
	{ "subids", check_subids },
	{ "sudo", check_sudo },
	{ "cache space", check_cache_space },
	{ "vm space", check_state_space },
	{ "memory", check_memory },
	{ "ports", check_ports },
	{ "display", check_display },
	{ "detectors", check_detectors },
};

static void check_free(gpointer data)
{
	struct doctor_check *c = data;

	g_free(c->detail);
	g_free(c->remedy);
	g_free(c);
}

GPtrArray *doctor_run(const struct conf *conf, const struct progress *progress)
{
	GPtrArray *checks = g_ptr_array_new_with_free_func(check_free);
	struct doctor d = { .conf = conf, .progress = progress };

	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
		struct doctor_check *c = g_new0(struct doctor_check, 1);

		c->name = table[i].name;
		table[i].run(&d, c);
		g_ptr_array_add(checks, c);
	}
	g_free(d.qemu);
	return checks;
}

bool doctor_passed(const GPtrArray *checks)
{
	for (guint i = 0; i < checks->len; i++) {
		const struct doctor_check *c = g_ptr_array_index(checks, i);

		if (c->verdict == DOCTOR_FAIL)
			return false;
	}
	return true;
}

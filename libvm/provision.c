// SPDX-License-Identifier: GPL-2.0-only
/* A VM's first boot: cloud-init is followed and judged, and the guest is looked at. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/program.h"
#include "lib/text.h"
#include "libvm/cloud-init.h"
#include "libvm/disk.h"
#include "libvm/guest.h"
#include "libvm/plan.h"
#include "libvm/seed.h"
#include "libvm/share.h"
#include "libvm/ssh.h"
#include "libvm/state.h"
#include "libvm/userdata.h"
#include "libvm/vm-private.h"
#include "libvm/vm.h"

#define AGENT_LIMIT_S	60	/* a running agent answers at once */
#define SSH_LIMIT_S	120
#define CLOUD_INIT_LIMIT_S 600	/* four stages of Python under emulation: 80 s measured */
#define PACKAGES_LIMIT_S 3600	/* a slow mirror and an emulated dpkg */
#define SHORT_LIMIT_S	120
#define LOG_MAX		(1024 * 1024)
#define LINE_MAX_SHOWN	300	/* bytes of cloud-init's output */

static const char result_file[] = "/run/cloud-init/result.json";
static const char output_file[] = "/var/log/cloud-init-output.log";
static const char log_file[] = "/var/log/cloud-init.log";

/*
 * Blocks until systemd's start-up, of which cloud-init's last stage is part,
 * has ended, and shows what cloud-init prints meanwhile.
 */
static const char follow_script[] =
	"tail -n +1 -F /var/log/cloud-init-output.log 2>/dev/null & tail=$!\n"
	"systemctl is-system-running --wait >/dev/null 2>&1\n"
	"[ -e /run/cloud-init/result.json ] || cloud-init status --wait >/dev/null 2>&1\n"
	"kill $tail\n"
	"exit 0\n";

/* Prints one line for each thing that is missing; $1 user, $2 uid, $3 mount point. */
static const char check_script[] =
	"[ \"$(id -u \"$1\" 2>&1)\" = \"$2\" ] || echo \"user $1 with number $2\"\n"
	"sudo -n -u \"$1\" sudo -n true 2>/dev/null || echo \"sudo without a password for $1\"\n"
	"[ -d \"$3\" ] || echo \"the folder $3\"\n";

static const char tools_script[] =
	"for tool in make gcc; do command -v $tool >/dev/null || echo $tool; done\n"
	"[ -d /lib/modules/$(uname -r)/build/ ] || echo \"the headers of kernel $(uname -r)\"\n";

struct provision {
	const struct conf *conf;
	const struct progress *progress;
	bool packages;		/* cloud-init installs the specification's packages */
	struct guest *guest;
	struct qmp *qmp;
	const char *trouble;	/* what QEMU's events tell, or NULL */
	GString *line;		/* of cloud-init's output, so far */
	gint64 start;
};

/* Runs shell text in the guest; its standard output, or NULL when it cannot be run. */
static char *guest_sh(struct provision *p, const char *script, const char *const *args,
		      GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	struct guest_exec exec = { .timeout_s = SHORT_LIMIT_S, .max_output = LOG_MAX,
				   .watch_fd = -1 };
	struct guest_result result = { 0 };
	char *out = NULL;

	g_ptr_array_add(argv, (gpointer)"sh");
	g_ptr_array_add(argv, (gpointer)"-c");
	g_ptr_array_add(argv, (gpointer)script);
	g_ptr_array_add(argv, (gpointer)"sh");
	for (; args && *args; args++)
		g_ptr_array_add(argv, (gpointer)*args);
	g_ptr_array_add(argv, NULL);
	exec.argv = (const char *const *)argv->pdata;
	if (!guest_exec(p->guest, &exec, &result, error))
		return NULL;
	if (result.timed_out || result.signal || result.status) {
		g_autofree char *said = program_last_line(result.err->str);
		g_autofree char *shown = text_escape(said, -1);

		fault_set(error, LAB_ERROR_LAB, "a command in the guest %s (%s)",
			  result.timed_out ? "did not end" : "failed", shown);
	} else {
		out = g_string_free(g_steal_pointer(&result.out), FALSE);
	}
	guest_result_clear(&result);
	return out;
}

/* A file of the guest, at most LOG_MAX bytes of it; "" when there is none. */
static char *guest_read(struct provision *p, const char *path)
{
	const char *const args[] = { path, NULL };
	char *text = guest_sh(p, "[ ! -e \"$1\" ] || tail -c 1000000 \"$1\"", args, NULL);

	return text ? text : g_strdup("");
}

/* Lines of cloud-init's output as they come. */
static void follow_sink(void *data, int fd, const char *bytes, gsize size)
{
	struct provision *p = data;

	for (gsize i = 0; i < size; i++) {
		if (bytes[i] != '\n') {
			if (p->line->len < LINE_MAX_SHOWN)
				g_string_append_c(p->line, bytes[i]);
			continue;
		}
		g_autofree char *shown = text_escape(p->line->str, (gssize)p->line->len);
		const char *stage = cloud_init_stage(shown);

		if (stage)
			progress_note(p->progress, "First boot: %s", stage);
		progress_detail(p->progress, "%s", shown);
		g_string_truncate(p->line, 0);
	}
}

/* QEMU has an event: false when it means that the guest will not go on. */
static bool on_event(void *data)
{
	static const char *const fatal[][2] = {
		{ "GUEST_PANICKED", "its kernel panicked" },
		{ "SHUTDOWN", "it shut itself down" },
		{ "BLOCK_IO_ERROR", "its disk could not be written (is the host's disk full?)" },
	};
	struct provision *p = data;
	g_autoptr(GError) cause = NULL;
	g_autoptr(JsonObject) event = NULL;

	while ((event = qmp_event(p->qmp, 0, &cause))) {
		const char *name = state_string(event, "event", "");

		for (guint i = 0; i < G_N_ELEMENTS(fatal); i++)
			if (g_str_equal(name, fatal[i][0]))
				p->trouble = fatal[i][1];
		g_clear_pointer(&event, json_object_unref);
	}
	if (cause)
		p->trouble = "QEMU ended";
	return !p->trouble;
}

static bool follow_cloud_init(struct provision *p, GError **error)
{
	const char *const argv[] = { "sh", "-c", follow_script, NULL };
	guint limit = p->packages ? PACKAGES_LIMIT_S : CLOUD_INIT_LIMIT_S;
	const struct guest_exec exec = { .argv = argv, .timeout_s = limit, .sink = follow_sink,
					 .data = p, .watch_fd = qmp_fd(p->qmp),
					 .interrupt = on_event };
	struct guest_result result = { 0 };
	bool ok = guest_exec(p->guest, &exec, &result, error);

	if (p->trouble) {
		g_clear_error(error);
		ok = fault_set(error, LAB_ERROR_LAB, "the guest stopped at its first boot: %s; "
			       "see %s/console.log", p->trouble, p->conf->state_dir);
	} else if (ok && result.timed_out)
		ok = fault_set(error, LAB_ERROR_TIMEOUT,
			       "cloud-init does not end within %u s; last it said: %s", limit,
			       p->line->str);
	guest_result_clear(&result);
	return ok;
}

/* Keeps cloud-init's logs beside the console's. */
static void save_logs(struct provision *p)
{
	static const char *const logs[] = { output_file, log_file };

	for (guint i = 0; i < G_N_ELEMENTS(logs); i++) {
		g_autofree char *name = g_path_get_basename(logs[i]);
		g_autofree char *path = plan_state_path(p->conf, name);
		g_autofree char *text = guest_read(p, logs[i]);

		g_file_set_contents(path, text, -1, NULL);
	}
}

static bool judge_cloud_init(struct provision *p, GError **error)
{
	g_autofree char *result = guest_read(p, result_file);
	g_autofree char *output = guest_read(p, output_file);
	g_autofree char *why = NULL;

	if (cloud_init_verdict(result, output, &why))
		return true;
	save_logs(p);
	return fault_set(error, LAB_ERROR_LAB,
			 "cloud-init failed in the guest: %s; its logs are %s/cloud-init*.log", why,
			 p->conf->state_dir);
}

static char *joined_lines(char *text)
{
	g_autofree char *shown = text_escape(g_strchomp(text), -1);
	g_auto(GStrv) lines = g_strsplit(shown, "\n", -1);

	return g_strjoinv(", ", lines);
}

/* A stranger's image may do without what builds modules; the named ones must not. */
static bool check_guest(struct provision *p, bool tools_needed, GError **error)
{
	g_autofree char *uid = g_strdup_printf("%u", share_guest_uid(p->conf));
	const char *const args[] = { CONF_GUEST_USER, uid, CONF_MOUNT_POINT, NULL };
	g_autofree char *missing = guest_sh(p, check_script, args, error);
	g_autofree char *tools = missing ? guest_sh(p, tools_script, NULL, error) : NULL;
	g_autofree char *list = NULL;

	if (!tools)
		return false;
	if (*missing || (*tools && tools_needed)) {
		g_autofree char *all = g_strconcat(missing, tools_needed ? tools : "", NULL);

		list = joined_lines(all);
		save_logs(p);
		return fault_set(error, LAB_ERROR_LAB,
				 "the guest lacks %s; what cloud-init did is in %s/cloud-init*.log",
				 list, p->conf->state_dir);
	}
	if (*tools) {
		list = joined_lines(tools);
		progress_note(p->progress, "No module can be built in this guest: it lacks %s", list);
	}
	return true;
}

/* People log in by SSH, whatever carries the lab's own words. */
static bool check_ssh(struct provision *p, GError **error)
{
	g_autoptr(JsonObject) run = state_load(p->conf, STATE_RUN, NULL);
	const char *const argv[] = { "true", NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = SSH_LIMIT_S, .watch_fd = -1 };
	guint port = (guint)state_int(run, "ssh_port", 0);
	struct guest_result result = { 0 };
	bool ok = ssh_await(port, clock_in(SSH_LIMIT_S), error) &&
		  ssh_exec(p->conf, port, &exec, &result, error);

	if (ok && (result.status || result.timed_out))
		ok = fault_set(error, LAB_ERROR_LAB, "a login with the VM's key is refused");
	guest_result_clear(&result);
	if (!ok) {
		save_logs(p);
		g_prefix_error(error, "SSH does not work in the guest: ");
	}
	return ok;
}

static bool settle(struct provision *p, GError **error)
{
	g_autofree char *done = guest_sh(p, userdata_settle_script(), NULL, error);
	g_autofree char *synced = done ? guest_sh(p, "sync", NULL, error) : NULL;

	return synced != NULL;
}

static bool set_agent(const struct conf *conf, bool agent, GError **error)
{
	return state_set_bool(conf, STATE_VM, "agent", agent, error);
}

static bool has_agent_ports(struct provision *p)
{
	static const char script[] = "grep -qs '^" PLAN_AGENT_NAME "' "
				     "/sys/class/virtio-ports/*/name && echo yes || :";
	g_autofree char *answer = guest_sh(p, script, NULL, NULL);

	return answer && *answer;
}

/*
 * Over SSH: puts the agent where cloud-init could not, and goes over to it
 * when it answers. Without one, SSH does.
 */
static bool deliver_agent(struct provision *p, GError **error)
{
	g_autoptr(GError) cause = NULL;
	struct guest *by_agent = NULL;

	if (!has_agent_ports(p))
		fault_set(&cause, LAB_ERROR_LAB, "its kernel has no virtio ports");
	else if (seed_deliver_agent(p->guest, &cause) && set_agent(p->conf, true, &cause))
		by_agent = guest_open(p->conf, clock_in(AGENT_LIMIT_S), &cause);
	if (by_agent) {
		guest_free(p->guest);
		p->guest = by_agent;
		return true;
	}
	progress_note(p->progress, "This VM is reached by SSH only, which is slower: %s",
		      cause->message);
	return set_agent(p->conf, false, error);
}

/* The guest came up without the agent: perhaps SSH lets us in. */
static bool enter_by_ssh(struct provision *p, GError **error)
{
	g_autoptr(JsonObject) run = state_load(p->conf, STATE_RUN, NULL);
	g_autoptr(GError) cause = NULL;

	progress_note(p->progress, "The agent does not answer, trying SSH");
	if (!set_agent(p->conf, false, error))
		return false;
	p->guest = guest_open(p->conf, clock_in(SSH_LIMIT_S), &cause);
	if (p->guest) {
		g_autofree char *answer = guest_sh(p, "id -u", NULL, &cause);

		if (answer)
			return deliver_agent(p, error);
	}
	return fault_set(error, LAB_ERROR_LAB,
			 "no way into the guest, neither its agent nor SSH on port %d (%s); "
			 "does the image have cloud-init? Its console: %s/console.log",
			 (int)state_int(run, "ssh_port", 0), cause->message, p->conf->state_dir);
}

static bool enter(struct provision *p, const struct probe *probe, GError **error)
{
	const struct vm_start start = { .headless = true, .provisioning = true };
	g_autoptr(GError) cause = NULL;

	if (vm_start(p->conf, probe, &start, p->progress, &cause)) {
		p->guest = guest_open(p->conf, clock_in(AGENT_LIMIT_S), error);
		return p->guest != NULL;
	}
	if (g_error_matches(cause, LAB_ERROR, LAB_ERROR_TIMEOUT))
		return enter_by_ssh(p, error);
	g_propagate_error(error, g_steal_pointer(&cause));
	return false;
}

static bool set_up_guest(struct provision *p, const struct probe *probe, bool tools_needed,
			 GError **error)
{
	return enter(p, probe, error) && (p->qmp = vm_qmp(p->conf, error)) &&
	       follow_cloud_init(p, error) && judge_cloud_init(p, error) &&
	       check_guest(p, tools_needed, error) && check_ssh(p, error) && settle(p, error);
}

/* An image that was asked for by path or address is the user's own. */
static bool image_is_named(const char *name)
{
	return !strchr(name, '/');
}

bool vm_provision(const struct conf *conf, const struct probe *probe,
		  const struct progress *progress, GError **error)
{
	g_autoptr(JsonObject) vm = state_load(conf, STATE_VM, error);
	struct conf own = *conf;
	struct provision p = { .conf = &own, .progress = progress,
			       .start = g_get_monotonic_time() };
	bool ok;

	if (!vm)
		return error && *error ? false :
		       fault_set(error, LAB_ERROR_LAB, "there is no VM '%s' yet; run 'vexvm setup'",
				 conf->name);
	/* Nobody has to find this boot's ports. */
	own.auto_ports = true;
	p.packages = state_bool(vm, "packages", true);
	p.line = g_string_new(NULL);
	ok = set_up_guest(&p, probe, image_is_named(state_string(vm, "image", "")), error);
	guest_free(p.guest);
	qmp_free(p.qmp);
	g_string_free(p.line, TRUE);
	if (!vm_stop(conf, !ok, progress, ok ? error : NULL))
		ok = false;
	ok = ok && disk_provisioned(conf, error) &&
	     state_set_bool(conf, STATE_VM, "provisioned", true, error);
	if (ok)
		progress_done(progress, "First boot", clock_since(p.start));
	else
		g_prefix_error(error, "VM '%s' is not set up: ", conf->name);
	return ok;
}

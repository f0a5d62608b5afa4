// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/guest.h"

#include "lib/fault.h"
#include "libvm/agent.h"
#include "libvm/plan.h"
#include "libvm/ssh.h"
#include "libvm/state.h"

struct guest {
	const struct conf *conf;
	struct agent *agent;	/* NULL: SSH */
	guint ssh_port;
	guest_kmsg_fn kmsg;	/* over SSH: asked for after each command */
	void *kmsg_data;
	guint64 kmsg_next;
};

struct guest *guest_new_agent(const struct conf *conf, struct agent *agent)
{
	struct guest *guest = g_new0(struct guest, 1);

	guest->conf = conf;
	guest->agent = agent;
	return guest;
}

static struct guest *open_ssh(const struct conf *conf, guint port, gint64 deadline, GError **error)
{
	g_autoptr(GError) cause = NULL;
	struct guest *guest;

	if (!ssh_await(port, deadline, &cause)) {
		fault_set(error, LAB_ERROR_LAB, "no way into VM '%s', which has no agent: %s; "
			  "its console: %s/console.log", conf->name, cause->message, conf->state_dir);
		return NULL;
	}
	guest = g_new0(struct guest, 1);
	guest->conf = conf;
	guest->ssh_port = port;
	return guest;
}

struct guest *guest_open(const struct conf *conf, gint64 deadline, GError **error)
{
	g_autoptr(JsonObject) vm = state_load(conf, STATE_VM, NULL);
	g_autoptr(JsonObject) run = state_load(conf, STATE_RUN, NULL);
	g_autoptr(GError) cause = NULL;
	guint port = (guint)state_int(run, "ssh_port", 0);
	struct agent *agent;

	if (!run) {
		fault_set(error, LAB_ERROR_LAB, "VM '%s' does not run; 'vexvm start' starts it",
			  conf->name);
		return NULL;
	}
	if (!state_bool(vm, "agent", true))
		return open_ssh(conf, port, deadline, error);
	agent = agent_open(conf->runtime_dir, deadline, &cause);
	if (agent)
		return guest_new_agent(conf, agent);
	fault_set(error, LAB_ERROR_LAB, "no way into VM '%s' by its agent: %s; its console: %s/console.log",
		  conf->name, cause->message, conf->state_dir);
	return NULL;
}

void guest_free(struct guest *guest)
{
	if (!guest)
		return;
	agent_free(guest->agent);
	g_free(guest);
}

const char *guest_carrier(const struct guest *guest)
{
	return guest->agent ? "agent" : "ssh";
}

bool guest_is_lost(const struct guest *guest)
{
	return guest->agent && agent_has_failed(guest->agent);
}

const char *guest_release(const struct guest *guest)
{
	return guest->agent ? agent_kernel_release(guest->agent) : NULL;
}

bool guest_agent_is_ours(const struct guest *guest)
{
	return guest->agent && g_str_equal(agent_version(guest->agent), VEXVM_AGENT_VERSION);
}

/* One line of /dev/kmsg, as the agent reads it. */
static void kmsg_line(struct guest *guest, char *line)
{
	char *text = strchr(line, ';'), *at;
	struct kmsg_record record;
	guint64 level;

	if (!text || *line == ' ')
		return;
	level = g_ascii_strtoull(line, &at, 10);
	if (*at != ',')
		return;
	record.seq = g_ascii_strtoull(at + 1, &at, 10);
	if (*at != ',' || record.seq < guest->kmsg_next)
		return;
	record.usec = g_ascii_strtoull(at + 1, NULL, 10);
	record.level = level & 7;
	record.facility = (guint)(level >> 3);
	record.text = text + 1;
	guest->kmsg_next = record.seq + 1;
	if (guest->kmsg)
		guest->kmsg(guest->kmsg_data, &record);
}

/* What the kernel said since the last time; dd stops where the log ends. */
static bool kmsg_fetch(struct guest *guest, GError **error)
{
	const char *const argv[] = { "dd", "if=/dev/kmsg", "iflag=nonblock", "bs=8k", NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = 60, .watch_fd = -1,
					 .max_output = 4 * 1024 * 1024 };
	struct guest_result result = { 0 };
	bool ok = ssh_exec(guest->conf, guest->ssh_port, &exec, &result, error);
	g_auto(GStrv) lines = ok ? g_strsplit(result.out->str, "\n", -1) : NULL;

	for (guint i = 0; lines && lines[i]; i++)
		kmsg_line(guest, lines[i]);
	guest_result_clear(&result);
	return ok;
}

bool guest_exec(struct guest *guest, const struct guest_exec *exec, struct guest_result *ret,
		GError **error)
{
	if (guest->agent)
		return agent_exec(guest->agent, exec, ret, error);
	return ssh_exec(guest->conf, guest->ssh_port, exec, ret, error) &&
	       (!guest->kmsg || kmsg_fetch(guest, error));
}

void guest_result_clear(struct guest_result *result)
{
	if (result->out)
		g_string_free(result->out, TRUE);
	if (result->err)
		g_string_free(result->err, TRUE);
	result->out = NULL;
	result->err = NULL;
}

bool guest_put(struct guest *guest, const char *host_path, const char *guest_path, guint mode,
	       GError **error)
{
	if (guest->agent)
		return agent_put(guest->agent, host_path, guest_path, mode, error);
	return ssh_put(guest->conf, guest->ssh_port, host_path, guest_path, mode, error);
}

bool guest_get(struct guest *guest, const char *guest_path, const char *host_path,
	       guint64 max_size, GError **error)
{
	if (guest->agent)
		return agent_get(guest->agent, guest_path, host_path, max_size, error);
	return ssh_get(guest->conf, guest->ssh_port, guest_path, host_path, max_size, error);
}

bool guest_kmsg_follow(struct guest *guest, guint64 since_seq, guest_kmsg_fn fn, void *data,
		       GError **error)
{
	if (guest->agent)
		return agent_kmsg_follow(guest->agent, since_seq, fn, data, error);
	guest->kmsg_data = data;
	guest->kmsg_next = since_seq == G_MAXUINT64 ? 0 : since_seq;
	/* Only what is new: what there is now is fetched and dropped. */
	guest->kmsg = since_seq == G_MAXUINT64 ? NULL : fn;
	if (!kmsg_fetch(guest, error))
		return false;
	guest->kmsg = fn;
	return true;
}

bool guest_poll(struct guest *guest, gint64 deadline, GError **error)
{
	if (guest->agent)
		return agent_poll(guest->agent, deadline, error);
	return !guest->kmsg || kmsg_fetch(guest, error);
}

bool guest_set_clock(struct guest *guest, GError **error)
{
	g_autofree char *now = NULL;
	const char *argv[] = { "date", "-s", NULL, NULL };
	const struct guest_exec exec = { .argv = argv, .timeout_s = 60, .watch_fd = -1 };
	struct guest_result result = { 0 };
	bool ok;

	if (guest->agent)
		return agent_set_clock(guest->agent, error);
	now = g_strdup_printf("@%" G_GINT64_FORMAT, g_get_real_time() / G_USEC_PER_SEC);
	argv[2] = now;
	ok = ssh_exec(guest->conf, guest->ssh_port, &exec, &result, error);
	if (ok && (result.status || result.signal))
		ok = fault_set(error, LAB_ERROR_LAB, "cannot set the guest's clock: date failed");
	guest_result_clear(&result);
	return ok;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/status.h"

#include "lib/fault.h"
#include "lib/json.h"
#include "vexvm/terminal.h"

static enum terminal_style phase_style(enum vm_phase phase)
{
	switch (phase) {
	case VM_READY:
		return STYLE_GOOD;
	case VM_BOOTING:
	case VM_PAUSED:
		return STYLE_WARN;
	case VM_PANICKED:
	case VM_UNREACHABLE:
		return STYLE_BAD;
	default:
		return STYLE_BOLD;
	}
}

static void add_uptime(GString *text, double uptime_s)
{
	guint64 s = (guint64)MAX(uptime_s, 0);

	g_string_append_printf(text, "uptime    %02u:%02u:%02u\n", (guint)(s / 3600),
			       (guint)(s / 60 % 60), (guint)(s % 60));
}

static void add_ports(GString *text, const struct vm_status *status)
{
	if (status->ssh_port)
		g_string_append_printf(text, "ssh       127.0.0.1:%u   vexvm ssh\n",
				       status->ssh_port);
	if (status->vnc_port)
		g_string_append_printf(text, "screen    127.0.0.1:%u   a VNC viewer\n",
				       status->vnc_port);
	if (status->monitor_port)
		g_string_append_printf(text, "monitor   127.0.0.1:%u   vexvm monitor\n",
				       status->monitor_port);
}

static const char *next_step(enum vm_phase phase)
{
	switch (phase) {
	case VM_ABSENT:
		return "next      vexvm setup\n";
	case VM_STOPPED:
		return "next      vexvm start\n";
	case VM_PANICKED:
		return "next      vexvm log console; vexvm stop --force\n";
	case VM_UNREACHABLE:
		return "next      vexvm stop --force\n";
	default:
		return "";
	}
}

char *status_text(const struct conf *conf, const struct vm_status *status)
{
	GString *text = g_string_new(NULL);
	/* QEMU's word for a guest that runs adds nothing. */
	bool detail = status->detail && *status->detail &&
		      !g_str_equal(status->detail, "running");

	g_string_append_printf(text, "VM        %s\n", conf->name);
	g_string_append_printf(text, "state     %s%s%s%s%s%s\n",
			       terminal_style(phase_style(status->phase)),
			       vm_phase_name(status->phase), terminal_style(STYLE_PLAIN),
			       detail ? " (" : "", detail ? status->detail : "",
			       detail ? ")" : "");
	if (status->image)
		g_string_append_printf(text, "image     %s\n", status->image);
	if (status->pid) {
		g_string_append_printf(text, "QEMU      PID %d, %s%s%s\n", status->pid,
				       status->accel ? status->accel : "?",
				       status->headless ? ", no window" : "",
				       status->from_template ? ", a copy of the template" : "");
		add_uptime(text, status->uptime_s);
		add_ports(text, status);
	}
	g_string_append(text, next_step(status->phase));
	return g_string_free(text, FALSE);
}

/* 0 is shown as null: there is none. */
static void add_number(JsonBuilder *builder, const char *name, gint64 value)
{
	json_builder_set_member_name(builder, name);
	if (value)
		json_builder_add_int_value(builder, value);
	else
		json_builder_add_null_value(builder);
}

JsonNode *status_json(const struct conf *conf, const struct vm_status *status)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_add_string(builder, "name", conf->name);
	json_add_string(builder, "state", vm_phase_name(status->phase));
	json_add_string(builder, "detail", status->detail);
	json_add_string(builder, "image", status->image);
	json_add_string(builder, "accel", status->accel);
	add_number(builder, "pid", status->pid);
	json_add_double(builder, "uptime", status->uptime_s);
	add_number(builder, "ssh_port", status->ssh_port);
	add_number(builder, "vnc_port", status->vnc_port);
	add_number(builder, "monitor_port", status->monitor_port);
	json_add_bool(builder, "headless", status->headless);
	json_add_bool(builder, "from_template", status->from_template);
	json_add_bool(builder, "provisioned", status->provisioned);
	json_add_string(builder, "state_dir", conf->state_dir);
	json_builder_end_object(builder);
	return json_builder_get_root(builder);
}

int status_exit(const struct vm_status *status)
{
	switch (status->phase) {
	case VM_ABSENT:
	case VM_STOPPED:
		return STATUS_NOT_RUNNING;
	case VM_PANICKED:
		return LAB_ERROR_KERNEL;
	case VM_UNREACHABLE:
		return LAB_ERROR_LAB;
	case VM_PAUSED:
		/* Paused by a person is well; "io-error" and its like are not. */
		return !status->detail || g_str_has_prefix(status->detail, "paused") ?
			       0 : LAB_ERROR_LAB;
	default:
		return 0;
	}
}

// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/fake-qemu.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/fd.h"
#include "libvm/plan.h"

struct fake {
	const char *mode;
	guint connections;
	int client;
};

static bool is(const struct fake *fake, const char *mode)
{
	return g_str_equal(fake->mode, mode);
}

static void say(struct fake *fake, const char *text)
{
	fd_write_all(fake->client, text, strlen(text));
}

static void answer(struct fake *fake, const char *line, const char *value)
{
	const char *id = strstr(line, "\"id\":");
	g_autofree char *text = g_strdup_printf("{\"return\": %s, \"id\": %d}\r\n", value,
						id ? (int)g_ascii_strtoll(id + 5, NULL, 10) : -1);

	say(fake, text);
}

static gpointer spin(gpointer first)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(GPOINTER_TO_UINT(first), &one);
	sched_setaffinity(0, sizeof(one), &one);
	for (;;)
		;
	return NULL;
}

/* Its processors share one of the host's, for longer than a limit of a second. */
static void starve(void)
{
	cpu_set_t allowed;
	guint first = 0;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	while (!CPU_ISSET(first, &allowed))
		first++;
	for (guint i = 0; i < FAKE_QEMU_STARVED; i++)
		g_thread_unref(g_thread_new("vcpu", spin, GUINT_TO_POINTER(first)));
	poll(NULL, 0, FAKE_QEMU_STARVED_MS);
}

/* What happens to the guest once somebody waits for it. */
static void misbehave(struct fake *fake)
{
	const char *console = g_getenv(FAKE_QEMU_CONSOLE);

	if (fake->connections < 2)
		return;
	if (is(fake, "panics"))
		g_file_set_contents(console, "[    1.0] VFS: no root\n"
				    "[    1.1] Kernel panic - not syncing: VFS: no root\n", -1, NULL);
	if (is(fake, "starves"))
		starve();
	if (is(fake, "shuts-down") || is(fake, "starves"))
		say(fake, "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true}}\r\n");
	if (is(fake, "crashes")) {
		fprintf(stderr, "qemu: fatal: tcg went wrong\n");
		_exit(1);
	}
}

static void obey(struct fake *fake, const char *line)
{
	const char *status = g_getenv(FAKE_QEMU_STATUS);
	g_autofree char *value = g_strdup_printf("{\"status\": \"%s\"}", status ? status : "running");

	if (strstr(line, "\"query-status\"")) {
		answer(fake, line, value);
		return;
	}
	answer(fake, line, "{}");
	if (strstr(line, "\"qmp_capabilities\""))
		misbehave(fake);
	if (strstr(line, "\"quit\"") || strstr(line, "\"system_powerdown\""))
		_exit(0);
}

static void serve(struct fake *fake)
{
	g_autoptr(GString) line = g_string_new(NULL);
	char c;

	if (is(fake, "foreign"))
		say(fake, "220 mail.example ESMTP\r\n");
	else
		say(fake, "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n");
	while (read(fake->client, &c, 1) == 1) {
		g_string_append_c(line, c);
		if (c != '\n')
			continue;
		obey(fake, line->str);
		g_string_truncate(line, 0);
	}
}

/* The agent's sockets, on which nobody ever answers. */
static void listen_agent(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/agent.0", g_getenv(FAKE_QEMU_RUNTIME));
	unlink(addr.sun_path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 8) < 0)
		_exit(3);
}

/* As the kernel ends a large process: its files first, its memory later. */
static void end_slowly(const struct fake *fake)
{
	close(PLAN_QMP_FD);
	close(fake->client);
	poll(NULL, 0, FAKE_QEMU_SLOW_MS);
	_exit(0);
}

void fake_qemu_main(const char *mode)
{
	struct fake fake = { .mode = mode };

	if (is(&fake, "dies")) {
		fprintf(stderr, "qemu: warning: something else\nqemu: -drive id=disk: Image is corrupt\n");
		_exit(1);
	}
	if (is(&fake, "killed"))
		raise(SIGKILL);
	/* A test that is aborted leaves nothing behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listen_agent();
	while (is(&fake, "mute"))
		pause();
	while ((fake.client = accept(PLAN_QMP_FD, NULL, NULL)) >= 0) {
		fake.connections++;
		if (is(&fake, "ends-slowly") && fake.connections > 1)
			end_slowly(&fake);
		serve(&fake);
		close(fake.client);
	}
	_exit(2);
}

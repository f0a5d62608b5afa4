// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"

#define TCP_LISTEN 10	/* in /proc/net/tcp: include/net/tcp_states.h of Linux */

bool port_is_free(guint port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons((guint16)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	auto_fd fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	/* As QEMU does: a connection that lingers in TIME_WAIT is no obstacle. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
	       listen(fd, 1) == 0;
}

/* The inode of the socket that listens on @port, or 0. */
static guint64 listener_inode(const char *table, guint port)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(table, &text, NULL, NULL))
		return 0;
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 1; lines[i]; i++) {
		unsigned int local_port, state;
		unsigned long inode;

		/* sl local:port remote:port st queues timer retransmits uid timeout inode */
		if (sscanf(lines[i], "%*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x "
			   "%*x %*u %*u %lu", &local_port, &state, &inode) == 3 &&
		    local_port == port && state == TCP_LISTEN)
			return inode;
	}
	return 0;
}

static bool process_has(const char *pid, const char *socket_link)
{
	g_autofree char *path = g_build_filename("/proc", pid, "fd", NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *link = g_build_filename(path, name, NULL);
		g_autofree char *target = g_file_read_link(link, NULL);

		if (target && g_str_equal(target, socket_link))
			return true;
	}
	return false;
}

char *port_holder(guint port)
{
	g_autoptr(GDir) dir = g_dir_open("/proc", 0, NULL);
	guint64 inode = listener_inode("/proc/net/tcp", port);
	g_autofree char *link = NULL;
	const char *pid;

	if (!inode)
		inode = listener_inode("/proc/net/tcp6", port);
	link = g_strdup_printf("socket:[%" G_GUINT64_FORMAT "]", inode);
	while (inode && dir && (pid = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename("/proc", pid, "comm", NULL);
		g_autofree char *name = NULL;

		if (g_ascii_isdigit(*pid) && process_has(pid, link) &&
		    g_file_get_contents(path, &name, NULL, NULL)) {
			g_autofree char *shown = text_escape(g_strchomp(name), -1);

			return g_strdup_printf("%s (PID %s)", shown, pid);
		}
	}
	return g_strdup("a process of another user");
}

bool port_check(guint port, const char *option, GError **error)
{
	g_autofree char *holder = NULL;

	if (port_is_free(port))
		return true;
	if (port < 1024 && geteuid() != 0)
		return fault_set(error, LAB_ERROR_USAGE,
				 "port %u is for root only; choose another with %s", port, option);
	holder = port_holder(port);
	return fault_set(error, LAB_ERROR_LAB,
			 "port %u is in use by %s; end it, choose another with %s, or pass --auto-ports",
			 port, holder, option);
}

guint port_next_free(guint wanted, const guint *taken, gsize n_taken)
{
	for (guint port = wanted; port < 65536; port++) {
		bool ours = false;

		for (gsize i = 0; i < n_taken; i++)
			ours |= taken[i] == port;
		if (!ours && port_is_free(port))
			return port;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Ports on the loopback: free, taken, by whom, and the next one. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/port.h"

/* A socket on a port of the kernel's choice; it listens when @listening. */
static int taken_port(const char *address, bool listening, guint *ret_port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address) };
	socklen_t size = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_assert_cmpint(bind(fd, (struct sockaddr *)&addr, size), ==, 0);
	if (listening)
		g_assert_cmpint(listen(fd, 1), ==, 0);
	g_assert_cmpint(getsockname(fd, (struct sockaddr *)&addr, &size), ==, 0);
	*ret_port = ntohs(addr.sin_port);
	return fd;
}

static void test_free(void)
{
	g_autoptr(GError) error = NULL;
	guint port;
	auto_fd fd = taken_port("127.0.0.1", true, &port);

	g_assert_false(port_is_free(port));
	fd_close(&fd);
	g_assert_true(port_is_free(port));
	g_assert_true(port_check(port, "--ssh-port", &error));
	g_assert_no_error(error);
}

/* A server for all addresses is in the way too. */
static void test_any_address(void)
{
	guint port;
	auto_fd fd = taken_port("0.0.0.0", true, &port);

	g_assert_false(port_is_free(port));
}

static void test_holder(void)
{
	g_autofree char *me = g_strdup_printf("(PID %d)", getpid());
	g_autofree char *holder = NULL;
	g_autoptr(GError) error = NULL;
	guint port;
	auto_fd fd = taken_port("127.0.0.1", true, &port);

	holder = port_holder(port);
	g_assert_true(g_str_has_prefix(holder, "test-port"));
	g_assert_true(g_str_has_suffix(holder, me));
	g_assert_false(port_check(port, "--ssh-port", &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, me));
	g_assert_nonnull(strstr(error->message, "--ssh-port"));
	g_assert_nonnull(strstr(error->message, "--auto-ports"));
}

static void test_next(void)
{
	guint port, next;
	auto_fd fd = taken_port("127.0.0.1", true, &port);

	next = port_next_free(port, NULL, 0);
	g_assert_cmpuint(next, >, port);
	g_assert_true(port_is_free(next));
	g_assert_cmpuint(port_next_free(next, &next, 1), >, next);
	g_assert_cmpuint(port_next_free(65536, NULL, 0), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/port/free", test_free);
	g_test_add_func("/port/any-address", test_any_address);
	g_test_add_func("/port/holder", test_holder);
	g_test_add_func("/port/next", test_next);
	return g_test_run();
}

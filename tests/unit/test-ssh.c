// SPDX-License-Identifier: GPL-2.0-only
/* OpenSSH's arguments as data, the lines for the guest's shell, sshd's banner. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"
#include "libvm/ssh.h"

#define LIMIT (60 * G_USEC_PER_SEC)

static struct conf conf_with(const char *state_dir, const char *runtime_dir)
{
	return (struct conf){ .name = (char *)"default", .state_dir = (char *)state_dir,
			      .runtime_dir = (char *)runtime_dir };
}

static bool has(char **argv, const char *word)
{
	return g_strv_contains((const char *const *)argv, word);
}

static void test_argv(void)
{
	struct conf conf = conf_with("/a b/50%/.vexvm/default", "/run/user/1/vexvm");
	const char *const command[] = { "uname", "-a", NULL };
	g_auto(GStrv) login = ssh_argv(&conf, 2222, true, NULL);
	g_auto(GStrv) words = ssh_argv(&conf, 2223, false, command);
	guint n = g_strv_length(words);

	g_assert_cmpstr(login[0], ==, "ssh");
	g_assert_cmpstr(login[g_strv_length(login) - 1], ==, "vexfs@127.0.0.1");
	g_assert_true(has(login, "-t") && has(login, "-p2222"));
	g_assert_true(has(words, "-T") && has(words, "-p2223"));
	g_assert_cmpstr(words[n - 3], ==, "vexfs@127.0.0.1");
	g_assert_cmpstr(words[n - 2], ==, "uname");
	g_assert_cmpstr(words[n - 1], ==, "-a");
	g_assert_true(has(words, "IdentityFile=\"/a b/50%%/.vexvm/default/id_ed25519\""));
	g_assert_true(has(words, "UserKnownHostsFile=\"/a b/50%%/.vexvm/default/known_hosts\""));
	g_assert_true(has(words, "ControlPath=\"/run/user/1/vexvm/ssh\""));
	g_assert_true(has(words, "StrictHostKeyChecking=yes"));
	g_assert_true(has(words, "HostKeyAlias=vexvm-default"));
	g_assert_true(has(words, "BatchMode=yes"));
	g_assert_true(has(words, "IdentitiesOnly=yes"));
	g_assert_true(has(words, "LogLevel=ERROR"));
}

/* A socket's path has 108 bytes with its end, of which ssh adds 17 for a while. */
static void test_control_path(void)
{
	for (gsize length = 80; length < 100; length++) {
		g_autofree char *dir = g_strnfill(length, 'd');
		g_autofree char *wanted = g_strdup_printf("ControlPath=\"%s/ssh\"", dir);
		struct conf conf = conf_with("/state", dir);
		g_auto(GStrv) argv = ssh_argv(&conf, 22, false, NULL);
		bool fits = length + strlen("/ssh") + 17 < 108;

		g_assert_cmpint(has(argv, wanted), ==, fits);
		g_assert_cmpint(has(argv, "ControlMaster=auto"), ==, fits);
	}
}

/* ssh itself reads it as it is meant. */
static void test_config(void)
{
	struct conf conf = conf_with("/a b/50%/.vexvm/default", "/run/x");
	g_autofree char *text = ssh_config_text(&conf, 2345);
	g_autofree char *file = g_strdup_printf("%s/vexvm-test-ssh-%d", g_get_tmp_dir(), getpid());
	const char *const argv[] = { "ssh", "-G", "-F", file, "vexvm", NULL };
	static const char *const lines[] = {
		"hostname 127.0.0.1\n", "port 2345\n", "user vexfs\n", "batchmode yes\n",
		"hostkeyalias vexvm-default\n", "stricthostkeychecking true\n",
		"identityfile /a b/50%%/.vexvm/default/id_ed25519\n",
	};
	g_autofree char *out = NULL, *program = g_find_program_in_path("ssh");
	g_autoptr(GError) error = NULL;

	if (!program) {
		g_test_skip("ssh is not installed");
		return;
	}
	g_assert_true(g_file_set_contents(file, text, -1, NULL));
	program_check(argv, 10000, &out, &error);
	unlink(file);
	g_assert_no_error(error);
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
		if (!strstr(out, lines[i]))
			g_error("no '%s' in:\n%s", lines[i], out);
}

/* Lines for the guest's shell, given to the host's with a sudo that does nothing. */

static void run_line(const struct guest_exec *exec, struct program_result *ret)
{
	g_autofree char *line = ssh_remote_line(exec);
	g_autofree char *script = g_strdup_printf("sudo() { shift; \"$@\"; }; %s", line);
	const char *const argv[] = { "sh", "-c", script, NULL };

	g_assert_true(program_run(argv, -1, 60000, ret, NULL));
}

static void check_line(const struct guest_exec *exec, int status, const char *out, const char *err)
{
	auto_program_result r = { 0 };

	run_line(exec, &r);
	g_assert_cmpstr(r.out->str, ==, out);
	g_assert_nonnull(strstr(r.err->str, err));
	g_assert_cmpint(r.status, ==, status);
	g_assert_cmpint(r.signal, ==, 0);
}

static void test_remote_line(void)
{
	static const char *const hostile[] = {
		"printf", "[%s]", "a b", "'", "\"", "$HOME", "`id`", "\\", "*", "\n", ";", "", NULL };
	static const char *const env_argv[] = { "env", NULL };
	static const char *const env[] = { "A=b 'c'", "LANG=de", NULL };
	static const char *const pwd[] = { "pwd", NULL };
	static const char *const cat[] = { "cat", NULL };
	static const char *const failing[] = { "sh", "-c", "exit 3", NULL };
	static const char *const last[] = { "sh", "-c", "exit 255", NULL };
	static const char *const dying[] = { "sh", "-c", "kill -s SEGV $$", NULL };
	static const char *const endless[] = { "tail", "-f", "/dev/null", NULL };
	static const char *const absent[] = { "no-such-program", NULL };

	check_line(&(struct guest_exec){ .argv = hostile }, 0,
		   "[a b]['][\"][$HOME][`id`][\\][*][\n][;][]", "");
	check_line(&(struct guest_exec){ .argv = env_argv, .env = env }, 0,
		   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
		   "HOME=/root\nUSER=root\nLANG=de\nTERM=dumb\nA=b 'c'\n", "");
	check_line(&(struct guest_exec){ .argv = pwd }, 0, "/\n", "");
	check_line(&(struct guest_exec){ .argv = pwd, .cwd = "/usr/bin" }, 0, "/usr/bin\n", "");
	check_line(&(struct guest_exec){ .argv = pwd, .cwd = "/no/such" }, 127, "", "/no/such");
	check_line(&(struct guest_exec){ .argv = cat }, 0, "", "");
	check_line(&(struct guest_exec){ .argv = failing }, 3, "", "");
	check_line(&(struct guest_exec){ .argv = failing, .timeout_s = 60 }, 3, "", "");
	check_line(&(struct guest_exec){ .argv = last }, 255, "", "own status is 255\n");
	check_line(&(struct guest_exec){ .argv = dying }, 128 + SIGSEGV, "", "");
	check_line(&(struct guest_exec){ .argv = endless, .timeout_s = 1 }, 124, "", "");
	check_line(&(struct guest_exec){ .argv = absent }, 127, "", "no-such-program");
}

/* Banners */

struct listener {
	int fd;
	guint port;
	const char *const *greetings;	/* one for each connection; the last stays */
	GThread *thread;
};

static gpointer serve(gpointer data)
{
	struct listener *l = data;

	for (const char *const *greeting = l->greetings; *greeting; greeting++) {
		auto_fd peer = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
		char c;

		if (peer < 0)
			break;
		send(peer, *greeting, strlen(*greeting), MSG_NOSIGNAL);
		if (!greeting[1])
			while (recv(peer, &c, 1, 0) > 0)
				;
	}
	return NULL;
}

static void listener_init(struct listener *l, const char *const *greetings)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(addr);

	l->greetings = greetings;
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(l->fd, (struct sockaddr *)&addr, size), ==, 0);
	g_assert_cmpint(listen(l->fd, 5), ==, 0);
	g_assert_cmpint(getsockname(l->fd, (struct sockaddr *)&addr, &size), ==, 0);
	l->port = ntohs(addr.sin_port);
	l->thread = g_thread_new("listener", serve, l);
}

static void listener_clear(struct listener *l)
{
	shutdown(l->fd, SHUT_RDWR);
	g_thread_join(l->thread);
	fd_close(&l->fd);
}

static void test_await(void)
{
	static const char *const greetings[] = { "", "SS", "HTTP/1.0 400", "SSH-2.0-x\r\n", NULL };
	struct listener l;
	g_autoptr(GError) error = NULL;

	listener_init(&l, greetings);
	ssh_await(l.port, g_get_monotonic_time() + LIMIT, &error);
	g_assert_no_error(error);
	listener_clear(&l);
}

/* One that says half of it and stays does not hold the caller beyond its limit. */
static void test_await_ends(void)
{
	static const char *const greetings[] = { "SSH", NULL };
	struct listener l;
	g_autoptr(GError) error = NULL, refused = NULL;
	guint port;

	listener_init(&l, greetings);
	port = l.port;
	g_assert_false(ssh_await(port, g_get_monotonic_time() + G_USEC_PER_SEC / 5, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_TIMEOUT);
	listener_clear(&l);
	g_assert_false(ssh_await(port, g_get_monotonic_time() + G_USEC_PER_SEC / 5, &refused));
	g_assert_error(refused, LAB_ERROR, LAB_ERROR_TIMEOUT);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ssh/argv", test_argv);
	g_test_add_func("/ssh/control-path", test_control_path);
	g_test_add_func("/ssh/config", test_config);
	g_test_add_func("/ssh/remote-line", test_remote_line);
	g_test_add_func("/ssh/await", test_await);
	g_test_add_func("/ssh/await-ends", test_await_ends);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-2.0-only
#include "tests/lib/fakevm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "lib/fd.h"
#include "libvm/conf.h"
#include "libvm/plan.h"
#include "libvm/state.h"
#include "libvm/vm-private.h"

struct server {
	int fd;			/* listening */
	GThread *thread;
};

struct fakevm {
	struct conf *conf;
	char *state;
	GPid pid;
	int alive;		/* the process ends when this is closed */
	struct server qmp, ssh;
	guint ssh_port;
};

static struct conf *box_conf(const struct box *box)
{
	g_autoptr(GError) error = NULL;
	struct conf *conf;

	g_setenv("XDG_RUNTIME_DIR", g_environ_getenv(box->env, "XDG_RUNTIME_DIR"), TRUE);
	conf = conf_new(box->project, NULL, &error);
	g_assert_no_error(error);
	return conf;
}

void fakevm_set_up(const struct box *box)
{
	g_autoptr(conf_owner) conf = box_conf(box);
	g_autoptr(JsonObject) vm = json_object_new();
	g_autoptr(GError) error = NULL;

	json_object_set_string_member(vm, "image", "debian");
	json_object_set_string_member(vm, "image_id", "0123456789abcdef");
	json_object_set_boolean_member(vm, "provisioned", TRUE);
	json_object_set_boolean_member(vm, "agent", FALSE);
	state_save(conf, STATE_VM, vm, &error);
	g_assert_no_error(error);
}

/* One client after the other, until the listening socket is shut. */
static void serve(const struct server *server, void (*talk)(struct fakevm *, int),
		  struct fakevm *vm)
{
	for (;;) {
		auto_fd fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 && errno != EINTR)
			return;
		if (fd >= 0)
			talk(vm, fd);
	}
}

static void say(int fd, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(int fd, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void ssh_talk(struct fakevm *vm, int fd)
{
	say(fd, "SSH-2.0-fake\r\n");
}

static gpointer ssh_serve(gpointer data)
{
	struct fakevm *vm = data;

	serve(&vm->ssh, ssh_talk, vm);
	return NULL;
}

static void qmp_answer(struct fakevm *vm, int fd, JsonObject *request)
{
	const char *command = json_object_get_string_member_with_default(request, "execute", "");
	JsonNode *id = json_object_get_member(request, "id");
	g_autofree char *id_text = id ? json_to_string(id, FALSE) : g_strdup("null");

	if (g_str_equal(command, "query-status")) {
		say(fd, "{\"return\": {\"status\": \"%s\", \"running\": true}, \"id\": %s}\r\n",
		    vm->state, id_text);
	} else if (g_str_equal(command, "human-monitor-command")) {
		JsonObject *arguments = json_object_get_object_member(request, "arguments");
		const char *line = json_object_get_string_member(arguments, "command-line");
		g_autofree char *escaped = g_strescape(line, NULL);

		say(fd, "{\"return\": \"%s%s\\r\\n\", \"id\": %s}\r\n",
		    g_str_has_prefix(line, "frob") ? "unknown command: " : "HMP: ", escaped, id_text);
	} else {
		say(fd, "{\"return\": {}, \"id\": %s}\r\n", id_text);
	}
	if (g_str_equal(command, "quit"))
		kill(vm->pid, SIGKILL);
}

static void qmp_talk(struct fakevm *vm, int fd)
{
	g_autoptr(GSocket) socket = g_socket_new_from_fd(dup(fd), NULL);
	g_autoptr(GSocketConnection) connection = g_socket_connection_factory_create_connection(socket);
	GInputStream *input = g_io_stream_get_input_stream(G_IO_STREAM(connection));
	g_autoptr(GDataInputStream) lines = g_data_input_stream_new(input);

	say(fd, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}, "
		"\"package\": \"\"}, \"capabilities\": []}}\r\n");
	for (;;) {
		g_autofree char *line = g_data_input_stream_read_line(lines, NULL, NULL, NULL);
		g_autoptr(JsonNode) node = line ? json_from_string(line, NULL) : NULL;

		if (!node)
			return;
		qmp_answer(vm, fd, json_node_get_object(node));
	}
}

static gpointer qmp_serve(gpointer data)
{
	struct fakevm *vm = data;

	serve(&vm->qmp, qmp_talk, vm);
	return NULL;
}

static void start_qmp(struct fakevm *vm)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	g_autofree char *path = plan_runtime_path(vm->conf, "qmp");

	g_assert_cmpuint(g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path)), <,
			 sizeof(addr.sun_path));
	vm->qmp.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(vm->qmp.fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
	g_assert_cmpint(listen(vm->qmp.fd, 4), ==, 0);
	vm->qmp.thread = g_thread_new("qmp", qmp_serve, vm);
}

static void start_ssh(struct fakevm *vm)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(addr);

	vm->ssh.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(vm->ssh.fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
	g_assert_cmpint(listen(vm->ssh.fd, 4), ==, 0);
	g_assert_cmpint(getsockname(vm->ssh.fd, (struct sockaddr *)&addr, &size), ==, 0);
	vm->ssh_port = ntohs(addr.sin_port);
	vm->ssh.thread = g_thread_new("ssh", ssh_serve, vm);
}

/* `cat` reads from us and ends when we close, or die. */
static void start_process(struct fakevm *vm)
{
	const char *argv[] = { "cat", NULL };
	g_autoptr(GError) error = NULL;

	g_spawn_async_with_pipes(NULL, (char **)argv, NULL,
				 G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
				 &vm->pid, &vm->alive, NULL, NULL, &error);
	g_assert_no_error(error);
}

static void write_run(const struct fakevm *vm)
{
	g_autoptr(JsonObject) run = json_object_new();
	g_autoptr(GError) error = NULL;

	json_object_set_int_member(run, "pid", vm->pid);
	json_object_set_int_member(run, "pid_start", (gint64)vm_process_start(vm->pid));
	json_object_set_int_member(run, "started", g_get_real_time() / G_USEC_PER_SEC - 3700);
	json_object_set_int_member(run, "ssh_port", vm->ssh_port);
	json_object_set_int_member(run, "vnc_port", 5900);
	json_object_set_int_member(run, "monitor_port", 55555);
	json_object_set_boolean_member(run, "headless", TRUE);
	json_object_set_string_member(run, "accel", "tcg");
	state_save(vm->conf, STATE_RUN, run, &error);
	g_assert_no_error(error);
}

struct fakevm *fakevm_start(const struct box *box, const char *state)
{
	struct fakevm *vm = g_new0(struct fakevm, 1);
	g_autoptr(GError) error = NULL;

	fakevm_set_up(box);
	vm->conf = box_conf(box);
	vm->state = g_strdup(state);
	vm->qmp.fd = vm->ssh.fd = vm->alive = -1;
	g_assert_true(conf_make_runtime_dir(vm->conf, &error));
	g_assert_no_error(error);
	start_process(vm);
	if (state)
		start_qmp(vm);
	start_ssh(vm);
	write_run(vm);
	return vm;
}

void fakevm_console(const struct fakevm *vm, const char *text)
{
	g_autofree char *path = plan_state_path(vm->conf, "console.log");
	FILE *file = fopen(path, "ae");

	g_assert_nonnull(file);
	fputs(text, file);
	fclose(file);
}

void fakevm_power_off(struct fakevm *vm)
{
	fd_close(&vm->alive);
	while (vm->pid && waitpid(vm->pid, NULL, 0) < 0)
		g_assert_cmpint(errno, ==, EINTR);
	vm->pid = 0;
}

guint fakevm_ssh_port(const struct fakevm *vm)
{
	return vm->ssh_port;
}

static void server_stop(struct server *server)
{
	if (server->fd < 0)
		return;
	shutdown(server->fd, SHUT_RDWR);
	g_thread_join(server->thread);
	fd_close(&server->fd);
}

void fakevm_free(struct fakevm *vm)
{
	fakevm_power_off(vm);
	server_stop(&vm->qmp);
	server_stop(&vm->ssh);
	conf_free(vm->conf);
	g_free(vm->state);
	g_free(vm);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/qmp.h"

#include <errno.h>
#include <poll.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "libvm/state.h"

struct qmp {
	int fd;
	GString *input;		/* bytes behind the last whole line */
	GQueue events;		/* JsonObject */
	guint64 next_id;
};

static bool lost(GError **error)
{
	return fault_set(error, LAB_ERROR_LAB, "QEMU closed its control connection (it ended or crashed)");
}

/* Takes one line out of the buffer; NULL when there is no whole one yet. */
static char *line_take(struct qmp *qmp)
{
	char *end = memchr(qmp->input->str, '\n', qmp->input->len);
	char *line;

	if (!end)
		return NULL;
	line = g_strndup(qmp->input->str, end - qmp->input->str);
	g_string_erase(qmp->input, 0, end - qmp->input->str + 1);
	return line;
}

static bool fill(struct qmp *qmp, GError **error)
{
	char buf[16384];
	ssize_t n = read(qmp->fd, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0)
		return lost(error);
	if (qmp->input->len + n > QMP_LINE_MAX)
		return fault_set(error, LAB_ERROR_LAB, "QEMU sent a line of more than %d bytes",
				 QMP_LINE_MAX);
	g_string_append_len(qmp->input, buf, n);
	return true;
}

/* The next message; NULL with no error at the deadline. */
static JsonObject *message_next(struct qmp *qmp, gint64 deadline, GError **error)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autofree char *line = NULL;
	JsonNode *root;

	while (!(line = line_take(qmp))) {
		int ready = fd_wait(qmp->fd, POLLIN, deadline);

		if (ready == 0)
			return NULL;
		if (ready < 0 || !fill(qmp, error)) {
			if (error && !*error)
				lost(error);
			return NULL;
		}
	}
	if (!json_parser_load_from_data(parser, line, -1, NULL) ||
	    !(root = json_parser_get_root(parser)) || !JSON_NODE_HOLDS_OBJECT(root)) {
		fault_set(error, LAB_ERROR_LAB, "what answers on QEMU's socket does not speak QMP");
		return NULL;
	}
	return json_object_ref(json_node_get_object(root));
}

static void event_keep(struct qmp *qmp, JsonObject *event)
{
	if (g_queue_get_length(&qmp->events) >= QMP_EVENTS_MAX)
		json_object_unref(g_queue_pop_head(&qmp->events));
	g_queue_push_tail(&qmp->events, event);
}

static bool greet(struct qmp *qmp, gint64 deadline, GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_autoptr(JsonObject) greeting = message_next(qmp, deadline, &cause);

	if (cause) {
		g_propagate_error(error, g_steal_pointer(&cause));
		return false;
	}
	if (!greeting)
		return fault_set(error, LAB_ERROR_LAB, "QEMU did not greet on its control socket in time");
	if (!json_object_has_member(greeting, "QMP"))
		return fault_set(error, LAB_ERROR_LAB, "what answers on QEMU's socket does not speak QMP");
	return qmp_call(qmp, "qmp_capabilities", NULL, deadline, NULL, error);
}

struct qmp *qmp_new(int fd, gint64 deadline, GError **error)
{
	struct qmp *qmp = g_new0(struct qmp, 1);

	qmp->fd = fd;
	qmp->input = g_string_new(NULL);
	g_queue_init(&qmp->events);
	if (greet(qmp, deadline, error))
		return qmp;
	qmp_free(qmp);
	return NULL;
}

struct qmp *qmp_open(const char *path, gint64 deadline, GError **error)
{
	int fd = fd_connect_unix(path);

	if (fd < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot reach QEMU at %s", path);
		return NULL;
	}
	return qmp_new(fd, deadline, error);
}

void qmp_free(struct qmp *qmp)
{
	if (!qmp)
		return;
	fd_close(&qmp->fd);
	g_string_free(qmp->input, TRUE);
	g_queue_clear_full(&qmp->events, (GDestroyNotify)json_object_unref);
	g_free(qmp);
}

int qmp_fd(const struct qmp *qmp)
{
	return qmp->fd;
}

static char *command_line(const char *command, JsonObject *arguments, gint64 id)
{
	g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
	JsonObject *object = json_object_new();
	g_autofree char *text = NULL;

	json_object_set_string_member(object, "execute", command);
	if (arguments)
		json_object_set_object_member(object, "arguments", arguments);
	json_object_set_int_member(object, "id", id);
	json_node_take_object(node, object);
	text = json_to_string(node, FALSE);
	return g_strconcat(text, "\n", NULL);
}

/* True when @reply is the success of @command. */
static bool reply_check(const char *command, JsonObject *reply, JsonNode **ret, GError **error)
{
	JsonNode *failed = json_object_get_member(reply, "error");
	JsonNode *value = json_object_get_member(reply, "return");

	if (failed && JSON_NODE_HOLDS_OBJECT(failed)) {
		JsonObject *e = json_node_get_object(failed);

		return fault_set(error, LAB_ERROR_LAB, "QEMU refused %s: %s (%s)", command,
				 state_string(e, "desc", "no reason given"),
				 state_string(e, "class", "no class"));
	}
	if (!value)
		return fault_set(error, LAB_ERROR_LAB, "QEMU's answer to %s makes no sense", command);
	if (ret)
		*ret = json_node_copy(value);
	return true;
}

bool qmp_call(struct qmp *qmp, const char *command, JsonObject *arguments, gint64 deadline,
	      JsonNode **ret, GError **error)
{
	gint64 id = ++qmp->next_id;
	g_autofree char *line = command_line(command, arguments, id);
	g_autoptr(GError) cause = NULL;

	if (!fd_write_all(qmp->fd, line, strlen(line)))
		return lost(error);
	for (;;) {
		g_autoptr(JsonObject) message = message_next(qmp, deadline, &cause);

		if (cause) {
			g_propagate_error(error, g_steal_pointer(&cause));
			return false;
		}
		if (!message)
			return fault_set(error, LAB_ERROR_LAB, "QEMU did not answer %s in time", command);
		if (json_object_has_member(message, "event"))
			event_keep(qmp, g_steal_pointer(&message));
		else if (state_int(message, "id", -1) == id)
			return reply_check(command, message, ret, error);
	}
}

bool qmp_human(struct qmp *qmp, const char *line, gint64 deadline, char **ret, GError **error)
{
	JsonObject *arguments = json_object_new();
	g_autoptr(JsonNode) answer = NULL;

	json_object_set_string_member(arguments, "command-line", line);
	if (!qmp_call(qmp, "human-monitor-command", arguments, deadline, &answer, error))
		return false;
	*ret = JSON_NODE_HOLDS_VALUE(answer) ? g_strdup(json_node_get_string(answer)) : NULL;
	if (!*ret)
		*ret = g_strdup("");
	return true;
}

JsonObject *qmp_event(struct qmp *qmp, gint64 deadline, GError **error)
{
	while (g_queue_is_empty(&qmp->events)) {
		g_autoptr(GError) cause = NULL;
		g_autoptr(JsonObject) message = message_next(qmp, deadline, &cause);

		if (cause)
			g_propagate_error(error, g_steal_pointer(&cause));
		if (!message)
			return NULL;
		if (json_object_has_member(message, "event"))
			event_keep(qmp, g_steal_pointer(&message));
	}
	return g_queue_pop_head(&qmp->events);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The words that ssh is given, and the line that it gives the guest's shell. */
#include <sys/un.h>

#include "libvm/key.h"
#include "libvm/seed.h"
#include "libvm/ssh-private.h"

/* What ssh appends to ControlPath while it makes the socket: "." and 16 characters. */
#define CONTROL_SUFFIX 17

static char *state_path(const struct conf *conf, const char *name)
{
	return g_build_filename(conf->state_dir, name, NULL);
}

static void option(GPtrArray *argv, char *text)
{
	g_ptr_array_add(argv, g_strdup("-o"));
	g_ptr_array_add(argv, text);
}

/* ssh reads a path in an option as words: it is quoted, and % is doubled. */
static char *path_option(const char *name, char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, "%", -1);
	g_autofree char *escaped = g_strjoinv("%%", parts);

	g_free(path);
	return g_strdup_printf("%s=\"%s\"", name, escaped);
}

/* The options that ssh_argv() and ssh_config_text() share: "Name=value". */
static GPtrArray *options(const struct conf *conf)
{
	GPtrArray *o = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *alias = key_host_alias(conf->name);

	g_ptr_array_add(o, path_option("IdentityFile", state_path(conf, SEED_USER_KEY)));
	g_ptr_array_add(o, path_option("UserKnownHostsFile", state_path(conf, SEED_KNOWN_HOSTS)));
	g_ptr_array_add(o, g_strdup_printf("HostKeyAlias=%s", alias));
	g_ptr_array_add(o, g_strdup("IdentitiesOnly=yes"));
	g_ptr_array_add(o, g_strdup("StrictHostKeyChecking=yes"));
	g_ptr_array_add(o, g_strdup("HostKeyAlgorithms=ssh-ed25519"));
	g_ptr_array_add(o, g_strdup("BatchMode=yes"));
	g_ptr_array_add(o, g_strdup("ConnectTimeout=60"));
	g_ptr_array_add(o, g_strdup("LogLevel=ERROR"));
	return o;
}

/* Under emulation a handshake takes seconds: later logins share the first. */
static void share_connection(const struct conf *conf, GPtrArray *argv)
{
	char *path = g_build_filename(conf->runtime_dir, "ssh", NULL);

	if (strlen(path) + CONTROL_SUFFIX >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
		g_free(path);
		return;
	}
	option(argv, g_strdup("ControlMaster=auto"));
	option(argv, g_strdup("ControlPersist=60"));
	option(argv, path_option("ControlPath", path));
	/* A guest that went down hard leaves no connection to be shared. */
	option(argv, g_strdup("ServerAliveInterval=15"));
	option(argv, g_strdup("ServerAliveCountMax=4"));
}

char **ssh_argv(const struct conf *conf, guint port, bool tty, const char *const *command)
{
	g_autoptr(GPtrArray) shared = options(conf);
	GPtrArray *argv = g_ptr_array_new();

	g_ptr_array_add(argv, g_strdup("ssh"));
	/* The user's own configuration is for other hosts. */
	g_ptr_array_add(argv, g_strdup("-F"));
	g_ptr_array_add(argv, g_strdup("none"));
	for (guint i = 0; i < shared->len; i++)
		option(argv, g_strdup(shared->pdata[i]));
	share_connection(conf, argv);
	g_ptr_array_add(argv, g_strdup_printf("-p%u", port));
	g_ptr_array_add(argv, g_strdup(tty ? "-t" : "-T"));
	g_ptr_array_add(argv, g_strdup(CONF_GUEST_USER "@127.0.0.1"));
	for (; command && *command; command++)
		g_ptr_array_add(argv, g_strdup(*command));
	g_ptr_array_add(argv, NULL);
	return (char **)g_ptr_array_free(argv, FALSE);
}

char *ssh_config_text(const struct conf *conf, guint port)
{
	g_autoptr(GPtrArray) shared = options(conf);
	GString *text = g_string_new("Host vexvm\n");

	g_string_append_printf(text, "  HostName=127.0.0.1\n  Port=%u\n  User=%s\n", port,
			       CONF_GUEST_USER);
	for (guint i = 0; i < shared->len; i++)
		g_string_append_printf(text, "  %s\n", (char *)shared->pdata[i]);
	return g_string_free(text, FALSE);
}

static void quote_all(GString *line, const char *const *words)
{
	for (; words && *words; words++) {
		g_autofree char *quoted = g_shell_quote(*words);

		g_string_append_printf(line, " %s", quoted);
	}
}

char *ssh_as_root(const char *script)
{
	g_autofree char *quoted = g_shell_quote(script);

	return g_strdup_printf("sudo -n sh -c %s", quoted);
}

/*
 * A command's environment and session are those that the agent gives it. The
 * shell stays to tell of a signal (128 + its number): of one that sshd sees, ssh
 * says no more than 255, which is its own failure's status too.
 */
char *ssh_remote_line(const struct guest_exec *exec)
{
	g_autofree char *cwd = g_shell_quote(exec->cwd ? exec->cwd : "/");
	g_autoptr(GString) script = g_string_new(NULL);

	g_string_append_printf(script, "cd %s || exit 127; env -i "
			       "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "
			       "HOME=/root USER=root LANG=C.UTF-8 TERM=dumb", cwd);
	quote_all(script, exec->env);
	g_string_append(script, " setsid");
	if (exec->timeout_s)
		g_string_append_printf(script, " timeout -k 2 %u", exec->timeout_s);
	quote_all(script, exec->argv);
	g_string_append(script, " </dev/null; s=$?; [ $s != 255 ] || echo \"" );
	g_string_append_len(script, SSH_FAILED_MARK, sizeof(SSH_FAILED_MARK) - 2);
	g_string_append(script, "\" >&2; exit $s");
	return ssh_as_root(script->str);
}

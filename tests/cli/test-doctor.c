// SPDX-License-Identifier: GPL-2.0-only
/* vexvm doctor on hosts that lack things: each lack is made, not assumed. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <unistd.h>

#include "tests/lib/cli.h"

/* A host that has everything: PATH holds stand-ins and nothing else. */
static void set_up(struct box *box, gconstpointer data)
{
	static const char *const plain[] = {
		"qemu-img", "ssh", "ssh-keygen", "mmdebstrap", "mke2fs", "gpgv", "unshare",
		"bwrap", "sudo", "newuidmap",
	};
	g_autofree char *bin = NULL, *agent = NULL;

	box_init(box);
	bin = g_build_filename(box->dir, "bin", NULL);
	agent = g_build_filename(bin, "ssh", NULL);
	box_setenv(box, "PATH", bin);
	box_setenv(box, "VEXVM_AGENT", agent);
	box_setenv(box, "VEXVM_QEMU", NULL);
	box_setenv(box, "VEXVM_QEMU_IMG", NULL);
	for (guint i = 0; i < G_N_ELEMENTS(plain); i++)
		box_fake(box, plain[i], "exit 0");
	box_fake(box, "qemu-system-x86_64",
		 "case $1 in --version) echo 'QEMU emulator version 7.2.0' ;;\n"
		 "-display) echo gtk ;; *) echo 'qemu: error: no KVM for tests' >&2; exit 1 ;; esac");
}

static void tear_down(struct box *box, gconstpointer data)
{
	box_clear(box);
}

static void take_away(const struct box *box, const char *name)
{
	g_autofree char *path = g_build_filename(box->dir, "bin", name, NULL);

	g_assert_cmpint(g_unlink(path), ==, 0);
}

static void test_complete(struct box *box, gconstpointer data)
{
	auto_cli_result r = { 0 };

	cli_type(box, "vexvm doctor", &r);
	cli_expect(&r, 0, "(?m)^ok    qemu         7\\.2\\.0 \\(", NULL);
	cli_expect(&r, 0, "(?m)^ok    bubblewrap ", NULL);
	g_assert_null(strstr(r.out, "fail"));
}

static void test_json(struct box *box, gconstpointer data)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	auto_cli_result r = { 0 };
	bool seen = false;
	JsonObject *root;
	JsonArray *checks;

	take_away(box, "mmdebstrap");
	cli_type(box, "vexvm doctor --json", &r);
	cli_expect(&r, 0, "", NULL);
	g_assert_true(json_parser_load_from_data(parser, r.out, -1, NULL));
	root = json_node_get_object(json_parser_get_root(parser));
	g_assert_true(json_object_get_boolean_member(root, "passed"));
	checks = json_object_get_array_member(root, "checks");
	g_assert_cmpuint(json_array_get_length(checks), >=, 10);
	for (guint i = 0; i < json_array_get_length(checks); i++) {
		JsonObject *check = json_array_get_object_element(checks, i);

		g_assert_nonnull(json_object_get_string_member(check, "detail"));
		if (!g_str_equal(json_object_get_string_member(check, "name"), "mmdebstrap"))
			continue;
		seen = true;
		g_assert_cmpstr(json_object_get_string_member(check, "verdict"), ==, "warn");
		g_assert_true(g_str_has_suffix(json_object_get_string_member(check, "remedy"),
					       "apt-get install mmdebstrap"));
	}
	g_assert_true(seen);
}

static void test_no_qemu(struct box *box, gconstpointer data)
{
	auto_cli_result r = { 0 };

	take_away(box, "qemu-system-x86_64");
	cli_type(box, "vexvm doctor", &r);
	cli_expect(&r, 8, "(?m)^fail  qemu  ", NULL);
	cli_expect(&r, 8, "(?m)-> (sudo )?apt-get install qemu-system-x86 qemu-utils$", NULL);
	cli_check(box, "vexvm doctor --json", 8, "\"passed\" : false", NULL);
}

static void test_no_ssh(struct box *box, gconstpointer data)
{
	take_away(box, "ssh-keygen");
	cli_check(box, "vexvm doctor", 8,
		  "(?m)^fail  ssh .*\n +-> (sudo )?apt-get install openssh-client$", NULL);
}

/* A bubblewrap that is there and does not run is found out by running it. */
static void test_bwrap_broken(struct box *box, gconstpointer data)
{
	box_fake(box, "bwrap", "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1");
	cli_check(box, "vexvm doctor", 0,
		  "(?m)^warn  bubblewrap .*setting up uid map: Permission denied", NULL);
}

static void test_kvm(struct box *box, gconstpointer data)
{
	cli_check(box, "vexvm doctor", 0, "(?m)^warn  kvm          does not work here", NULL);
	cli_check(box, "vexvm doctor --accel kvm", 8, "(?m)^fail  kvm ", NULL);
	cli_check(box, "vexvm doctor --accel tcg", 0, "(?m)^ok    kvm ", NULL);
}

/* Other programs' words reach the terminal escaped. */
static void test_hostile_words(struct box *box, gconstpointer data)
{
	auto_cli_result r = { 0 };

	box_fake(box, "bwrap", "printf '\\033[31mred\\007\\n' >&2; exit 1");
	cli_type(box, "vexvm doctor", &r);
	cli_expect(&r, 0, "(?m)^warn  bubblewrap .*red", NULL);
	g_assert_null(strchr(r.out, '\033'));
	g_assert_null(strchr(r.out, '\007'));
}

static void test_port(struct box *box, gconstpointer data)
{
	g_autoptr(GSocketListener) listener = g_socket_listener_new();
	g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
	g_autoptr(GSocketAddress) any = g_inet_socket_address_new(loopback, 0), where = NULL;
	g_autofree char *line = NULL, *pattern = NULL;
	guint port;

	g_assert_true(g_socket_listener_add_address(listener, any, G_SOCKET_TYPE_STREAM,
						    G_SOCKET_PROTOCOL_TCP, NULL, &where, NULL));
	port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(where));
	line = g_strdup_printf("vexvm doctor --ssh-port %u", port);
	pattern = g_strdup_printf("(?m)^warn  ports .*SSH %u taken by test-doctor \\(PID %d\\).*\n"
				  ".*--ssh-port N", port, (int)getpid());
	cli_check(box, line, 0, pattern, NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, fn) g_test_add("/doctor/" name, struct box, NULL, set_up, fn, tear_down)
	ADD("complete", test_complete);
	ADD("json", test_json);
	ADD("no-qemu", test_no_qemu);
	ADD("no-ssh", test_no_ssh);
	ADD("bwrap-broken", test_bwrap_broken);
	ADD("kvm", test_kvm);
	ADD("hostile-words", test_hostile_words);
	ADD("port", test_port);
#undef ADD
	return g_test_run();
}

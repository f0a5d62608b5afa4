// SPDX-License-Identifier: GPL-2.0-only
/* What cloud-init is told: parsed back, for images with and without packages. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "libvm/userdata.h"

static const char host_key[] = "-----BEGIN OPENSSH PRIVATE KEY-----\nab\"c\\d\n-----END-----\n";

static struct userdata sample(bool packages)
{
	return (struct userdata){
		.instance_id = "vexvm-1", .hostname = "vexvm", .user = "vexfs", .uid = 1234,
		.public_key = "ssh-ed25519 AAAA me", .host_key = host_key,
		.host_key_public = "ssh-ed25519 BBBB host", .mount_point = "/mnt/some where",
		.agent = true, .packages = packages,
	};
}

static JsonNode *parse(const char *text)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GError) error = NULL;

	g_assert_true(json_parser_load_from_data(parser, text, -1, &error));
	g_assert_no_error(error);
	return json_node_copy(json_parser_get_root(parser));
}

static JsonNode *user_data(const struct userdata *u)
{
	g_autofree char *text = userdata_user_data(u);

	g_assert_true(g_str_has_prefix(text, "#cloud-config\n{"));
	return parse(strchr(text, '\n'));
}

/* The one string that a JSONPath finds. */
static char *find(JsonNode *root, const char *path)
{
	g_autoptr(JsonNode) found = json_path_query(path, root, NULL);
	JsonArray *all = json_node_get_array(found);

	g_assert_cmpuint(json_array_get_length(all), ==, 1);
	return json_to_string(json_array_get_element(all, 0), FALSE);
}

static void expect(JsonNode *root, const char *path, const char *json)
{
	g_autofree char *is = find(root, path);

	g_assert_cmpstr(is, ==, json);
}

static bool holds(JsonNode *root, const char *word)
{
	g_autofree char *text = json_to_string(root, FALSE);

	return strstr(text, word) != NULL;
}

static void test_user(void)
{
	struct userdata u = sample(false);
	g_autoptr(JsonNode) root = user_data(&u);

	expect(root, "$.hostname", "\"vexvm\"");
	expect(root, "$.manage_etc_hosts", "true");
	expect(root, "$.users[0].name", "\"vexfs\"");
	expect(root, "$.users[0].uid", "1234");
	expect(root, "$.users[0].lock_passwd", "true");
	expect(root, "$.users[0].shell", "\"/bin/bash\"");
	expect(root, "$.users[0].sudo", "\"ALL=(ALL) NOPASSWD:ALL\"");
	expect(root, "$.users[0].ssh_authorized_keys[0]", "\"ssh-ed25519 AAAA me\"");
	expect(root, "$.ssh_keys.ed25519_public", "\"ssh-ed25519 BBBB host\"");
	expect(root, "$.bootcmd[0][2]", "\"/mnt/some where\"");
	expect(root, "$.growpart.mode", "\"auto\"");
	g_assert_true(holds(root, "PasswordAuthentication no"));
}

/* Line ends, quotes and backslashes survive. */
static void test_host_key(void)
{
	struct userdata u = sample(false);
	g_autoptr(JsonNode) root = user_data(&u);
	JsonObject *keys = json_object_get_object_member(json_node_get_object(root), "ssh_keys");

	g_assert_cmpstr(json_object_get_string_member(keys, "ed25519_private"), ==, host_key);
}

/* An image that has its packages boots without a word to any archive. */
static void test_no_packages(void)
{
	struct userdata u = sample(false);
	g_autoptr(JsonNode) root = user_data(&u);
	JsonObject *object = json_node_get_object(root);

	g_assert_false(json_object_has_member(object, "packages"));
	g_assert_false(json_object_has_member(object, "package_update"));
	g_assert_false(json_object_has_member(object, "runcmd"));
	g_assert_false(holds(root, "apt-get"));
	g_assert_false(holds(root, "package-update"));
}

static void test_packages(void)
{
	static const char *const wanted[] = {
		"\"gcc\"", "\"make\"", "\"build-essential\"", "\"git\"", "\"vim\"", "\"htop\"",
		"\"tree\"", "\"gdb\"", "linux-headers-generic", "linux-headers-$(uname -r)", "rustup",
		"\"package-update-upgrade-install\"", "\"runcmd\"", "\"scripts-user\"",
	};
	struct userdata u = sample(true);
	g_autoptr(JsonNode) root = user_data(&u);

	expect(root, "$.package_update", "true");
	expect(root, "$.runcmd[0][4]", "\"vexfs\"");
	for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
		if (!holds(root, wanted[i]))
			g_error("%s is missing", wanted[i]);
}

/* Every setting is carried out only if its module is in the lists. */
static void test_modules(void)
{
	static const char *const needed[] = {
		"\"bootcmd\"", "\"write-files\"", "\"growpart\"", "\"resizefs\"", "\"set_hostname\"",
		"\"update_etc_hosts\"", "\"users-groups\"", "\"ssh\"",
	};
	struct userdata u = sample(false);
	g_autoptr(JsonNode) root = user_data(&u);
	g_autofree char *list = find(root, "$.cloud_init_modules");

	for (guint i = 0; i < G_N_ELEMENTS(needed); i++)
		if (!strstr(list, needed[i]))
			g_error("module %s is missing in %s", needed[i], list);
}

static void test_agent(void)
{
	struct userdata with = sample(false), without = sample(false);
	g_autoptr(JsonNode) yes = user_data(&with), no = NULL;

	without.agent = false;
	no = user_data(&without);
	g_assert_true(holds(yes, "/dev/disk/by-label/cidata"));
	g_assert_true(holds(yes, USERDATA_AGENT_PATH));
	g_assert_false(holds(no, "vexvm-agent"));
}

static void test_meta(void)
{
	struct userdata u = sample(false);
	g_autofree char *text = userdata_meta_data(&u);
	g_autoptr(JsonNode) meta = parse(text), network = parse(userdata_network_config());

	expect(meta, "$['instance-id']", "\"vexvm-1\"");
	expect(meta, "$['local-hostname']", "\"vexvm\"");
	expect(meta, "$.dsmode", "\"local\"");
	expect(network, "$.version", "2");
	expect(network, "$.ethernets.eth0.dhcp4", "true");
	expect(network, "$.ethernets.eth0.match.name", "\"e*\"");
}

static void check_syntax(const char *script)
{
	const char *argv[] = { "sh", "-n", "-c", script, NULL };
	g_autofree char *said = NULL;
	int status = -1;

	g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
				   NULL, &said, &status, NULL));
	if (status)
		g_error("%s in:\n%s", said, script);
}

static void check_scripts(JsonArray *commands)
{
	for (guint i = 0; i < json_array_get_length(commands); i++) {
		JsonArray *argv = json_array_get_array_element(commands, i);

		if (g_str_equal(json_array_get_string_element(argv, 0), "sh"))
			check_syntax(json_array_get_string_element(argv, 2));
	}
}

static void test_scripts(void)
{
	struct userdata u = sample(true);
	g_autoptr(JsonNode) root = user_data(&u);
	JsonObject *object = json_node_get_object(root);

	check_scripts(json_object_get_array_member(object, "bootcmd"));
	check_scripts(json_object_get_array_member(object, "runcmd"));
	check_syntax(userdata_settle_script());
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/userdata/user", test_user);
	g_test_add_func("/userdata/host-key", test_host_key);
	g_test_add_func("/userdata/no-packages", test_no_packages);
	g_test_add_func("/userdata/packages", test_packages);
	g_test_add_func("/userdata/modules", test_modules);
	g_test_add_func("/userdata/agent", test_agent);
	g_test_add_func("/userdata/meta", test_meta);
	g_test_add_func("/userdata/scripts", test_scripts);
	return g_test_run();
}

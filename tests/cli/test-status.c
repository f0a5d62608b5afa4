// SPDX-License-Identifier: GPL-2.0-only
#include <json-glib/json-glib.h>

#include "tests/lib/cli.h"
#include "tests/lib/fakevm.h"

static void test_stopped(void)
{
	auto_box box = { 0 };

	box_init(&box);
	fakevm_set_up(&box);
	cli_check(&box, "vexvm status", 3, "^state +stopped\n(.*\n)*next +vexvm start\n$", NULL);
	cli_check(&box, "vexvm ssh", 8, NULL,
		  "^vexvm: VM 'default' is not running; run 'vexvm start' first\n$");
	cli_check(&box, "vexvm exec true", 8, NULL, "is not running");
	cli_check(&box, "vexvm monitor info", 8, NULL, "is not running");
	cli_check(&box, "vexvm log kernel", 8, NULL, "is not running; 'vexvm log console'");
	cli_check(&box, "vexvm log", 8, NULL, "no console log yet");
}

/* QEMU's word, the state shown, the exit status. */
static void test_states(void)
{
	static const struct {
		const char *word, *shows;
		int status;
	} cases[] = {
		{ "running", "^state +ready$", 0 },
		{ "paused", "^state +paused \\(paused\\)$", 0 },
		{ "io-error", "^state +paused \\(io-error: .*disk full", 8 },
		{ "guest-panicked", "^state +panicked(.*\n)*next +vexvm log console", 5 },
		{ NULL, "^state +unreachable(.*\n)*next +vexvm stop --force", 8 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		auto_box box = { 0 };
		struct fakevm *vm;

		box_init(&box);
		vm = fakevm_start(&box, cases[i].word);
		cli_check(&box, "vexvm status", cases[i].status, cases[i].shows, NULL);
		fakevm_free(vm);
	}
}

static void test_reachable(void)
{
	g_autofree char *ssh = NULL;
	auto_box box = { 0 };
	struct fakevm *vm;

	box_init(&box);
	vm = fakevm_start(&box, "running");
	ssh = g_strdup_printf("^ssh +127.0.0.1:%u +vexvm ssh$", fakevm_ssh_port(vm));
	cli_check(&box, "vexvm status", 0, ssh, NULL);
	cli_check(&box, "vexvm status", 0, "^screen +127.0.0.1:5900 ", NULL);
	cli_check(&box, "vexvm status", 0, "^monitor +127.0.0.1:55555 ", NULL);
	cli_check(&box, "vexvm status", 0, "^uptime +01:01:4", NULL);
	cli_check(&box, "vexvm status", 0, "^image +debian$", NULL);
	cli_check(&box, "vexvm start", 8, NULL, "VM 'default' runs already \\(ready\\)");
	fakevm_power_off(vm);
	cli_check(&box, "vexvm status", 3, "stopped", NULL);
	fakevm_free(vm);
}

static void test_json(void)
{
	g_autoptr(JsonNode) node = NULL;
	auto_cli_result result = { 0 };
	JsonObject *object;
	auto_box box = { 0 };
	struct fakevm *vm;

	box_init(&box);
	vm = fakevm_start(&box, "running");
	cli_type(&box, "vexvm status --json", &result);
	cli_expect(&result, 0, "", NULL);
	node = json_from_string(result.out, NULL);
	g_assert_true(JSON_NODE_HOLDS_OBJECT(node));
	object = json_node_get_object(node);
	g_assert_cmpstr(json_object_get_string_member(object, "state"), ==, "ready");
	g_assert_cmpstr(json_object_get_string_member(object, "accel"), ==, "tcg");
	g_assert_cmpint(json_object_get_int_member(object, "ssh_port"), ==, fakevm_ssh_port(vm));
	g_assert_cmpint(json_object_get_int_member(object, "monitor_port"), ==, 55555);
	g_assert_true(json_object_get_boolean_member(object, "headless"));
	g_assert_true(json_object_get_null_member(object, "detail") ||
		      json_object_has_member(object, "detail"));
	fakevm_free(vm);
}

/* The file says PID and start time: another process with that PID is not it. */
static void test_recycled_pid(void)
{
	auto_box box = { 0 };

	box_init(&box);
	fakevm_set_up(&box);
	box_write(&box, ".vexvm/default/run.json", "{ \"pid\": 1, \"pid_start\": 1 }");
	cli_check(&box, "vexvm status", 3, "stopped", NULL);
}

static void test_damaged(void)
{
	static const char *const texts[] = { "", "{", "[]", "null", "\"x\"" };
	auto_box box = { 0 };

	box_init(&box);
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		box_write(&box, ".vexvm/default/vm.json", texts[i]);
		cli_check(&box, "vexvm status", 8, NULL, "^vexvm: .*vm\\.json");
	}
	/* Wrong types are no crash. */
	box_write(&box, ".vexvm/default/vm.json", "{ \"image\": 7, \"agent\": \"yes\" }");
	box_write(&box, ".vexvm/default/run.json", "{ \"pid\": \"x\", \"ssh_port\": [] }");
	cli_check(&box, "vexvm status", 3, "stopped", NULL);
}

static void test_two_vms(void)
{
	auto_box box = { 0 };
	struct fakevm *vm;

	box_init(&box);
	vm = fakevm_start(&box, "running");
	cli_check(&box, "vexvm --name=second status", 3, "^VM +second\n(.*\n)*state +absent", NULL);
	fakevm_free(vm);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/status/stopped", test_stopped);
	g_test_add_func("/status/states", test_states);
	g_test_add_func("/status/reachable", test_reachable);
	g_test_add_func("/status/json", test_json);
	g_test_add_func("/status/recycled-pid", test_recycled_pid);
	g_test_add_func("/status/damaged", test_damaged);
	g_test_add_func("/status/two-vms", test_two_vms);
	return g_test_run();
}

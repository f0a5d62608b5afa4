// SPDX-License-Identifier: GPL-2.0-only
/* stop and clean: what ends and removes a VM. */
#include "lib/lock.h"
#include "tests/lib/cli.h"
#include "tests/lib/fakevm.h"

static bool is_there(const struct box *box, const char *name)
{
	g_autofree char *path = g_build_filename(box->project, name, NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void test_stopped(void)
{
	auto_box box = { 0 };

	box_init(&box);
	fakevm_set_up(&box);
	cli_check(&box, "vexvm stop", 0, "^VM 'default' was stopped already\n$", NULL);
	cli_check(&box, "vexvm stop --json", 0, "\"state\" : \"stopped\"", NULL);
}

static void test_force(void)
{
	auto_box box = { 0 };
	struct fakevm *vm;

	box_init(&box);
	vm = fakevm_start(&box, "running");
	cli_check(&box, "vexvm stop --force", 0, "^VM 'default' is stopped\n$", "");
	cli_check(&box, "vexvm status", 3, "stopped", NULL);
	g_assert_false(is_there(&box, ".vexvm/default/run.json"));
	fakevm_free(vm);
}

/* The lock says who holds it and what for. */
static void test_busy(void)
{
	g_autofree char *path = NULL, *err = NULL;
	g_autoptr(GError) error = NULL;
	auto_box box = { 0 };
	struct fakevm *vm;
	struct lock *lock;

	box_init(&box);
	vm = fakevm_start(&box, "running");
	path = g_build_filename(box.project, ".vexvm/default/lock", NULL);
	lock = lock_try(path, "painting it blue", 8, &error);
	g_assert_no_error(error);
	err = g_strdup_printf("^vexvm: VM 'default' is busy.*PID %d, which is painting it blue", getpid());
	cli_check(&box, "vexvm stop --force", 8, NULL, err);
	cli_check(&box, "vexvm status", 0, "ready", NULL);
	lock_free(lock);
	cli_check(&box, "vexvm stop --force", 0, "is stopped", "");
	fakevm_free(vm);
}

static void test_clean_lists(void)
{
	auto_box box = { 0 };

	box_init(&box);
	fakevm_set_up(&box);
	cli_check(&box, "vexvm clean", 0, "^vm +[0-9.]+ kB .*/.vexvm/default\n", NULL);
	cli_check(&box, "vexvm clean", 0, "^Nothing was removed", NULL);
	cli_check(&box, "vexvm clean --json", 0, "\"removed\" : false", NULL);
	g_assert_true(is_there(&box, ".vexvm/default/vm.json"));
}

static void test_clean_removes(void)
{
	auto_box box = { 0 };

	box_init(&box);
	fakevm_set_up(&box);
	box_write(&box, ".vexvm/other/vm.json", "{}");
	cli_check(&box, "vexvm clean --vm", 0, "^vm .*removed: ", NULL);
	g_assert_false(is_there(&box, ".vexvm/default"));
	g_assert_true(is_there(&box, ".vexvm/other/vm.json"));
	g_assert_true(is_there(&box, "vexvm.conf"));
	cli_check(&box, "vexvm clean --vm", 0, "^vm +0 bytes", NULL);
}

static void test_clean_cache(void)
{
	g_autofree char *other = NULL, *mine = NULL;
	auto_box box = { 0 };

	box_init(&box);
	other = g_build_filename(box.dir, "cache", "other", NULL);
	mine = g_build_filename(box.dir, "cache", "vexvm", "images", NULL);
	g_assert_cmpint(g_mkdir_with_parents(other, 0700), ==, 0);
	g_assert_cmpint(g_mkdir_with_parents(mine, 0700), ==, 0);
	cli_check(&box, "vexvm clean --images", 0, "^images .*removed: ", NULL);
	g_assert_true(g_file_test(other, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test(mine, G_FILE_TEST_EXISTS));
}

/* A folder that was given for the cache and holds somebody's work. */
static void test_clean_foreign(void)
{
	auto_box box = { 0 };

	box_init(&box);
	box_write(&box, "d/thesis", "years of work");
	box_write(&box, "d/images/abc/image.json", "{}");
	cli_check(&box, "vexvm --cache d image remove ..", 2, NULL, "no image '\\.\\.'");
	cli_check(&box, "vexvm --cache d image remove .", 2, NULL, "no image");
	g_assert_true(is_there(&box, "d/images/abc"));
	cli_check(&box, "vexvm --cache d clean --images", 0, "removed: ", NULL);
	g_assert_true(is_there(&box, "d/thesis"));
	g_assert_false(is_there(&box, "d/images"));
}

/* The runs of this VM, and not a VM of that name. */
static void test_clean_runs(void)
{
	auto_box box = { 0 };

	box_init(&box);
	fakevm_set_up(&box);
	box_write(&box, ".vexvm/runs/vm.json", "{}");
	box_write(&box, ".vexvm/default/runs/20260102-030405-001/result.json", "{}");
	cli_check(&box, "vexvm clean --runs", 0, "^runs .*removed: .*/default/runs$", NULL);
	g_assert_false(is_there(&box, ".vexvm/default/runs"));
	g_assert_true(is_there(&box, ".vexvm/default/vm.json"));
	g_assert_true(is_there(&box, ".vexvm/runs/vm.json"));
}

static void test_clean_damaged(void)
{
	auto_box box = { 0 };

	box_init(&box);
	box_write(&box, ".vexvm/default/vm.json", "{garb");
	cli_check(&box, "vexvm clean --vm", 8, NULL, "is damaged; 'vexvm clean --vm --force' removes");
	cli_check(&box, "vexvm clean --vm --force", 0, "removed: ", NULL);
	g_assert_false(is_there(&box, ".vexvm/default"));
}

static void test_clean_running(void)
{
	auto_box box = { 0 };
	struct fakevm *vm;

	box_init(&box);
	vm = fakevm_start(&box, "running");
	cli_check(&box, "vexvm clean --vm", 2, NULL, "VM 'default' runs; .*--force");
	cli_check(&box, "vexvm clean --all", 2, NULL, "VM 'default' runs");
	g_assert_true(is_there(&box, ".vexvm/default/run.json"));
	cli_check(&box, "vexvm clean --vm --force", 0, "removed", "");
	g_assert_false(is_there(&box, ".vexvm/default"));
	fakevm_free(vm);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/stop/stopped", test_stopped);
	g_test_add_func("/stop/force", test_force);
	g_test_add_func("/stop/busy", test_busy);
	g_test_add_func("/clean/lists", test_clean_lists);
	g_test_add_func("/clean/removes", test_clean_removes);
	g_test_add_func("/clean/cache", test_clean_cache);
	g_test_add_func("/clean/foreign", test_clean_foreign);
	g_test_add_func("/clean/runs", test_clean_runs);
	g_test_add_func("/clean/damaged", test_clean_damaged);
	g_test_add_func("/clean/running", test_clean_running);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which template fits, and which ones go: with files that nobody booted. The
 * library's file is a part of this one.
 */
#include "libvm/template.c"

#include "lib/fd.h"
#include "libvm/store.h"

struct fixture {
	char *dir;
	struct conf *conf;
	struct probe probe;
};

static struct conf *make_vm(struct fixture *f, const char *name)
{
	static const struct image shape = { .name = (char *)"tiny", .id = (char *)"0011223344556677",
					    .disk = (char *)"disk.img", .format = (char *)"raw",
					    .kernel = (char *)"vmlinuz", .root = (char *)"/dev/vda",
					    .virtual_size = 4096 };
	struct conf *conf = conf_new(f->dir, name, NULL);
	g_autofree char *disk = plan_state_path(conf, DISK_PROVISIONED);
	g_autofree char *work = store_work_dir(conf, NULL);
	g_autofree char *file = g_build_filename(work, shape.disk, NULL);
	g_autoptr(JsonObject) vm = json_object_new();

	g_assert_true(g_file_set_contents(file, "disk", -1, NULL));
	g_assert_true(store_commit(conf, work, &shape, NULL));
	json_object_set_string_member(vm, "image_id", shape.id);
	json_object_set_boolean_member(vm, "provisioned", TRUE);
	g_assert_true(state_save(conf, STATE_VM, vm, NULL));
	g_assert_true(g_file_set_contents(disk, "provisioned", -1, NULL));
	return conf;
}

static void set_up(struct fixture *f, gconstpointer data)
{
	g_autofree char *cache = NULL, *shm = NULL;

	f->dir = g_dir_make_tmp("vexvm-template-XXXXXX", NULL);
	cache = g_build_filename(f->dir, "cache", NULL);
	shm = g_build_filename(f->dir, "shm", NULL);
	g_setenv("VEXVM_CACHE", cache, TRUE);
	g_setenv("VEXVM_SHM", shm, TRUE);
	g_assert_cmpint(g_mkdir(shm, 0700), ==, 0);
	f->conf = make_vm(f, NULL);
	f->conf->memory_mib = 1;
	f->probe = (struct probe){ .qemu = (char *)"/bin/sh", .version_text = (char *)"QEMU 7.2" };
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	conf_free(f->conf);
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
}

/* What template_make() would leave, and the rest of make(). Its folder. */
static char *plant(struct fixture *f, const struct conf *conf, const char *name)
{
	g_autoptr(image_owner) image = image_of(conf, NULL);
	g_autofree char *manifest = template_manifest(conf, &f->probe, image);
	g_autofree char *home = template_home(conf);
	g_autofree char *key = template_key(conf);
	g_autofree char *full = g_strdup_printf("%s-%s", key, name);
	char *folder = g_build_filename(home, full, NULL);
	g_autofree char *ram = NULL, *disk = g_build_filename(folder, DISK_FILE, NULL);
	g_autoptr(template_owner) t = NULL;

	g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
	ram = choose_ram(conf, full, folder, NULL);
	t = template_new(folder, ram);
	g_assert_true(g_file_set_contents(ram, "ram", -1, NULL));
	g_assert_true(g_file_set_contents(t->state, "state", -1, NULL));
	g_assert_true(g_file_set_contents(t->overlay, "overlay", -1, NULL));
	g_assert_true(g_file_set_contents(disk, "disk", -1, NULL));
	t->taint = 4096;
	g_assert_true(save(conf, t, manifest, NULL) && publish(conf, full, NULL));
	return folder;
}

static void expect_none(struct fixture *f, const char *why)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(template_owner) t = template_open(f->conf, &f->probe, &error);

	g_assert_null(t);
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, why));
}

static void expect_one(struct fixture *f, const struct conf *conf)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(template_owner) t = template_open(conf, &f->probe, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(t->taint, ==, 4096);
	g_assert_cmpstr(t->image->name, ==, "tiny");
}

static void test_open(struct fixture *f, gconstpointer data)
{
	g_autofree char *folder = NULL;

	expect_none(f, "there is none yet");
	folder = plant(f, f->conf, "1");
	expect_one(f, f->conf);
}

/* Everything that the state depends on. */
static void test_differs(struct fixture *f, gconstpointer data)
{
	g_autofree char *folder = plant(f, f->conf, "1");
	g_autofree char *disk = plan_state_path(f->conf, DISK_PROVISIONED);

	f->conf->memory_mib = 2;
	expect_none(f, "\"m: 2M\" was \"m: 1M\"");
	f->conf->memory_mib = 1;
	f->conf->cpus++;
	expect_none(f, "smp: ");
	f->conf->cpus--;
	f->probe.version_text = (char *)"QEMU 8.0";
	expect_none(f, "\"qemu: QEMU 8.0\" was \"qemu: QEMU 7.2\"");
	f->probe.version_text = (char *)"QEMU 7.2";
	f->probe.qemu = (char *)"/bin/true";
	expect_none(f, "QEMU's program: /bin/true");
	f->probe.qemu = (char *)"/bin/sh";
	f->conf->append = g_strdup("slub_debug=FZPU");
	expect_none(f, "slub_debug");
	g_clear_pointer(&f->conf->append, g_free);
	expect_one(f, f->conf);
	g_assert_true(g_file_set_contents(disk, "another", -1, NULL));
	expect_none(f, "provisioned disk: ");
}

static void test_damaged(struct fixture *f, gconstpointer data)
{
	static const char *const files[] = { "state", "clone.qcow2", DISK_FILE };
	g_autofree char *folder = NULL, *shm = template_shm(f->conf), *ram = NULL, *json = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *planted = plant(f, f->conf, "1");
		g_autofree char *path = g_build_filename(planted, files[i], NULL);

		g_assert_cmpint(truncate(path, 1), ==, 0);
		expect_none(f, "has changed");
		g_assert_cmpint(g_unlink(path), ==, 0);
		expect_none(f, "is gone");
	}
	folder = plant(f, f->conf, "1");
	/* The host was restarted, or somebody wanted the memory. */
	ram = g_build_filename(shm, "x", NULL);
	g_assert_true(g_file_test(shm, G_FILE_TEST_IS_DIR));
	g_assert_true(folder_remove(shm, NULL));
	expect_none(f, "its file ram is gone");
	json = g_build_filename(folder, TEMPLATE_MANIFEST, NULL);
	g_assert_true(g_file_set_contents(json, "{\"manifest\":", -1, NULL));
	expect_none(f, "damaged");
}

static void test_no_agent(struct fixture *f, gconstpointer data)
{
	g_assert_true(state_set_bool(f->conf, STATE_VM, "agent", false, NULL));
	expect_none(f, "has no agent");
	g_assert_true(state_set_bool(f->conf, STATE_VM, "provisioned", false, NULL));
	expect_none(f, "is not set up");
}

/* Where shared memory is too small, or not ours. */
static void test_ram(struct fixture *f, gconstpointer data)
{
	g_autofree char *in_shm = choose_ram(f->conf, "name", "/folder", NULL);
	g_autofree char *root = template_shm_root();
	g_autofree char *large = NULL, *foreign = NULL;

	g_assert_true(g_str_has_prefix(in_shm, root));
	f->conf->memory_mib = 1u << 30;
	large = choose_ram(f->conf, "name", "/folder", NULL);
	g_assert_cmpstr(large, ==, "/folder/ram");
	f->conf->memory_mib = 1;
	g_assert_cmpint(g_chmod(root, 0755), ==, 0);
	foreign = choose_ram(f->conf, "name", "/folder", NULL);
	g_assert_cmpstr(foreign, ==, "/folder/ram");
}

static guint files_in(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	guint n = 0;

	while (dir && g_dir_read_name(dir))
		n++;
	return n;
}

static void test_keep(struct fixture *f, gconstpointer data)
{
	struct conf *other = make_vm(f, "other"), *gone = make_vm(f, "gone");
	g_autofree char *old = plant(f, f->conf, "1"), *of_other = plant(f, other, "1");
	g_autofree char *of_gone = plant(f, gone, "1"), *now = plant(f, f->conf, "2");
	g_autofree char *name = g_path_get_basename(now), *shm = template_shm(f->conf);
	g_autofree char *left = g_build_filename(shm, "..", "0123456789ab", NULL);
	g_autofree char *owner = g_build_filename(left, TEMPLATE_OWNER, NULL);

	g_assert_true(folder_remove(gone->state_dir, NULL));
	/* Memory of a cache that was removed. */
	g_assert_cmpint(g_mkdir(left, 0700), ==, 0);
	g_assert_cmpint(symlink("/nonexistent/cache", owner), ==, 0);
	template_keep(f->conf, name, NULL);
	g_assert_true(g_file_test(now, G_FILE_TEST_IS_DIR));
	g_assert_true(g_file_test(of_other, G_FILE_TEST_IS_DIR));
	g_assert_false(g_file_test(old, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test(of_gone, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
	/* The owner's link and two memories. */
	g_assert_cmpuint(files_in(shm), ==, 3);
	expect_one(f, f->conf);
	expect_one(f, other);
	conf_free(other);
	conf_free(gone);
}

static void test_remove(struct fixture *f, gconstpointer data)
{
	struct conf *other = make_vm(f, "other");
	g_autofree char *mine = plant(f, f->conf, "1"), *of_other = plant(f, other, "1");
	g_autofree char *home = template_home(f->conf), *shm = template_shm(f->conf);

	template_remove(f->conf);
	g_assert_false(g_file_test(mine, G_FILE_TEST_EXISTS));
	expect_none(f, "none yet");
	expect_one(f, other);
	g_assert_cmpuint(template_size(f->conf), >, 0);
	g_assert_true(template_clear(f->conf, NULL, NULL));
	g_assert_false(g_file_test(home, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test(shm, G_FILE_TEST_EXISTS));
	g_assert_cmpuint(template_size(f->conf), ==, 0);
	conf_free(other);
}

/* Each kernel has a template of its own, and all of them are the VM's. */
static void test_kernels(struct fixture *f, gconstpointer data)
{
	g_autofree char *stock = template_key(f->conf), *stocks = plant(f, f->conf, "1"), *debug = NULL;

	f->conf->kernel = g_strdup("debug");
	debug = template_key(f->conf);
	g_assert_cmpstr(stock, !=, debug);
	/* Other functions tell it from what is behind it by these. */
	g_assert_null(strpbrk(debug, "-."));
	template_keep(f->conf, NULL, NULL);
	g_assert_true(g_file_test(stocks, G_FILE_TEST_EXISTS));
	template_remove(f->conf);
	g_assert_false(g_file_test(stocks, G_FILE_TEST_EXISTS));
}

static void test_difference(void)
{
	g_autofree char *changed = template_difference("a: 1\nb: 2\n", "a: 1\nb: 3\n");
	g_autofree char *more = template_difference("a: 1\n", "a: 1\nb: 3\n");

	g_assert_null(template_difference("a: 1\n", "a: 1\n"));
	g_assert_cmpstr(changed, ==, "\"b: 3\" was \"b: 2\"");
	g_assert_cmpstr(more, ==, "\"b: 3\" was \"\"");
}

#define CASE(name, function) \
	g_test_add("/template/" name, struct fixture, NULL, set_up, function, tear_down)

/* Somebody else's folder, or a link of theirs, is neither used nor swept. */
static void test_foreign_shm(struct fixture *f, gconstpointer data)
{
	g_autofree char *root = template_shm_root(), *elsewhere = g_build_filename(f->dir, "elsewhere", NULL);
	g_autofree char *file = g_build_filename(elsewhere, "precious", NULL);
	g_autofree char *folder = NULL;

	g_assert_cmpint(g_mkdir(elsewhere, 0755), ==, 0);
	g_assert_true(g_file_set_contents(file, "x", -1, NULL));
	g_assert_cmpint(symlink(elsewhere, root), ==, 0);
	folder = plant(f, f->conf, "1");
	template_keep(f->conf, "1", NULL);
	g_assert_true(template_clear(f->conf, NULL, NULL));
	g_assert_true(g_file_test(file, G_FILE_TEST_EXISTS));
	g_assert_cmpint(unlink(root), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/template/difference", test_difference);
	CASE("open", test_open);
	CASE("differs", test_differs);
	CASE("damaged", test_damaged);
	CASE("no-agent", test_no_agent);
	CASE("ram", test_ram);
	CASE("keep", test_keep);
	CASE("remove", test_remove);
	CASE("kernels", test_kernels);
	CASE("foreign-shm", test_foreign_shm);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-2.0-only
/* The seed ISO read back by another reader; keys; a VM's seed made twice. */
#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "libvm/key.h"
#include "libvm/seed.h"
#include "libvm/userdata.h"

struct fixture {
	char *folder;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->folder = g_dir_make_tmp("vexvm-seed-XXXXXX", NULL);
	g_assert_nonnull(f->folder);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	const char *argv[] = { "rm", "-rf", f->folder, NULL };

	g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
				   NULL, NULL, NULL, NULL));
	g_free(f->folder);
}

static char *below(const struct fixture *f, const char *name)
{
	return g_build_filename(f->folder, name, NULL);
}

/* The content of @name in the ISO at @path, or NULL. */
static char *iso_read(const char *path, const char *name, gsize *ret_size, guint *ret_mode)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	char *content = NULL;

	g_assert_cmpint(archive_read_support_format_iso9660(a), ==, ARCHIVE_OK);
	g_assert_cmpint(archive_read_open_filename(a, path, 10240), ==, ARCHIVE_OK);
	while (!content && archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		gsize size = (gsize)archive_entry_size(entry);

		if (!g_str_equal(archive_entry_pathname(entry), name))
			continue;
		content = g_malloc0(size + 1);
		g_assert_cmpint(archive_read_data(a, content, size), ==, (gssize)size);
		*ret_size = size;
		*ret_mode = archive_entry_perm(entry);
	}
	archive_read_free(a);
	return content;
}

static guint mode_of(const char *path)
{
	struct stat st;

	g_assert_cmpint(stat(path, &st), ==, 0);
	return st.st_mode & 07777;
}

static void test_iso(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = below(f, "seed.iso"), *part = below(f, "seed.iso.part");
	g_autofree char *big = g_malloc(300001), *back = NULL, *text = NULL, *raw = NULL;
	const struct seed_file files[] = {
		{ "user-data", "#cloud-config\n{}\n", 17, 0400 },
		{ "network-config", "x", 1, 0444 },
		{ "a-rather-long-name-with-more-than-31-characters.service", big, 300001, 0555 },
	};
	g_autoptr(GError) error = NULL;
	guint mode = 0;
	gsize size;

	for (guint i = 0; i < 300001; i++)
		big[i] = (char)(i * 7 + i / 251);
	/* What a killed run left is in nobody's way. */
	g_assert_true(g_file_set_contents(part, "left", -1, NULL));
	g_assert_true(seed_iso_write(path, "cidata", files, G_N_ELEMENTS(files), &error));
	g_assert_no_error(error);
	g_assert_false(g_file_test(part, G_FILE_TEST_EXISTS));
	g_assert_cmpint(mode_of(path), ==, 0600);

	text = iso_read(path, "user-data", &size, &mode);
	g_assert_cmpstr(text, ==, files[0].data);
	back = iso_read(path, files[2].name, &size, &mode);
	g_assert_cmpmem(back, size, big, 300001);
	g_assert_cmpint(mode & 0111, ==, 0111);

	/* ECMA-119 8.4: the primary descriptor is sector 16, its label at byte 40. */
	g_assert_true(g_file_get_contents(path, &raw, &size, NULL));
	g_assert_cmpmem(raw + 16 * 2048 + 1, 5, "CD001", 5);
	g_assert_true(g_ascii_strncasecmp(raw + 16 * 2048 + 40, "cidata ", 7) == 0);
}

/* The program that cloud-init asks for the label. */
static void test_label(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = below(f, "seed.iso"), *blkid = NULL, *said = NULL;
	const struct seed_file file = { "meta-data", "{}\n", 3, 0444 };
	const char *argv[] = { "blkid", "-p", "-o", "value", "-s", "LABEL", path, NULL };

	g_assert_true(seed_iso_write(path, "cidata", &file, 1, NULL));
	blkid = g_find_program_in_path("blkid");
	if (!blkid) {
		g_test_skip("no blkid");
		return;
	}
	g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
				   &said, NULL, NULL, NULL));
	g_assert_cmpstr(g_strchomp(said), ==, "cidata");
}

static void test_iso_unwritable(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = below(f, "absent/seed.iso");
	const struct seed_file file = { "meta-data", "{}\n", 3, 0444 };
	g_autoptr(GError) error = NULL;

	g_assert_false(seed_iso_write(path, "cidata", &file, 1, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
}

static void test_key(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = below(f, "id"), *pub = below(f, "id.pub");
	g_autofree char *known = below(f, "known_hosts"), *text = NULL, *first = NULL;
	g_autofree char *second = NULL, *secret = NULL, *line = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(key_make(path, "me", &error));
	g_assert_no_error(error);
	g_assert_cmpint(mode_of(path), ==, 0600);
	first = key_public(path, &error);
	g_assert_true(g_str_has_prefix(first, "ssh-ed25519 AAAA"));
	g_assert_true(g_str_has_suffix(first, " me"));
	secret = key_private(path, &error);
	g_assert_true(g_str_has_prefix(secret, "-----BEGIN OPENSSH PRIVATE KEY-----\n"));
	g_assert_true(g_str_has_suffix(secret, "\n"));

	g_assert_true(key_make(path, "me", &error));
	second = key_public(path, &error);
	g_assert_cmpstr(first, !=, second);

	g_assert_true(key_write_known_hosts(known, "vexvm-a", second, &error));
	g_assert_true(g_file_get_contents(known, &text, NULL, NULL));
	line = g_strdup_printf("vexvm-a %s\n", second);
	g_assert_cmpstr(text, ==, line);
	g_assert_cmpint(mode_of(known), ==, 0600);
}

static void test_key_damaged(struct fixture *f, gconstpointer data)
{
	static const char *const bad[] = { "", "garbage\n", "ssh-ed25519 A\nssh-ed25519 B\n" };
	g_autofree char *path = below(f, "id"), *pub = below(f, "id.pub");

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_true(g_file_set_contents(pub, bad[i], -1, NULL));
		g_assert_null(key_public(path, &error));
		g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	}
}

static void test_no_keygen(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = below(f, "id"), *saved = g_strdup(g_getenv("PATH"));
	g_autoptr(GError) error = NULL;

	g_setenv("PATH", f->folder, TRUE);
	g_assert_false(key_make(path, "me", &error));
	g_setenv("PATH", saved, TRUE);
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "apt-get install openssh-client"));
}

static char *instance_of(const char *iso)
{
	guint mode;
	gsize size;

	return iso_read(iso, "meta-data", &size, &mode);
}

/* A VM's whole seed; made again, it is another instance with other keys. */
static void test_write(struct fixture *f, gconstpointer data)
{
	g_autofree char *agent = below(f, "agent"), *iso = below(f, "vm/seed.iso");
	g_autofree char *key = below(f, "vm/id_ed25519"), *known = below(f, "vm/known_hosts");
	g_autofree char *state = below(f, "vm"), *carried = NULL, *unit = NULL, *rules = NULL;
	g_autofree char *first = NULL, *second = NULL, *key1 = NULL, *key2 = NULL, *user = NULL;
	const struct image image = { .packages_included = true };
	const struct conf conf = { .name = (char *)"t", .root = f->folder, .state_dir = state };
	g_autoptr(GError) error = NULL;
	guint mode;
	gsize size;

	g_assert_true(g_file_set_contents(agent, "\177ELF agent", -1, NULL));
	g_setenv("VEXVM_AGENT", agent, TRUE);
	g_assert_true(seed_write(&conf, &image, &error));
	g_assert_no_error(error);
	carried = iso_read(iso, USERDATA_AGENT_FILE, &size, &mode);
	g_assert_cmpstr(carried, ==, "\177ELF agent");
	unit = iso_read(iso, USERDATA_UNIT_FILE, &size, &mode);
	g_assert_nonnull(strstr(unit, "ExecStart=" USERDATA_AGENT_PATH "\n"));
	rules = iso_read(iso, USERDATA_RULES_FILE, &size, &mode);
	g_assert_nonnull(strstr(rules, USERDATA_UNIT_FILE));
	user = iso_read(iso, "user-data", &size, &mode);
	key1 = key_public(key, NULL);
	g_assert_nonnull(strstr(user, key1));
	g_assert_cmpint(mode_of(iso), ==, 0600);
	g_assert_true(g_file_test(known, G_FILE_TEST_EXISTS));
	first = instance_of(iso);

	g_assert_true(seed_write(&conf, &image, &error));
	second = instance_of(iso);
	key2 = key_public(key, NULL);
	g_assert_cmpstr(first, !=, second);
	g_assert_cmpstr(key1, !=, key2);
	g_unsetenv("VEXVM_AGENT");
}

static void test_no_agent(struct fixture *f, gconstpointer data)
{
	g_autofree char *absent = below(f, "absent"), *iso = below(f, "seed.iso");
	const struct conf conf = { .name = (char *)"t", .root = f->folder, .state_dir = f->folder };
	const struct image image = { .packages_included = true };
	g_autoptr(GError) error = NULL;

	g_setenv("VEXVM_AGENT", absent, TRUE);
	g_assert_false(seed_write(&conf, &image, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_false(g_file_test(iso, G_FILE_TEST_EXISTS));
	g_unsetenv("VEXVM_AGENT");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, fn) g_test_add("/seed/" name, struct fixture, NULL, set_up, fn, tear_down)
	ADD("iso", test_iso);
	ADD("label", test_label);
	ADD("iso-unwritable", test_iso_unwritable);
	ADD("key", test_key);
	ADD("key-damaged", test_key_damaged);
	ADD("no-keygen", test_no_keygen);
	ADD("write", test_write);
	ADD("no-agent", test_no_agent);
#undef ADD
	return g_test_run();
}

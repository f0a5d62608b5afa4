// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's description of its structures: a small one, and what is wrong with damaged ones. */
#include "agent/btf.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <linux/btf.h>
#include <string.h>

#include "lib/folder.h"

static char *root;
static GByteArray *types, *strings;

static guint32 add_string(const char *text)
{
	guint32 at = strings->len;

	g_byte_array_append(strings, (const guint8 *)text, (guint)strlen(text) + 1);
	return at;
}

static void add_type(const char *name, guint kind, guint n, bool packed, guint32 size)
{
	struct btf_type type = { .name_off = name ? add_string(name) : 0,
				 .info = (guint32)packed << 31 | kind << 24 | n, .size = size };

	g_byte_array_append(types, (const guint8 *)&type, sizeof(type));
}

static void add_member(const char *name, guint32 type, guint32 place)
{
	struct btf_member member = { .name_off = name ? add_string(name) : 0, .type = type, .offset = place };

	g_byte_array_append(types, (const guint8 *)&member, sizeof(member));
}

/*
 * struct outer { int a; union { int b; struct { int c:16; int d:15; }; }; }, behind types
 * of other kinds with parts of their own.
 */
static void describe(void)
{
	static const guint8 word[4];
	static const guint8 array[sizeof(struct btf_array)];

	g_byte_array_set_size(types, 0);
	g_byte_array_set_size(strings, 0);
	add_string("");
	add_type("int", BTF_KIND_INT, 0, false, 4);
	g_byte_array_append(types, word, sizeof(word));
	add_type(NULL, BTF_KIND_ARRAY, 0, false, 0);
	g_byte_array_append(types, array, sizeof(array));
	add_type(NULL, BTF_KIND_STRUCT, 2, true, 4);
	add_member("c", 1, 16u << 24 | 0);
	add_member("d", 1, 15u << 24 | 16);
	add_type(NULL, BTF_KIND_UNION, 2, false, 4);
	add_member("b", 1, 0);
	add_member(NULL, 3, 0);
	add_type("outer", BTF_KIND_STRUCT, 2, false, 8);
	add_member("a", 1, 0);
	add_member(NULL, 4, 32);
}

static void write_file(gsize cut)
{
	struct btf_header head = { .magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(head),
				   .type_len = types->len, .str_off = types->len, .str_len = strings->len };
	g_autofree char *path = g_build_filename(root, "sys/kernel/btf/vmlinux", NULL);
	g_autoptr(GByteArray) all = g_byte_array_new();

	g_byte_array_append(all, (const guint8 *)&head, sizeof(head));
	g_byte_array_append(all, types->data, types->len);
	g_byte_array_append(all, strings->data, strings->len);
	g_assert_cmpuint(cut, <=, all->len);
	g_assert_true(g_file_set_contents(path, (const char *)all->data, (gssize)(all->len - cut), NULL));
}

static void expect(const struct btf *btf, const char *member, guint32 bit, guint32 bits)
{
	struct btf_field field;

	g_assert_true(btf_find(btf, "outer", member, &field));
	g_assert_cmpuint(field.bit, ==, bit);
	g_assert_cmpuint(field.bits, ==, bits);
}

static void test_members(void)
{
	struct btf_field field;
	struct btf *btf;

	describe();
	write_file(0);
	btf = btf_open(root);
	g_assert_nonnull(btf);
	expect(btf, "a", 0, 0);
	expect(btf, "b", 32, 0);
	expect(btf, "c", 32, 16);
	expect(btf, "d", 48, 15);
	g_assert_cmpuint(btf_size(btf, "outer"), ==, 8);
	g_assert_cmpuint(btf_size(btf, "inner"), ==, 0);
	g_assert_false(btf_find(btf, "outer", "e", &field));
	g_assert_false(btf_find(btf, "int", "a", &field));
	btf_free(btf);
}

static void test_missing(void)
{
	g_autofree char *path = g_build_filename(root, "sys/kernel/btf/vmlinux", NULL);

	g_unlink(path);
	g_assert_null(btf_open(root));
}

/* However much of its end is missing, and whatever one of its bytes is. */
static void test_damaged(void)
{
	g_autofree char *path = g_build_filename(root, "sys/kernel/btf/vmlinux", NULL);
	g_autofree char *bytes = NULL;
	struct btf_field field;
	gsize size;

	describe();
	write_file(0);
	g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
	for (gsize cut = 1; cut <= size; cut++) {
		write_file(cut);
		g_assert_null(btf_open(root));
	}
	for (gsize i = 0; i < size; i++) {
		char good = bytes[i];
		struct btf *btf;

		bytes[i] = (char)~good;
		g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
		bytes[i] = good;
		btf = btf_open(root);
		if (btf)
			btf_find(btf, "outer", "d", &field);
		btf_free(btf);
	}
}

/* A nameless part that is a part of itself. */
static void test_ring(void)
{
	struct btf_field field;
	struct btf *btf;

	g_byte_array_set_size(types, 0);
	g_byte_array_set_size(strings, 0);
	add_string("");
	add_type("outer", BTF_KIND_STRUCT, 1, false, 8);
	add_member(NULL, 1, 0);
	write_file(0);
	btf = btf_open(root);
	g_assert_nonnull(btf);
	g_assert_false(btf_find(btf, "outer", "a", &field));
	btf_free(btf);
}

int main(int argc, char **argv)
{
	g_autofree char *folder = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	root = g_dir_make_tmp("vexvm-btf-XXXXXX", NULL);
	folder = g_build_filename(root, "sys/kernel/btf", NULL);
	g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
	types = g_byte_array_new();
	strings = g_byte_array_new();
	g_test_add_func("/agent-btf/members", test_members);
	g_test_add_func("/agent-btf/missing", test_missing);
	g_test_add_func("/agent-btf/damaged", test_damaged);
	g_test_add_func("/agent-btf/ring", test_ring);
	status = g_test_run();
	g_byte_array_unref(types);
	g_byte_array_unref(strings);
	folder_remove(root, NULL);
	g_free(root);
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who owns slab objects, read from a memory that is made here: a cache with a partial
 * and a full slab, two stacks in the depot. And what of it is told to the audit.
 */
#include "agent/slub.h"

#include <elf.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "lib/folder.h"

#define MEMORY 0xffff888000000000ull
#define PAGES 0xffffea0000000000ull
#define DATA 0xffffffff82000000ull
#define GONE 0xffffffffc0100010ull	/* code of a module that was unloaded */
#define GONE_TOO 0xffffffffc0200020ull
#define KNOWN 0xffffffffc0000100ull	/* of one that is there */
#define TEXT 0xffffffff81000000ull
#define PART (64 * 1024)

/* Offsets in bits, 8 to a byte; a slab's number of objects has 15, the handle's parts have 16 and 10. */
#define LAYOUT_OF(list, objects, handle) \
	list ":0 40:0 c0:0 280:0 140:0 2c0:0 300:0 6c0:0 80:0 180:0 40:0 c0:0 " objects " 0:0 40:0 " handle " 60:0 c0:0 "
#define LAYOUT LAYOUT_OF("340", "150:f", "0:10 10:a")

#define LIST_HEAD_AT (DATA + 0x10)	/* slab_caches */
#define CACHE_AT (DATA + 0x1000)
#define NODE_AT (DATA + 0x2000)
#define PARTIAL_AT (NODE_AT + 16)
#define FULL_AT (NODE_AT + 48)
#define DEPOT_AT (DATA + 0x3000)
#define NAME_AT (DATA + 0x4000)
#define STACKS_AT (MEMORY + 0xc000)

/* Of each object: 64 of red zone, 64 + 8 of its own, 8 of pointer, two tracks of 32. */
#define PAD 64
#define INUSE 72
#define SIZE (PAD + INUSE + 8 + 64)

#define STACKS 20	/* more than are looked for in the places of one */
#define CORE_HEAD (sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr))

struct fixture {
	char *root;
	guint8 memory[PART], pages[PART], data[PART];
	struct audit symbols;
	struct slub_origin origins[SLUB_ORIGINS_MAX];
	size_t nr;
};

static guint8 *at(struct fixture *f, guint64 address)
{
	if (address >= DATA && address < DATA + PART)
		return f->data + (address - DATA);
	if (address >= PAGES && address < PAGES + PART)
		return f->pages + (address - PAGES);
	g_assert_true(address >= MEMORY && address < MEMORY + PART);
	return f->memory + (address - MEMORY);
}

static void put64(struct fixture *f, guint64 address, guint64 value)
{
	memcpy(at(f, address), &value, sizeof(value));
}

static void put32(struct fixture *f, guint64 address, guint32 value)
{
	memcpy(at(f, address), &value, sizeof(value));
}

static void write_file(struct fixture *f, const char *name, const void *bytes, gsize size)
{
	g_autofree char *path = g_build_filename(f->root, name, NULL);

	g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
}

static void write_core(struct fixture *f)
{
	struct {
		Elf64_Ehdr elf;
		Elf64_Phdr parts[3];
	} head = { .elf = { .e_ident = ELFMAG, .e_phoff = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = 3 } };
	const struct {
		guint64 address;
		const guint8 *bytes;
	} parts[] = { { MEMORY, f->memory }, { PAGES, f->pages }, { DATA, f->data } };
	g_autoptr(GByteArray) all = g_byte_array_new();

	head.elf.e_ident[EI_CLASS] = ELFCLASS64;
	for (guint i = 0; i < 3; i++)
		head.parts[i] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = sizeof(head) + i * PART,
					      .p_vaddr = parts[i].address, .p_memsz = PART, .p_filesz = PART };
	g_byte_array_append(all, (const guint8 *)&head, sizeof(head));
	for (guint i = 0; i < 3; i++)
		g_byte_array_append(all, parts[i].bytes, PART);
	write_file(f, "proc/kcore", all->data, all->len);
}

/* A stack at @place * 16 in the depot's only slab; returns its handle. */
static guint32 add_stack(struct fixture *f, guint32 place, guint64 first, guint64 second)
{
	guint64 record = STACKS_AT + place * 16;

	put32(f, record + 12, 2);
	put64(f, record + 24, first);
	put64(f, record + 32, second);
	return place << 16 | 1u << 26;
}

static void add_object(struct fixture *f, guint64 slab, guint i, bool used, guint32 handle, guint64 address)
{
	guint64 object = slab + i * SIZE + PAD;

	memset(at(f, object - PAD), used ? 0xcc : 0xbb, PAD);
	put64(f, object + INUSE + 8, address);
	put32(f, object + INUSE + 16, handle);
}

/* The slab whose struct is the page's @page, alone in the list @head. */
static void add_slab(struct fixture *f, guint page, guint64 head, guint objects)
{
	guint64 slab = PAGES + page * 64;

	put64(f, slab + 24, CACHE_AT);
	put32(f, slab + 40, 7 | objects << 16 | 1u << 31);
	put64(f, slab + 8, head);
	put64(f, head, slab + 8);
}

static void add_cache(struct fixture *f)
{
	put64(f, LIST_HEAD_AT, CACHE_AT + 104);
	put64(f, CACHE_AT + 104, LIST_HEAD_AT);
	put32(f, CACHE_AT + 8, 0x400 | 0x10000);
	put32(f, CACHE_AT + 24, SIZE);
	put32(f, CACHE_AT + 80, INUSE);
	put32(f, CACHE_AT + 40, INUSE);
	put32(f, CACHE_AT + 88, PAD);
	put64(f, CACHE_AT + 96, NAME_AT);
	put64(f, CACHE_AT + 216, NODE_AT);
	memcpy(at(f, NAME_AT), "kmalloc-64", 11);
	put64(f, DATA + 0x100, PAGES);
	put64(f, DATA + 0x108, MEMORY);
	put64(f, DEPOT_AT, STACKS_AT);
}

static void add_symbol(struct fixture *f, const char *name, const char *text)
{
	audit_add(&f->symbols, "symbol", name, text, 1);
}

static void add_address(struct fixture *f, const char *name, guint64 address)
{
	g_autofree char *text = g_strdup_printf("%" G_GINT64_MODIFIER "x", address);

	add_symbol(f, name, text);
}

static void set_up(struct fixture *f, gconstpointer data)
{
	static const char modules[] = "there 8192 0 - Live 0xffffffffc0000000\n";
	g_autofree char *proc = NULL;
	guint32 gone, there;

	f->root = g_dir_make_tmp("vexvm-slub-XXXXXX", NULL);
	proc = g_build_filename(f->root, "proc", NULL);
	g_assert_cmpint(g_mkdir_with_parents(proc, 0700), ==, 0);
	write_file(f, "proc/modules", modules, strlen(modules));
	add_cache(f);
	gone = add_stack(f, 0, TEXT, GONE);
	there = add_stack(f, 8, TEXT, KNOWN);
	add_slab(f, 2, PARTIAL_AT, 3);
	add_object(f, MEMORY + 0x2000, 0, true, gone, TEXT);
	add_object(f, MEMORY + 0x2000, 1, false, gone, TEXT);
	add_object(f, MEMORY + 0x2000, 2, true, there, TEXT);
	add_slab(f, 4, FULL_AT, 2);
	add_object(f, MEMORY + 0x4000, 0, true, gone, TEXT);
	add_object(f, MEMORY + 0x4000, 1, true, 0, GONE_TOO);
	add_symbol(f, "slub layout", LAYOUT);
	add_address(f, "slab_caches", LIST_HEAD_AT);
	add_address(f, "vmemmap_base", DATA + 0x100);
	add_address(f, "page_offset_base", DATA + 0x108);
	add_address(f, "stack_slabs", DEPOT_AT);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	audit_free(&f->symbols);
	folder_remove(f->root, NULL);
	g_free(f->root);
}

static bool look(struct fixture *f, const char *cache)
{
	struct slub *slub;
	bool ok;

	write_core(f);
	slub = slub_open(&f->symbols, f->root);
	ok = slub && slub_origins(slub, cache, f->origins, &f->nr);
	slub_close(slub);
	return ok;
}

static void test_origins(struct fixture *f, gconstpointer data)
{
	g_assert_true(look(f, "kmalloc-64"));
	g_assert_cmpuint(f->nr, ==, 2);
	g_assert_cmphex(f->origins[0].address, ==, GONE);
	g_assert_cmpuint(f->origins[0].count, ==, 2);
	g_assert_cmphex(f->origins[1].address, ==, GONE_TOO);
	g_assert_cmpuint(f->origins[1].count, ==, 1);
	g_assert_false(look(f, "kmalloc-96"));
}

/* The pointer to the next free object may lie in the object: no room for it then. */
static void test_pointer_within(struct fixture *f, gconstpointer data)
{
	put32(f, CACHE_AT + 40, 0);
	for (guint i = 0; i < 2; i++) {
		guint64 track = MEMORY + 0x4000 + i * SIZE + PAD + INUSE;

		memmove(at(f, track), at(f, track + 8), 16);
	}
	put64(f, PARTIAL_AT, PARTIAL_AT);
	g_assert_true(look(f, "kmalloc-64"));
	g_assert_cmpuint(f->nr, ==, 2);
}

/* A stack is read once, however many of its depot's slab there are: what becomes of it later is not seen. */
static void test_known(struct fixture *f, gconstpointer data)
{
	const guint32 too_deep = 1000;
	g_autofree char *path = g_build_filename(f->root, "proc/kcore", NULL);
	struct slub *slub;
	FILE *core;

	add_slab(f, 2, PARTIAL_AT, STACKS);
	for (guint32 i = 0; i < STACKS; i++)
		add_object(f, MEMORY + 0x2000, i, true, add_stack(f, 16 + 4 * i, TEXT, GONE + 16 * i), TEXT);
	write_core(f);
	slub = slub_open(&f->symbols, f->root);
	g_assert_true(slub_origins(slub, "kmalloc-64", f->origins, &f->nr));
	core = fopen(path, "r+e");
	for (guint32 i = 0; i < STACKS; i++) {
		put32(f, STACKS_AT + (16 + 4 * i) * 16 + 12, too_deep);
		g_assert_cmpint(fseek(core, CORE_HEAD + (STACKS_AT - MEMORY) + (16 + 4 * i) * 16 + 12, SEEK_SET), ==, 0);
		g_assert_cmpuint(fwrite(&too_deep, sizeof(too_deep), 1, core), ==, 1);
	}
	fclose(core);
	g_assert_true(slub_origins(slub, "kmalloc-64", f->origins, &f->nr));
	g_assert_cmpuint(f->nr, ==, STACKS + 1);
	slub_close(slub);
	g_assert_false(look(f, "kmalloc-64"));
}

static void test_damaged(struct fixture *f, gconstpointer data)
{
	static const struct {
		guint64 address;
		guint32 bytes;
		guint64 value;
	} damages[] = {
		{ PAGES + 2 * 64 + 24, 8, CACHE_AT + 8 },	/* another cache's slab */
		{ PAGES + 2 * 64 + 40, 4, 0 },			/* no objects */
		{ PAGES + 2 * 64 + 40, 4, 0x7fff0000 },		/* more than a slab holds */
		{ PAGES + 2 * 64 + 8, 8, PAGES + 2 * 64 + 8 },	/* a list without end */
		{ PAGES + 2 * 64 + 8, 8, 0x1234 },		/* nowhere */
		{ CACHE_AT + 24, 4, 0 },			/* a size of nothing */
		{ CACHE_AT + 24, 4, SIZE - 64 },		/* too small for its parts */
		{ CACHE_AT + 88, 4, 0 },			/* no red zone */
		{ CACHE_AT + 8, 4, 0x400 },			/* owners are not noted */
		{ CACHE_AT + 216, 8, 0 },			/* no node */
		{ CACHE_AT + 104, 8, 0x1234 },			/* caches that are nowhere */
		{ DEPOT_AT, 8, 0x1234 },			/* a depot that is nowhere */
		{ STACKS_AT + 12, 4, 1000 },			/* a stack that is too deep */
	};

	for (guint i = 0; i < G_N_ELEMENTS(damages); i++) {
		guint8 *place = at(f, damages[i].address), good[8];

		memcpy(good, place, sizeof(good));
		memcpy(place, &damages[i].value, damages[i].bytes);
		g_test_message("damage %u", i);
		g_assert_false(look(f, "kmalloc-64"));
		memcpy(place, good, sizeof(good));
	}
	g_assert_true(look(f, "kmalloc-64"));
}

static void test_layout(struct fixture *f, gconstpointer data)
{
	static const char *const bad[] = {
		"", "340", "340:0", "x:0 ", LAYOUT "1:0 ", "340:0 40:0 ",
		/* Beyond any structure; no bit field; one that its word does not hold. */
		LAYOUT_OF("80000", "150:f", "0:10 10:a"), LAYOUT_OF("340", "150:0", "0:10 10:a"),
		LAYOUT_OF("340", "150:21", "0:10 10:a"), LAYOUT_OF("340", "17f:f", "0:10 10:a"),
		LAYOUT_OF("340", "150:f", "0:0 10:a"), LAYOUT_OF("340", "150:f", "0:10 10:11"),
		LAYOUT_OF("340", "150:f", "0:10 40:a"),
	};
	struct slub_layout layout;

	g_assert_true(slub_parse_layout(LAYOUT, &layout));
	g_assert_cmpuint(layout.bit[SLAB_OBJECTS], ==, 0x150);
	g_assert_cmpuint(layout.bits[SLAB_OBJECTS], ==, 15);
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(slub_parse_layout(bad[i], &layout));
}

/* How many of the two caches have to be listed; one is not known to the kernel. */
static size_t filter(struct fixture *f, struct audit *ret)
{
	char *slabs[] = { strdup("kmalloc-64"), strdup("unknown") };
	size_t nr;

	write_core(f);
	audit_sort(&f->symbols);
	nr = audit_filter_slabs(ret, &f->symbols, f->root, slabs, G_N_ELEMENTS(slabs));
	for (size_t i = 0; i < nr; i++)
		free(slabs[i]);
	return nr;
}

static void test_filter(struct fixture *f, gconstpointer data)
{
	struct audit found = { 0 };

	audit_add(&f->symbols, "slab", "kmalloc-64", "0xffffffffc0100010 one 64", 1);
	audit_add(&f->symbols, "slab", "kmalloc-64", "0xffffffffc0100010 two 64", 1);
	audit_add(&f->symbols, "slab", "kmalloc-64", "0xffffffffc0200020 three 64", 1);
	audit_add(&f->symbols, "slab", "kmalloc-640", "0xffffffffc0200020 three 64", 1);
	/* As long as it was not found to tell the truth. */
	g_assert_cmpuint(filter(f, &found), ==, 2);
	g_assert_cmpuint(found.nr, ==, 0);
	add_symbol(f, "slub proven", "");
	g_assert_cmpuint(filter(f, &found), ==, 1);
	g_assert_cmpuint(found.nr, ==, 3);
	g_assert_cmpstr(found.lines[0].text, ==, "slab\tkmalloc-64\t0xffffffffc0100010 one 64");
	audit_free(&found);
	/* One more, and another one's: both are to be listed. */
	audit_add(&f->symbols, "slab", "kmalloc-64", "0xffffffffc0100010 two 64", 1);
	g_assert_cmpuint(filter(f, &found), ==, 2);
	audit_free(&found);
}

/* By so many caches that agree, and @unknown ones, which the memory does not have. */
static bool is_proven(struct fixture *f, size_t known, size_t unknown)
{
	size_t nr = known + unknown;
	char *slabs[16];

	g_assert_cmpuint(nr, <=, G_N_ELEMENTS(slabs));
	for (size_t i = 0; i < nr; i++)
		slabs[i] = (char *)(i < known ? "kmalloc-64" : "unknown");
	write_core(f);
	audit_sort(&f->symbols);
	audit_prove_slabs(&f->symbols, f->root, slabs, nr);
	return audit_symbol_text(&f->symbols, "slub proven");
}

static void test_proof(struct fixture *f, gconstpointer data)
{
	audit_add(&f->symbols, "slab", "kmalloc-64", "0xffffffffc0100010 one 64", 2);
	g_assert_false(is_proven(f, 4, 0));
	audit_add(&f->symbols, "slab", "kmalloc-64", "0xffffffffc0200020 two 64", 1);
	g_assert_false(is_proven(f, 3, 0));
	/* One in eight may have changed meanwhile. */
	g_assert_false(is_proven(f, 6, 1));
	g_assert_true(is_proven(f, 7, 1));
}

static void test_proof_whole(struct fixture *f, gconstpointer data)
{
	audit_add(&f->symbols, "slab", "kmalloc-64", "0xffffffffc0100010 one 64", 2);
	audit_add(&f->symbols, "slab", "kmalloc-64", "0xffffffffc0200020 two 64", 1);
	g_assert_true(is_proven(f, 4, 0));
}

#define ADD(name, fn) g_test_add("/agent-slub/" name, struct fixture, NULL, set_up, fn, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("origins", test_origins);
	ADD("pointer within", test_pointer_within);
	ADD("known", test_known);
	ADD("damaged", test_damaged);
	ADD("layout", test_layout);
	ADD("filter", test_filter);
	ADD("proof", test_proof);
	ADD("proof by all", test_proof_whole);
	return g_test_run();
}

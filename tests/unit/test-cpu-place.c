// SPDX-License-Identifier: GPL-2.0-only
/* Where a CPU is: by the kernel's trace of it, by its registers, and by the stack below a function of the kernel's. */
#include <string.h>

#include "libvm/cpu-place.h"
#include "libvm/memory.h"
#include "libvm/module.h"
#include "tests/lib/sample.h"

#define BEGIN 0xffffffffc0100000ull
#define STACK 0xff00000000013f80ull	/* 128 bytes below the end of one */

/* Two CPUs, of which one asked and one waits for a lock that it has, its interrupts off. */
static const char traces[] =
	"[   51.200000] vexvm: hang 431\n"
	"[   51.200000] sysrq: Show backtrace of all active CPUs\n"
	"[   51.200000] NMI backtrace for cpu 1\n"
	"[   51.200000] CPU: 1 PID: 431 Comm: sh Tainted: G           OE      6.1.0-56-amd64 #1\n"
	"[   51.200000] Call Trace:\n"
	"[   51.200000]  dump_stack_lvl+0x44/0x5c\n"
	"[   51.200000]  ? helper+0x1/0x2 [nc]\n"
	"[   51.200000]  virtio_write+0x1/0x2 [virtio_console]\n"
	"[   51.200000] Sending NMI from CPU 1 to CPUs 0:\n"
	"[   51.200000] NMI backtrace for cpu 0\n"
	"[   51.200000] CPU: 0 PID: 420 Comm: my test.sh Tainted: G           OE      6.1.0-56-amd64 #1\n"
	"[   51.200000] RIP: 0010:native_queued_spin_lock_slowpath+0x6e/0x2e0\n"
	"[   51.200000] Call Trace:\n"
	"[   51.200000]  <TASK>\n"
	"[   51.200000]  _raw_spin_lock_irq+0x27/0x30\n"
	"[   51.200000]  nc_do_hangirq+0x1c/0x30 [nc]\n"
	"[   51.200000]  nc_write+0x6a/0x90 [nc]\n";

static struct frame *find(const char *text, char **ret_task)
{
	struct modinfo info = { .name = (char *)"nc" };
	struct module module = { .info = &info };
	g_autoptr(GPtrArray) modules = g_ptr_array_new();

	g_ptr_array_add(modules, &module);
	return cpu_place_in_trace(text, modules, ret_task);
}

static void test_trace(void)
{
	g_autofree char *task = NULL, *none = NULL;
	struct frame *frame = find(traces, &task);

	g_assert_nonnull(frame);
	g_assert_cmpstr(frame->function, ==, "nc_do_hangirq");
	g_assert_cmpstr(task, ==, "my test.sh");
	g_assert_false(frame->exact);
	frame_free(frame);
	frame = find("NMI backtrace for cpu 0\nRIP: 0010:nc_spin+0x9/0x20 [nc]\n", &none);
	g_assert_nonnull(frame);
	g_assert_true(frame->exact);
	g_assert_null(none);
	frame_free(frame);
	/* Outside of a CPU's trace, of one that does nothing, and cut. */
	g_assert_null(find(" nc_write+0x6a/0x90 [nc]\n", &none));
	g_assert_null(find("NMI backtrace for cpu 0 skipped: idling\n nc_write+0x6a/0x90 [nc]\n", &none));
	g_assert_null(find("NMI backtrace for cpu 0\nsysrq: Show Blocked State\n nc_write+0x6a/0x90 [nc]\n", &none));
	g_assert_null(find("NMI backtrace for cpu", &none));
	g_assert_null(find("", &none));
}

static GPtrArray *place_fixture(void)
{
	GPtrArray *placed = g_ptr_array_new_with_free_func((GDestroyNotify)placed_free);
	struct placed *p = g_new0(struct placed, 1);
	guint64 begin = BEGIN;

	p->name = g_strdup("fixture");
	p->names = g_ptr_array_new_with_free_func(g_free);
	p->addresses = g_array_new(FALSE, FALSE, sizeof(guint64));
	g_ptr_array_add(p->names, g_strdup(".init.text"));
	g_array_append_val(p->addresses, begin);
	g_ptr_array_add(placed, p);
	return placed;
}

static void test_at(struct sample *f, gconstpointer data)
{
	g_autoptr(GPtrArray) placed = place_fixture();
	g_autofree char *place = NULL, *function = NULL, *bare = NULL;

	sample_make(f, "-g");
	place = cpu_place_at(placed, f->symbols, BEGIN, false, &function);
	g_assert_true(g_str_has_prefix(place, "start+0x0 [fixture] at first.c:"));
	g_assert_true(g_str_has_prefix(function, "start [fixture] at first.c:"));
	bare = cpu_place_at(placed, NULL, BEGIN + 2, false, NULL);
	g_assert_cmpstr(bare, ==, ".init.text+0x2 [fixture]");
	/* Behind its end is another's, before its begin the kernel's. */
	g_assert_null(cpu_place_at(placed, f->symbols, BEGIN + 0x100000, false, NULL));
	g_assert_null(cpu_place_at(placed, NULL, BEGIN - 1, false, NULL));
}

/* All of the stack's words are @words' first, but one; behind every address but BEGIN + 9 is no call. */
struct fake {
	guint64 words[16];
	gsize asked;
};

static bool read_fake(void *data, guint64 address, void *buf, gsize size)
{
	struct fake *fake = data;

	if (address == STACK) {
		fake->asked = size;
		memcpy(buf, fake->words, size);
	} else {
		*(guint8 *)buf = address == BEGIN + 9 - 5 ? 0xe8 : 0x90;
	}
	return size <= sizeof(fake->words);
}

static void test_caller(void)
{
	g_autoptr(GPtrArray) placed = place_fixture();
	struct fake fake = { .words = { 7, BEGIN, BEGIN + 8, BEGIN - 1, BEGIN + 9, BEGIN + 9 } };

	g_assert_cmphex(cpu_place_caller(placed, NULL, STACK, read_fake, &fake), ==, BEGIN + 9);
	/* Not beyond the stack's end. */
	g_assert_cmpuint(fake.asked, ==, 128);
	memset(fake.words, 0, sizeof(fake.words));
	g_assert_cmphex(cpu_place_caller(placed, NULL, STACK, read_fake, &fake), ==, 0);
	g_assert_cmphex(cpu_place_caller(placed, NULL, STACK + 1, read_fake, &fake), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cpu-place/trace", test_trace);
	g_test_add("/cpu-place/at", struct sample, NULL, sample_set_up, test_at, sample_tear_down);
	g_test_add_func("/cpu-place/caller", test_caller);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-2.0-only
/* When a further clone fits into the host's memory. */
#include "libvm/clone-pool.h"

#define MIB(n) ((guint64)(n) << 20)

static void test_room(void)
{
	static const struct {
		guint64 available, each;
		guint running;
		guint64 held;
		bool fits;
	} samples[] = {
		/* Its own need, and what the host is left. */
		{ MIB(640), MIB(384), 0, 0, true },
		{ MIB(640) - 1, MIB(384), 0, 0, false },
		{ 0, MIB(384), 0, 0, false },
		/* Those that were started a moment ago will need theirs too. */
		{ MIB(1000), MIB(384), 1, 0, false },
		{ MIB(1024), MIB(384), 1, 0, true },
		{ MIB(1000), MIB(384), 1, MIB(100), true },
		/* One that holds more than was ever seen owes nothing. */
		{ MIB(640), MIB(384), 2, MIB(4000), true },
		{ G_MAXUINT64, MIB(384), 255, 0, true },
	};

	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		bool fits = clone_pool_has_room(samples[i].available, samples[i].each, samples[i].running,
						samples[i].held);

		g_test_message("sample %u", i);
		g_assert_true(fits == samples[i].fits);
	}
}

/* A host with no memory at all still gets one. */
static void test_size(void)
{
	struct clone_pool *pool = clone_pool_new(NULL, NULL, NULL, false, false);

	g_assert_cmpuint(clone_pool_size(pool), >=, 1);
	clone_pool_free(pool);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/clone-pool/room", test_room);
	g_test_add_func("/clone-pool/size", test_size);
	return g_test_run();
}

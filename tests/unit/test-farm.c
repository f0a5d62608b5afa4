// SPDX-License-Identifier: GPL-2.0-only
/* The farm's threads and what they hold, without any clone. */
#include "lib/clock.h"
#include "libvm/clone-pool.h"

#define LIMIT_S 60

/* The pool: how many clones were given back to it. */
static struct {
	GMutex mutex;
	GCond news;
	guint given;
} pool;

static void give(struct clone_pool *unused, struct clone *clone)
{
	if (!clone)
		return;
	g_mutex_lock(&pool.mutex);
	pool.given++;
	g_cond_broadcast(&pool.news);
	g_mutex_unlock(&pool.mutex);
}

#define clone_pool_give give
#include "libvm/farm.c"
#undef clone_pool_give

static bool await_given(void)
{
	gint64 deadline = clock_in(LIMIT_S);
	bool given = true;

	g_mutex_lock(&pool.mutex);
	while (given && !pool.given)
		given = g_cond_wait_until(&pool.news, &pool.mutex, deadline);
	g_mutex_unlock(&pool.mutex);
	return given;
}

static gpointer take(gpointer data)
{
	struct farm *f = data;
	struct clone *spare = (struct clone *)f;

	g_assert_null(take_task(f, false, &spare));
	g_assert_null(spare);
	return NULL;
}

/* Another thread is at work, and may need the memory of the clone that no task came for. */
static void test_idle_spare(void)
{
	static struct farm f = { .busy = 1, .spares = 1 };
	GThread *thread;

	f.tasks = g_ptr_array_new_with_free_func(task_free);
	thread = g_thread_new("idle", take, &f);
	g_assert_true(await_given());
	g_mutex_lock(&f.mutex);
	f.busy = 0;
	g_cond_broadcast(&f.news);
	g_mutex_unlock(&f.mutex);
	g_thread_join(thread);
	g_assert_cmpuint(f.spares, ==, 0);
	g_assert_cmpuint(pool.given, ==, 1);
	g_ptr_array_unref(f.tasks);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/farm/idle spare", test_idle_spare);
	return g_test_run();
}

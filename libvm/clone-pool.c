// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/clone-pool.h"

#include <string.h>

#define CLONE_BYTES (384ull << 20)	/* what one is taken to need until it was seen */
#define HOST_RESERVE (256ull << 20)	/* bytes of memory left to the host */
#define LOOK_AGAIN_US (200 * 1000)	/* no event tells that others have freed memory */

struct clone_pool {
	const struct conf *conf;
	const struct probe *probe;
	const struct template *template;
	bool outlives, injects;
	GMutex mutex;		/* of what is below */
	GCond ended;		/* one has */
	GPtrArray *running;
	guint starting;		/* that will be in running */
	guint64 each;		/* bytes that one needs: the most that was seen */
};

struct clone_pool *clone_pool_new(const struct conf *conf, const struct probe *probe,
				  const struct template *t, bool outlives, bool injects)
{
	struct clone_pool *pool = g_new0(struct clone_pool, 1);

	*pool = (struct clone_pool){ .conf = conf, .probe = probe, .template = t,
				     .outlives = outlives, .injects = injects, .each = CLONE_BYTES };
	g_mutex_init(&pool->mutex);
	g_cond_init(&pool->ended);
	pool->running = g_ptr_array_new();
	return pool;
}

void clone_pool_free(struct clone_pool *pool)
{
	g_ptr_array_unref(pool->running);
	g_mutex_clear(&pool->mutex);
	g_cond_clear(&pool->ended);
	g_free(pool);
}

static guint64 memory_available(void)
{
	g_autofree char *text = NULL;
	const char *line;

	/* proc(5): "MemAvailable:   12345 kB" */
	if (!g_file_get_contents("/proc/meminfo", &text, NULL, NULL) ||
	    !(line = strstr(text, "MemAvailable:")))
		return G_MAXUINT64;
	return g_ascii_strtoull(line + strlen("MemAvailable:"), NULL, 10) * 1024;
}

bool clone_pool_has_room(guint64 available, guint64 each, guint running, guint64 held)
{
	guint64 to_come = each * running - MIN(held, each * running);

	return available >= to_come && available - to_come >= each + HOST_RESERVE;
}

guint clone_pool_size(const struct clone_pool *pool)
{
	guint64 available = memory_available();

	return (guint)CLAMP((available - MIN(available, HOST_RESERVE)) / pool->each, 1, G_MAXINT);
}

/* With the mutex. What they hold is only looked up where it matters. */
static bool has_room(const struct clone_pool *pool)
{
	guint running = pool->running->len + pool->starting;
	guint64 available = memory_available(), held = 0;

	if (clone_pool_has_room(available, pool->each, running, 0))
		return true;
	for (guint i = 0; i < pool->running->len; i++)
		held += MIN(clone_memory(pool->running->pdata[i]), pool->each);
	return clone_pool_has_room(available, pool->each, running, held);
}

/* With the mutex, which it gives away meanwhile; the place was counted. */
static struct clone *start(struct clone_pool *pool, GError **error)
{
	struct clone *clone;

	pool->starting++;
	g_mutex_unlock(&pool->mutex);
	clone = clone_new(pool->conf, pool->probe, pool->template, pool->outlives, pool->injects, error);
	g_mutex_lock(&pool->mutex);
	pool->starting--;
	if (clone)
		g_ptr_array_add(pool->running, clone);
	else
		g_cond_broadcast(&pool->ended);
	return clone;
}

struct clone *clone_pool_take(struct clone_pool *pool, GError **error)
{
	struct clone *clone;

	g_mutex_lock(&pool->mutex);
	while (pool->running->len + pool->starting && !has_room(pool))
		g_cond_wait_until(&pool->ended, &pool->mutex, g_get_monotonic_time() + LOOK_AGAIN_US);
	clone = start(pool, error);
	g_mutex_unlock(&pool->mutex);
	return clone;
}

struct clone *clone_pool_try(struct clone_pool *pool)
{
	struct clone *clone = NULL;

	g_mutex_lock(&pool->mutex);
	if (has_room(pool))
		clone = start(pool, NULL);
	g_mutex_unlock(&pool->mutex);
	return clone;
}

void clone_pool_give(struct clone_pool *pool, struct clone *clone)
{
	guint64 bytes;

	if (!clone)
		return;
	bytes = clone_memory(clone);
	g_mutex_lock(&pool->mutex);
	pool->each = MAX(pool->each, bytes);
	g_ptr_array_remove_fast(pool->running, clone);
	g_mutex_unlock(&pool->mutex);
	clone_free(clone);
	g_mutex_lock(&pool->mutex);
	g_cond_broadcast(&pool->ended);
	g_mutex_unlock(&pool->mutex);
}

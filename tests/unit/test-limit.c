// SPDX-License-Identifier: GPL-2.0-only
/* The time for which a process was ready to run, and others ran; limits that leave it out. */
#include "lib/limit.h"
#include "lib/starve.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"

#define LIMIT_S 60
#define STEP_MS 20
#define ENOUGH_US (100 * 1000)
#define SPINNING 4

/* On the first processor that this one may use. */
static pid_t start(void (*work)(void))
{
	cpu_set_t set;
	int cpu = 0;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sched_getaffinity(0, sizeof(set), &set);
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (;;)
		work();
}

static void spin(void)
{
}

static void wait_for_good(void)
{
	pause();
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
}

/* Two on one processor: each waits for half of the time. */
static void test_starved(void)
{
	pid_t one = start(spin), other = start(spin);
	gint64 deadline = clock_in(LIMIT_S);

	while (starve_us(one) < ENOUGH_US && g_get_monotonic_time() < deadline)
		poll(NULL, 0, STEP_MS);
	g_assert_cmpint(starve_us(one), >=, ENOUGH_US);
	end(one);
	end(other);
}

/* One that waits for something else is kept from nothing. */
static void test_idle(void)
{
	pid_t idle = start(wait_for_good), busy = start(spin), other = start(spin);
	gint64 deadline = clock_in(LIMIT_S), before;

	while (starve_us(busy) < ENOUGH_US && g_get_monotonic_time() < deadline)
		poll(NULL, 0, STEP_MS);
	before = starve_us(idle);
	while (starve_us(busy) < 3 * ENOUGH_US && g_get_monotonic_time() < deadline)
		poll(NULL, 0, STEP_MS);
	g_assert_cmpint(starve_us(idle) - before, <, ENOUGH_US);
	end(idle);
	end(busy);
	end(other);
}

static void test_none(void)
{
	g_assert_cmpint(starve_us(0), ==, 0);
	g_assert_cmpint(starve_us(-1), ==, 0);
}

/* The seconds until one of a second has passed. */
static double pass(int pid)
{
	gint64 began = g_get_monotonic_time(), deadline = clock_in(LIMIT_S);
	struct limit limit;
	bool passed = false;

	g_assert_true(limit_init(&limit, pid, 1));
	g_assert_false(limit_passed(&limit));
	while (!passed && fd_wait(limit.fd, POLLIN, deadline) > 0)
		passed = limit_passed(&limit);
	g_assert_true(passed);
	g_assert_false(limit_passed(&limit));
	limit_clear(&limit);
	return clock_since(began);
}

static void test_limit_nobody(void)
{
	g_assert_cmpfloat(pass(0), >=, 1);
}

/* Others want its processor too. */
static void test_limit_starved(void)
{
	pid_t pids[SPINNING];

	for (guint i = 0; i < SPINNING; i++)
		pids[i] = start(spin);
	g_assert_cmpfloat(pass(pids[0]), >=, 1.5);
	for (guint i = 0; i < SPINNING; i++)
		end(pids[i]);
}

/* Its longest is no number of another size. */
static void test_limit_long(void)
{
	gint64 least = g_get_monotonic_time() + (gint64)G_MAXUINT * LIMIT_STRETCH * G_USEC_PER_SEC;
	struct limit limit;

	g_assert_true(limit_init(&limit, 0, G_MAXUINT));
	g_assert_cmpint(limit.end, >=, least);
	g_assert_false(limit_passed(&limit));
	limit_clear(&limit);
}

static void test_limit_rest(void)
{
	g_assert_cmpint(limit_rest(3000000, 9000000), ==, 3000000);
	g_assert_cmpint(limit_rest(9000000, 3000000), ==, 3000000);
	g_assert_cmpint(limit_rest(1, 9000000), ==, 0);
	g_assert_cmpint(limit_rest(9000000, -1), ==, 0);
}

static void test_limit_idle(void)
{
	pid_t idle = start(wait_for_good);

	/* As long as can be is what it takes where all of its time is left out. */
	g_assert_cmpfloat(pass(idle), <, LIMIT_STRETCH - 1);
	end(idle);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/starve/starved", test_starved);
	g_test_add_func("/starve/idle", test_idle);
	g_test_add_func("/starve/none", test_none);
	g_test_add_func("/limit/nobody", test_limit_nobody);
	g_test_add_func("/limit/starved", test_limit_starved);
	g_test_add_func("/limit/rest", test_limit_rest);
	g_test_add_func("/limit/long", test_limit_long);
	g_test_add_func("/limit/idle", test_limit_idle);
	return g_test_run();
}

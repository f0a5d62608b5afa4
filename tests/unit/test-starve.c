// SPDX-License-Identifier: GPL-2.0-only
/* The time for which a process was ready to run, and others ran. */
#include "lib/starve.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"

#define LIMIT_S 60
#define STEP_MS 20
#define ENOUGH_US (100 * 1000)

/* On the first processor that this one may use. */
static pid_t start(void (*work)(void))
{
	cpu_set_t set;
	int cpu = 0;
	pid_t pid = fork();

	if (pid)
		return pid;
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

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/starve/starved", test_starved);
	g_test_add_func("/starve/idle", test_idle);
	g_test_add_func("/starve/none", test_none);
	return g_test_run();
}

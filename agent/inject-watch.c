// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel does in a load of a module, told by probes of its functions
 * (Documentation/trace/kprobetrace.rst; kernel/module/main.c, init/main.c, lib/fault-inject.c).
 */
#include "agent/inject.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing/"
#define EVENTS TRACING "kprobe_events"
#define TRACE TRACING "trace"
#define GROUP "vexvm_inject"
#define FOLDER TRACING "events/" GROUP "/"

/* Of this thread alone. */
static bool begin(void)
{
	char filter[64];

	snprintf(filter, sizeof(filter), "common_pid == %d", (int)gettid());
	return inject_put(EVENTS, "p:" GROUP "/load do_init_module module=$arg1:x64") &&
	       inject_put(EVENTS, "p:" GROUP "/init do_one_initcall init=$arg1:x64") &&
	       inject_put(EVENTS, "r:" GROUP "/done do_one_initcall") &&
	       inject_put(EVENTS, "p:" GROUP "/allocation should_fail_ex") &&
	       inject_put(FOLDER "filter", filter) && inject_put(FOLDER "enable", "1");
}

void inject_watch(void)
{
	if (!begin())
		inject_watch_end();
}

void inject_watch_end(void)
{
	inject_put(FOLDER "enable", "0");
	inject_put(EVENTS, "-:" GROUP "/load");
	inject_put(EVENTS, "-:" GROUP "/init");
	inject_put(EVENTS, "-:" GROUP "/done");
	inject_put(EVENTS, "-:" GROUP "/allocation");
}

/* The kernel clears its buffer at the end of the open. */
void inject_watch_anew(void)
{
	int fd = open(TRACE, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
}

static unsigned long number_after(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? strtoul(at + strlen(key), NULL, 16) : 0;
}

/* "comm-412 [001] d.h1. 44.2: …": none of the thread's own, and none that fail-nth counts. */
static bool is_interrupt(const char *line)
{
	const char *flags = strstr(line, "] ");

	return flags && strnlen(flags, 5) == 5 && flags[4] != '.';
}

static void take_line(struct inject_load *load, const char *line, bool *done)
{
	unsigned long module = number_after(line, " module=0x");
	unsigned long init = number_after(line, " init=0x");

	if (module)
		load->module = module;
	if (init)
		load->init = init;
	*done |= strstr(line, ": done: (") != NULL;
	if (!strstr(line, ": allocation: (") || is_interrupt(line))
		return;
	load->before += !load->init;
	load->own += load->init && !*done;
}

struct inject_load inject_watched(void)
{
	FILE *in = fopen(TRACE, "re");
	struct inject_load load = { 0 };
	bool done = false;
	char line[512];

	while (in && fgets(line, sizeof(line), in))
		take_line(&load, line, &done);
	if (in)
		fclose(in);
	return load.module && load.init ? load : (struct inject_load){ 0 };
}

// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's log: records of /dev/kmsg (Documentation/ABI/testing/dev-kmsg). */
#include "agent/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define RECORD_MAX 8192	/* one read() gives one record, at most this long */

void kmsg_start(struct session *s, uint64_t since)
{
	close_fd(&s->kmsg);
	s->kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (s->kmsg < 0)
		return session_done(s, errno);
	lseek(s->kmsg, 0, since == WIRE_KMSG_NEW ? SEEK_END : SEEK_SET);
	s->kmsg_since = since == WIRE_KMSG_NEW ? 0 : since;
	session_done(s, 0);
}

/* "level,sequence,microseconds,flags;text\n KEY=value…" */
static void record_send(struct session *s, char *record)
{
	uint8_t payload[20 + RECORD_MAX];
	char *text = strchr(record, ';');
	uint64_t level, seq, usec;
	char *at;
	size_t length;

	if (!text)
		return;
	level = strtoull(record, &at, 10);
	if (*at != ',')
		return;
	seq = strtoull(at + 1, &at, 10);
	if (*at != ',' || seq < s->kmsg_since)
		return;
	usec = strtoull(at + 1, NULL, 10);
	text++;
	text[strcspn(text, "\n")] = '\0';
	length = strlen(text) + 1;
	wire_put64(payload, seq);
	wire_put64(payload + 8, usec);
	wire_put32(payload + 16, (uint32_t)level);
	memcpy(payload + 20, text, length);
	session_send(s, WIRE_RECORD, payload, (uint32_t)(20 + length));
}

void kmsg_more(struct session *s)
{
	char record[RECORD_MAX + 1];

	while (session_has_room(s)) {
		ssize_t n = read(s->kmsg, record, sizeof(record) - 1);

		/* EPIPE: records were overwritten; the gap in the numbers tells. */
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			return;
		record[n] = '\0';
		record_send(s, record);
	}
}

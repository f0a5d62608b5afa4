/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frames between vexvm and vexvm-agent: docs/dev/wire-protocol.md.
 * libc only, since the agent is a small static program.
 */
#ifndef AGENT_PROTOCOL_H
#define AGENT_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WIRE_MAGIC 0x31415856u	/* "VXA1" */
#define WIRE_VERSION 1
#define WIRE_HEADER 16		/* bytes */
#define WIRE_PAYLOAD_MAX 16384	/* bytes */
/* Zeros before a HELLO: whatever frame was cut is filled up by them. */
#define WIRE_PADDING (WIRE_HEADER + WIRE_PAYLOAD_MAX)
#define WIRE_ANEW 0	/* the nonce of an agent that starts or ends */
#define WIRE_KMSG_NEW UINT64_MAX
#define WIRE_PORT_PREFIX "org.vexvm.agent."

enum wire_type {
	WIRE_HELLO = 1,
	WIRE_EXEC,
	WIRE_STDOUT,
	WIRE_STDERR,
	WIRE_EXIT,
	WIRE_KILL,
	WIRE_PUT,
	WIRE_GET,
	WIRE_DATA,
	WIRE_END,
	WIRE_DONE,
	WIRE_KMSG,
	WIRE_RECORD,
	WIRE_CLOCK,
	WIRE_SEED,
};

#define WIRE_SEED_MAX 256	/* bytes */

#define WIRE_EXIT_TIMEOUT 1u
#define WIRE_EXIT_STUCK 2u

struct wire_frame {
	uint16_t type;
	uint32_t length;
	const uint8_t *payload;
};

static inline void wire_put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static inline void wire_put64(uint8_t *at, uint64_t value)
{
	wire_put32(at, (uint32_t)value);
	wire_put32(at + 4, (uint32_t)(value >> 32));
}

static inline uint32_t wire_get32(const uint8_t *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t wire_get64(const uint8_t *at)
{
	return wire_get32(at) | (uint64_t)wire_get32(at + 4) << 32;
}

/* [0]: one byte's remainder; [n]: the same with n zero bytes behind it. */
static inline void wire_crc_fill(uint32_t (*table)[256])
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;

		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
		table[0][byte] = crc;
	}
	for (int n = 1; n < 4; n++)
		for (int byte = 0; byte < 256; byte++)
			table[n][byte] = (table[n - 1][byte] >> 8) ^ table[0][table[n - 1][byte] & 0xff];
}

/*
 * CRC-32 of IEEE 802.3 (polynomial 0xedb88320 reflected), four bytes a step:
 * under emulation it takes a good part of a transfer's time.
 */
static inline uint32_t wire_crc(const uint8_t *data, size_t size)
{
	static uint32_t table[4][256];
	static bool filled;
	uint32_t crc = ~0u;

	/* Two threads may both fill it, with the same. */
	if (!__atomic_load_n(&filled, __ATOMIC_ACQUIRE)) {
		wire_crc_fill(table);
		__atomic_store_n(&filled, true, __ATOMIC_RELEASE);
	}
	for (; size >= 4; size -= 4, data += 4) {
		crc ^= wire_get32(data);
		crc = table[3][crc & 0xff] ^ table[2][crc >> 8 & 0xff] ^
		      table[1][crc >> 16 & 0xff] ^ table[0][crc >> 24];
	}
	for (; size > 0; size--, data++)
		crc = (crc >> 8) ^ table[0][(crc ^ *data) & 0xff];
	return ~crc;
}

/* Fills the 16 bytes at @header for a payload of @length at @payload. */
static inline void wire_header(uint8_t *header, enum wire_type type, const void *payload,
			       uint32_t length)
{
	wire_put32(header, WIRE_MAGIC);
	wire_put32(header + 4, (uint32_t)type | WIRE_VERSION << 16);
	wire_put32(header + 8, length);
	wire_put32(header + 12, wire_crc(payload, length));
}

/*
 * Looks for a whole, valid frame in @size bytes at @data. Sets *@used to the
 * bytes that are done with (skipped ones, and the frame's when there is one;
 * the frame points into @data, so drop them after handling it). False when
 * more bytes are needed.
 */
static inline bool wire_parse(const uint8_t *data, size_t size, size_t *used,
			      struct wire_frame *frame)
{
	size_t at = 0;

	for (; size - at >= WIRE_HEADER; at++) {
		const uint8_t *h = data + at;
		uint32_t length = wire_get32(h + 8);

		if (wire_get32(h) != WIRE_MAGIC || wire_get32(h + 4) >> 16 != WIRE_VERSION ||
		    length > WIRE_PAYLOAD_MAX)
			continue;
		if (size - at - WIRE_HEADER < length)
			break;
		if (wire_crc(h + WIRE_HEADER, length) != wire_get32(h + 12))
			continue;
		frame->type = wire_get32(h + 4) & 0xffff;
		frame->length = length;
		frame->payload = h + WIRE_HEADER;
		*used = at + WIRE_HEADER + length;
		return true;
	}
	*used = at;
	return false;
}

/*
 * The NUL-ended string at *@at of a payload that ends at @end; moves *@at
 * behind it. NULL when there is none.
 */
static inline const char *wire_string(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *start = *at;
	const uint8_t *nul = start < end ? memchr(start, 0, (size_t)(end - start)) : NULL;

	if (!nul)
		return NULL;
	*at = nul + 1;
	return (const char *)start;
}

#endif /* AGENT_PROTOCOL_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * XXH64, written from its authors' description ("xxHash fast digest
 * algorithm", doc/xxhash_spec.md of Cyan4973/xxHash), one step at a time.
 */
#include <endian.h>
#include <string.h>

#include "tests/reference/check.h"

#define PRIME1 0x9e3779b185ebca87ull
#define PRIME2 0xc2b2ae3d27d4eb4full
#define PRIME3 0x165667b19e3779f9ull
#define PRIME4 0x85ebca77c2b2ae63ull
#define PRIME5 0x27d4eb2f165667c5ull
#define LANES 4
#define STRIPE (LANES * sizeof(u64))

static u64 rotate(u64 x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

static u64 read64(const u8 *at)
{
	u64 x;

	memcpy(&x, at, sizeof(x));
	return le64toh(x);
}

static u32 read32(const u8 *at)
{
	u32 x;

	memcpy(&x, at, sizeof(x));
	return le32toh(x);
}

static u64 take(u64 lane, u64 word)
{
	return rotate(lane + word * PRIME2, 31) * PRIME1;
}

/* All whole stripes of @size bytes from *@at on, which is moved behind them. */
static u64 take_stripes(const u8 **at, size_t size, u64 seed)
{
	u64 lane[LANES] = { seed + PRIME1 + PRIME2, seed + PRIME2, seed, seed - PRIME1 };
	u64 hash;

	for (; size >= STRIPE; size -= STRIPE, *at += STRIPE)
		for (unsigned int i = 0; i < LANES; i++)
			lane[i] = take(lane[i], read64(*at + i * sizeof(u64)));
	hash = rotate(lane[0], 1) + rotate(lane[1], 7) + rotate(lane[2], 12) + rotate(lane[3], 18);
	for (unsigned int i = 0; i < LANES; i++)
		hash = (hash ^ take(0, lane[i])) * PRIME1 + PRIME4;
	return hash;
}

static u64 take_rest(u64 hash, const u8 *at, size_t size)
{
	for (; size >= 8; size -= 8, at += 8)
		hash = rotate(hash ^ take(0, read64(at)), 27) * PRIME1 + PRIME4;
	if (size >= 4) {
		hash = rotate(hash ^ read32(at) * PRIME1, 23) * PRIME2 + PRIME3;
		size -= 4;
		at += 4;
	}
	for (; size; size--, at++)
		hash = rotate(hash ^ *at * PRIME5, 11) * PRIME1;
	return hash;
}

static u64 avalanche(u64 hash)
{
	hash = (hash ^ hash >> 33) * PRIME2;
	hash = (hash ^ hash >> 29) * PRIME3;
	return hash ^ hash >> 32;
}

u64 reference_xxh64(const void *data, size_t size, u64 seed)
{
	const u8 *at = data;
	u64 hash;

	if (!data && size)
		return 0;
	hash = size >= STRIPE ? take_stripes(&at, size, seed) : seed + PRIME5;
	return avalanche(take_rest(hash + size, at, size % STRIPE));
}

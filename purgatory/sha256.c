// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FIPS 180-4, section 6.2. General registers only, and no library: the same file runs in purgatory,
 * where tens of megabytes are digested between two kernels, so whole blocks are read where they
 * are.
 */
#include "sha256.h"

#define BLOCK 64

static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static inline uint32_t rotate(uint32_t x, unsigned int by)
{
	return x >> by | x << (32 - by);
}

static inline uint32_t load(const uint8_t *bytes)
{
	uint32_t word;

	__builtin_memcpy(&word, bytes, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	word = __builtin_bswap32(word);
#endif
	return word;
}

static inline void store(uint8_t *bytes, uint32_t word)
{
	for (unsigned int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

/* The message schedule keeps its last 16 words: w[i] becomes that of 16 rounds later. */
static inline uint32_t schedule(uint32_t w[16], unsigned int i)
{
	uint32_t w15 = w[(i + 1) & 15], w2 = w[(i + 14) & 15];
	uint32_t s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ w15 >> 3;
	uint32_t s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ w2 >> 10;

	return w[i & 15] += s0 + w[(i + 9) & 15] + s1;
}

/* One round. The eight variables change places by the caller's naming instead of moving. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
	do {                                                                                       \
		uint32_t t = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +                  \
			     (((f ^ g) & e) ^ g) + constants[round + (i)] +                        \
			     (round ? schedule(w, i) : w[i]);                                      \
		d += t;                                                                            \
		h = t + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +                           \
		    ((a & b) | (c & (a | b)));                                                     \
	} while (0)

#define ROUNDS_8(i)                                                                                \
	do {                                                                                       \
		ROUND(a, b, c, d, e, f, g, h, (i) + 0);                                            \
		ROUND(h, a, b, c, d, e, f, g, (i) + 1);                                            \
		ROUND(g, h, a, b, c, d, e, f, (i) + 2);                                            \
		ROUND(f, g, h, a, b, c, d, e, (i) + 3);                                            \
		ROUND(e, f, g, h, a, b, c, d, (i) + 4);                                            \
		ROUND(d, e, f, g, h, a, b, c, (i) + 5);                                            \
		ROUND(c, d, e, f, g, h, a, b, (i) + 6);                                            \
		ROUND(b, c, d, e, f, g, h, a, (i) + 7);                                            \
	} while (0)

static void sha256_block(uint32_t state[8], const uint8_t *block)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[16];

	for (unsigned int i = 0; i < 16; i++)
		w[i] = load(block + 4 * i);
	for (unsigned int round = 0; round < 64; round += 16) {
		ROUNDS_8(0);
		ROUNDS_8(8);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void sha256_init(struct sha256 *sha)
{
	static const uint32_t start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	__builtin_memcpy(sha->state, start, sizeof(start));
	sha->length = 0;
}

/* Bytes of @sha->block that are taken. */
static size_t pending(const struct sha256 *sha)
{
	return sha->length % BLOCK;
}

void sha256_update(struct sha256 *sha, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	if (pending(sha)) {
		size_t room = BLOCK - pending(sha), part = size < room ? size : room;

		if (part)
			__builtin_memcpy(sha->block + pending(sha), bytes, part);
		sha->length += part;
		if (pending(sha) || !part)
			return;
		sha256_block(sha->state, sha->block);
		bytes += part;
		size -= part;
	}
	sha->length += size;
	for (; size >= BLOCK; bytes += BLOCK, size -= BLOCK)
		sha256_block(sha->state, bytes);
	if (size)
		__builtin_memcpy(sha->block, bytes, size);
}

void sha256_final(struct sha256 *sha, uint8_t digest[32])
{
	uint64_t bits = sha->length * 8;
	size_t at = pending(sha);

	sha->block[at++] = 0x80;
	if (at > BLOCK - 8) {
		__builtin_memset(sha->block + at, 0, BLOCK - at);
		sha256_block(sha->state, sha->block);
		at = 0;
	}
	__builtin_memset(sha->block + at, 0, BLOCK - 8 - at);
	store(sha->block + BLOCK - 8, (uint32_t)(bits >> 32));
	store(sha->block + BLOCK - 4, (uint32_t)bits);
	sha256_block(sha->state, sha->block);
	for (unsigned int i = 0; i < 8; i++)
		store(digest + 4 * i, sha->state[i]);
}

/*
 * ChaCha20 as a generator of numbers and permutations. Rejection keeps every number
 * equally likely.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/keystream.h"

#include "bloom/base/bytes.h"

#include <sodium.h>

#include <string.h>

#define CHACHA_BLOCK 64u

void
tally_keystream_start(struct tally_keystream *s, struct tally_secret *seed)
{
    TALLY_INVARIANT(tally_secret_len(seed) == crypto_stream_chacha20_KEYBYTES);
    s->seed = seed;
    s->key = tally_secret_open(seed);
    s->block = 0;
    s->used = TALLY_KEYSTREAM_BYTES;
}

void
tally_keystream_end(struct tally_keystream *s)
{
    tally_secret_close(s->seed);
    tally_wipe(s, sizeof(*s));
}

static uint32_t
next_word(struct tally_keystream *s)
{
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {0};

    if (s->used == TALLY_KEYSTREAM_BYTES) {
        memset(s->bytes, 0, TALLY_KEYSTREAM_BYTES);
        crypto_stream_chacha20_xor_ic(s->bytes, s->bytes, TALLY_KEYSTREAM_BYTES, nonce,
                                      s->block, s->key);
        s->block += TALLY_KEYSTREAM_BYTES / CHACHA_BLOCK;
        s->used = 0;
    }
    s->used += 4;
    return tally_le32_load(s->bytes + s->used - 4);
}

uint32_t
tally_keystream_below(struct tally_keystream *s, uint32_t n)
{
    const uint64_t whole = ((uint64_t)1 << 32) / n * n;
    uint32_t w;

    do {
        w = next_word(s);
    } while (w >= whole);
    return w % n;
}

void
tally_keystream_shuffle(struct tally_keystream *s, uint32_t *items, uint32_t n)
{
    for (uint32_t i = n - 1; i > 0; i--) {
        uint32_t j = tally_keystream_below(s, i + 1);
        uint32_t x = items[i];

        items[i] = items[j];
        items[j] = x;
    }
}

void
tally_keystream_permutation(struct tally_keystream *s, uint32_t *perm, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        perm[i] = i;
    }
    tally_keystream_shuffle(s, perm, n);
}

/*
 * Randomised response on bits. Sixty-four coins of any bias cost some eight random words:
 * each digit decides half of those that are left.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_blip.h"

#include "bloom/base/secret.h"

#include <math.h>
#include <string.h>

#define DIGITS 32
#define POOL   512u

/* Random words, fetched some at a time. */
struct words {
    const struct tally_noise *noise;
    size_t used;
    uint8_t bytes[POOL];
};

static uint64_t
next_word(struct words *w)
{
    if (w->used == POOL) {
        if (w->noise->fill != NULL) {
            w->noise->fill(w->noise->ctx, w->bytes, POOL);
        } else {
            tally_random(w->bytes, POOL);
        }
        w->used = 0;
    }
    w->used += 8;
    return tally_le64_load(w->bytes + w->used - 8);
}

/* Each bit is one with probability ${p} in units of 2^-DIGITS: a bit's random number is
 * below p when, at the first digit in which they differ, p has the one. */
static uint64_t
biased_bits(struct words *w, uint64_t p)
{
    uint64_t below = 0, equal = ~UINT64_C(0);
    int digit;

    for (digit = DIGITS - 1; digit >= 0 && equal != 0; digit--) {
        uint64_t r = next_word(w);

        if ((p >> digit & 1) != 0) {
            below |= equal & ~r;
            equal &= r;
        } else {
            equal &= ~r;
        }
    }
    return below;
}

void
tally_harden_blip(const uint8_t *in, uint32_t bits, double f,
                  const struct tally_noise *noise, uint8_t *out)
{
    struct words w = {.noise = noise, .used = POOL};
    uint64_t p = (uint64_t)llrint(ldexp(f / 2, DIGITS));
    uint32_t i;

    for (i = 0; i < bits / 8; i += 8) {
        tally_le64_store(out + i, tally_le64_load(in + i) ^ biased_bits(&w, p));
    }
    tally_wipe(&w, sizeof(w));
}

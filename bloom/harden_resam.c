/*
 * Pairs of bits from a key.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_resam.h"

#include "bloom/keystream.h"

void
tally_resam_draw(uint32_t *sets, uint32_t bits, struct tally_secret *seed)
{
    struct tally_keystream s;
    uint32_t j;

    tally_keystream_start(&s, seed);
    for (j = 0; j < bits; j++) {
        uint32_t x = tally_keystream_below(&s, bits);
        uint32_t y = tally_keystream_below(&s, bits - 1);

        sets[2 * j] = x;
        sets[2 * j + 1] = y + (y >= x);
    }
    tally_keystream_end(&s);
}

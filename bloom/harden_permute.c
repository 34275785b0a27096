/*
 * A permutation from a key.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_permute.h"

#include "bloom/keystream.h"

void
tally_permutation_draw(uint32_t *from, uint32_t bits, struct tally_secret *seed)
{
    struct tally_keystream s;

    tally_keystream_start(&s, seed);
    tally_keystream_permutation(&s, from, bits);
    tally_keystream_end(&s);
}

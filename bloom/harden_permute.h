/*
 * Keyed permutation: the bits of a filter in an order of the project. It stops joins
 * across projects, nothing else. A usual part of Bloom filter encodings, without one
 * source.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_HARDEN_PERMUTE_H
#define TALLY_HARDEN_PERMUTE_H

#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"

/** ${from}[j] becomes the input bit that output bit j of ${bits} takes: the permutation
 * that tally_keystream_permutation draws under the 32-byte ${seed}. */
void tally_permutation_draw(uint32_t *from, uint32_t bits, struct tally_secret *seed);

#endif

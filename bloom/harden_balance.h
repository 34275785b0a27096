/*
 * Balancing: a filter and its complement in a keyed order, so that every filter has the
 * same number of ones (Schnell and Borgs 2016, "Randomized Response and Balanced Bloom
 * Filters for Privacy Preserving Record Linkage", ICDM Workshops). It hides popcounts and
 * nothing else.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_HARDEN_BALANCE_H
#define TALLY_HARDEN_BALANCE_H

#include <stdint.h>

/** ${out}, of 2 * ${bits} bits, becomes ${in} followed by its complement. ${bits} is a
 * multiple of 8. The keyed order that completes balancing is tally_permutation_draw with
 * the purpose TALLY_DOMAIN_BALANCE. */
void tally_harden_complement(const uint8_t *in, uint32_t bits, uint8_t *out);

#endif

/*
 * Window-XOR: each window of the filter is XORed with the window behind it, as it is
 * commonly described (Ranbaduge and Schnell 2020, "Securing Bloom Filters for
 * Privacy-preserving Record Linkage", CIKM). The construction is stated here, and bits
 * agree with no other implementation. It has no key; against attacks it behaves like
 * diffusion with t = 2.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_HARDEN_WXOR_H
#define TALLY_HARDEN_WXOR_H

#include <stdint.h>

/** ${sets}[2j] and [2j + 1] become the inputs of output bit j of ${bits}: bits j and j +
 * ${window}, the first bits coming after the last. ${window} is 1 to a quarter of
 * ${bits}: at half of it both halves of the output would be the same. */
void tally_wxor_sets(uint32_t *sets, uint32_t bits, uint32_t window);

#endif

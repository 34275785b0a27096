/*
 * XOR folding: the halves of a filter are XORed (Schnell and Borgs 2016, "XOR-Folding of
 * Bloom Filter-based Encryptions for Privacy-preserving Record Linkage", German Record
 * Linkage Center). It has no key; against attacks it behaves like diffusion with t = 2.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_HARDEN_FOLD_H
#define TALLY_HARDEN_FOLD_H

#include <stdint.h>

/** Fold ${in}, of ${bits}, ${times} times over: ${out} has bits >> times, bit p the XOR
 * of the bits p, p + length of ${out}, ... of ${in}. ${bits} is a multiple of 8 << times.
 */
void tally_harden_fold(const uint8_t *in, uint32_t bits, uint32_t times, uint8_t *out);

#endif

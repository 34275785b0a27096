/*
 * Rule 90: a step of the cellular automaton in which a cell becomes the XOR of its two
 * neighbours (Schnell and Borgs 2018, "Hardening Encrypted Patient Names Against
 * Cryptographic Attacks Using Cellular Automata", ICDM Workshops). It has no key; against
 * attacks it behaves like diffusion with t = 2.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_HARDEN_RULE90_H
#define TALLY_HARDEN_RULE90_H

#include <stdint.h>

/** Bit p of ${out} is the XOR of bits p - 1 and p + 1 of ${in}; the first and the last
 * are neighbours. ${bits} is a multiple of 8, bit order as in clk.h; ${in} and ${out} do
 * not overlap. */
void tally_harden_rule90(const uint8_t *in, uint32_t bits, uint8_t *out);

#endif

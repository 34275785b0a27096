/*
 * Secret sharing (A. Shamir, "How to share a secret", CACM 22(11), 1979) over GF(2^8)
 * with the polynomial of AES, byte by byte: any ${m} of ${n} shares give the secret back,
 * and fewer say nothing of it. Constant time in the secret: no table is indexed by it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_SHAMIR_H
#define TALLY_PROTOCOLS_SHAMIR_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"

#define TALLY_SHARES_MAX 32

/** Share ${secret}: ${n} shares of its length one after the other into ${out}, the share
 * of number x = 1 to n at (x - 1) * length. 2 <= m <= n <= TALLY_SHARES_MAX. Errors:
 * TALLY_E_NOMEM. */
TALLY_NODISCARD int tally_shamir_split(struct tally_secret *secret, unsigned m,
                                       unsigned n, uint8_t *out, struct tally_err *err);

/** The secret of ${m} shares of ${len} bytes, one after the other at ${shares}, whose
 * different numbers are ${x} (1 to TALLY_SHARES_MAX), into ${out}. With wrong shares it
 * is wrong. */
void tally_shamir_join(const uint8_t *shares, const uint8_t *x, unsigned m, size_t len,
                       uint8_t *out);

#endif

/*
 * Secret sharing.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/shamir.h"

#include <string.h>

/* a * b modulo x^8 + x^4 + x^3 + x + 1. */
static uint8_t
multiply(uint8_t a, uint8_t b)
{
    unsigned product = 0, factor = a;

    for (unsigned i = 0; i < 8; i++) {
        product ^= factor & (0u - ((unsigned)b >> i & 1u));
        factor = factor << 1 ^ (0x11bu & (0u - (factor >> 7 & 1u)));
    }
    return (uint8_t)product;
}

/* a^254, which is 1 / a. */
static uint8_t
invert(uint8_t a)
{
    uint8_t power = a;

    for (unsigned i = 0; i < 6; i++) {
        power = multiply(multiply(power, power), a);
    }
    return multiply(power, power);
}

/* The polynomial whose value at 0 is a byte of the secret, at ${x}: its other ${m} - 1
 * coefficients are at ${rest}, ${len} bytes apart. */
static uint8_t
evaluate(uint8_t secret, const uint8_t *rest, size_t len, unsigned m, uint8_t x)
{
    uint8_t value = 0;

    for (unsigned k = m - 1; k >= 1; k--) {
        value = multiply(value ^ rest[(k - 1) * len], x);
    }
    return value ^ secret;
}

int
tally_shamir_split(struct tally_secret *secret, unsigned m, unsigned n, uint8_t *out,
                   struct tally_err *err)
{
    size_t len = tally_secret_len(secret);
    struct tally_secret *rest = NULL;
    const uint8_t *bytes;
    uint8_t *coefficients;

    TALLY_INVARIANT(m >= 2 && m <= n && n <= TALLY_SHARES_MAX);
    if (tally_secret_create(&rest, (m - 1) * len, err) != 0) {
        return -1;
    }
    bytes = tally_secret_open(secret);
    coefficients = tally_secret_open(rest);
    tally_random(coefficients, (m - 1) * len);
    for (unsigned x = 1; x <= n; x++) {
        for (size_t i = 0; i < len; i++) {
            out[(x - 1) * len + i] =
                evaluate(bytes[i], coefficients + i, len, m, (uint8_t)x);
        }
    }
    tally_secret_close(rest);
    tally_secret_close(secret);
    tally_secret_free(rest);
    return 0;
}

/* Lagrange's factor of share ${i} at 0. */
static uint8_t
factor_at_zero(const uint8_t *x, unsigned m, unsigned i)
{
    uint8_t above = 1, below = 1;

    for (unsigned j = 0; j < m; j++) {
        if (j != i) {
            above = multiply(above, x[j]);
            below = multiply(below, x[i] ^ x[j]);
        }
    }
    return multiply(above, invert(below));
}

void
tally_shamir_join(const uint8_t *shares, const uint8_t *x, unsigned m, size_t len,
                  uint8_t *out)
{
    memset(out, 0, len);
    for (unsigned i = 0; i < m; i++) {
        uint8_t factor = factor_at_zero(x, m, i);

        for (size_t b = 0; b < len; b++) {
            out[b] ^= multiply(shares[i * len + b], factor);
        }
    }
}

/*
 * Salts from values.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_salt.h"

#include <sodium.h>

#include <string.h>

#define YEAR_DIGITS 4

bool
tally_salt_fits(const struct tally_field *f)
{
    switch (f->type) {
    case TALLY_FIELD_DATE:
    case TALLY_FIELD_SEX:
    case TALLY_FIELD_NHS_NUMBER:
    case TALLY_FIELD_CHI_NUMBER:
    case TALLY_FIELD_UPN:
    case TALLY_FIELD_ULN:
    case TALLY_FIELD_PNC_ID:
    case TALLY_FIELD_NATIONAL_INSURANCE:
        return true;
    case TALLY_FIELD_ENUMERATION:
        return f->nvalues > 0;
    default:
        return false;
    }
}

size_t
tally_salt_len(const struct tally_field *f, const struct tally_value *v)
{
    if (f->type != TALLY_FIELD_DATE || v->len == 0) {
        return v->len;
    }
    return memchr(v->text, '-', YEAR_DIGITS) == NULL ? YEAR_DIGITS : 0;
}

void
tally_salt(const uint8_t *key, const void *value, size_t len,
           uint8_t out[TALLY_SALT_BYTES])
{
    if (len == 0) {
        memset(out, 0, TALLY_SALT_BYTES);
        return;
    }
    crypto_generichash_blake2b(out, TALLY_SALT_BYTES, value, len, key,
                               crypto_generichash_blake2b_KEYBYTES);
}

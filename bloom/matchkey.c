/*
 * One keyed hash of several values. Lengths stand before values, so that no two records
 * spell the same bytes with other values.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/matchkey.h"

#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"

#include <sodium.h>

#include <string.h>

#define OUTWARD_MAX 4 /* characters of a postcode without its second half */

static bool
all_there(const struct tally_value *values, uint32_t fields)
{
    for (uint32_t f = 0; f < 32; f++) {
        if ((fields >> f & 1) != 0 && values[f].len == 0) {
            return false;
        }
    }
    return fields != 0;
}

bool
tally_matchkey_takes(const struct tally_field *f, const struct tally_value *v)
{
    switch (f->type) {
    case TALLY_FIELD_DATE:
        return v->len > 0 && memchr(v->text, '-', v->len) == NULL;
    case TALLY_FIELD_POSTCODE:
        return v->len > OUTWARD_MAX;
    default:
        return v->len > 0;
    }
}

bool
tally_matchkey(const uint8_t *key, const struct tally_value *values, uint32_t fields,
               uint8_t out[TALLY_MATCHKEY_BYTES])
{
    crypto_generichash_blake2b_state st;
    uint8_t len[4];

    if (!all_there(values, fields)) {
        return false;
    }
    crypto_generichash_blake2b_init(&st, key, crypto_generichash_blake2b_KEYBYTES,
                                    TALLY_MATCHKEY_BYTES);
    for (uint32_t f = 0; f < 32; f++) {
        if ((fields >> f & 1) != 0) {
            tally_le32_store(len, values[f].len);
            crypto_generichash_blake2b_update(&st, len, sizeof(len));
            crypto_generichash_blake2b_update(&st, (const uint8_t *)values[f].text,
                                              values[f].len);
        }
    }
    crypto_generichash_blake2b_final(&st, out, TALLY_MATCHKEY_BYTES);
    tally_wipe(&st, sizeof(st));
    return true;
}

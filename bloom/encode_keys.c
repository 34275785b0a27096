/*
 * Exact match keys of records: for each key of the schema one hash for each combination
 * of whole values, as encodings have them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include "bloom/base/domains.h"
#include "bloom/kdf.h"
#include "bloom/matchkey.h"

int
encode_keys_create(struct encoder *e, struct tally_err *err)
{
    const struct tally_schema *s = e->job->schema;

    e->nkeys = s->nmatch_keys;
    for (size_t k = 0; k < s->nmatch_keys; k++) {
        const char *const purpose[] = {TALLY_DOMAIN_MATCH_KEY, s->match_keys[k].name};

        if (tally_kdf(e->job->key, purpose, 2, &e->key_secrets[k], err) != 0) {
            return -1;
        }
        e->key_bytes[k] = tally_secret_open(e->key_secrets[k]);
    }
    return 0;
}

void
encode_keys_free(struct encoder *e)
{
    for (size_t k = 0; k < TALLY_MATCH_KEYS_MAX; k++) {
        if (e->key_bytes[k] != NULL) {
            tally_secret_close(e->key_secrets[k]);
        }
        tally_secret_free(e->key_secrets[k]);
    }
}

/* Whether every field of the key is whole: the ends of a postcode agree on too little. */
static bool
all_whole(const struct tally_schema *s, size_t k, const struct tally_value *values)
{
    for (size_t f = 0; f < s->nfields; f++) {
        if ((s->match_keys[k].fields >> f & 1) != 0 &&
            !tally_matchkey_takes(&s->fields[f], &values[f])) {
            return false;
        }
    }
    return true;
}

int
encode_keys(struct encoder *e, struct encode_worker *w, struct encode_row *row,
            bool *more, struct tally_err *err)
{
    const struct tally_schema *s = e->job->schema;
    struct encode_choice choices[ENCODE_VALUES];
    uint8_t hash[TALLY_MATCHKEY_BYTES];

    for (size_t k = 0; k < e->nkeys; k++) {
        uint32_t fields = s->match_keys[k].fields;
        size_t n = encode_choose(e, &w->values, fields, fields, choices, more);

        row->nrows[e->nviews + k] = 0;
        for (size_t i = 0; i < n; i++) {
            const struct tally_value *values = encode_gather(e, w, &choices[i]);

            if (!all_whole(s, k, values) ||
                !tally_matchkey(e->key_bytes[k], values, fields, hash)) {
                continue;
            }
            if (tally_buf_append(w->keys, hash, sizeof(hash), err) != 0) {
                return -1;
            }
            row->nrows[e->nviews + k]++;
        }
    }
    return 0;
}

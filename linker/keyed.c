/*
 * Both sides are sorted by key and walked along together.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/keyed.h"

#include <stdlib.h>
#include <string.h>

static int
by_hash(const void *left, const void *right)
{
    const struct tally_keyed *x = left;
    const struct tally_keyed *y = right;
    int c = memcmp(x->hash, y->hash, sizeof x->hash);

    return c != 0 ? c : x->record < y->record ? -1 : x->record > y->record;
}

int
tally_keyed_take(struct tally_keyed_side *out, const struct tally_encfile *enc, size_t k,
                 struct tally_err *err)
{
    size_t n = (size_t)tally_encfile_info(enc)->match_keys[k].rows;
    const uint8_t *hashes = tally_encfile_match_keys(enc, k);
    struct tally_keyed *list = malloc((n + 1) * sizeof *list);

    if (list == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(list[i].hash, hashes + i * TALLY_MATCHKEY_BYTES, TALLY_MATCHKEY_BYTES);
        list[i].record = tally_encfile_record_of_key(enc, k, i);
    }
    qsort(list, n, sizeof *list, by_hash);
    *out = (struct tally_keyed_side){list, n};
    return 0;
}

void
tally_keyed_free(struct tally_keyed_side *s)
{
    free(s->list);
    *s = (struct tally_keyed_side){NULL, 0};
}

/* One past the last entry of ${s} with the hash of entry ${i}. */
static size_t
end_of(const struct tally_keyed_side *s, size_t i)
{
    size_t j = i + 1;

    while (j < s->n &&
           memcmp(s->list[j].hash, s->list[i].hash, sizeof s->list[i].hash) == 0) {
        j++;
    }
    return j;
}

int
tally_keyed_meet(const struct tally_keyed_side *a, const struct tally_keyed_side *b,
                 tally_keyed_fn *meet, void *ctx, struct tally_err *err)
{
    size_t i = 0;
    size_t j = 0;

    while (i < a->n && j < b->n) {
        int c = memcmp(a->list[i].hash, b->list[j].hash, sizeof a->list[i].hash);
        size_t i_end = c <= 0 ? end_of(a, i) : i;
        size_t j_end = c >= 0 ? end_of(b, j) : j;

        if (c == 0 &&
            meet(ctx, a->list + i, i_end - i, b->list + j, j_end - j, err) != 0) {
            return -1;
        }
        i = i_end;
        j = j_end;
    }
    return 0;
}

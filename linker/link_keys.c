/*
 * The deterministic pass: records with an equal match key are candidates above all
 * others, those that agree on an earlier key of the schema first. A value that many
 * records of a source share says nothing of a person and is passed over.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/matchkey.h"

/* Records of a source with one key, above which it is taken for a household, a default or
 * a slip. */
#define SHARED_MAX 5

struct keyed {
    uint8_t hash[TALLY_MATCHKEY_BYTES];
    uint32_t record;
};

/* The keys of one kind of one source, sorted. */
struct side {
    struct keyed *list;
    size_t n;
};

struct edges {
    struct tally_edge *list;
    size_t n;
    size_t cap;
};

static int
by_hash(const void *left, const void *right)
{
    const struct keyed *x = left;
    const struct keyed *y = right;
    int c = memcmp(x->hash, y->hash, sizeof x->hash);

    return c != 0 ? c : x->record < y->record ? -1 : x->record > y->record;
}

static int
take_side(struct side *s, const struct tally_encfile *enc, size_t k,
          struct tally_err *err)
{
    size_t n = (size_t)tally_encfile_info(enc)->match_keys[k].rows;
    const uint8_t *hashes = tally_encfile_match_keys(enc, k);

    s->list = malloc((n + 1) * sizeof *s->list);
    if (s->list == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(s->list[i].hash, hashes + i * TALLY_MATCHKEY_BYTES, TALLY_MATCHKEY_BYTES);
        s->list[i].record = tally_encfile_record_of_key(enc, k, i);
    }
    s->n = n;
    qsort(s->list, n, sizeof *s->list, by_hash);
    return 0;
}

/* One past the last entry of ${s} with the hash of entry ${i}. */
static size_t
end_of(const struct side *s, size_t i)
{
    size_t j = i + 1;

    while (j < s->n &&
           memcmp(s->list[j].hash, s->list[i].hash, sizeof s->list[i].hash) == 0) {
        j++;
    }
    return j;
}

static int
add_edge(struct edges *e, uint32_t a, uint32_t b, uint32_t key, struct tally_err *err)
{
    if (e->n == e->cap) {
        size_t cap = 2 * e->cap + 1024;
        struct tally_edge *more = realloc(e->list, cap * sizeof *more);

        if (more == NULL) {
            return tally_err_nomem(err);
        }
        e->list = more;
        e->cap = cap;
    }
    e->list[e->n++] = (struct tally_edge){a, b, key};
    return 0;
}

/* All pairs of entries ${i} to ${i_end} of ${a} and ${j} to ${j_end} of ${b}. */
static int
add_pairs(struct edges *e, const struct keyed *a, size_t na, const struct keyed *b,
          size_t nb, bool inside, uint32_t key, struct tally_err *err)
{
    if (na > SHARED_MAX || nb > SHARED_MAX) {
        return 0;
    }
    for (size_t i = 0; i < na; i++) {
        for (size_t j = 0; j < nb; j++) {
            if ((!inside || a[i].record < b[j].record) &&
                add_edge(e, a[i].record, b[j].record, key, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* Both sides are sorted: walk along them together. */
static int
meet(struct edges *e, const struct side *a, const struct side *b, bool inside,
     uint32_t key, struct tally_err *err)
{
    size_t i = 0, j = 0;

    while (i < a->n && j < b->n) {
        int c = memcmp(a->list[i].hash, b->list[j].hash, sizeof a->list[i].hash);
        size_t i_end = c <= 0 ? end_of(a, i) : i;
        size_t j_end = c >= 0 ? end_of(b, j) : j;

        if (c == 0 && add_pairs(e, a->list + i, i_end - i, b->list + j, j_end - j, inside,
                                key, err) != 0) {
            return -1;
        }
        i = i_end;
        j = j_end;
    }
    return 0;
}

static int
add_kind(struct edges *e, const struct link_source *a, const struct link_source *b,
         size_t k, struct tally_err *err)
{
    struct side sides[2] = {{NULL, 0}, {NULL, 0}};
    uint32_t key = LINK_KEY_SURE + TALLY_MATCH_KEYS_MAX - (uint32_t)k;
    int status = -1;

    if (take_side(&sides[0], a->enc, k, err) == 0 &&
        (a == b || take_side(&sides[1], b->enc, k, err) == 0)) {
        status = meet(e, &sides[0], a == b ? &sides[0] : &sides[1], a == b, key, err);
    }
    free(sides[0].list);
    free(sides[1].list);
    return status;
}

int
link_keys_add(const struct link_source *a, const struct link_source *b,
              struct tally_edge **edges, size_t *n, struct tally_err *err)
{
    size_t nkeys = tally_encfile_info(a->enc)->nmatch_keys;
    struct edges e = {*edges, *n, *n};

    for (size_t k = 0; k < nkeys; k++) {
        if (add_kind(&e, a, b, k, err) != 0) {
            *edges = e.list;
            return -1;
        }
    }
    *edges = e.list;
    *n = nkeys > 0 ? link_records_unique(e.list, e.n) : e.n;
    return 0;
}

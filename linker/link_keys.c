/*
 * The deterministic pass: records with an equal match key are candidates above all
 * others, those that agree on an earlier key of the schema first. A value that many
 * records of a source share says nothing of a person and is passed over.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <stdlib.h>

#include "linker/keyed.h"

/* Records of a source with one key, above which it is taken for a household, a default or
 * a slip. */
#define SHARED_MAX 5

struct edges {
    struct tally_edge *list;
    size_t n;
    size_t cap;
};

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

/* Where the pairs of one kind of key go. */
struct kind {
    struct edges *edges;
    bool inside; /* of one source */
    uint32_t key;
};

static int
add_pairs(void *ctx, const struct tally_keyed *a, size_t na, const struct tally_keyed *b,
          size_t nb, struct tally_err *err)
{
    const struct kind *kind = ctx;

    if (na > SHARED_MAX || nb > SHARED_MAX) {
        return 0;
    }
    for (size_t i = 0; i < na; i++) {
        for (size_t j = 0; j < nb; j++) {
            if ((!kind->inside || a[i].record < b[j].record) &&
                add_edge(kind->edges, a[i].record, b[j].record, kind->key, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int
add_kind(struct edges *e, const struct link_source *a, const struct link_source *b,
         size_t k, struct tally_err *err)
{
    struct tally_keyed_side sides[2] = {{NULL, 0}, {NULL, 0}};
    struct kind kind = {e, a == b, LINK_KEY_SURE + TALLY_MATCH_KEYS_MAX - (uint32_t)k};
    int status = -1;

    if (tally_keyed_take(&sides[0], a->enc, k, err) == 0 &&
        (a == b || tally_keyed_take(&sides[1], b->enc, k, err) == 0)) {
        status = tally_keyed_meet(&sides[0], a == b ? &sides[0] : &sides[1], add_pairs,
                                  &kind, err);
    }
    tally_keyed_free(&sides[0]);
    tally_keyed_free(&sides[1]);
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

/*
 * Thinning the candidates of two sources: rows of one record, and anonlink's rule for the
 * k best. Both need an order of their own, which external sorters give, so that memory
 * does not grow with the candidates.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/candidates_impl.h"

#include <stdlib.h>

#include "bloom/base/bytes.h"
#include "bloom/base/interrupt.h"
#include "linker/assign.h"

#define RECORD_BYTES 8 /* common and total, little-endian */

/* Candidates between two looks for Ctrl-C. */
#define LOOK 4096

struct candidates_thin {
    const struct tally_candidate_source *a;
    const struct tally_candidate_source *b;
    uint32_t k;
    struct tally_sorter *by_record; /* NULL: rows are records */
    struct tally_sorter *by_score;  /* NULL: no rule */
    /* Pairs counted so far: by record of A, then of B; within one source by record. */
    uint32_t *first;
    uint32_t *second;
};

static int
make_counts(struct candidates_thin *t, struct tally_err *err)
{
    size_t n = t->a->nrecords + (t->a == t->b ? 0 : t->b->nrecords);

    t->first = calloc(n + 1, sizeof *t->first);
    t->second = calloc(n + 1, sizeof *t->second);
    return t->first != NULL && t->second != NULL ? 0 : tally_err_nomem(err);
}

int
candidates_thin_begin(struct candidates_thin **out,
                      const struct tally_candidate_source *a,
                      const struct tally_candidate_source *b, bool by_record, uint32_t k,
                      size_t memory, const char *beside, struct tally_err *err)
{
    struct candidates_thin *t = calloc(1, sizeof *t);

    if (t == NULL) {
        return tally_err_nomem(err);
    }
    t->a = a;
    t->b = b;
    t->k = k;
    if ((by_record && tally_sorter_create(&t->by_record, memory, beside, err) != 0) ||
        (k != 0 && (tally_sorter_create(&t->by_score, memory, beside, err) != 0 ||
                    make_counts(t, err) != 0))) {
        candidates_thin_end(t);
        return -1;
    }
    *out = t;
    return 0;
}

static int
add_to(struct tally_sorter *s, const struct tally_candidate *c, bool score_first,
       struct tally_err *err)
{
    uint8_t key[TALLY_SORT_KEY];
    uint8_t data[RECORD_BYTES];
    uint64_t turned = (uint32_t)~tally_edge_key(c->common, c->total);

    tally_be64_store(key + (score_first ? 0 : 8), turned);
    tally_be64_store(key + (score_first ? 8 : 0), (uint64_t)c->a << 32 | c->b);
    tally_le32_store(data, c->common);
    tally_le32_store(data + 4, c->total);
    return tally_sorter_add(s, key, data, sizeof data, err);
}

/* 1, 0 at the end, -1. */
static int
next_of(struct tally_sorter *s, struct tally_candidate *out, bool score_first,
        struct tally_err *err)
{
    const uint8_t *key;
    const void *data;
    size_t len;
    int more = tally_sorter_next(s, &key, &data, &len, err);

    if (more == 1) {
        uint64_t numbers = tally_be64_load(key + (score_first ? 8 : 0));

        out->a = (uint32_t)(numbers >> 32);
        out->b = (uint32_t)numbers;
        out->common = tally_le32_load(data);
        out->total = tally_le32_load((const uint8_t *)data + 4);
    }
    return more;
}

int
candidates_thin_add(struct candidates_thin *t, const struct tally_candidate *rows,
                    struct tally_err *err)
{
    struct tally_candidate c = *rows;

    if (t->by_record == NULL) {
        return add_to(t->by_score, &c, true, err);
    }
    c.a = candidates_record(t->a, c.a);
    c.b = candidates_record(t->b, c.b);
    if (t->a == t->b && c.a == c.b) { /* rows of one record are one person */
        return 0;
    }
    return add_to(t->by_record, &c, false, err);
}

/* Pairs of records, each once: the best of its rows is the first. */
static int
give_records(struct candidates_thin *t, struct candidates_sample *sample,
             candidates_take_fn *take, void *ctx, struct tally_candidate c,
             struct tally_err *err)
{
    struct tally_candidate last = {.a = UINT32_MAX, .b = UINT32_MAX};
    uint64_t seen = 0;
    int more;

    if (tally_sorter_finish(t->by_record, err) != 0) {
        return -1;
    }
    while ((more = next_of(t->by_record, &c, false, err)) == 1) {
        if (seen++ % LOOK == 0 && tally_interrupt_check(err) != 0) {
            return -1;
        }
        if (c.a == last.a && c.b == last.b) {
            continue;
        }
        last = c;
        if (sample != NULL) {
            candidates_sample_found(sample, &c);
        }
        if ((t->k != 0 ? add_to(t->by_score, &c, true, err) : take(ctx, &c, err)) != 0) {
            return -1;
        }
    }
    return more;
}

/*
 * In descending order the k first pairs of a record are its best. First round: the k best
 * of a record of A; within one source a pair needs to be one of them for either record.
 * Second round, among what that leaves: both records count every pair of theirs, also
 * those that the other one's count rejects.
 */
static bool
keeps(struct candidates_thin *t, const struct tally_candidate *c)
{
    bool self = t->a == t->b;
    size_t b = self ? c->b : t->a->nrecords + c->b;
    bool keep = t->first[c->a]++ < t->k;
    bool first_a;
    bool first_b;

    if (self) {
        keep = t->first[b]++ < t->k || keep;
    }
    if (!keep) {
        return false;
    }
    first_a = t->second[c->a]++ < t->k;
    first_b = t->second[b]++ < t->k;
    return first_a && first_b;
}

static int
give_best(struct candidates_thin *t, candidates_take_fn *take, void *ctx,
          struct tally_candidate c, struct tally_err *err)
{
    uint64_t seen = 0;
    int more;

    if (tally_sorter_finish(t->by_score, err) != 0) {
        return -1;
    }
    while ((more = next_of(t->by_score, &c, true, err)) == 1) {
        if ((seen++ % LOOK == 0 && tally_interrupt_check(err) != 0) ||
            (keeps(t, &c) && take(ctx, &c, err) != 0)) {
            return -1;
        }
    }
    return more;
}

int
candidates_thin_give(struct candidates_thin *t, uint32_t source_a, uint32_t source_b,
                     struct candidates_sample *sample, candidates_take_fn *take,
                     void *ctx, struct tally_err *err)
{
    const struct tally_candidate of = {.source_a = source_a, .source_b = source_b};

    if (t->by_record != NULL && give_records(t, sample, take, ctx, of, err) != 0) {
        return -1;
    }
    tally_sorter_free(t->by_record);
    t->by_record = NULL;
    return t->k == 0 ? 0 : give_best(t, take, ctx, of, err);
}

void
candidates_thin_end(struct candidates_thin *t)
{
    if (t != NULL) {
        tally_sorter_free(t->by_record);
        tally_sorter_free(t->by_score);
        free(t->first);
        free(t->second);
        free(t);
    }
}

/*
 * Choosing whom to ask about which records. An owner sees a list of its own tokens of
 * which at most one in ten is there because its pair is uncertain; the rest are drawn
 * evenly from all others, so that a token in the list says next to nothing.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"
#include "linker/db_rows.h"
#include "linker/review_impl.h"
#include "linker/store_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A source of the run. */
struct pool {
    char name[TALLY_NAME_MAX + 1];
    uint8_t *tokens; /* of all its records, by row */
    bool *chosen;    /* each row */
    size_t n;
    size_t rows; /* n, and those of withdrawn records */
    size_t limit;   /* of its records that may be asked about for their pairs */
    size_t nchosen; /* that are */
};

struct candidate {
    uint32_t a;
    uint32_t row_a;
    uint32_t b;
    uint32_t row_b;
    double probability;
    enum review_why why;
    bool accepted;
    bool taken;
    uint32_t shuffle;
};

struct candidates {
    struct candidate *list;
    size_t n;
};

struct choosing {
    struct tally_store *s;
    int64_t run;
    struct pool pools[TALLY_SOURCES_MAX];
    size_t npools;
    size_t order[TALLY_SOURCES_MAX]; /* pools by name: lists of the request */
    struct candidates uncertain;
    struct candidates matches; /* a sample of them is asked about besides */
};

static void
choosing_free(struct choosing *c)
{
    for (size_t i = 0; i < c->npools; i++) {
        free(c->pools[i].tokens);
        free(c->pools[i].chosen);
    }
    free(c->uncertain.list);
    free(c->matches.list);
    free(c);
}

/* Run ${sql} of ${run}, or of ${run} and ${second}. */
static int
query(struct tally_store *s, const char *sql, int64_t run, int64_t second,
      struct tally_stmt **q, struct tally_err *err)
{
    if (tally_db_prepare(s->db, sql, q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(*q, 1, run);
    if (second >= 0) {
        tally_db_bind_int(*q, 2, second);
    }
    return 0;
}

static int
senseless(const struct tally_store *s, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "%s: the latest run makes no sense",
                         s->path);
}

/* The tokens of a source, in the order of its rows, of which withdrawn ones are missing. */
static int
read_tokens(struct choosing *c, size_t i, size_t records, struct tally_err *err)
{
    struct pool *p = &c->pools[i];
    struct tally_stmt *q = NULL;
    int rc;

    p->rows = records;
    p->tokens = calloc(records + 1, TALLY_TOKEN_BYTES);
    p->chosen = calloc(records + 1, sizeof *p->chosen);
    if (p->tokens == NULL || p->chosen == NULL) {
        return tally_err_nomem(err);
    }
    if (query(c->s, "SELECT row, token FROM record WHERE run = ?1 AND source = ?2", c->run,
              (int64_t)i, &q, err) != 0) {
        return -1;
    }
    while ((rc = tally_db_step(q, err)) == 1) {
        int64_t row = tally_db_int(q, 0);
        size_t len = 0;
        const void *token = tally_db_blob(q, 1, &len);

        if (row < 0 || (uint64_t)row >= records || len != TALLY_TOKEN_BYTES) {
            rc = senseless(c->s, err);
            break;
        }
        memcpy(p->tokens + (size_t)row * TALLY_TOKEN_BYTES, token, len);
        p->n++;
    }
    tally_db_finalize(q);
    return rc;
}

static int
compare_tokens(const void *a, const void *b)
{
    return memcmp(a, b, TALLY_TOKEN_BYTES);
}

static bool
is_token(const uint8_t *token)
{
    static const uint8_t none[TALLY_TOKEN_BYTES];

    return memcmp(token, none, sizeof none) != 0;
}

static int
read_pools(struct choosing *c, const struct tally_store_run *r, uint64_t records_max,
           struct tally_err *err)
{
    for (size_t i = 0; i < r->nsources; i++) {
        struct pool *p = &c->pools[i];
        uint64_t list;

        memcpy(p->name, r->sources[i].name, sizeof p->name);
        c->npools++;
        c->order[i] = i;
        if (read_tokens(c, i, r->sources[i].records, err) != 0) {
            return -1;
        }
        list = p->n < records_max ? p->n : records_max;
        p->limit = (size_t)list / (TALLY_REVIEW_COVER + 1);
    }
    for (size_t i = 1; i < c->npools; i++) { /* few: by insertion */
        for (size_t j = i; j > 0 && strcmp(c->pools[c->order[j - 1]].name,
                                           c->pools[c->order[j]].name) > 0;
             j--) {
            size_t swap = c->order[j];

            c->order[j] = c->order[j - 1];
            c->order[j - 1] = swap;
        }
    }
    return 0;
}

/* The least certain first; equals, and matches, in any order, or rows would tell. */
static int
compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    double dx = isnan(x->probability) ? 0 : fabs(x->probability - .5);
    double dy = isnan(y->probability) ? 0 : fabs(y->probability - .5);

    return dx != dy ? (dx > dy) - (dx < dy)
                    : (x->shuffle > y->shuffle) - (x->shuffle < y->shuffle);
}

static int
take_candidate(void *ctx, struct tally_stmt *q, void *row, struct tally_err *err)
{
    const struct choosing *c = ctx;
    struct candidate *k = row;
    int64_t a = tally_db_int(q, 0), b = tally_db_int(q, 2);

    if (a < 0 || b < 0 || (uint64_t)a >= c->npools || (uint64_t)b >= c->npools ||
        (uint64_t)tally_db_int(q, 1) >= c->pools[a].rows ||
        (uint64_t)tally_db_int(q, 3) >= c->pools[b].rows) {
        return senseless(c->s, err);
    }
    k->a = (uint32_t)a;
    k->row_a = (uint32_t)tally_db_int(q, 1);
    k->b = (uint32_t)b;
    k->row_b = (uint32_t)tally_db_int(q, 3);
    k->probability = tally_db_real(q, 4);
    k->accepted = tally_db_int(q, 5) != 0;
    k->why = (enum review_why)tally_db_int(q, 6);
    tally_random(&k->shuffle, sizeof k->shuffle);
    return 0;
}

/* Uncertain pairs, or matches. */
static int
read_candidates(struct choosing *c, enum review_why why, struct candidates *out,
                struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    void *list = NULL;

    if (query(c->s,
              why == REVIEW_UNCERTAIN
                  ? "SELECT source_a, row_a, source_b, row_b, probability, accepted, 1"
                    " FROM link WHERE run = ?1 AND band = 1 AND linked_by <> 1"
                    " AND (source_a <> source_b OR ?2 = 1)"
                  : "SELECT source_a, row_a, source_b, row_b, NULL, accepted, 2"
                    " FROM link WHERE run = ?1 AND band = 2 AND linked_by <> 1"
                    " AND (source_a <> source_b OR ?2 = 1)",
              c->run, (int64_t)c->npools, &q, err) != 0 ||
        tally_db_rows(q, sizeof *out->list, take_candidate, c, &list, &out->n, err) !=
            0) {
        return -1;
    }
    out->list = list;
    qsort(out->list, out->n, sizeof *out->list, compare_candidates);
    return 0;
}

/* ${most} pairs in order as long as both sources can hide their records in one ${part}th of
 * their lists. */
static size_t
take_pairs(struct choosing *c, struct candidates *from, size_t most, size_t part)
{
    size_t taken = 0;

    for (size_t i = 0; i < from->n && taken < most; i++) {
        struct candidate *k = &from->list[i];
        struct pool *a = &c->pools[k->a], *b = &c->pools[k->b];
        size_t more_a = !a->chosen[k->row_a], more_b = !b->chosen[k->row_b];
        size_t inside = a == b ? more_b : 0;

        if (a->nchosen + more_a + inside > a->limit / part ||
            b->nchosen + more_b > b->limit / part) {
            continue;
        }
        a->chosen[k->row_a] = b->chosen[k->row_b] = true;
        a->nchosen += more_a;
        b->nchosen += more_b;
        k->taken = true;
        taken++;
    }
    return taken;
}

/* A number below ${n}, each as likely. */
static size_t
draw_below(size_t n)
{
    uint64_t r, limit = UINT64_MAX - UINT64_MAX % n;

    do {
        tally_random(&r, sizeof r);
    } while (r >= limit);
    return (size_t)(r % n);
}

/* The list of a source: its chosen records and nine times as many drawn by chance. */
static int
draw_list(const struct pool *p, uint8_t **out, uint64_t *n,
          struct tally_err *err)
{
    size_t want = p->nchosen * TALLY_REVIEW_COVER, others = 0, at = 0;
    size_t *rest = calloc(p->rows + 1, sizeof *rest);
    uint8_t *list = calloc(p->nchosen + want + 1, TALLY_TOKEN_BYTES);

    if (rest == NULL || list == NULL) {
        free(rest);
        free(list);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < p->rows; i++) {
        const uint8_t *token = p->tokens + i * TALLY_TOKEN_BYTES;

        if (p->chosen[i]) {
            memcpy(list + at++ * TALLY_TOKEN_BYTES, token, TALLY_TOKEN_BYTES);
        } else if (is_token(token)) {
            rest[others++] = i;
        }
    }
    TALLY_INVARIANT(others >= want); /* see limit */
    for (size_t i = 0; i < want; i++) {
        size_t j = i + draw_below(others - i), row = rest[j];

        rest[j] = rest[i];
        memcpy(list + at++ * TALLY_TOKEN_BYTES, p->tokens + row * TALLY_TOKEN_BYTES,
               TALLY_TOKEN_BYTES);
    }
    qsort(list, at, TALLY_TOKEN_BYTES, compare_tokens);
    free(rest);
    *out = list;
    *n = at;
    return 0;
}

/* Sources without an uncertain record are not asked. */
static int
draw_lists(const struct choosing *c, struct tally_review_plan *p, struct tally_err *err)
{
    for (size_t i = 0; i < c->npools; i++) {
        const struct pool *pool = &c->pools[c->order[i]];
        struct tally_review_list *l = &p->request.lists[p->request.nlists];
        uint8_t **tokens = &p->tokens[p->request.nlists];

        if (pool->nchosen == 0) {
            continue;
        }
        if (draw_list(pool, tokens, &l->records, err) != 0) {
            return -1;
        }
        memcpy(l->source, pool->name, sizeof l->source);
        tally_review_list_digest(*tokens, l->records, l->digest);
        p->uncertain[p->request.nlists++] = pool->nchosen;
    }
    return 0;
}

static int
record_review(struct choosing *c, uint64_t number, struct tally_review_plan *p,
              struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    char at[32];

    store_time_text(0, at, sizeof at);
    if (tally_db_exec(c->s->db, "BEGIN IMMEDIATE", err) != 0) {
        return -1;
    }
    c->s->pending = true;
    if (query(c->s, "INSERT INTO review (run, asked, digest, number)"
                    " VALUES (?1, ?2, ?3, ?4)", c->run, -1, &q, err) != 0) {
        return -1;
    }
    tally_db_bind_text(q, 2, at, strlen(at));
    tally_db_bind_blob(q, 3, p->request.digest, TALLY_DIGEST_BYTES);
    tally_db_bind_int(q, 4, (int64_t)number);
    if (tally_db_finish(q, err) != 0) {
        return -1;
    }
    p->review = tally_db_last_id(c->s->db);
    for (size_t i = 0; i < p->request.nlists; i++) {
        const struct tally_review_list *l = &p->request.lists[i];

        if (query(c->s, "INSERT INTO review_list VALUES (?1, ?2, ?3, ?4)", p->review,
                  (int64_t)i, &q, err) != 0) {
            return -1;
        }
        tally_db_bind_text(q, 3, l->source, strlen(l->source));
        tally_db_bind_blob(q, 4, p->tokens[i], (size_t)l->records * TALLY_TOKEN_BYTES);
        if (tally_db_finish(q, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static size_t
list_of(const struct tally_review_plan *p, const char *source)
{
    size_t i = 0;

    while (strcmp(p->request.lists[i].source, source) != 0) {
        i++;
    }
    return i;
}

/* The pairs, each with the list that comes first in front. */
static int
record_pairs(struct choosing *c, const struct candidates *from,
             const struct tally_review_plan *p, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(c->s->db,
                              "INSERT INTO review_pair (review, source_a, token_a,"
                              " source_b, token_b, why, before, accepted)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?8, ?6, ?7)",
                              &q, err);

    for (size_t i = 0; rc == 0 && i < from->n; i++) {
        const struct candidate *k = &from->list[i];
        const struct pool *a = &c->pools[k->a], *b = &c->pools[k->b];
        size_t list_a, list_b;
        bool turn;

        if (!k->taken) {
            continue;
        }
        list_a = list_of(p, a->name);
        list_b = list_of(p, b->name);
        turn = list_a != list_b
                   ? list_a > list_b
                   : compare_tokens(a->tokens + k->row_a * TALLY_TOKEN_BYTES,
                                    b->tokens + k->row_b * TALLY_TOKEN_BYTES) > 0;
        tally_db_bind_int(q, 1, p->review);
        tally_db_bind_int(q, turn ? 4 : 2, (int64_t)list_a);
        tally_db_bind_blob(q, turn ? 5 : 3, a->tokens + k->row_a * TALLY_TOKEN_BYTES,
                           TALLY_TOKEN_BYTES);
        tally_db_bind_int(q, turn ? 2 : 4, (int64_t)list_b);
        tally_db_bind_blob(q, turn ? 3 : 5, b->tokens + k->row_b * TALLY_TOKEN_BYTES,
                           TALLY_TOKEN_BYTES);
        tally_db_bind_real(q, 6, k->probability);
        tally_db_bind_int(q, 7, k->accepted);
        tally_db_bind_int(q, 8, (int64_t)k->why);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
nothing_to_ask(const struct choosing *c, struct tally_err *err)
{
    if (c->uncertain.n + c->matches.n == 0) {
        tally_err_set(err, TALLY_E_USAGE, "%s: no pair of the latest run is uncertain",
                      c->s->path);
        return tally_err_hint(err, "'--sample N' asks about N links drawn by chance, to "
                                   "tell how many are false");
    }
    tally_err_set(err, TALLY_E_USAGE,
                  "%s: no pair can be asked about: nine other records of each "
                  "source must stand beside each", c->s->path);
    return tally_err_hint(err, "the sources are too small, or the agreement allows too few "
                               "records in a list");
}

static int
choose(struct choosing *c, const struct tally_store_run *r,
       const struct tally_review_terms *t, struct tally_review_plan *out,
       struct tally_err *err)
{
    c->run = r->id;
    if (!tally_hex_decode(r->schema_digest, 2 * TALLY_DIGEST_BYTES, out->request.schema,
                          TALLY_DIGEST_BYTES) ||
        read_pools(c, r, t->records_max, err) != 0 ||
        read_candidates(c, REVIEW_UNCERTAIN, &c->uncertain, err) != 0 ||
        (t->sample > 0 &&
         read_candidates(c, REVIEW_SAMPLED, &c->matches, err) != 0)) {
        return err->code != TALLY_OK ? -1 : senseless(c->s, err);
    }
    out->nuncertain = c->uncertain.n;
    /* Sure links take no more than half of the places. */
    out->nsampled = take_pairs(c, &c->matches, (size_t)t->sample, 2);
    out->npairs = take_pairs(c, &c->uncertain, SIZE_MAX, 1);
    if (out->npairs + out->nsampled == 0) {
        return nothing_to_ask(c, err);
    }
    if (draw_lists(c, out, err) != 0) {
        return -1;
    }
    tally_random(out->request.nonce, sizeof out->request.nonce);
    if (t->agreement != NULL) {
        memcpy(out->request.agreement, t->agreement, TALLY_DIGEST_BYTES);
    }
    tally_review_digest(&out->request);
    return record_review(c, t->number, out, err) == 0 &&
                   record_pairs(c, &c->uncertain, out, err) == 0
               ? record_pairs(c, &c->matches, out, err)
               : -1;
}

int
tally_review_choose(struct tally_store *s, const struct tally_review_terms *terms,
                    struct tally_review_plan *out, struct tally_err *err)
{
    struct choosing *c = calloc(1, sizeof *c);
    struct tally_store_series *series = calloc(1, sizeof *series);
    struct tally_store_run run = {.id = 0};
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (c == NULL || series == NULL) {
        free(c);
        free(series);
        return tally_err_nomem(err);
    }
    c->s = s;
    if (tally_store_series(s, series, err) == 0 &&
        tally_store_read_run(s, series->run, &run, err) == 0) {
        rc = choose(c, &run, terms, out, err);
    }
    tally_store_run_free(&run);
    free(series);
    choosing_free(c);
    if (rc != 0) {
        tally_review_plan_free(out);
    }
    return rc;
}

void
tally_review_plan_free(struct tally_review_plan *p)
{
    for (size_t i = 0; i < p->request.nlists; i++) {
        free(p->tokens[i]);
        p->tokens[i] = NULL;
    }
    p->request.nlists = 0;
}

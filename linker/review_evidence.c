/*
 * What second rounds said, of the pairs of a later run: under the tokens that records have
 * there, the latest review of each pair, and which links there were when it was asked.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/db_rows.h"
#include "linker/review_impl.h"
#include "linker/store_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    const struct tally_store *s;
    const struct tally_store_run *run;
};

void
review_tokens_set(struct review_tokens *t, const uint8_t *a, const uint8_t *b)
{
    bool turn = memcmp(a, b, TALLY_TOKEN_BYTES) > 0;

    memcpy(t->low, turn ? b : a, TALLY_TOKEN_BYTES);
    memcpy(t->high, turn ? a : b, TALLY_TOKEN_BYTES);
}

static int
compare_tokens(const void *p, const void *q)
{
    return memcmp(p, q, sizeof(struct review_tokens));
}

/* The latest of each pair comes first. */
static int
compare_evidence(const void *p, const void *q)
{
    const struct review_evidence *x = p, *y = q;
    int by = compare_tokens(&x->tokens, &y->tokens);

    return by != 0 ? by : (x->review < y->review) - (x->review > y->review);
}

static int
find_evidence(const void *tokens, const void *p)
{
    return compare_tokens(tokens, &((const struct review_evidence *)p)->tokens);
}

static int
senseless(const struct reading *w, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "%s: a review makes no sense", w->s->path);
}

/* Columns ${at} and after it as the tokens of a pair. */
static int
take_tokens(const struct reading *w, struct tally_stmt *q, int at,
            struct review_tokens *tokens, struct tally_err *err)
{
    size_t len_a = 0, len_b = 0;
    const void *a = tally_db_blob(q, at, &len_a), *b = tally_db_blob(q, at + 1, &len_b);

    if (len_a != TALLY_TOKEN_BYTES || len_b != TALLY_TOKEN_BYTES) {
        return senseless(w, err);
    }
    review_tokens_set(tokens, a, b);
    return 0;
}

static int
take_evidence(void *ctx, struct tally_stmt *q, void *row, struct tally_err *err)
{
    const struct reading *w = ctx;
    struct review_evidence *e = row;
    uint64_t x = (uint64_t)tally_db_int(q, 3), y = (uint64_t)tally_db_int(q, 4);

    e->after = tally_db_real(q, 7);
    if (x >= w->run->nsources || y >= w->run->nsources ||
        !(e->after >= 0 && e->after <= 1)) {
        return senseless(w, err);
    }
    e->review = tally_db_int(q, 0);
    e->source_a = (uint32_t)(x < y ? x : y);
    e->source_b = (uint32_t)(x < y ? y : x);
    e->asked = tally_db_int(q, 5) == REVIEW_UNCERTAIN;
    e->before = tally_db_real(q, 6);
    e->decision = isnan(tally_db_real(q, 8)) ? -1 : (int)tally_db_int(q, 8);
    e->accepted = tally_db_int(q, 9) != 0;
    e->due = tally_db_int(q, 10) != 0;
    return take_tokens(w, q, 1, &e->tokens, err);
}

static int
take_link(void *ctx, struct tally_stmt *q, void *row, struct tally_err *err)
{
    return take_tokens(ctx, q, 0, row, err);
}

/* All rows of ${sql}, of which ?1 is the run. */
static int
read_rows(struct tally_store *s, const struct tally_store_run *run, const char *sql,
          size_t size, tally_db_row_fn *take, void **list, size_t *n,
          struct tally_err *err)
{
    struct reading w = {s, run};
    struct tally_stmt *q = NULL;

    if (tally_db_prepare(s->db, sql, &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, run->id);
    return tally_db_rows(q, size, take, &w, list, n, err);
}

static const char evidence_sql[] =
    "SELECT r.id, p.token_a, p.token_b, x.position, y.position, p.why,"
    " p.before, p.after, p.decision, p.accepted, r.run = ?1 FROM review r"
    " JOIN review_pair p ON p.review = r.id"
    " JOIN review_list a ON a.review = r.id AND a.position = p.source_a"
    " JOIN review_list b ON b.review = r.id AND b.position = p.source_b"
    " JOIN source e ON e.name = a.source"
    " JOIN run_source x ON x.source = e.id AND x.run = ?1"
    " JOIN source f ON f.name = b.source"
    " JOIN run_source y ON y.source = f.id AND y.run = ?1"
    " WHERE r.undone = 0 AND p.after IS NOT NULL";

static const char links_sql[] =
    "SELECT a.token, b.token FROM link l JOIN record a ON a.run = l.run"
    " AND a.source = l.source_a AND a.row = l.row_a JOIN record b ON b.run = l.run"
    " AND b.source = l.source_b AND b.row = l.row_b WHERE l.accepted = 1 AND l.run <> ?1"
    " AND l.run IN (SELECT run FROM review WHERE undone = 0 AND answered IS NOT NULL)";

/* Records of deliveries that were replaced go by the tokens that they have now. */
static void
rename_pair(const struct tally_successor *list, size_t n,
            struct review_tokens *pair)
{
    struct review_tokens now = *pair;

    tally_successor_now(list, n, now.low);
    tally_successor_now(list, n, now.high);
    review_tokens_set(pair, now.low, now.high);
}

static int
rename_all(struct tally_store *s, int64_t run, struct review_said *x,
           struct tally_err *err)
{
    struct tally_successor *list = NULL;
    size_t n = 0;

    if (tally_store_successions(s, run, &list, &n, err) != 0) {
        return -1;
    }
    tally_successors_by_was(list, n);
    for (size_t i = 0; n > 0 && i < x->n; i++) {
        rename_pair(list, n, &x->list[i].tokens);
    }
    for (size_t i = 0; n > 0 && i < x->nlinks; i++) {
        rename_pair(list, n, &x->links[i]);
    }
    free(list);
    return 0;
}

static void
keep_latest(struct review_said *x)
{
    size_t kept = 0;

    qsort(x->list, x->n, sizeof *x->list, compare_evidence);
    for (size_t i = 0; i < x->n; i++) {
        const struct review_evidence *e = &x->list[i];

        x->latest = e->review > x->latest ? e->review : x->latest;
        x->due = x->due || e->due;
        if (kept == 0 || compare_tokens(&x->list[kept - 1].tokens, &e->tokens) != 0) {
            x->list[kept++] = *e;
        }
    }
    x->n = kept;
}

int
review_evidence_read(struct tally_store *s, const struct tally_store_run *run,
                     struct review_said *out, struct tally_err *err)
{
    void *list = NULL, *links = NULL;

    if (read_rows(s, run, evidence_sql, sizeof *out->list, take_evidence, &list, &out->n,
                  err) != 0) {
        return -1;
    }
    out->list = list;
    if (read_rows(s, run, links_sql, sizeof *out->links, take_link, &links, &out->nlinks,
                  err) != 0) {
        return -1;
    }
    out->links = links;
    if (rename_all(s, run->id, out, err) != 0) {
        return -1;
    }
    keep_latest(out);
    qsort(out->links, out->nlinks, sizeof *out->links, compare_tokens);
    return 0;
}

void
review_said_free(struct review_said *x)
{
    free(x->list);
    free(x->links);
    memset(x, 0, sizeof *x);
}

struct review_evidence *
review_evidence_find(const struct review_said *x, const struct review_tokens *tokens)
{
    return bsearch(tokens, x->list, x->n, sizeof *x->list, find_evidence);
}

bool
review_was_link(const struct review_said *x, const struct review_tokens *tokens)
{
    return x->due ||
           bsearch(tokens, x->links, x->nlinks, sizeof *x->links, compare_tokens) != NULL;
}

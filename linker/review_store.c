/*
 * Answers of a second round: held against what was asked, scored, and kept.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/bytes.h"
#include "linker/db_rows.h"
#include "linker/review_impl.h"
#include "linker/store_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct list {
    char source[TALLY_NAME_MAX + 1];
    uint8_t *tokens;
    size_t n;
};

struct scoring {
    struct tally_store *s;
    int64_t review;
    int64_t run;
    uint64_t number;
    struct list lists[TALLY_REVIEW_SOURCES_MAX];
    struct review_answers answers; /* of the lists */
    struct review_pair *pairs;
    size_t npairs;
};

static void
scoring_free(struct scoring *c)
{
    for (size_t i = 0; i < c->answers.n; i++) {
        free(c->lists[i].tokens);
    }
    free(c->pairs);
    free(c);
}

static int
senseless(const struct tally_store *s, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "%s: the review makes no sense", s->path);
}

static int
prepare(struct tally_store *s, const char *sql, int64_t review, struct tally_stmt **q,
        struct tally_err *err)
{
    if (tally_db_prepare(s->db, sql, q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(*q, 1, review);
    return 0;
}

/* The last review, if it waits for answers. */
static int
find_review(struct scoring *c, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (prepare(c->s,
                "SELECT id, run, number FROM review WHERE answered IS NULL AND undone = 0"
                " AND id = (SELECT max(id) FROM review) AND ?1 = 0",
                0, &q, err) != 0) {
        return -1;
    }
    rc = tally_db_step(q, err);
    if (rc == 1) {
        c->review = tally_db_int(q, 0);
        c->run = tally_db_int(q, 1);
        c->number = (uint64_t)tally_db_int(q, 2);
        rc = 0;
    } else if (rc == 0) {
        tally_err_set(err, TALLY_E_USAGE, "%s: no review waits for answers", c->s->path);
        rc = tally_err_hint(err, "'review export' asks");
    }
    tally_db_finalize(q);
    return rc;
}

int
tally_review_waiting(struct tally_store *s, uint64_t *number, struct tally_err *err)
{
    struct scoring c = {.s = s};

    if (find_review(&c, err) != 0) {
        return -1;
    }
    *number = c.number;
    return 0;
}

static int
take_list(struct scoring *c, struct tally_stmt *q, struct tally_err *err)
{
    struct list *l = &c->lists[c->answers.n];
    size_t name_len = 0, len = 0;
    const char *name = tally_db_text(q, 0, &name_len);
    const void *tokens = tally_db_blob(q, 1, &len);

    if (c->answers.n == TALLY_REVIEW_SOURCES_MAX || name == NULL ||
        name_len >= sizeof l->source || tokens == NULL || len % TALLY_TOKEN_BYTES != 0) {
        return senseless(c->s, err);
    }
    l->tokens = malloc(len);
    if (l->tokens == NULL) {
        return tally_err_nomem(err);
    }
    memcpy(l->source, name, name_len + 1);
    memcpy(l->tokens, tokens, len);
    l->n = len / TALLY_TOKEN_BYTES;
    c->answers.n++;
    return 1;
}

static int
read_lists(struct scoring *c, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (prepare(c->s,
                "SELECT source, tokens FROM review_list WHERE review = ?1"
                " ORDER BY position",
                c->review, &q, err) != 0) {
        return -1;
    }
    while ((rc = tally_db_step(q, err)) == 1 && (rc = take_list(c, q, err)) == 1) {
    }
    tally_db_finalize(q);
    return rc;
}

static int
compare_tokens(const void *a, const void *b)
{
    return memcmp(a, b, TALLY_TOKEN_BYTES);
}

/* Every record of an answer was asked for. */
static int
check_asked(const struct list *l, const struct tally_encfile *enc, struct tally_err *err)
{
    const uint8_t *tokens = tally_encfile_tokens(enc);
    uint64_t n = tally_encfile_info(enc)->records;

    for (uint64_t i = 0; i < n; i++) {
        if (bsearch(tokens + i * TALLY_TOKEN_BYTES, l->tokens, l->n, TALLY_TOKEN_BYTES,
                    compare_tokens) == NULL) {
            return tally_err_set(err, TALLY_E_POLICY,
                                 "the answer of '%s' holds records that were not asked "
                                 "for: it answers another request",
                                 l->source);
        }
    }
    return 0;
}

/* Put the answers in the order of the lists. */
static int
take_answers(struct scoring *c, const struct tally_encfile *const *answers, size_t n,
             struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct tally_enc_info *info = tally_encfile_info(answers[i]);
        size_t k = 0;

        while (k < c->answers.n && strcmp(c->lists[k].source, info->source) != 0) {
            k++;
        }
        if (k == c->answers.n || c->answers.enc[k] != NULL) {
            return tally_err_set(err, TALLY_E_USAGE, "'%s' %s", info->source,
                                 k == c->answers.n ? "was not asked"
                                                   : "has two answers here");
        }
        if (check_asked(&c->lists[k], answers[i], err) != 0 ||
            tally_enc_compatible(tally_encfile_info(answers[0]), info, err) != 0) {
            return -1;
        }
        c->answers.enc[k] = answers[i];
        c->answers.nviews = info->nviews;
    }
    for (size_t k = 0; k < c->answers.n; k++) {
        if (c->answers.enc[k] == NULL) {
            return tally_err_set(err, TALLY_E_USAGE, "the answer of '%s' is missing",
                                 c->lists[k].source);
        }
    }
    return 0;
}

/* Answers under a key that was used before answer an earlier request. */
static int
check_key(struct scoring *c, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(c->answers.enc[0]);
    struct tally_stmt *q = NULL;
    int rc;

    if (!info->has_key_check) {
        return tally_err_set(err, TALLY_E_POLICY, "the answers say nothing of their key");
    }
    if (prepare(c->s, "SELECT id FROM review WHERE ?1 = 0 AND key_check = ?2", 0, &q,
                err) != 0) {
        return -1;
    }
    tally_db_bind_blob(q, 2, info->key_check, TALLY_KEY_CHECK_BYTES);
    rc = tally_db_step(q, err);
    if (rc == 1) {
        rc = tally_err_set(err, TALLY_E_POLICY,
                           "these answer review %lld, which has its answers: a replay",
                           (long long)tally_db_int(q, 0));
    }
    tally_db_finalize(q);
    return rc;
}

bool
review_find_row(const struct tally_encfile *enc, const uint8_t *token, uint64_t *row)
{
    const uint8_t *tokens = tally_encfile_tokens(enc);
    const uint8_t *at = bsearch(token, tokens, (size_t)tally_encfile_info(enc)->records,
                                TALLY_TOKEN_BYTES, compare_tokens);

    *row = at != NULL ? (uint64_t)(at - tokens) / TALLY_TOKEN_BYTES : 0;
    return at != NULL;
}

static int
take_pair(void *ctx, struct tally_stmt *q, void *row, struct tally_err *err)
{
    struct scoring *c = ctx;
    struct review_pair *p = row;
    size_t len_a = 0, len_b = 0;
    int64_t a = tally_db_int(q, 0), b = tally_db_int(q, 2);
    const void *token_a = tally_db_blob(q, 1, &len_a);
    const void *token_b = tally_db_blob(q, 3, &len_b);

    if (a < 0 || b < a || (a == b && c->answers.n > 1) || (uint64_t)b >= c->answers.n ||
        len_a != TALLY_TOKEN_BYTES || len_b != TALLY_TOKEN_BYTES) {
        return senseless(c->s, err);
    }
    p->a = (size_t)a;
    p->b = (size_t)b;
    memcpy(p->token_a, token_a, len_a);
    memcpy(p->token_b, token_b, len_b);
    p->before = tally_db_real(q, 4);
    p->accepted = tally_db_int(q, 5) != 0;
    p->after = NAN;
    p->decision = -1;
    p->why = (enum review_why)tally_db_int(q, 6);
    p->answered = review_find_row(c->answers.enc[a], p->token_a, &p->row_a);
    p->answered =
        review_find_row(c->answers.enc[b], p->token_b, &p->row_b) && p->answered;
    return 0;
}

static int
read_pairs(struct scoring *c, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    void *list = NULL;

    if (prepare(c->s,
                "SELECT source_a, token_a, source_b, token_b, before, accepted, why"
                " FROM review_pair WHERE review = ?1"
                " ORDER BY source_a, token_a, source_b, token_b",
                c->review, &q, err) != 0 ||
        tally_db_rows(q, sizeof *c->pairs, take_pair, c, &list, &c->npairs, err) != 0) {
        return -1;
    }
    c->pairs = list;
    return 0;
}

/* How rare true pairs are among all of two sources, as the run found them. */
static int
read_odds(struct scoring *c, struct tally_err *err)
{
    static const char sql[] =
        "SELECT a.position, b.position, max(1, (SELECT COUNT(*) FROM link l"
        " WHERE l.run = r.id AND l.accepted = 1"
        " AND l.source_a = min(x.position, y.position)"
        " AND l.source_b = max(x.position, y.position))),"
        " CASE a.position WHEN b.position THEN .5 * sx.records * (sy.records - 1)"
        " ELSE 1.0 * sx.records * sy.records END"
        " FROM review v JOIN run r ON r.id = v.run"
        " JOIN review_list a ON a.review = v.id JOIN review_list b ON b.review = v.id"
        " AND (b.position > a.position OR ?2 = 1)"
        " JOIN run_source x ON x.run = r.id JOIN source sx ON sx.id = x.source"
        " AND sx.name = a.source"
        " JOIN run_source y ON y.run = r.id JOIN source sy ON sy.id = y.source"
        " AND sy.name = b.source WHERE v.id = ?1";
    struct tally_stmt *q = NULL;
    size_t n = 0;
    int rc;

    if (prepare(c->s, sql, c->review, &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 2, (int64_t)c->answers.n);
    while ((rc = tally_db_step(q, err)) == 1) {
        uint64_t a = (uint64_t)tally_db_int(q, 0), b = (uint64_t)tally_db_int(q, 1);
        double links = tally_db_real(q, 2), pairs = tally_db_real(q, 3);

        if (a >= c->answers.n || b >= c->answers.n || !(links >= 1) || !(pairs >= links)) {
            break;
        }
        c->answers.odds[a][b] = links / pairs;
        n++;
    }
    tally_db_finalize(q);
    return rc < 0 ? -1
           : rc == 0 && n == review_npairs(c->answers.n)
               ? 0
               : senseless(c->s, err);
}

/* Deciding: the surest first, and nobody twice. */

static int
compare_sure(const void *a, const void *b)
{
    const struct review_pair *x = *(const struct review_pair *const *)a;
    const struct review_pair *y = *(const struct review_pair *const *)b;

    return x->after != y->after ? (x->after < y->after) - (x->after > y->after)
                                : (x > y) - (x < y);
}

/* Whether a record of ${p} matches another of the same source already. */
static bool
is_taken(const struct review_pair *const *order, size_t n, const struct review_pair *p)
{
    for (size_t i = 0; i < n; i++) {
        const struct review_pair *o = order[i];

        if (o->decision == 1 && o->a == p->a && o->b == p->b &&
            (memcmp(o->token_a, p->token_a, TALLY_TOKEN_BYTES) == 0 ||
             memcmp(o->token_b, p->token_b, TALLY_TOKEN_BYTES) == 0)) {
            return true;
        }
    }
    return false;
}

static int
decide(struct scoring *c, struct tally_err *err)
{
    struct review_pair **order = calloc(c->npairs + 1, sizeof *order);
    size_t n = 0;

    if (order == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < c->npairs; i++) {
        if (c->pairs[i].answered && c->pairs[i].why == REVIEW_UNCERTAIN) {
            order[n++] = &c->pairs[i];
        }
    }
    qsort(order, n, sizeof(struct review_pair *), compare_sure);
    for (size_t i = 0; i < n; i++) {
        struct review_pair *p = order[i];

        if (p->after < .5) {
            p->decision = 0;
        } else if (p->a == p->b ||
                   !is_taken((const struct review_pair *const *)order, i, p)) {
            p->decision = 1;
        }
    }
    free(order);
    return 0;
}

static int
write_pairs(struct scoring *c, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(c->s->db,
                              "INSERT INTO review_pair VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
                              " ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO UPDATE SET"
                              " scores = ?9, weight = ?10, after = ?11, decision = ?12",
                              &q, err);

    for (size_t i = 0; rc == 0 && i < c->npairs; i++) {
        const struct review_pair *p = &c->pairs[i];
        uint8_t scores[2 * TALLY_VIEWS_MAX];

        if (!p->answered) {
            continue;
        }
        for (size_t v = 0; v < c->answers.nviews; v++) {
            scores[2 * v] = (uint8_t)p->score[v];
            scores[2 * v + 1] = (uint8_t)(p->score[v] >> 8);
        }
        tally_db_bind_int(q, 1, c->review);
        tally_db_bind_int(q, 2, (int64_t)p->a);
        tally_db_bind_blob(q, 3, p->token_a, TALLY_TOKEN_BYTES);
        tally_db_bind_int(q, 4, (int64_t)p->b);
        tally_db_bind_blob(q, 5, p->token_b, TALLY_TOKEN_BYTES);
        tally_db_bind_int(q, 6, (int64_t)p->why);
        tally_db_bind_real(q, 7, p->before);
        tally_db_bind_int(q, 8, p->accepted);
        tally_db_bind_blob(q, 9, scores, 2 * c->answers.nviews);
        tally_db_bind_real(q, 10, p->weight);
        tally_db_bind_real(q, 11, p->after);
        if (p->decision >= 0) {
            tally_db_bind_int(q, 12, p->decision);
        }
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
write_review(struct scoring *c, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(c->answers.enc[0]);
    struct tally_stmt *q = NULL;
    char at[32];

    store_time_text(0, at, sizeof at);
    if (tally_db_exec(c->s->db, "BEGIN IMMEDIATE", err) != 0) {
        return -1;
    }
    c->s->pending = true;
    if (prepare(c->s, "UPDATE review SET answered = ?2, key_check = ?3 WHERE id = ?1",
                c->review, &q, err) != 0) {
        return -1;
    }
    tally_db_bind_text(q, 2, at, strlen(at));
    tally_db_bind_blob(q, 3, info->key_check, TALLY_KEY_CHECK_BYTES);
    return tally_db_finish(q, err) == 0 ? write_pairs(c, err) : -1;
}

static void
summarise(const struct scoring *c, struct tally_review_result *out)
{
    double sure = 0;

    out->review = c->review;
    out->run = c->run;
    for (size_t i = 0; i < c->npairs; i++) {
        const struct review_pair *p = &c->pairs[i];

        if (p->why != REVIEW_UNCERTAIN) {
            out->beside += p->answered;
            continue;
        }
        out->npairs++;
        out->expected_before += p->before;
        out->missing += !p->answered;
        if (p->answered) {
            out->expected_after += p->after;
            out->matches += p->decision == 1;
            out->no_matches += p->decision == 0;
            out->undecided += p->decision < 0;
            sure += p->decision == 1 ? p->after : 0;
        }
    }
    out->precision = out->matches > 0 ? sure / (double)out->matches : NAN;
}

/* What is known of all links of the run, before and after. */
static int
tell_links(const struct scoring *c, struct tally_review_result *out,
           struct tally_err *err)
{
    struct tally_store_run *r = calloc(1, sizeof *r);
    uint64_t checked = 0;

    if (r == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_store_read_run(c->s, c->run, r, err) != 0) {
        free(r);
        return -1;
    }
    for (size_t i = 0; i < r->ncalibrations; i++) {
        checked += r->reviewed[i].checked;
    }
    out->share_checked = r->nlinks > 0 ? (double)checked / (double)r->nlinks : 0;
    out->links_before = tally_link_precision(r->calibrations, r->ncalibrations);
    out->links_after = tally_store_reviewed_precision(r);
    tally_store_run_free(r);
    free(r);
    return 0;
}

int
tally_review_score(struct tally_store *s, const struct tally_encfile *const *answers,
                   size_t n, struct tally_review_result *out, struct tally_err *err)
{
    struct scoring *c = calloc(1, sizeof *c);
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (c == NULL) {
        return tally_err_nomem(err);
    }
    c->s = s;
    if (find_review(c, err) == 0 && read_lists(c, err) == 0 &&
        take_answers(c, answers, n, err) == 0 && check_key(c, err) == 0 &&
        read_pairs(c, err) == 0 && read_odds(c, err) == 0 &&
        review_meet(s, c->review, &c->answers, &c->pairs, &c->npairs, err) == 0 &&
        review_weigh(&c->answers, c->pairs, c->npairs, &out->strangers, err) == 0 &&
        review_follow(c->pairs, c->npairs, err) == 0 && decide(c, err) == 0) {
        summarise(c, out);
        rc = write_review(c, err) == 0 && tally_review_calibrate(s, c->run, err) == 0
                 ? tell_links(c, out, err)
                 : -1;
    }
    scoring_free(c);
    return rc;
}

int
tally_review_undo(struct tally_store *s, int64_t *review, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (prepare(s,
                "UPDATE review SET undone = 1 WHERE id = (SELECT max(id) FROM review"
                " WHERE answered IS NOT NULL AND undone = ?1) RETURNING id",
                0, &q, err) != 0) {
        return -1;
    }
    rc = tally_db_step(q, err);
    if (rc == 1) {
        *review = tally_db_int(q, 0);
        rc = tally_db_step(q, err);
    } else if (rc == 0) {
        rc = tally_err_set(err, TALLY_E_USAGE, "%s: no review was answered", s->path);
    }
    tally_db_finalize(q);
    return rc;
}

int
tally_review_any(struct tally_store *s, bool *any, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (prepare(s,
                "SELECT id FROM review WHERE answered IS NOT NULL AND undone = ?1"
                " LIMIT 1",
                0, &q, err) != 0) {
        return -1;
    }
    rc = tally_db_step(q, err);
    *any = rc == 1;
    tally_db_finalize(q);
    return rc < 0 ? -1 : 0;
}

int
tally_review_decisions(struct tally_store *s, struct tally_store_known **out, size_t *n,
                       struct tally_err *err)
{
    struct tally_stmt *q = NULL;

    return prepare(s,
                   "SELECT a.source, p.token_a, b.source, p.token_b, p.decision"
                   " FROM review r JOIN review_pair p ON p.review = r.id"
                   " JOIN review_list a ON a.review = r.id AND a.position = p.source_a"
                   " JOIN review_list b ON b.review = r.id AND b.position = p.source_b"
                   " WHERE r.undone = ?1 AND p.decision IS NOT NULL"
                   " ORDER BY r.id DESC, a.source, p.token_a, b.source, p.token_b",
                   0, &q, err) != 0
               ? -1
               : store_known_rows(s, q, out, n, err);
}

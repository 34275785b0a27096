/*
 * What second rounds say of the links of a run, beside what the run said itself: how many
 * are false, within which bounds, and how many were missed. Uncertain pairs count by the
 * answers alone. Of the other links those that answers say something of are a sample, and
 * what decoys showed is the other opinion; the surer of the two counts for more. Of links
 * that came after a second round only the run can say anything, and what it says is of the
 * links that it would have had without decisions.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/db_rows.h"
#include "linker/review_impl.h"
#include "linker/store_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nineteen in twenty. */
#define DEVIATIONS 1.96

/* How far probabilities of answers may be off, as a share of what they leave open (the
 * sum of p (1 - p)), for pairs that are like each other and for links drawn by chance;
 * and how many links may be false against all evidence. Judged by published sets. */
#define UNCERTAIN_OFF 5.0
#define LINKS_OFF     1.5
#define SURELY_OFF    .005

/* Inside one source, a false join makes so many false links at once. */
#define FALSE_TOGETHER 4.0

/* Links of one kind. */
struct stratum {
    double links;
    double checked;
    double wrong; /* expected among those checked */
    double open;  /* sum of p (1 - p) over them */
};

/* The band of a link is the stratum it is of. */
#define STRATA (TALLY_BAND_IS_MATCH + 1)

/* A pair of sources. */
struct reviewing {
    const struct tally_calibration *c;
    struct stratum asked; /* of this run, */
    struct stratum gone_by; /* and of runs before: it has gone by what was decided */
    struct stratum rest[STRATA];
    double fresh;         /* links that no run had about which was asked, */
    double fresh_wrong;   /* and false ones among them by the run; NAN */
    double known;         /* links of a list: nobody doubts them */
    double before;        /* false ones among those asked, by the run; NAN */
    double told;          /* false ones among pairs asked about that are links without
                             decisions, likewise */
    double missed;        /* true pairs asked about that are no links, by the answers */
    double missed_before; /* true ones among those that are none without decisions, by the
                             run; NAN */
    double more;          /* links, than there would be without decisions */
    int64_t links;        /* once decisions are gone by */
};

struct calibrating {
    struct tally_store *s;
    const struct tally_store_run *run;
    struct review_said said;
    struct reviewing *pairs; /* one a calibration */
};

/* A link of the run. */
struct link {
    uint32_t source_a;
    uint32_t source_b;
    enum tally_band band;
    bool by_list;
    double probability; /* NAN */
    struct review_tokens tokens;
};

/* False links and how far off that may be. */
struct opinion {
    double wrong;
    double off; /* infinite: none */
};

static int
senseless(const struct calibrating *w, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "%s: a link makes no sense", w->s->path);
}

static struct reviewing *
pair_of(struct calibrating *w, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < w->run->ncalibrations; i++) {
        if (w->pairs[i].c->source_a == a && w->pairs[i].c->source_b == b) {
            return &w->pairs[i];
        }
    }
    return NULL;
}

static void
check(struct stratum *s, double p)
{
    s->checked++;
    s->wrong += 1 - p;
    s->open += p * (1 - p);
}

/* A link that was asked about. */
static void
count_asked(struct reviewing *pair, const struct review_evidence *e)
{
    struct stratum *s = e->due ? &pair->asked : &pair->gone_by;

    s->links++;
    check(s, e->after);
    if (e->accepted) {
        pair->told += 1 - e->before;
    } else {
        pair->missed_before += e->before;
        pair->more++;
    }
    if (e->due) {
        pair->before += 1 - e->before;
        pair->links -= e->decision == 0;
    }
}

/* Another link of the run. */
static void
count_other(const struct calibrating *w, struct reviewing *pair, const struct link *l,
            const struct review_evidence *e)
{
    if (l->by_list) {
        pair->known++;
    } else if (!review_was_link(&w->said, &l->tokens)) {
        pair->fresh++;
        pair->fresh_wrong += 1 - l->probability;
    } else {
        pair->rest[l->band].links++;
        if (e != NULL) {
            check(&pair->rest[l->band], e->after);
        }
    }
}

static int
count_link(struct calibrating *w, const struct link *l, struct tally_err *err)
{
    struct reviewing *pair = pair_of(w, l->source_a, l->source_b);
    struct review_evidence *e = review_evidence_find(&w->said, &l->tokens);

    if (pair == NULL) {
        return senseless(w, err);
    }
    pair->links++;
    if (e != NULL) {
        e->linked = true;
    }
    if (e != NULL && e->asked) {
        count_asked(pair, e);
    } else {
        count_other(w, pair, l, e);
    }
    return 0;
}

/* The link of the present row of ${q}. */
static int
take_link(const struct calibrating *w, struct tally_stmt *q, struct link *l,
          struct tally_err *err)
{
    size_t len_a = 0, len_b = 0;
    const void *a = tally_db_blob(q, 4, &len_a), *b = tally_db_blob(q, 5, &len_b);

    if (len_a != TALLY_TOKEN_BYTES || len_b != TALLY_TOKEN_BYTES) {
        return senseless(w, err);
    }
    l->source_a = (uint32_t)tally_db_int(q, 0);
    l->source_b = (uint32_t)tally_db_int(q, 1);
    l->band = tally_db_int(q, 2) == TALLY_BAND_IS_MATCH ? TALLY_BAND_IS_MATCH
                                                        : TALLY_BAND_IS_POSSIBLE;
    l->by_list = tally_db_int(q, 3) == TALLY_LINKED_BY_MUST;
    l->probability = tally_db_real(q, 6);
    review_tokens_set(&l->tokens, a, b);
    return 0;
}

static int
read_links(struct calibrating *w, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (tally_db_prepare(w->s->db,
                         "SELECT l.source_a, l.source_b, l.band, l.linked_by, a.token,"
                         " b.token, l.probability FROM link l JOIN record a ON a.run = l.run"
                         " AND a.source = l.source_a AND a.row = l.row_a"
                         " JOIN record b ON b.run = l.run AND b.source = l.source_b"
                         " AND b.row = l.row_b WHERE l.run = ?1 AND l.accepted = 1",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, w->run->id);
    while ((rc = tally_db_step(q, err)) == 1) {
        struct link l = {.source_a = 0};

        if (take_link(w, q, &l, err) != 0 || count_link(w, &l, err) != 0) {
            rc = -1;
            break;
        }
    }
    tally_db_finalize(q);
    return rc;
}

/* 1 when both records are in the run, 0 when not. */
static int
both_there(const struct calibrating *w, struct tally_stmt *q,
           const struct review_evidence *e, struct tally_err *err)
{
    int found = 0;
    int rc;

    tally_db_bind_int(q, 1, w->run->id);
    tally_db_bind_blob(q, 2, e->tokens.low, TALLY_TOKEN_BYTES);
    tally_db_bind_blob(q, 3, e->tokens.high, TALLY_TOKEN_BYTES);
    while ((rc = tally_db_step(q, err)) == 1) {
        found += (int)tally_db_int(q, 0);
    }
    return rc < 0 ? -1 : found == 2;
}

/* A pair that was asked about and is no link. */
static void
count_parted(struct reviewing *pair, const struct review_evidence *e)
{
    pair->missed += e->after;
    if (e->accepted) {
        pair->told += 1 - e->before;
        pair->more--;
    } else {
        pair->missed_before += e->before;
    }
    pair->links += e->due && e->decision == 1;
}

static int
count_missed(struct calibrating *w, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(w->s->db,
                              "SELECT COUNT(*) FROM record WHERE run = ?1"
                              " AND token IN (?2, ?3)",
                              &q, err);

    for (size_t i = 0; rc >= 0 && i < w->said.n; i++) {
        const struct review_evidence *e = &w->said.list[i];
        struct reviewing *pair = pair_of(w, e->source_a, e->source_b);

        if (pair == NULL || !e->asked || e->linked) {
            continue;
        }
        rc = both_there(w, q, e, err);
        if (rc == 1) {
            count_parted(pair, e);
        }
    }
    tally_db_finalize(q);
    return rc < 0 ? -1 : 0;
}

/* Matches and possible links, or both together where nothing is known of one of them. */
static void
take_strata(const struct reviewing *pair, struct stratum rest[STRATA])
{
    bool blind = false;

    memcpy(rest, pair->rest, sizeof pair->rest);
    for (size_t b = 0; b < STRATA; b++) {
        blind = blind || (rest[b].links > 0 && rest[b].checked <= 0);
    }
    for (size_t b = 1; blind && b < STRATA; b++) {
        rest[0].links += rest[b].links;
        rest[0].checked += rest[b].checked;
        rest[0].wrong += rest[b].wrong;
        rest[0].open += rest[b].open;
        memset(&rest[b], 0, sizeof rest[b]);
    }
}

/* The links that no answer decided, by those of them that answers say something of. */
static struct opinion
by_sample(const struct reviewing *pair)
{
    struct opinion o = {0, 0};
    double open = 0, variance = 0;
    double each = pair->c->source_a == pair->c->source_b ? FALSE_TOGETHER : 1;
    struct stratum rest[STRATA];

    take_strata(pair, rest);
    for (size_t b = 0; b < STRATA; b++) {
        const struct stratum *s = &rest[b];
        double share, more, left = s->links - s->checked;

        if (s->links <= 0) {
            continue;
        }
        if (s->checked <= 0) {
            return (struct opinion){0, INFINITY};
        }
        share = s->wrong / s->checked;
        more = share + 1 / s->checked; /* one more may be false than it seems */
        o.wrong += share * s->links;
        open += s->open / s->checked * s->links;
        variance += each * (left * left * more / s->checked + left * more);
    }
    o.off = LINKS_OFF * open + DEVIATIONS * sqrt(variance + open);
    return o;
}

/* What the run says of ${links} of its links, of which ${wrong} are false by it: NAN when
 * it had no probability of each. */
static struct opinion
by_run(const struct tally_calibration *c, double links, double wrong)
{
    double part = isnan(wrong) ? 1 : sqrt((wrong + 1) / (c->false_links + 1));
    struct opinion o = {wrong, INFINITY};

    if (isnan(c->estimated_precision) || isnan(c->precision_low)) {
        return o;
    }
    if (isnan(wrong)) {
        o.wrong = c->false_links * links / (double)c->links;
    }
    o.wrong = fmax(0, fmin(o.wrong, links));
    o.off = fmax(.5, fmin(1, part)) * (double)c->links *
            fmax(c->estimated_precision - c->precision_low,
                 c->precision_high - c->estimated_precision);
    return o;
}

/* Links that were asked about, by the answers. */
static struct opinion
by_answers(const struct stratum *s)
{
    return (struct opinion){s->wrong,
                            UNCERTAIN_OFF * s->open + DEVIATIONS * sqrt(s->open + 1)};
}

/* Two opinions, each for as much as it is sure; less sure where they disagree. */
static struct opinion
together(struct opinion x, struct opinion y)
{
    double a = 1 / (x.off * x.off), b = 1 / (y.off * y.off);
    struct opinion o;

    if (isinf(x.off) || isinf(y.off)) {
        return isinf(x.off) ? y : x;
    }
    o.wrong = (a * x.wrong + b * y.wrong) / (a + b);
    o.off = fmax(1, fabs(x.wrong - y.wrong) / sqrt(x.off * x.off + y.off * y.off)) /
            sqrt(a + b);
    return o;
}

/* A review of a run that is surer than it leaves it as sure, unless they disagree. */
static struct opinion
no_less_sure(struct opinion review, struct opinion run)
{
    struct opinion both;

    if (isinf(run.off) || review.off <= run.off) {
        return review;
    }
    both = together(review, run);
    both.off = fmax(both.off, run.off);
    return both;
}

static double
recall_of(const struct reviewing *pair, double found)
{
    const struct tally_calibration *c = pair->c;
    double missed = ((double)c->links - pair->more) * c->estimated_precision *
                    (1 / c->estimated_recall - 1);

    if (!isnan(pair->missed_before)) {
        missed = fmax(0, missed - pair->missed_before) + pair->missed;
    }
    missed = fmax(missed, pair->missed);
    return found + missed > 0 ? found / (found + missed) : (double)NAN;
}

static double
others(const struct reviewing *pair)
{
    return pair->rest[TALLY_BAND_IS_MATCH].links + pair->rest[TALLY_BAND_IS_POSSIBLE].links;
}

/* Links that were there when an owner was asked, and not decided by what it answered. */
static struct opinion
of_undecided(const struct reviewing *pair)
{
    const struct tally_calibration *c = pair->c;
    double links = others(pair) + pair->asked.links + pair->fresh + pair->known;
    double told = c->false_links * (1 - pair->more / (double)c->links) - pair->told;
    struct opinion o = {0, 0}, asked = {0, 0}, fresh = {0, 0}, all;

    if (others(pair) > 0) {
        o = together(by_sample(pair), by_run(c, others(pair), told - pair->fresh_wrong));
    }
    if (pair->asked.links > 0) {
        asked = by_answers(&pair->asked);
        asked = isnan(pair->before)
                    ? asked
                    : together(asked, by_run(c, pair->asked.links, pair->before));
    }
    if (pair->fresh > 0) {
        fresh = by_run(c, pair->fresh, pair->fresh_wrong);
        fresh.off = isinf(fresh.off) ? fresh.off : fmin(fresh.off, pair->fresh);
    }
    all.wrong = asked.wrong + o.wrong + fresh.wrong;
    /* The run is wrong about old and new links alike. */
    all.off = sqrt(asked.off * asked.off + pow(o.off + fresh.off, 2) +
                   pow(SURELY_OFF * links, 2));
    return isinf(all.off) ? all : no_less_sure(all, by_run(c, links, told + pair->before));
}

/* All links. Of pairs that were decided the run told only with those that are gone. */
static struct opinion
of_all(const struct reviewing *pair)
{
    struct opinion o = of_undecided(pair);

    if (pair->gone_by.links > 0) {
        struct opinion decided = by_answers(&pair->gone_by);

        o.wrong += decided.wrong;
        o.off = sqrt(o.off * o.off + decided.off * decided.off);
    }
    return o;
}

static void
judge(const struct reviewing *pair, struct tally_store_reviewed *out)
{
    double links = others(pair) + pair->asked.links + pair->gone_by.links + pair->fresh +
                   pair->known;
    struct opinion all;

    out->links = (uint64_t)pair->links;
    out->checked =
        (uint64_t)(pair->asked.checked + pair->gone_by.checked +
                   pair->rest[TALLY_BAND_IS_MATCH].checked +
                   pair->rest[TALLY_BAND_IS_POSSIBLE].checked);
    out->false_links = out->precision = out->precision_low = out->precision_high =
        out->recall = (double)NAN;
    if (out->checked == 0 || links < TALLY_LINKS_FEW) {
        return;
    }
    all = of_all(pair);
    if (isinf(all.off)) {
        return;
    }
    out->false_links = all.wrong;
    out->precision = 1 - all.wrong / links;
    out->precision_low = fmax(0, 1 - (all.wrong + all.off) / links);
    out->precision_high = fmin(1, 1 - (all.wrong - all.off) / links);
    out->recall = recall_of(pair, links - out->false_links);
}

static int
write_judgement(struct calibrating *w, const struct reviewing *pair,
                struct tally_err *err)
{
    struct tally_store_reviewed r = {0};
    struct tally_stmt *q = NULL;

    judge(pair, &r);
    if (r.checked == 0) {
        return 0;
    }
    if (tally_db_prepare(w->s->db,
                         "INSERT OR REPLACE INTO reviewed VALUES"
                         " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, w->run->id);
    tally_db_bind_int(q, 2, pair->c->source_a);
    tally_db_bind_int(q, 3, pair->c->source_b);
    tally_db_bind_int(q, 4, w->said.latest);
    tally_db_bind_int(q, 5, (int64_t)r.checked);
    tally_db_bind_int(q, 6, (int64_t)r.links);
    tally_db_bind_real(q, 7, r.false_links);
    tally_db_bind_real(q, 8, r.precision);
    tally_db_bind_real(q, 9, r.precision_low);
    tally_db_bind_real(q, 10, r.precision_high);
    tally_db_bind_real(q, 11, r.recall);
    return tally_db_finish(q, err);
}

static int
calibrate(struct calibrating *w, struct tally_err *err)
{
    w->pairs = calloc(w->run->ncalibrations + 1, sizeof *w->pairs);
    if (w->pairs == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < w->run->ncalibrations; i++) {
        w->pairs[i].c = &w->run->calibrations[i];
    }
    if (review_evidence_read(w->s, w->run, &w->said, err) != 0) {
        return -1;
    }
    if (w->said.n == 0) {
        return 0;
    }
    if (read_links(w, err) != 0 || count_missed(w, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < w->run->ncalibrations; i++) {
        if (write_judgement(w, &w->pairs[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_review_calibrate(struct tally_store *s, int64_t run, struct tally_err *err)
{
    struct tally_store_run *r = calloc(1, sizeof *r);
    struct calibrating w = {.s = s, .run = r};
    int rc = -1;

    if (r == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_store_read_run(s, run, r, err) == 0) {
        rc = calibrate(&w, err);
    }
    review_said_free(&w.said);
    free(w.pairs);
    tally_store_run_free(r);
    free(r);
    return rc;
}

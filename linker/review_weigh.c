/*
 * Fellegi and Sunter over the levels of each field by itself. What strangers look like is
 * counted in random pairs of the answers, and how often a value occurs in the answers
 * too; what true pairs look like is learnt from the pairs asked about, beginning with and
 * held to what is expected of ordinary data. How rare true pairs are among all pairs is
 * known from the run: shares are never fitted freely, which settles on whatever divides
 * the pairs best. Where strangers agree on two fields together more often than on each by
 * itself (a town and its postcode), the second counts only for what it adds (a tree of
 * dependence, after Chow and Liu, 1968).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/review_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/secret.h"

#define LEVELS 8
#define EQUAL  (LEVELS - 1)

/* Where levels begin, between the middle score of strangers and that of equal values. */
static const double FROM[LEVELS - 1] = {.25, .45, .6, .7, .8, .9, 1};
#define MIDDLE_MAX 600 /* where most strangers are equal, such as in sex */

#define STRANGERS_MAX 100000u
#define ROUNDS        4

/* True pairs at each level before any is known, as many as so many pairs. */
static const double EXPECTED[LEVELS] = {.08, .04, .04, .03, .03, .03, .02, .73};
#define EXPECTED_PAIRS 20.0

/* Of what a rare value says, so much counts: typing errors make rare values too. */
#define RARITY_SHARE .5

/* A field leans on another when strangers who agree on that agree on it so many times as
 * often, seen so often beyond what true pairs among them explain. */
#define LEANS_FROM  4.0
#define LEANS_PAIRS 10.0

#define NONE SIZE_MAX

/* Links drawn by chance, and uncertain pairs, which are unlike them: what true ones look
 * like is learnt of each, of the links first. */
enum kind { LINKS, UNCERTAIN, KINDS };

struct field {
    double m[KINDS][LEVELS];
    double u[LEVELS];     /* of strangers */
    size_t leans_on;      /* another field, or NONE */
    double after[LEVELS]; /* u, where they agree on that */
    uint16_t middle;      /* score of strangers */
};

struct weighing {
    const struct review_answers *x;
    struct field fields[TALLY_VIEWS_MAX];
    uint32_t *first[TALLY_REVIEW_SOURCES_MAX][TALLY_VIEWS_MAX]; /* row of each record */
    uint16_t *strangers; /* scores of random pairs, a pair after another */
    size_t nstrangers;
    double true_pairs; /* expected among them */
};

static enum kind
kind_of(const struct review_pair *p)
{
    return p->why == REVIEW_UNCERTAIN ? UNCERTAIN : LINKS;
}

static unsigned
level_of(const struct field *f, uint16_t score)
{
    double part = ((double)score - f->middle) / (1000 - f->middle);
    unsigned level = 0;

    if (score >= 1000) {
        return EQUAL;
    }
    while (level < EQUAL && part >= FROM[level]) {
        level++;
    }
    return level < EQUAL ? level : EQUAL - 1;
}

/* Rows of view ${v} by record, and one past the last. */
static int
index_rows(const struct tally_encfile *enc, size_t v, uint32_t **out,
           struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(enc);
    uint32_t *first = calloc((size_t)info->records + 1, sizeof *first);

    if (first == NULL) {
        return tally_err_nomem(err);
    }
    for (uint64_t row = 0; row < info->views[v].rows; row++) {
        first[tally_encfile_record_of_row(enc, v, row) + 1]++;
    }
    for (uint64_t i = 0; i < info->records; i++) {
        first[i + 1] += first[i];
    }
    *out = first;
    return 0;
}

static const uint8_t *
row_at(const struct tally_encfile *enc, size_t v, uint64_t row)
{
    return tally_encfile_view_matrix(enc, v) + row * tally_encfile_info(enc)->stride;
}

static uint16_t
dice(const struct tally_encfile *a, uint64_t i, const struct tally_encfile *b, uint64_t j,
     size_t v)
{
    const uint8_t *x = row_at(a, v, i), *y = row_at(b, v, j);
    uint32_t in_a = tally_encfile_view_popcounts(a, v)[i];
    uint32_t in_b = tally_encfile_view_popcounts(b, v)[j];
    uint32_t common = 0;

    for (uint32_t k = 0; k < tally_encfile_info(a)->stride; k++) {
        common += (uint32_t)__builtin_popcount((unsigned)(x[k] & y[k]));
    }
    return (uint16_t)(in_a == 0 || in_b == 0 ? REVIEW_MISSING
                                             : 2000u * common / (in_a + in_b));
}

/* The best of what two records have. */
static uint16_t
score(const struct weighing *w, size_t a, uint64_t i, size_t b, uint64_t j, size_t v)
{
    const uint32_t *from_a = w->first[a][v], *from_b = w->first[b][v];
    uint16_t best = REVIEW_MISSING;

    for (uint32_t r = from_a[i]; r < from_a[i + 1]; r++) {
        for (uint32_t s = from_b[j]; s < from_b[j + 1]; s++) {
            uint16_t d = dice(w->x->enc[a], r, w->x->enc[b], s, v);

            if (d != REVIEW_MISSING && (best == REVIEW_MISSING || d > best)) {
                best = d;
            }
        }
    }
    return best;
}

/* Strangers: pairs of records of two answers, or of one with itself, taken by strides that
 * meet every record. */

static void
take_strangers(struct weighing *w, size_t a, size_t b, size_t most)
{
    uint64_t na = tally_encfile_info(w->x->enc[a])->records;
    uint64_t nb = tally_encfile_info(w->x->enc[b])->records;
    size_t before = w->nstrangers;
    size_t n = 0;

    for (; na > 0 && nb > 0 && n < most && n < na * nb; n++) {
        uint64_t i = n % na, j = (n % na + n / na * (nb / 2 + 1)) % nb;

        if (a == b && i == j) {
            continue;
        }
        for (size_t v = 0; v < w->x->nviews; v++) {
            w->strangers[w->nstrangers * w->x->nviews + v] = score(w, a, i, b, j, v);
        }
        w->nstrangers++;
    }
    w->true_pairs += (double)(w->nstrangers - before) * w->x->odds[a][b];
}

static int
compare_scores(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* The middle score of strangers in field ${v}. */
static void
find_middle(struct weighing *w, size_t v, uint16_t *spare)
{
    size_t n = 0;

    for (size_t k = 0; k < w->nstrangers; k++) {
        uint16_t s = w->strangers[k * w->x->nviews + v];

        if (s != REVIEW_MISSING) {
            spare[n++] = s;
        }
    }
    if (n > 0) {
        qsort(spare, n, sizeof *spare, compare_scores);
        w->fields[v].middle = spare[n / 2] < MIDDLE_MAX ? spare[n / 2] : MIDDLE_MAX;
    }
}

/* Shares of strangers at each level of field ${v}: of all, or of those who agree on field
 * ${given}. The true pairs expected among them are taken out. Returns how many agree. */
static double
share_out(const struct weighing *w, size_t v, size_t given, double smooth,
          double out[LEVELS])
{
    const struct field *f = &w->fields[v];
    double counts[LEVELS], sum = 0, equal;

    for (unsigned l = 0; l < LEVELS; l++) {
        counts[l] = -w->true_pairs * EXPECTED[l];
    }
    for (size_t k = 0; k < w->nstrangers; k++) {
        const uint16_t *s = w->strangers + k * w->x->nviews;

        if (s[v] != REVIEW_MISSING && (given == NONE || s[given] == 1000)) {
            counts[level_of(f, s[v])]++;
        }
    }
    equal = counts[EQUAL];
    for (unsigned l = 0; l < LEVELS; l++) {
        counts[l] = fmax(0, counts[l]) + smooth * (given == NONE ? 1 : f->u[l]);
        sum += counts[l];
    }
    for (unsigned l = 0; l < LEVELS; l++) {
        out[l] = counts[l] / sum;
    }
    return equal;
}

/* The field before ${v} that it leans on most. */
static void
find_leaning(struct weighing *w, size_t v)
{
    struct field *f = &w->fields[v];
    double most = LEANS_FROM;

    for (size_t q = 0; q < v; q++) {
        double after[LEVELS];
        double agree = share_out(w, v, q, EQUAL + 1, after);

        if (agree >= LEANS_PAIRS && after[EQUAL] / f->u[EQUAL] >= most) {
            most = after[EQUAL] / f->u[EQUAL];
            f->leans_on = q;
            memcpy(f->after, after, sizeof after);
        }
    }
}

static int
learn_strangers(struct weighing *w, struct tally_err *err)
{
    size_t nx = w->x->n, nviews = w->x->nviews;
    size_t most = STRANGERS_MAX / review_npairs(nx) + 1;
    uint16_t *spare = calloc(most * review_npairs(nx) + 1, sizeof *spare);

    w->strangers = calloc(most * review_npairs(nx) * nviews + 1, sizeof *w->strangers);
    if (spare == NULL || w->strangers == NULL) {
        free(spare);
        return tally_err_nomem(err);
    }
    for (size_t a = 0; a < nx; a++) {
        for (size_t b = nx == 1 ? a : a + 1; b < nx; b++) {
            take_strangers(w, a, b, most);
        }
    }
    for (size_t v = 0; v < nviews; v++) {
        find_middle(w, v, spare);
        (void)share_out(w, v, NONE, .5, w->fields[v].u);
    }
    for (size_t v = 0; v < nviews; v++) {
        w->fields[v].leans_on = NONE;
        find_leaning(w, v);
    }
    free(spare);
    return 0;
}

/* Values: how often each occurs in all answers. */

static uint64_t
value_of(const struct weighing *w, size_t a, uint64_t record, size_t v)
{
    const struct tally_encfile *enc = w->x->enc[a];
    uint32_t row = w->first[a][v][record];
    uint8_t digest[TALLY_DIGEST_BYTES];
    uint64_t value;

    if (row == w->first[a][v][record + 1]) {
        return 0;
    }
    tally_digest(row_at(enc, v, row), tally_encfile_info(enc)->stride, digest);
    memcpy(&value, digest, sizeof value);
    return value;
}

static int
compare_values(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

struct values {
    uint64_t *list; /* ascending */
    size_t n;
    double equal; /* chance that two have one value */
};

/* Where ${value} begins in the list, and how often it stands there. */
static size_t
occurrences(const struct values *x, uint64_t value)
{
    size_t low = 0, high = x->n, n = 0;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (x->list[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low + n < x->n && x->list[low + n] == value) {
        n++;
    }
    return n;
}

static int
count_values(const struct weighing *w, size_t v, struct values *out,
             struct tally_err *err)
{
    size_t total = 0;

    for (size_t a = 0; a < w->x->n; a++) {
        total += (size_t)tally_encfile_info(w->x->enc[a])->records;
    }
    out->n = 0;
    out->equal = 0;
    out->list = calloc(total + 1, sizeof *out->list);
    if (out->list == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t a = 0; a < w->x->n; a++) {
        for (uint64_t i = 0; i < tally_encfile_info(w->x->enc[a])->records; i++) {
            uint64_t value = value_of(w, a, i, v);

            if (value != 0) {
                out->list[out->n++] = value;
            }
        }
    }
    qsort(out->list, out->n, sizeof *out->list, compare_values);
    for (size_t i = 0, k; i < out->n; i += k) {
        k = 1;
        while (i + k < out->n && out->list[i + k] == out->list[i]) {
            k++;
        }
        out->equal += (double)k * (double)(k - 1);
    }
    out->equal = (out->equal + 1) / fmax(1, (double)out->n * (double)(out->n - 1));
    return 0;
}

/* Bits that agreeing on this value says more than agreeing on any: rare values say much.
 */
static float
rarity(const struct values *x, uint64_t value)
{
    double share = fmax(1, (double)occurrences(x, value) - 1) / (double)x->n;

    return (float)(RARITY_SHARE * fmax(-4, fmin(8, log2(x->equal / share))));
}

static int
score_pairs(const struct weighing *w, struct review_pair *pairs, size_t n, float *rare,
            struct tally_err *err)
{
    for (size_t v = 0; v < w->x->nviews; v++) {
        struct values values;

        if (count_values(w, v, &values, err) != 0) {
            return -1;
        }
        for (size_t k = 0; k < n; k++) {
            struct review_pair *p = &pairs[k];

            if (p->answered) {
                p->score[v] = score(w, p->a, p->row_a, p->b, p->row_b, v);
                rare[k * TALLY_VIEWS_MAX + v] =
                    p->score[v] == 1000 ? rarity(&values, value_of(w, p->a, p->row_a, v))
                                        : 0;
            }
        }
        free(values.list);
    }
    return 0;
}

/* A few rounds of expectation and maximisation over the pairs asked about. */

static double
weight_of(const struct weighing *w, const struct review_pair *p, const float *rare)
{
    double bits = log2(w->x->odds[p->a][p->b]);

    for (size_t v = 0; v < w->x->nviews; v++) {
        const struct field *f = &w->fields[v];
        const double *m = f->m[kind_of(p)];
        unsigned l;

        if (p->score[v] == REVIEW_MISSING) {
            continue;
        }
        l = level_of(f, p->score[v]);
        if (f->leans_on != NONE && p->score[f->leans_on] == 1000) {
            bits += log2(m[l] / f->after[l]);
        } else {
            bits += log2(m[l] / f->u[l]) + (double)rare[v];
        }
    }
    return bits;
}

static void
expect(const struct weighing *w, enum kind kind, struct review_pair *pairs, size_t n,
       const float *rare)
{
    for (size_t k = 0; k < n; k++) {
        struct review_pair *p = &pairs[k];

        if (p->answered && kind_of(p) == kind) {
            p->weight = weight_of(w, p, rare + k * TALLY_VIEWS_MAX);
            p->after = 1 / (1 + exp2(-p->weight));
        }
    }
}

/* Shares of true pairs of ${kind} at each level, from the ${n} pairs as they are weighed
 * now. */
static void
maximise(struct weighing *w, enum kind kind, const struct review_pair *pairs, size_t n)
{
    for (size_t v = 0; v < w->x->nviews; v++) {
        struct field *f = &w->fields[v];
        const double *expected = kind == LINKS ? EXPECTED : f->m[LINKS];
        double counts[LEVELS], sum = EXPECTED_PAIRS;

        for (unsigned l = 0; l < LEVELS; l++) {
            counts[l] = expected[l] * EXPECTED_PAIRS;
        }
        for (size_t k = 0; k < n; k++) {
            if (pairs[k].answered && kind_of(&pairs[k]) == kind &&
                pairs[k].score[v] != REVIEW_MISSING) {
                counts[level_of(f, pairs[k].score[v])] += pairs[k].after;
                sum += pairs[k].after;
            }
        }
        for (unsigned l = 0; l < LEVELS; l++) {
            f->m[kind][l] = counts[l] / sum;
        }
    }
}

static int
weigh(struct weighing *w, struct review_pair *pairs, size_t n, float *rare,
      struct tally_err *err)
{
    for (size_t a = 0; a < w->x->n; a++) {
        for (size_t v = 0; v < w->x->nviews; v++) {
            if (index_rows(w->x->enc[a], v, &w->first[a][v], err) != 0) {
                return -1;
            }
        }
    }
    if (learn_strangers(w, err) != 0 || score_pairs(w, pairs, n, rare, err) != 0) {
        return -1;
    }
    for (enum kind kind = LINKS; kind < KINDS; kind++) {
        for (unsigned round = 0; round < ROUNDS; round++) {
            maximise(w, kind, pairs, round > 0 ? n : 0);
            expect(w, kind, pairs, n, rare);
        }
    }
    return 0;
}

int
review_weigh(const struct review_answers *x, struct review_pair *pairs, size_t n,
             size_t *strangers, struct tally_err *err)
{
    struct weighing *w = calloc(1, sizeof *w);
    float *rare = calloc(n * TALLY_VIEWS_MAX + 1, sizeof *rare);
    int rc = -1;

    if (w == NULL || rare == NULL) {
        free(w);
        free(rare);
        return tally_err_nomem(err);
    }
    w->x = x;
    rc = weigh(w, pairs, n, rare, err);
    *strangers = w->nstrangers;
    for (size_t a = 0; a < x->n; a++) {
        for (size_t v = 0; v < x->nviews; v++) {
            free(w->first[a][v]);
        }
    }
    free(w->strangers);
    free(w);
    free(rare);
    return rc;
}

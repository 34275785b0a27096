/*
 * Ridge logistic regression by Newton's method with shortened steps, as semi-supervised
 * learning from decoys does elsewhere (Käll and others, 2007). Sums run in the order of
 * the pairs.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/balance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TERMS_MAX (TALLY_VIEWS_MAX + 1) /* a weight a view, and a constant */

/* What holds shares towards 1, as so many squared bits; next to nothing for the constant,
 * which begins at odds of about one in a thousand. */
#define RIDGE          1.0
#define RIDGE_CONSTANT .01
#define CONSTANT       -8.0

/* Links, and decoys, that are enough; of more every so manieth is taken. */
#define ENOUGH 20000u

#define STEPS_MAX  30
#define HALVES_MAX 20
#define STEP_LAST  1e-6

/* Weights of the pairs in natural logarithms, the links first; each row ends with 1. */
struct fit {
    double *x;
    size_t n;
    size_t nlinks;
    size_t terms;
};

/* Newton's equations: the last column is what they come to. */
struct equations {
    size_t n;
    double row[TERMS_MAX][TERMS_MAX + 1];
};

static void
take(struct fit *f, const struct tally_evidence *e, const uint32_t *keys, size_t n)
{
    size_t every = n / ENOUGH + 1;

    for (size_t i = 0; i < n; i += every) {
        double *x = f->x + f->n++ * f->terms;

        for (size_t v = 0; v < e->nviews; v++) {
            x[v] = tally_evidence_weight(e, v, keys[i * e->nviews + v]) * log(2);
        }
        x[e->nviews] = 1;
    }
}

static double
sum_of(const struct fit *f, size_t i, const double *w)
{
    double sum = 0;

    for (size_t t = 0; t < f->terms; t++) {
        sum += f->x[i * f->terms + t] * w[t];
    }
    return sum;
}

/* How strongly ${w}[t] is held, and towards what. */
static double
ridge_of(const struct fit *f, size_t t, double *towards)
{
    bool constant = t + 1 == f->terms;

    *towards = constant ? CONSTANT : 1;
    return constant ? RIDGE_CONSTANT : RIDGE;
}

/* What is made as small as can be: surprise at the pairs, and distance from equal shares.
 */
static double
loss(const struct fit *f, const double *w)
{
    double loss = 0;

    for (size_t i = 0; i < f->n; i++) {
        double sum = sum_of(f, i, w);
        double against = i < f->nlinks ? -sum : sum;

        loss += against > 0 ? against + log1p(exp(-against)) : log1p(exp(against));
    }
    for (size_t t = 0; t < f->terms; t++) {
        double towards;
        double ridge = ridge_of(f, t, &towards);

        loss += .5 * ridge * (w[t] - towards) * (w[t] - towards);
    }
    return loss;
}

/* Curvature and downward slope of the loss at ${w}. */
static void
fill(struct equations *q, const struct fit *f, const double *w)
{
    memset(q, 0, sizeof *q);
    q->n = f->terms;
    for (size_t i = 0; i < f->n; i++) {
        const double *x = f->x + i * f->terms;
        double p = 1 / (1 + exp(-sum_of(f, i, w)));

        for (size_t s = 0; s < q->n; s++) {
            for (size_t t = 0; t < q->n; t++) {
                q->row[s][t] += p * (1 - p) * x[s] * x[t];
            }
            q->row[s][q->n] += ((i < f->nlinks) - p) * x[s];
        }
    }
    for (size_t t = 0; t < q->n; t++) {
        double towards;
        double ridge = ridge_of(f, t, &towards);

        q->row[t][t] += ridge;
        q->row[t][q->n] -= ridge * (w[t] - towards);
    }
}

/* A share of 0 that would fall stays where it is. */
static void
hold(struct equations *q, const double *w)
{
    for (size_t t = 0; t + 1 < q->n; t++) {
        if (w[t] > 0 || q->row[t][q->n] > 0) {
            continue;
        }
        for (size_t s = 0; s < q->n; s++) {
            q->row[s][t] = s == t;
            q->row[t][s] = s == t;
        }
        q->row[t][q->n] = 0;
    }
}

/* Gauss and Jordan; the ridge keeps the diagonal above 0. Solutions take the last column.
 */
static void
solve(struct equations *q)
{
    for (size_t c = 0; c < q->n; c++) {
        double pivot = q->row[c][c];

        for (size_t j = c; j <= q->n; j++) {
            q->row[c][j] /= pivot;
        }
        for (size_t i = 0; i < q->n; i++) {
            double times = q->row[i][c];

            for (size_t j = c; j <= q->n && i != c; j++) {
                q->row[i][j] -= times * q->row[c][j];
            }
        }
    }
}

/* Go the way that ${q} points to, halving the step until the loss falls. Returns by how
 * much. */
static double
step(const struct fit *f, const struct equations *q, double *w)
{
    double before = loss(f, w);
    double part = 1;

    for (unsigned i = 0; i < HALVES_MAX; i++, part /= 2) {
        double next[TERMS_MAX];
        double after;

        for (size_t t = 0; t < f->terms; t++) {
            next[t] = w[t] + part * q->row[t][q->n];
            next[t] = t + 1 < f->terms ? fmax(0, next[t]) : next[t];
        }
        after = loss(f, next);
        if (after < before) {
            memcpy(w, next, f->terms * sizeof *w);
            return before - after;
        }
    }
    return 0;
}

static void
fit_shares(const struct fit *f, double *share)
{
    double w[TERMS_MAX];
    double sum = 0;

    for (size_t t = 0; t < f->terms; t++) {
        (void)ridge_of(f, t, &w[t]);
    }
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        struct equations q;

        fill(&q, f, w);
        hold(&q, w);
        solve(&q);
        if (step(f, &q, w) < STEP_LAST) {
            break;
        }
    }
    for (size_t v = 0; v + 1 < f->terms; v++) {
        sum += w[v];
    }
    for (size_t v = 0; v + 1 < f->terms; v++) {
        share[v] = sum > 0 ? w[v] * (double)(f->terms - 1) / sum : 1;
    }
}

int
tally_balance(const struct tally_evidence *e, const uint32_t *links, size_t nlinks,
              const uint32_t *decoys, size_t ndecoys, double *share, bool *enough,
              struct tally_err *err)
{
    struct fit f = {.terms = e->nviews + 1};

    *enough = nlinks >= TALLY_BALANCE_MIN && ndecoys >= TALLY_BALANCE_MIN;
    if (!*enough) {
        return 0;
    }
    f.x = malloc(2 * (ENOUGH + 1) * f.terms * sizeof *f.x);
    if (f.x == NULL) {
        return tally_err_nomem(err);
    }
    take(&f, e, links, nlinks);
    f.nlinks = f.n;
    take(&f, e, decoys, ndecoys);
    fit_shares(&f, share);
    free(f.x);
    return 0;
}

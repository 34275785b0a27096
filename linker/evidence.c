/*
 * Fellegi and Sunter (1969) over levels of similarity. Levels are knots: a score between
 * two of them counts for both, in proportion, and its weight lies between theirs, so that
 * nothing jumps. m is never found by free EM over all pairs: that settles on whatever
 * divides them best, which is seldom true pairs from others.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/evidence.h"

#include <math.h>
#include <string.h>

#include "linker/assign.h"

#define LEVELS TALLY_EVIDENCE_LEVELS

/* Levels of true pairs before any is known: from strangers to equal encodings. */
static const double EXPECTED[LEVELS] = {.01,  .01,  .01, .01,  .01,  .01,
                                        .015, .015, .03, .065, .065, .75};

/* Learnt shares hold this much of the expected ones, and so many pairs of them. */
#define SMOOTH_SHARE .05
#define SMOOTH_PAIRS 5.0

/* A share of strangers is believed from so many random pairs on; where there are fewer it
 * falls by this much a level at most. */
#define RANDOM_SEEN 2.0
#define STEEPEST    (1 / 16.0)

/* Where a score stands between strangers and equal encodings: 0 to LEVELS - 1. */
static double
level_at(const double *axis, double middle, uint32_t key)
{
    double bin = (double)key * 2000 / 4294967296.0;
    size_t low = bin >= TALLY_HISTOGRAM_BINS - 1 ? TALLY_HISTOGRAM_BINS - 1 : (size_t)bin;
    double plain = axis[low] + (bin - (double)low) * (axis[low + 1] - axis[low]);
    double part = (plain - middle) / (TALLY_HISTOGRAM_BINS - 1 - middle);

    return fmax(0, fmin(1, part)) * (LEVELS - 1);
}

double
tally_evidence_level(const struct tally_evidence *e, size_t v, uint32_t key)
{
    return level_at(e->axis, e->views[v].middle, key);
}

/* Share a pair at ${level} out among the two levels around it. */
static void
count_level(double *counts, double level)
{
    size_t below = level >= LEVELS - 1 ? LEVELS - 2 : (size_t)level;
    double part = level - (double)below;

    counts[below] += 1 - part;
    counts[below + 1] += part;
}

/* The middle of the scores of strangers in view ${v}, on the axis. */
static double
middle_of(const struct tally_evidence *e, size_t v, const uint32_t *keys, size_t n)
{
    size_t bins[TALLY_HISTOGRAM_BINS] = {0};
    size_t present = 0;
    size_t below = 0;
    uint32_t bin = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t key = keys[i * e->nviews + v];

        if (key != TALLY_EVIDENCE_MISSING) {
            bins[tally_edge_bin(key)]++;
            present++;
        }
    }
    while (bin < TALLY_HISTOGRAM_BINS - 1 && (below += bins[bin]) * 2 < present) {
        bin++;
    }
    /* A view in which most strangers are equal, such as sex, still has two ends. */
    return fmin(e->axis[bin], TALLY_HISTOGRAM_BINS / 2.0);
}

static void
learn_strangers(struct tally_evidence *e, size_t v, const uint32_t *keys, size_t n)
{
    struct tally_evidence_view *view = &e->views[v];
    double present = 0;

    view->middle = middle_of(e, v, keys, n);
    for (size_t i = 0; i < n; i++) {
        uint32_t key = keys[i * e->nviews + v];

        if (key != TALLY_EVIDENCE_MISSING) {
            count_level(view->u, tally_evidence_level(e, v, key));
            present++;
        }
    }
    for (size_t k = 0; k < LEVELS; k++) {
        view->u[k] = present > 0 ? view->u[k] / present : 0;
    }
}

/* Shares of strangers at each level, ${matches} of the random pairs being true ones.
 * Where random pairs run out, the fall goes on as it was. */
static void
strangers_at(const struct tally_evidence *e, const struct tally_evidence_view *view,
             double matches, double u[LEVELS])
{
    double least = RANDOM_SEEN / (e->pairs + 1);

    for (size_t k = 0; k < LEVELS; k++) {
        u[k] = view->u[k] - matches * view->m[k];
        if (u[k] < least) {
            double fall = k > 1 ? fmax(u[k - 1] / u[k - 2], STEEPEST) : 1;

            u[k] = k > 0 ? fmin(u[k - 1], least) * fmin(1, fall) : least;
        }
    }
}

/* Weights of a view: pool neighbouring levels where they would fall. ${matches} of the
 * random pairs were true ones. */
static void
weigh(const struct tally_evidence *e, struct tally_evidence_view *view, double matches)
{
    double m[LEVELS];
    double u[LEVELS];
    double strangers[LEVELS];
    size_t width[LEVELS];
    size_t n = 0;
    size_t at = 0;

    strangers_at(e, view, matches, strangers);
    for (size_t k = 0; k < LEVELS; k++) {
        m[n] = view->m[k];
        u[n] = strangers[k];
        width[n++] = 1;
        while (n > 1 && m[n - 1] * u[n - 2] < m[n - 2] * u[n - 1]) {
            m[n - 2] += m[n - 1];
            u[n - 2] += u[n - 1];
            width[n - 2] += width[n - 1];
            n--;
        }
    }
    for (size_t g = 0; g < n; g++) {
        for (size_t k = 0; k < width[g]; k++) {
            view->weight[at++] = log2(m[g] / u[g]);
        }
    }
}

/* The least and the greatest sum of weights. */
static void
find_ends(struct tally_evidence *e)
{
    e->low = 0;
    e->high = 0;
    for (size_t v = 0; v < e->nviews; v++) {
        const struct tally_evidence_view *view = &e->views[v];

        e->low += view->share * fmin(0, view->weight[0]);
        e->high += view->share * fmax(0, view->weight[LEVELS - 1]);
    }
}

void
tally_evidence_begin(struct tally_evidence *e, size_t nviews, const double *axis,
                     const uint32_t *keys, size_t n)
{
    memset(e, 0, sizeof *e);
    e->nviews = nviews;
    e->axis = axis;
    e->pairs = (double)n;
    for (size_t v = 0; v < nviews; v++) {
        learn_strangers(e, v, keys, n);
        memcpy(e->views[v].m, EXPECTED, sizeof EXPECTED);
        weigh(e, &e->views[v], 0);
        e->views[v].share = 1;
    }
    find_ends(e);
}

void
tally_evidence_learn(struct tally_evidence *e, const uint32_t *keys, size_t n,
                     double matches)
{
    for (size_t v = 0; v < e->nviews; v++) {
        struct tally_evidence_view *view = &e->views[v];
        double counts[LEVELS] = {0};
        double present = 0;
        double smooth;

        for (size_t i = 0; i < n; i++) {
            uint32_t key = keys[i * e->nviews + v];

            if (key != TALLY_EVIDENCE_MISSING) {
                count_level(counts, tally_evidence_level(e, v, key));
                present++;
            }
        }
        smooth = SMOOTH_SHARE * present + SMOOTH_PAIRS;
        for (size_t k = 0; k < LEVELS; k++) {
            view->m[k] = (counts[k] + smooth * EXPECTED[k]) / (present + smooth);
        }
        weigh(e, view, matches);
    }
    find_ends(e);
}

void
tally_evidence_share(struct tally_evidence *e, const double *share)
{
    for (size_t v = 0; v < e->nviews; v++) {
        e->views[v].share = share[v];
    }
    find_ends(e);
}

double
tally_evidence_weight(const struct tally_evidence *e, size_t v, uint32_t key)
{
    const struct tally_evidence_view *view = &e->views[v];
    double level;
    size_t below;

    if (key == TALLY_EVIDENCE_MISSING) {
        return 0;
    }
    level = tally_evidence_level(e, v, key);
    below = level >= LEVELS - 1 ? LEVELS - 2 : (size_t)level;
    return view->weight[below] +
           (level - (double)below) * (view->weight[below + 1] - view->weight[below]);
}

/* The score of the sum of weights ${bits}. */
static uint32_t
ppm_of(const struct tally_evidence *e, double bits)
{
    double part = e->high > e->low ? (bits - e->low) / (e->high - e->low) : 0;

    return (uint32_t)(fmax(0, fmin(1, part)) * TALLY_PPM);
}

uint32_t
tally_evidence_ppm(const struct tally_evidence *e, const uint32_t *keys, double more)
{
    double sum = more;

    for (size_t v = 0; v < e->nviews; v++) {
        sum += e->views[v].share * tally_evidence_weight(e, v, keys[v]);
    }
    return ppm_of(e, sum);
}

uint32_t
tally_evidence_rare_ppm(const struct tally_evidence *e, double npairs)
{
    return ppm_of(e, log2(fmax(1, npairs)));
}

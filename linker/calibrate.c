/*
 * From links and decoys to expected false links at each score. All counts are by
 * thousandth of Dice and all sums run from the top score down, so results do not depend
 * on order.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BINS TALLY_HISTOGRAM_BINS

/* Fewer decoys or records than this say nothing. */
#define DECOYS_MIN  30
#define RECORDS_MIN 50

/* Trimmed decoys are at most so many times what the other source shows. */
#define ROOM 2.0

/* Rounds until the pool of unmatched records settles; it shrinks in each, so this is only
 * a bound. */
#define ROUNDS_MAX 12

/* What one measurement works with. */
struct measure {
    const struct tally_measure_job *job;
    double inside_a[BINS];
    double inside_b[BINS];
    double swapped[BINS];
    uint32_t *key_a; /* of the link of each record, 0 for none */
    uint32_t *key_b;
    uint32_t sure_bin; /* links from here on are taken for true */
    double sure;       /* how many there are */
};

static double
sum_of(const double *counts)
{
    double sum = 0;

    for (size_t i = BINS; i-- > 0;) {
        sum += counts[i];
    }
    return sum;
}

/* Records of a source still to be had when ${taken} of them are linked. */
static double
left_of(size_t n, double taken)
{
    return fmax(1, (double)n - taken);
}

/* Chance links between the pools, from the rate at which pairs inside them make decoys. A
 * side that is not clean, or has no candidates, says nothing. */
static double
expected_between(const struct measure *m, size_t bin, double left_a, double left_b)
{
    const struct tally_measure_job *job = m->job;
    double decoys = 0;
    double pairs = 0;

    if (job->clean_a) {
        decoys += m->inside_a[bin];
        pairs += left_a * left_a;
    }
    if (job->clean_b) {
        decoys += m->inside_b[bin];
        pairs += left_b * left_b;
    }
    return left_a * left_b * decoys / pairs;
}

/* Expected false links of each bin, before smoothing. */
static void
expect_by_bin(const struct measure *m, const struct tally_curve *curve, double *expected)
{
    const struct tally_assign_rule *rule = m->job->rule;
    double taken = 0;

    for (size_t bin = BINS; bin-- > 0;) {
        double left_a;
        double left_b;

        if (bin >= m->sure_bin) {
            taken += curve->links[bin];
        }
        left_a = left_of(m->job->a.usable, rule->many_a ? 0 : taken);
        left_b = left_of(m->job->b.usable, rule->many_b ? 0 : taken);
        expected[bin] = 0;
        if (rule->many_a && !rule->many_b) {
            /* Records of B look for their one partner in A, as those of A do inside A. */
            expected[bin] = left_b / left_a * m->inside_a[bin];
        } else if (rule->many_b && !rule->many_a) {
            expected[bin] = left_a / left_b * m->inside_b[bin];
        } else {
            expected[bin] = expected_between(m, bin, left_a, left_b);
        }
    }
}

/* Decoys met so far, from the top score down, and how many false links they stand for:
 * each of them by the records that were still to be had at its own score. */
struct bound {
    double n;
    double stands_for;
};

/* Take ${more} at a score at which each stands for ${each}. Returns what the count so far
 * does not rule out. */
static double
bound_add(struct bound *b, double more, double each)
{
    double doubt;

    b->n += more;
    b->stands_for += more * each;
    doubt = sqrt(b->n + 1) + .5;
    return b->stands_for + doubt * (b->n > 0 ? b->stands_for / b->n : each);
}

/*
 * Cap the cumulative ${at}. Decoys overstate where the records of one source resemble
 * each other for a reason that does not reach across: duplicates, or names left out. The
 * other source then shows less, and so do linked records whose partners are swapped. By
 * Cauchy and Schwarz chance pairs between two sources are rarer than the more similar one
 * suggests. A record that is linked falsely has no partner: it stays among those that
 * make false links, lest few of these leave nobody to make more.
 */
static void
cap_by_others(const struct measure *m, const struct tally_curve *curve, double *at)
{
    const struct tally_measure_job *job = m->job;
    bool many = job->rule->many_a;
    struct bound a = {0};
    struct bound b = {0};
    struct bound swapped = {0};
    double taken = 0;
    double above = 0; /* expected of the scores above */

    for (size_t bin = BINS; bin-- > 0;) {
        double left_a;
        double left_b;
        double by_a;
        double by_b;

        taken += bin >= m->sure_bin && !many ? curve->links[bin] : 0;
        left_a = left_of(job->a.usable, fmax(0, taken - above));
        left_b = left_of(job->b.usable, fmax(0, taken - above));
        by_a = bound_add(&a, m->inside_a[bin], ROOM * left_b / left_a);
        by_b = bound_add(&b, m->inside_b[bin], ROOM * left_a / left_b);
        if (job->clean_a && job->clean_b) {
            at[bin] = fmin(at[bin], fmin(by_a, by_b));
        }
        if (m->sure > 1 && !many) {
            at[bin] =
                fmin(at[bin], bound_add(&swapped, m->swapped[bin],
                                        left_a * left_b / (m->sure * (m->sure - 1))));
        }
        at[bin] = fmax(at[bin], above);
        above = at[bin];
    }
}

/* The lowest bin down to which a link is more likely true than false. */
static uint32_t
sure_from(const struct tally_curve *curve, uint32_t floor_bin)
{
    double probability[BINS];
    uint32_t bin = BINS;

    tally_curve_probability(curve, floor_bin, probability);
    while (bin > floor_bin && probability[bin - 1] >= .5) {
        bin--;
    }
    return bin;
}

/* Count decoys under the present idea of which links are sure. */
static int
count_decoys(struct measure *m, bool trimmed, const struct tally_curve *curve,
             struct tally_err *err)
{
    const struct tally_measure_job *job = m->job;
    uint32_t sure_key =
        m->sure_bin >= BINS
            ? UINT32_MAX
            : tally_edge_key_of_ppm(m->sure_bin * (TALLY_PPM / (BINS - 1)));
    struct tally_decoy_cross x = {.na = job->rule->na,
                                  .nb = job->rule->nb,
                                  .candidates = job->candidates,
                                  .ncandidates = job->ncandidates,
                                  .links = job->links};

    m->sure = 0;
    for (size_t bin = m->sure_bin; bin < BINS; bin++) {
        m->sure += curve->links[bin];
    }
    if (job->rule->many_a && job->rule->many_b) {
        tally_decoys_all(&job->a, m->inside_a);
        tally_decoys_all(&job->b, m->inside_b);
        return 0;
    }
    if (job->rule->many_a || job->rule->many_b) {
        return tally_decoys_nearest(job->rule->many_a ? &job->a : &job->b,
                                    job->rule->many_a ? m->inside_a : m->inside_b, err);
    }
    x.nlinks = (size_t)m->sure;
    if (tally_decoys_greedy(&job->a, m->key_a, sure_key, m->inside_a, err) != 0 ||
        tally_decoys_greedy(&job->b, m->key_b, sure_key, m->inside_b, err) != 0) {
        return -1;
    }
    return trimmed ? tally_decoys_swapped(&x, m->swapped, err) : 0;
}

/* One round: decoys, expectation, and from it which links are sure. */
static int
measure_round(struct measure *m, bool trimmed, struct tally_curve *curve,
              struct tally_err *err)
{
    double at[BINS];
    double sum = 0;

    if (count_decoys(m, trimmed, curve, err) != 0) {
        return -1;
    }
    expect_by_bin(m, curve, at);
    for (size_t bin = BINS; bin-- > 0;) {
        sum += at[bin];
        at[bin] = sum;
    }
    tally_curve_continue(at, m->job->axis, BINS);
    if (trimmed) {
        cap_by_others(m, curve, at);
    }
    for (size_t bin = 0; bin < BINS; bin++) {
        curve->expected_false[bin] = bin + 1 < BINS ? at[bin] - at[bin + 1] : at[bin];
    }
    return 0;
}

/* Links found sure in one round leave the pool in the next: begin with none, which
 * expects the most false links, and stop when no more are added. */
static int
measure_rounds(struct measure *m, bool trimmed, struct tally_curve *curve, bool *enough,
               struct tally_err *err)
{
    m->sure_bin = BINS;
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        uint32_t sure_bin;

        if (measure_round(m, trimmed, curve, err) != 0) {
            return -1;
        }
        if (round == 0) {
            double decoys = sum_of(m->inside_a) + sum_of(m->inside_b);
            bool records =
                m->job->a.usable >= RECORDS_MIN || m->job->b.usable >= RECORDS_MIN;

            *enough = decoys >= DECOYS_MIN && records && m->job->a.usable > 0 &&
                      m->job->b.usable > 0;
        }
        sure_bin = sure_from(curve, m->job->floor_bin);
        if (!*enough || sure_bin >= m->sure_bin) {
            break;
        }
        m->sure_bin = sure_bin;
    }
    return 0;
}

/* The key of the best link of each record; 0 for none. */
static int
note_partners(struct measure *m, struct tally_err *err)
{
    const struct tally_measure_job *job = m->job;

    m->key_a = calloc(job->rule->na + 1, sizeof *m->key_a);
    m->key_b = calloc(job->rule->nb + 1, sizeof *m->key_b);
    if (m->key_a == NULL || m->key_b == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = job->nlinks; i-- > 0;) {
        m->key_a[job->links[i].a] = job->links[i].key;
        m->key_b[job->links[i].b] = job->links[i].key;
    }
    return 0;
}

static bool
has_decoys(const struct tally_measure_job *job)
{
    if (job->rule->many_a && !job->rule->many_b) {
        return job->clean_a;
    }
    if (job->rule->many_b && !job->rule->many_a) {
        return job->clean_b;
    }
    return job->clean_a || job->clean_b;
}

int
tally_measure(const struct tally_measure_job *job, bool trimmed,
              struct tally_curve *curve, bool *enough, struct tally_err *err)
{
    struct measure *m = calloc(1, sizeof *m);
    int status = -1;

    if (m == NULL) {
        return tally_err_nomem(err);
    }
    memset(curve, 0, sizeof *curve);
    for (size_t i = 0; i < job->nlinks; i++) {
        curve->links[tally_edge_bin(job->links[i].key)] += 1;
    }
    m->job = job;
    *enough = false;
    if (!has_decoys(job)) {
        status = 0;
    } else if (note_partners(m, err) == 0 &&
               measure_rounds(m, trimmed, curve, enough, err) == 0) {
        status = 0;
    }
    /* Decoys may have been sought further down, for other sources. */
    for (size_t bin = 0; bin < (*enough ? job->floor_bin : BINS); bin++) {
        curve->expected_false[bin] = 0;
    }
    free(m->key_a);
    free(m->key_b);
    free(m);
    return status;
}

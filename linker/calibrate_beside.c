/*
 * A curve for one source that holds people twice: every record is as likely to resemble
 * somebody else as those are that have found their partner.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BINS TALLY_HISTOGRAM_BINS

/* Linked records that show enough. */
#define LINKED_MIN 30

/* Where a greater share of the groups has three records and more, what a linked record
 * resembles besides its partner may well be another record of the same person. */
#define SEVERAL_MAX .2

/* Each decoy stands for many pairs: counts are raised by this much of their own
 * deviation.
 */
#define DOUBT .5

/* Where no greater share of the groups has three records, people stand there twice at
 * most, as far as is known. */
#define PAIRED_MAX .05

/* Rounds of taking what the curve accepts for linked, beyond the first. */
#define ROUNDS 3

/* The share of records that are still without a partner when links from ${bin} up, ${links}
 * of them, have been made. Only they make false pairs, where one partner is all there is. */
static double
left_over(const struct tally_measure_inside *job, double links)
{
    return fmax(0, 1 - 2 * links / (double)job->usable);
}

/* Expected false pairs: as many for each record as the linked ones have, every pair being
 * seen from both its ends. */
static void
expect(const struct tally_measure_inside *job, const struct tally_decoys_beside *beside,
       const struct tally_inside *inside, struct tally_curve *curve)
{
    double at[BINS];
    double sum = 0;
    double links = 0;

    for (size_t bin = BINS; bin-- > 0;) {
        sum += beside->counts[bin];
        at[bin] = sum;
    }
    tally_curve_continue(at, job->axis, BINS);
    for (size_t bin = 0; bin < BINS; bin++) {
        at[bin] += DOUBT * sqrt(at[bin] + 1) * fmin(1, at[bin]);
    }
    for (size_t bin = BINS; bin-- > 0;) {
        double here = bin + 1 < BINS ? at[bin] - at[bin + 1] : at[bin];
        double left;

        links += curve->links[bin];
        left = inside->paired ? left_over(job, links) : 1;
        curve->expected_false[bin] =
            bin < job->floor_bin ? 0 : here * inside->per_decoy * left * left;
    }
}

static enum tally_beside
judge(const struct tally_decoys_beside *beside)
{
    if ((double)beside->several > SEVERAL_MAX * (double)beside->groups) {
        return TALLY_BESIDE_SEVERAL;
    }
    return beside->linked < LINKED_MIN ? TALLY_BESIDE_FEW : TALLY_BESIDE_ENOUGH;
}

static void
count(const struct tally_edge *edges, size_t n, struct tally_curve *curve)
{
    for (size_t i = 0; i < n; i++) {
        curve->links[tally_edge_bin(edges[i].key)] += 1;
    }
}

static int
count_links(const struct tally_measure_inside *job, const struct tally_inside *inside,
            struct tally_curve *curve, struct tally_err *err)
{
    struct tally_edge *links = NULL;
    size_t n = 0;

    if (!inside->paired) {
        count(job->edges, job->nedges, curve);
        return 0;
    }
    if (tally_assign_inside(job->edges, job->nedges, job->n, job->sure_key, &links, &n,
                            err) != 0) {
        return -1;
    }
    count(links, n, curve);
    free(links);
    return 0;
}

/* Take what the curve accepts for linked: more records show more. */
static int
measure_again(const struct tally_measure_inside *job, struct tally_inside *inside,
              struct tally_curve *curve, struct tally_err *err)
{
    uint32_t key = job->sure_key;

    for (unsigned round = 0; round < ROUNDS; round++) {
        struct tally_cut cut = tally_curve_learn_cut(curve, job->floor_bin, job->fdr);
        uint32_t next =
            tally_edge_key_of_ppm(cut.bin * (TALLY_PPM / (TALLY_HISTOGRAM_BINS - 1)));
        struct tally_decoys_beside beside;

        if (cut.bin == BINS || next >= key) {
            return 0;
        }
        key = next;
        if (tally_decoys_beside(job->edges, job->nedges, job->n, key, &beside, err) != 0) {
            return -1;
        }
        inside->per_decoy = (double)job->usable / (2 * (double)beside.linked);
        expect(job, &beside, inside, curve);
    }
    return 0;
}

int
tally_measure_beside(const struct tally_measure_inside *job, struct tally_curve *curve,
                     struct tally_inside *out, struct tally_err *err)
{
    struct tally_decoys_beside beside;

    memset(curve, 0, sizeof *curve);
    if (tally_decoys_beside(job->edges, job->nedges, job->n, job->sure_key, &beside,
                            err) != 0) {
        return -1;
    }
    *out = (struct tally_inside){.found = judge(&beside), .per_decoy = 1};
    if (out->found == TALLY_BESIDE_ENOUGH) {
        out->per_decoy = (double)job->usable / (2 * (double)beside.linked);
        out->paired = !job->many && (double)beside.several <= PAIRED_MAX * (double)beside.groups;
    }
    if (count_links(job, out, curve, err) != 0) {
        return -1;
    }
    if (out->found != TALLY_BESIDE_ENOUGH) {
        return 0;
    }
    expect(job, &beside, out, curve);
    return measure_again(job, out, curve, err);
}

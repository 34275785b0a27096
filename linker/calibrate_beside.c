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

/* Expected false pairs: as many for each record as the linked ones have, every pair being
 * seen from both its ends. */
static void
expect(const struct tally_measure_inside *job, const struct tally_decoys_beside *beside,
       double each, struct tally_curve *curve)
{
    double at[BINS];
    double sum = 0;

    for (size_t bin = BINS; bin-- > 0;) {
        sum += beside->counts[bin];
        at[bin] = sum;
    }
    tally_curve_continue(at, job->axis, BINS);
    for (size_t bin = 0; bin < BINS; bin++) {
        at[bin] += DOUBT * sqrt(at[bin] + 1) * fmin(1, at[bin]);
    }
    for (size_t bin = 0; bin < BINS; bin++) {
        double here = bin + 1 < BINS ? at[bin] - at[bin + 1] : at[bin];

        curve->expected_false[bin] = bin < job->floor_bin ? 0 : here * each;
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

int
tally_measure_beside(const struct tally_measure_inside *job, struct tally_curve *curve,
                     double *per_decoy, enum tally_beside *found, struct tally_err *err)
{
    struct tally_decoys_beside beside;

    *per_decoy = 1;
    memset(curve, 0, sizeof *curve);
    if (tally_decoys_beside(job->edges, job->nedges, job->n, job->sure_key, &beside, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < job->nedges; i++) {
        curve->links[tally_edge_bin(job->edges[i].key)] += 1;
    }
    *found = judge(&beside);
    if (*found == TALLY_BESIDE_ENOUGH) {
        *per_decoy = (double)job->usable / (2 * (double)beside.linked);
        expect(job, &beside, *per_decoy, curve);
    }
    return 0;
}

/*
 * Scores of random pairs. Quantiles, not moments: a few true pairs or a heap of identical
 * records among the sample must not move them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/chance.h"

#include <math.h>
#include <stdbool.h>

#define BINS    TALLY_HISTOGRAM_BINS
#define BIN_PPM (TALLY_PPM / (BINS - 1))

/* Random pairs per record of the greater source: two hundred or so reach the floor. */
#define PAIRS_PER_RECORD 20u
#define PAIRS_MIN        200000u
#define PAIRS_MAX        20000000u

#define FALLBACK_FALSE_LINKS .02
#define FALLBACK_PLAIN_DICE  .80

/* The tail of real scores is heavier than a bell curve through their upper shoulder by
 * less than this. */
#define TAIL_STRETCH 1.3
#define Z_OF_TENTH   1.2816

size_t
tally_chance_pairs(size_t n)
{
    if (n < PAIRS_MIN / PAIRS_PER_RECORD) {
        return PAIRS_MIN;
    }
    return n > PAIRS_MAX / PAIRS_PER_RECORD ? PAIRS_MAX : n * PAIRS_PER_RECORD;
}

/* The lowest bin such that at most a share ${upper} of the pairs lies above it. Score 0
 * is left out: it is what empty records score. */
static uint32_t
upper_quantile(const struct tally_chance *c, double upper)
{
    uint64_t total = 0;
    double above = 0;
    uint32_t bin = BINS - 1;

    for (uint32_t i = 1; i < BINS; i++) {
        total += c->histogram[i];
    }
    for (; bin > 1; bin--) {
        above += (double)c->histogram[bin];
        if (above > upper * (double)total) {
            break;
        }
    }
    return bin;
}

uint32_t
tally_chance_median_ppm(const struct tally_chance *c)
{
    return upper_quantile(c, .5) * BIN_PPM;
}

/* How many standard deviations a bell curve passes with probability ${p}: never too few.
 */
static double
bell_tail(double p)
{
    return sqrt(2 * log(1 / p));
}

uint32_t
tally_chance_floor_ppm(const struct tally_chance *c, size_t n, double wanted)
{
    double share = n == 0 ? 1 : wanted / (double)n;
    uint32_t bin = share >= 1 ? 1 : upper_quantile(c, share);

    if (share < .1) {
        uint32_t median = upper_quantile(c, .5);
        uint32_t shoulder = upper_quantile(c, .1);
        double reach =
            (shoulder - median + 1) * bell_tail(share) / Z_OF_TENTH * TAIL_STRETCH;

        if (bin > median + reach) {
            bin = median + (uint32_t)reach;
        }
    }
    return bin * BIN_PPM;
}

/* Whether Dice scores before and after can be worked out from each other. */
static bool
is_stretched(double fill, const struct tally_hardening *h)
{
    return h->n > 0 && fill > 0 && fill < .5;
}

/* The Dice score after hardening of two filters of one fill that score ${dice} before. */
static double
hardened_dice(double dice, double fill, const struct tally_hardening *h)
{
    struct tally_harden_shares after =
        tally_hardening_shares(h, h->n, fill, 2 * fill * (1 - dice));

    return 1 - after.differing / (2 * after.fill);
}

uint32_t
tally_chance_threshold_ppm(const struct tally_chance *c, double npairs, double fill,
                           const struct tally_hardening *h)
{
    double median = upper_quantile(c, .5);
    double spread = median - upper_quantile(c, .8413) + 1;
    double pairs = npairs < 1 ? 1 : npairs;
    double bin = median + spread * bell_tail(FALLBACK_FALSE_LINKS / pairs);
    double geometry = FALLBACK_PLAIN_DICE;

    if (is_stretched(fill, h)) {
        geometry = hardened_dice(geometry, fill, h);
    }
    bin = fmax(ceil(bin), ceil(geometry * (BINS - 1)));
    return (uint32_t)fmin(bin, BINS - 1) * BIN_PPM;
}

/* Undoes hardened_dice. */
static double
plain_dice(double dice, double fill, const struct tally_hardening *h)
{
    double fill_after = tally_hardening_shares(h, h->n, fill, 0).fill;
    double differing = tally_hardening_before(h, 2 * fill_after * (1 - dice));

    return 1 - differing / (2 * fill);
}

void
tally_chance_axis(double fill, const struct tally_hardening *h, double axis[BINS + 1])
{
    bool stretched = is_stretched(fill, h);

    for (uint32_t i = 0; i <= BINS; i++) {
        double dice = (double)i / (BINS - 1);

        axis[i] = stretched ? plain_dice(dice, fill, h) * (BINS - 1) : i;
    }
}

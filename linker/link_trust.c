/*
 * How far the estimates of a pair of sources can be trusted: an interval for the
 * precision, what a moved threshold would do, and how many links are in doubt.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <math.h>

/* Nineteen runs in twenty. */
#define DEVIATIONS 1.96

/* There may be this share more or fewer false links than decoys show, counts apart:
 * judged by published sets. Where views were balanced by decoys this is rougher, and
 * rougher still where they are groups that would join, were trimmed, or there are none. */
#define DECOYS_OFF  .35
#define WEIGHED_OFF .5
#define GROUPS_OFF  .75
#define ROUGH_OFF   1.0

/* The valley is drawn by few joins, each of which stands for so many pairs. */
#define VALLEY_PER_PAIR 10.0

/* How errors of two pairs of sources go together: see tally_link_precision. */
#define SHARED_SOURCE .5
#define SAME_FIELDS   .25

/* A threshold is moved by this part of its way. */
#define MOVED .1

static void
find_interval(const struct link_run *run, const struct link_pair *p,
              struct tally_calibration *c)
{
    bool decoys = p->decoys || p->beside || p->grouped;
    double share = !decoys || p->trimmed ? ROUGH_OFF
                   : p->grouped          ? GROUPS_OFF
                   : run->nviews > 1     ? WEIGHED_OFF
                                         : DECOYS_OFF;
    double each = p->beside || p->grouped ? p->per_decoy : decoys ? 1 : VALLEY_PER_PAIR;
    double links = (double)p->nlinks;
    double wrong = p->cut.false_share * links;
    /* Decoys are a count, and so are the false links that there happen to be. */
    double off = wrong * share + DEVIATIONS * sqrt((each + 1) * (wrong + 1));

    c->precision_low = NAN;
    c->precision_high = NAN;
    if (links > 0 && !isnan(wrong)) {
        c->precision_low = fmax(0, 1 - (wrong + off) / links);
        c->precision_high = fmin(1, 1 - (wrong - off) / links);
    }
}

/* False links expected of a pair of sources, and how far off that may be. Of few links
 * the middle of the interval is taken. */
struct doubt {
    double wrong;
    double off;
};

static struct doubt
doubt_of(const struct tally_calibration *c)
{
    double links = (double)c->links;
    bool few = isnan(c->estimated_precision);
    double at = few ? (c->precision_low + c->precision_high) / 2 : c->estimated_precision;

    /* One side may have been cut off, at 0 or 1. */
    return (struct doubt){few ? links * (1 - at) : c->false_links,
                          links * fmax(at - c->precision_low, c->precision_high - at)};
}

/* How errors of two pairs of sources go together. */
static double
correlation(const struct tally_calibration *x, const struct tally_calibration *y)
{
    bool shared = x->source_a == y->source_a || x->source_a == y->source_b ||
                  x->source_b == y->source_a || x->source_b == y->source_b;

    return x == y ? 1 : shared ? SHARED_SOURCE : SAME_FIELDS;
}

struct tally_precision
tally_link_precision(const struct tally_calibration *c, size_t n)
{
    struct tally_precision p = {(double)NAN, (double)NAN, (double)NAN};
    double links = 0;
    double wrong = 0;
    double squares = 0;

    for (size_t i = 0; i < n; i++) {
        struct doubt x = doubt_of(&c[i]);

        if (c[i].links == 0) {
            continue;
        }
        links += (double)c[i].links;
        wrong += x.wrong;
        for (size_t j = 0; j < n; j++) {
            squares += c[j].links > 0
                           ? correlation(&c[i], &c[j]) * x.off * doubt_of(&c[j]).off
                           : 0;
        }
    }
    if (links > 0 && !isnan(wrong) && !isnan(squares)) {
        p.estimate = links < TALLY_LINKS_FEW ? (double)NAN : 1 - wrong / links;
        p.low = fmax(0, 1 - (wrong + sqrt(squares)) / links);
        p.high = fmin(1, 1 - (wrong - sqrt(squares)) / links);
    }
    return p;
}

/* The F1 expected of a cut at ${ppm}; 0 without links. */
static double
f1_at(const struct tally_curve *curve, uint32_t floor_bin, double ppm)
{
    struct tally_cut cut =
        tally_curve_cut_at(curve, floor_bin, (uint32_t)(ppm / LINK_BIN_PPM));
    double precision = 1 - cut.false_share;

    if (isnan(precision) || isnan(cut.recall) || precision + cut.recall <= 0) {
        return 0;
    }
    return 2 * precision * cut.recall / (precision + cut.recall);
}

static double
sensitivity_of(const struct link_pair *p, const struct tally_curve *curve)
{
    uint32_t floor_bin = p->floor_ppm / LINK_BIN_PPM;
    double cut = p->cut_ppm;
    double middle = tally_chance_median_ppm(&p->chance);
    double here = f1_at(curve, floor_bin, cut);
    double up = f1_at(curve, floor_bin, cut + MOVED * (TALLY_PPM - cut));
    double down =
        f1_at(curve, floor_bin, fmax(p->floor_ppm, cut - MOVED * (cut - middle)));

    return fmax(0, here - fmin(up, down));
}

/* Links by score in each band. Below the threshold too, a link may be true. */
static void
count_bands(const struct link_pair *p, struct tally_calibration *c)
{
    uint32_t cut_bin = p->cut_ppm / LINK_BIN_PPM;
    double matches = 0;
    double possible = 0;

    for (uint32_t bin = 0; bin < TALLY_HISTOGRAM_BINS; bin++) {
        bool accepted = bin >= cut_bin;

        if (accepted && p->probability[bin] >= TALLY_BAND_MATCH) {
            matches += p->curve.links[bin];
        } else if (accepted || p->probability[bin] >= TALLY_BAND_POSSIBLE) {
            possible += p->curve.links[bin];
        }
    }
    c->matches = (uint64_t)matches;
    c->possible = (uint64_t)possible;
}

void
link_trust(const struct link_run *run, const struct link_pair *p,
           const struct tally_curve *curve, struct tally_calibration *c)
{
    find_interval(run, p, c);
    count_bands(p, c);
    c->sensitivity =
        curve != NULL && p->cut_ppm <= TALLY_PPM && p->nlinks >= TALLY_LINKS_FEW
            ? sensitivity_of(p, curve)
            : (double)NAN;
}

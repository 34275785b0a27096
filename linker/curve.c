/*
 * Cuts and probabilities from expected false links, and the valley of candidate pairs
 * where there are no decoys. Sums run from the top score down.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/curve.h"

#include <math.h>
#include <stddef.h>

#define BINS TALLY_HISTOGRAM_BINS

/* Expected false links from which counts are trusted as they are; above that score the
 * tail is continued as an exponential. */
#define TAIL_FROM 5.0

/* Where counting stops within so many mean excesses, these were cut short. */
#define TAIL_ROOM 3.0

/* How far doubt counts against links: so many standard errors of the false links expected,
 * and again of those that a step down adds, as far as that is more than this share of all
 * links. */
#define DOUBT .5
#define AMISS .002

/* Past a score where the share of false links is this many times the target, it does not
 * come back down in earnest. */
#define GIVE_UP_AT 2.0

/* A group whose local share of false links is taken has so many links at least, and this
 * share of those above it. */
#define GROUP_MIN   10.0
#define GROUP_SHARE .05
#define GROUPS_MAX  500

/* A fall that slackens to this share of its steepest is no longer chance alone. */
#define VALLEY_SLACK .8
/* A slope is believed on a window that holds this part of all pairs, between these
 * bounds. */
#define VALLEY_PART      200.0
#define VALLEY_COUNT_MIN 30.0
#define VALLEY_COUNT_MAX 300.0

void
tally_curve_add(struct tally_curve *curve, const struct tally_curve *other)
{
    for (size_t bin = 0; bin < BINS; bin++) {
        curve->links[bin] += other->links[bin];
        curve->expected_false[bin] += other->expected_false[bin];
    }
}

/* True links expected at any score from ${floor_bin} up. Where most links are false the
 * difference of two great numbers says nothing. */
static double
true_links(const struct tally_curve *curve, uint32_t floor_bin)
{
    double most = 0;
    double links = 0;
    double wrong = 0;

    for (size_t bin = BINS; bin-- > floor_bin;) {
        links += curve->links[bin];
        wrong += curve->expected_false[bin];
        most = 2 * wrong <= links ? fmax(most, links - wrong) : most;
    }
    return most;
}

static struct tally_cut
cut_of(uint32_t bin, double links, double wrong, double most)
{
    struct tally_cut cut = {.bin = bin, .false_share = NAN, .recall = NAN};

    if (links > 0) {
        cut.false_share = fmin(1, wrong / links);
    }
    if (most > 0) {
        cut.recall = fmin(1, fmax(0, links - wrong) / most);
    }
    return cut;
}

struct tally_cut
tally_curve_learn_cut(const struct tally_curve *curve, uint32_t floor_bin, double fdr)
{
    double most = true_links(curve, floor_bin);
    struct tally_cut best = cut_of(BINS, 0, 0, most);
    double best_f1 = 0;
    double best_links = 0;
    double best_feared = 0;
    double links = 0;
    double wrong = 0;

    for (uint32_t bin = BINS; bin-- > floor_bin;) {
        double feared;
        double doubt;

        links += curve->links[bin];
        wrong += curve->expected_false[bin];
        if (links == 0) {
            continue;
        }
        feared = wrong + DOUBT * sqrt(wrong);
        doubt = fmax(0, DOUBT * sqrt(fmax(0, feared - best_feared)) - AMISS * links);
        if (feared > GIVE_UP_AT * fdr * links && best_links > .1 * most) {
            break;
        }
        if (feared <= fdr * links &&
            2 * (links - feared - doubt) / (links + most) > best_f1) {
            best_f1 = 2 * (links - feared) / (links + most);
            best_links = links;
            best_feared = feared;
            best = cut_of(bin, links, wrong, most);
        }
    }
    return best;
}

struct tally_cut
tally_curve_cut_at(const struct tally_curve *curve, uint32_t floor_bin, uint32_t bin)
{
    double links = 0;
    double wrong = 0;

    for (size_t i = BINS; i-- > bin;) {
        links += curve->links[i];
        wrong += curve->expected_false[i];
    }
    return cut_of(bin, links, wrong, true_links(curve, floor_bin));
}

/* Bins ${low} to the one above the next group, with the links and false links of them. */
struct group {
    double links;
    double wrong;
    uint32_t low;
};

/* Pool adjacent groups while the lower one has the smaller share of false links. */
static size_t
pool_groups(struct group *g, size_t n)
{
    while (n > 1 && g[n - 1].wrong * g[n - 2].links <= g[n - 2].wrong * g[n - 1].links) {
        g[n - 2].links += g[n - 1].links;
        g[n - 2].wrong += g[n - 1].wrong;
        g[n - 2].low = g[n - 1].low;
        n--;
    }
    return n;
}

/* Groups from the top down, with shares of false links that rise. */
static size_t
make_groups(const struct tally_curve *curve, uint32_t floor_bin,
            struct group groups[GROUPS_MAX])
{
    struct group open = {0};
    double above = 0;
    size_t n = 0;

    for (uint32_t bin = BINS; bin-- > floor_bin;) {
        bool full;

        open.links += curve->links[bin];
        open.wrong += curve->expected_false[bin];
        open.low = bin;
        full = open.links >= fmax(GROUP_MIN, GROUP_SHARE * above) && n + 1 < GROUPS_MAX;
        if (full || bin == floor_bin) {
            above += open.links;
            groups[n++] = open;
            n = pool_groups(groups, n);
            open = (struct group){0};
        }
    }
    return n;
}

void
tally_curve_probability(const struct tally_curve *curve, uint32_t floor_bin,
                        double probability[BINS])
{
    struct group groups[GROUPS_MAX];
    size_t n = make_groups(curve, floor_bin, groups);
    uint32_t bin = BINS;

    for (size_t i = 0; i < n; i++) {
        double wrong = groups[i].links > 0 ? groups[i].wrong / groups[i].links : 1;

        while (bin > groups[i].low) {
            probability[--bin] = 1 - fmin(1, wrong);
        }
    }
    while (bin > 0) {
        probability[--bin] = 0;
    }
}

/* Pairs in ${width} bins from ${low} up. */
static double
window(const double *pairs, uint32_t low, uint32_t width)
{
    double sum = 0;

    for (uint32_t bin = low; bin < low + width; bin++) {
        sum += pairs[bin];
    }
    return sum;
}

/* The bins over which counts fall to half from ${low} up, of ${shortest} at least, lest
 * noise look like a fall; 0 when they do not, or run out. */
static uint32_t
half_width(const double *pairs, uint32_t low, uint32_t shortest, double least)
{
    for (uint32_t width = shortest; low + 2 * width < BINS; width++) {
        double here = window(pairs, low, width);
        double next = window(pairs, low + width, width);

        if (next >= least && next * 2 <= here) {
            return width;
        }
    }
    return 0;
}

/* Chance as an exponential: so many pairs at and above a place, falling at a rate. */
struct chance_tail {
    double place;
    double pairs;
    double rate;
};

/* The fall over two windows of ${width} bins from ${low}, as an exponential on the axis:
 * less steep by half the doubt that counts leave.
 */
static struct chance_tail
tail_of(const double *pairs, const double *axis, uint32_t low, uint32_t width)
{
    double start = axis[low];
    double mid = axis[low + width];
    double end = axis[low + 2 * width];
    double here = window(pairs, low, width);
    double next = window(pairs, low + width, width);
    double fall = log(here / (mid - start)) - log(next / (end - mid));
    double doubt = sqrt(1 / here + 1 / next);
    double rate = (fall - .5 * doubt) / ((end - start) / 2);

    return (struct chance_tail){mid, next / (1 - exp(-rate * (end - mid))), rate};
}

/* Follow the fall up, halving by halving, until it slackens or counts run out. */
static bool
find_tail(const double *pairs, const double *axis, uint32_t floor_bin,
          struct chance_tail *out)
{
    double total = window(pairs, floor_bin, BINS - floor_bin);
    double least = fmin(fmax(total / VALLEY_PART, VALLEY_COUNT_MIN), VALLEY_COUNT_MAX);
    uint32_t low = floor_bin;
    uint32_t width = half_width(pairs, low, 2, least);
    double steepest = 0;
    bool found = false;

    while (width > 0) {
        struct chance_tail tail = tail_of(pairs, axis, low, width);

        if (tail.rate < VALLEY_SLACK * steepest || tail.rate <= 0) {
            break;
        }
        steepest = fmax(steepest, tail.rate);
        *out = tail;
        found = true;
        low += width;
        width = half_width(pairs, low, (width * 3 + 3) / 4, least);
    }
    return found;
}

bool
tally_curve_from_valley(const double pairs[BINS], uint32_t floor_bin,
                        const double axis[BINS + 1], struct tally_curve *curve)
{
    struct chance_tail tail = {0};
    bool found = find_tail(pairs, axis, floor_bin, &tail);

    for (uint32_t bin = 0; bin < BINS; bin++) {
        curve->links[bin] = bin < floor_bin ? 0 : pairs[bin];
        curve->expected_false[bin] = 0;
        if (!found || bin < floor_bin) {
            continue;
        }
        if (axis[bin] < tail.place) {
            curve->expected_false[bin] = pairs[bin];
        } else {
            double from = exp(-tail.rate * (axis[bin] - tail.place));
            double to = exp(-tail.rate * (axis[bin + 1] - tail.place));

            curve->expected_false[bin] = tail.pairs * (bin + 1 < BINS ? from - to : from);
        }
    }
    return found;
}

void
tally_curve_continue(double at[BINS], const double axis[BINS + 1], uint32_t top)
{
    uint32_t from = BINS;
    double excess = 0;

    for (uint32_t bin = BINS; bin-- > 0;) {
        if (at[bin] >= TAIL_FROM) {
            from = bin;
            break;
        }
    }
    if (from == BINS) {
        return;
    }
    for (uint32_t bin = from + 1; bin < BINS; bin++) {
        excess += at[bin] * (axis[bin] - axis[bin - 1]);
    }
    excess = excess / at[from] + .5;
    if (top < BINS && TAIL_ROOM * excess > axis[top] - axis[from]) {
        excess = fmax(excess, axis[top] - axis[from]);
    }
    for (uint32_t bin = from + 1; bin < BINS; bin++) {
        at[bin] = fmax(at[bin], at[from] * exp(-(axis[bin] - axis[from]) / excess));
    }
}

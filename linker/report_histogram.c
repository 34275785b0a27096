/*
 * Scores in bars wide enough to be shown, small bars left out.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report_impl.h"

#include <math.h>
#include <string.h>

/** The narrowest bars, in thousandths, of which TALLY_REPORT_BINS reach from ${lo} to 1.
 */
static size_t
bar_width(size_t lo)
{
    static const size_t widths[] = {5, 10, 20, 25};

    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        if ((1000 - lo / widths[i] * widths[i]) / widths[i] <= TALLY_REPORT_BINS) {
            return widths[i];
        }
    }
    return 25;
}

/** Where the bars begin: at the floor, or below it, so that they are of one width. At
 * least one bar. */
static size_t
first_edge(size_t lo, size_t width)
{
    return lo < 1000 ? lo / width * width : 1000 - width;
}

/**
 * A lone bar that is not shown takes the smallest other with it, among all bars and among
 * those that make up the links: both totals are told elsewhere.
 */
static void
hide_small(const struct tally_calibration *c, struct report_histogram *h,
           const uint64_t *raw, size_t lo, size_t width)
{
    size_t threshold = c->threshold_ppm / 1000;
    size_t first = threshold <= lo ? 0 : (threshold - lo) / width;

    first = first < h->n ? first : h->n - 1;
    for (size_t i = 0; i < h->n; i++) {
        h->pairs[i] = tally_disclose(raw[i]);
    }
    tally_disclose_list(raw, h->pairs, h->n);
    tally_disclose_list(raw + first, h->pairs + first, h->n - first);
}

void
tally_report_histogram(const struct tally_calibration *c, struct report_histogram *h)
{
    size_t width = bar_width(c->floor_ppm / 1000);
    size_t lo = first_edge(c->floor_ppm / 1000, width);
    uint64_t raw[TALLY_REPORT_BINS] = {0};
    double expected[TALLY_REPORT_BINS] = {0};

    memset(h, 0, sizeof *h);
    h->n = (1000 - lo) / width;
    h->width = (double)width / 1000;
    for (size_t i = lo; i < TALLY_HISTOGRAM_BINS; i++) {
        /* A score of exactly 1 belongs to the last bar. */
        size_t bar = (i < 1000 ? i - lo : 999 - lo) / width;

        raw[bar] += c->histogram[i];
        expected[bar] += c->false_histogram[i];
    }
    hide_small(c, h, raw, lo, width);
    for (size_t i = 0; i < h->n; i++) {
        h->from[i] = (double)(lo + i * width) / 1000;
        h->false_pairs[i] = tally_disclose((uint64_t)llround(fmin(expected[i], 1e15)));
        h->any |= !h->pairs[i].suppressed;
    }
}

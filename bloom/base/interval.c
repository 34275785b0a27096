/*
 * Score intervals.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/interval.h"

#include <math.h>

#define Z 1.959963984540054 /* of 95 % */

struct tally_interval
tally_interval_share(uint64_t part, uint64_t whole)
{
    struct tally_interval i = {(double)NAN, (double)NAN, (double)NAN};
    double n = (double)whole;
    double middle;
    double half;

    if (whole == 0) {
        return i;
    }
    i.share = (double)part / n;
    middle = (i.share + Z * Z / (2 * n)) / (1 + Z * Z / n);
    half = Z / (1 + Z * Z / n) * sqrt(i.share * (1 - i.share) / n + Z * Z / (4 * n * n));
    i.low = part == 0 ? 0 : fmax(0, middle - half);
    i.high = part == whole ? 1 : fmin(1, middle + half);
    return i;
}

struct tally_interval
tally_interval_difference(const struct tally_interval *a, const struct tally_interval *b)
{
    struct tally_interval d = {a->share - b->share, (double)NAN, (double)NAN};

    d.low = d.share - hypot(a->share - a->low, b->high - b->share);
    d.high = d.share + hypot(a->high - a->share, b->share - b->low);
    return d;
}

/*
 * What follows from other pairs: where A is B and B is C, A is C, however little their
 * own fields say.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/review_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Each round doubles how far a path may reach. */
#define ROUNDS 2

/* A record seen from another. */
struct end {
    uint64_t from; /* list and row, one number */
    uint64_t to;
    size_t pair;
};

static uint64_t
number_of(size_t list, uint64_t row)
{
    return (uint64_t)list << 32 | row;
}

static int
compare_ends(const void *p, const void *q)
{
    const struct end *x = p, *y = q;

    return x->from != y->from ? (x->from > y->from) - (x->from < y->from)
                              : (x->to > y->to) - (x->to < y->to);
}

/* Where the ends of ${from} begin. */
static size_t
begin_of(const struct end *ends, size_t n, uint64_t from)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (ends[middle].from < from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The best way from one record of ${p} to the other through a third. */
static double
through_third(const struct end *ends, size_t n, const struct review_pair *p,
              const double *probability)
{
    uint64_t x = number_of(p->a, p->row_a), y = number_of(p->b, p->row_b);
    size_t i = begin_of(ends, n, x), j = begin_of(ends, n, y);
    double best = 0;

    while (i < n && ends[i].from == x && j < n && ends[j].from == y) {
        if (ends[i].to == ends[j].to) {
            best = fmax(best, probability[ends[i].pair] * probability[ends[j].pair]);
            i++;
        } else if (ends[i].to < ends[j].to) {
            i++;
        } else {
            j++;
        }
    }
    return best;
}

static size_t
list_ends(const struct review_pair *pairs, size_t n, struct end *ends)
{
    size_t used = 0;

    for (size_t k = 0; k < n; k++) {
        const struct review_pair *p = &pairs[k];
        uint64_t x = number_of(p->a, p->row_a), y = number_of(p->b, p->row_b);

        if (p->answered) {
            ends[used++] = (struct end){x, y, k};
            ends[used++] = (struct end){y, x, k};
        }
    }
    qsort(ends, used, sizeof *ends, compare_ends);
    return used;
}

int
review_follow(struct review_pair *pairs, size_t n, struct tally_err *err)
{
    struct end *ends = calloc(2 * n + 1, sizeof *ends);
    double *now = calloc(n + 1, sizeof *now);
    size_t used;

    if (ends == NULL || now == NULL) {
        free(ends);
        free(now);
        return tally_err_nomem(err);
    }
    used = list_ends(pairs, n, ends);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (size_t k = 0; k < n; k++) {
            now[k] = pairs[k].after;
        }
        for (size_t k = 0; k < n; k++) {
            if (pairs[k].answered) {
                pairs[k].after = fmax(now[k], through_third(ends, used, &pairs[k], now));
            }
        }
    }
    free(ends);
    free(now);
    return 0;
}

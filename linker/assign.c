/*
 * Scored pairs in order, and the greedy assignment. The order is total, so the result
 * does not depend on how the pairs were found.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/assign.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS 11
#define DIGITS     (1u << DIGIT_BITS)

uint32_t
tally_edge_key_of_ppm(uint32_t ppm)
{
    /* Dice is twice common / total; a key is rounded down, and so is this bound. */
    return (uint32_t)((((uint64_t)ppm << 32) / 2) / TALLY_PPM);
}

/* One stable pass over the digit of the key at ${shift}, greatest first. */
static void
sort_by_digit(const struct tally_edge *in, struct tally_edge *out, size_t n,
              unsigned shift)
{
    size_t start[DIGITS + 1] = {0};

    for (size_t i = 0; i < n; i++) {
        start[DIGITS - 1 - ((in[i].key >> shift) & (DIGITS - 1)) + 1]++;
    }
    for (size_t d = 0; d < DIGITS; d++) {
        start[d + 1] += start[d];
    }
    for (size_t i = 0; i < n; i++) {
        out[start[DIGITS - 1 - ((in[i].key >> shift) & (DIGITS - 1))]++] = in[i];
    }
}

/* ${x} in order, into ${y}; both are overwritten. Least significant digit first: each
 * pass keeps the order of the ones before, and of the edges, which came in ascending (a,
 * b). */
static void
sort_edges(struct tally_edge *x, struct tally_edge *y, size_t n)
{
    sort_by_digit(x, y, n, 0);
    sort_by_digit(y, x, n, DIGIT_BITS);
    sort_by_digit(x, y, n, 2 * DIGIT_BITS);
}

int
tally_edges_order(struct tally_edge *edges, size_t n, struct tally_edge **out,
                  struct tally_err *err)
{
    struct tally_edge *y = malloc((n + 1) * sizeof *y);

    if (y == NULL) {
        free(edges);
        return tally_err_nomem(err);
    }
    sort_edges(edges, y, n);
    free(edges);
    *out = y;
    return 0;
}

int
tally_edges_sort(const struct tally_edge *edges, size_t n, struct tally_edge **out,
                 struct tally_err *err)
{
    struct tally_edge *x = malloc((n + 1) * sizeof *x);

    if (x == NULL) {
        return tally_err_nomem(err);
    }
    memcpy(x, edges, n * sizeof *x);
    return tally_edges_order(x, n, out, err);
}

int
tally_assign_links(const struct tally_edge *edges, size_t nedges,
                   const struct tally_assign_rule *rule, struct tally_edge **out,
                   size_t *nout, struct tally_err *err)
{
    uint8_t *taken_a = calloc(rule->na + 1, 1);
    uint8_t *taken_b = calloc(rule->nb + 1, 1);
    struct tally_edge *links = malloc((nedges + 1) * sizeof *links);
    struct tally_edge *fitted;
    size_t n = 0;

    if (taken_a == NULL || taken_b == NULL || links == NULL) {
        free(taken_a);
        free(taken_b);
        free(links);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < nedges; i++) {
        const struct tally_edge *e = &edges[i];

        /* A record of A is used up by its first link unless A's records may have many. */
        if ((!rule->many_a && taken_a[e->a]) || (!rule->many_b && taken_b[e->b])) {
            continue;
        }
        taken_a[e->a] = 1;
        taken_b[e->b] = 1;
        links[n++] = *e;
    }
    free(taken_a);
    free(taken_b);
    fitted = realloc(links, (n + 1) * sizeof *links);
    *out = fitted == NULL ? links : fitted;
    *nout = n;
    return 0;
}

int
tally_assign_inside(const struct tally_edge *edges, size_t nedges, size_t n,
                    uint32_t sure_key, struct tally_edge **out, size_t *nout,
                    struct tally_err *err)
{
    uint8_t *taken = calloc(n + 1, 1);
    struct tally_edge *links = malloc((nedges + 1) * sizeof *links);

    if (taken == NULL || links == NULL) {
        free(taken);
        free(links);
        return tally_err_nomem(err);
    }
    *nout = 0;
    for (size_t i = 0; i < nedges; i++) {
        const struct tally_edge *e = &edges[i];

        if (e->key >= sure_key || (!taken[e->a] && !taken[e->b])) {
            taken[e->a] = 1;
            taken[e->b] = 1;
            links[(*nout)++] = *e;
        }
    }
    free(taken);
    *out = links;
    return 0;
}

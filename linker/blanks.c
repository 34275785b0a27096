/*
 * Allowance for blanks. Diffusion takes filters of different fill to nearly the same, but
 * not quite: popcounts and differing bits are worked back to what they were before, by
 * tables, so that scores are whole numbers and the same everywhere.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/blanks.h"

#include <math.h>
#include <stdlib.h>

/* Below so many twentieths of the middle popcount a record is short: lengths of names
 * vary. */
#define ENOUGH 19

/* A record that lacks this part has blanks for certain. */
#define LACKS .25

/* A whole filter, where fills are shares. */
#define WHOLE 1048576.0

/* Halvings that find a fill. */
#define HALVINGS 40

/* A hardening that brings all fills closer together than this leaves nothing of them. */
#define FLAT .05

static double
fill_after(const struct tally_hardening *h, double fill)
{
    return tally_hardening_shares(h, h->n, fill, 0).fill;
}

/* Undoes fill_after. At most .5. */
static double
fill_before(const struct tally_hardening *h, double after)
{
    double low = 0;
    double high = .5;

    for (int i = 0; i < HALVINGS; i++) {
        double mid = (low + high) / 2;

        if (fill_after(h, mid) < after) {
            low = mid;
        } else {
            high = mid;
        }
    }
    return high;
}

/* The middle popcount of the ${n} rows that have any. */
static uint32_t
find_usual(const uint32_t *counts, size_t n)
{
    size_t below = 0;
    uint32_t p = 0;

    while (below < (n + 1) / 2) {
        below += counts[++p];
    }
    return p;
}

/* The share of the ${n} rows that have any bit set and lack ${LACKS} and more. */
static double
share_of_short(const struct tally_blanks *b, const uint32_t *counts, size_t n)
{
    double most = (1 - LACKS) * b->filled[b->usual];
    size_t lacking = 0;

    for (uint32_t p = 1; p <= b->usual; p++) {
        lacking += b->filled[p] <= most ? counts[p] : 0;
    }
    return n == 0 ? 0 : (double)lacking / (double)n;
}

static void
fill_plain(struct tally_blanks *b)
{
    uint32_t enough = b->usual * ENOUGH / 20;

    for (uint32_t p = 0; p <= b->bits; p++) {
        b->filled[p] = p;
        b->lacking[p] = p < enough ? enough - p : 0;
    }
}

/* Popcounts of hardened filters are known so roughly that one which is not short counts
 * as usual. */
static void
fill_hardened(struct tally_blanks *b, const struct tally_hardening *h)
{
    double usual = fill_before(h, (double)b->usual / b->bits);

    for (uint32_t p = 0; p <= b->bits; p++) {
        double part = fill_before(h, (double)p / b->bits) / (usual * ENOUGH / 20);

        b->filled[p] = (uint32_t)(WHOLE * usual * fmin(part, 1));
        b->lacking[p] = (uint32_t)(WHOLE * usual) - b->filled[p];
        b->differing[p] =
            (uint32_t)(WHOLE * fmax(tally_hardening_before(h, (double)p / b->bits), 0));
    }
}

int
tally_blanks_learn(struct tally_blanks *out, const struct tally_matrix *m,
                   const struct tally_hardening *h, struct tally_err *err)
{
    bool mixed = tally_hardening_shares(h, h->n, .25, .25).differing != .25;
    uint32_t *counts;
    size_t n;

    *out = (struct tally_blanks){.bits = m->bits};
    if (fill_after(h, .5) - fill_after(h, 0) < FLAT) {
        return 0;
    }
    counts = calloc((size_t)m->bits + 1, sizeof *counts);
    out->filled = calloc((size_t)m->bits + 1, sizeof *out->filled);
    out->lacking = calloc((size_t)m->bits + 1, sizeof *out->lacking);
    out->differing = mixed ? calloc((size_t)m->bits + 1, sizeof *out->differing) : NULL;
    if (counts == NULL || out->filled == NULL || out->lacking == NULL ||
        (mixed && out->differing == NULL)) {
        free(counts);
        tally_blanks_free(out);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < m->n; i++) {
        counts[m->popcounts[i]]++;
    }
    n = m->n - counts[0];
    out->usual = find_usual(counts, n);
    if (mixed) {
        fill_hardened(out, h);
    } else {
        fill_plain(out);
    }
    out->blank_rich = share_of_short(out, counts, n);
    free(counts);
    return 0;
}

void
tally_blanks_free(struct tally_blanks *b)
{
    free(b->filled);
    free(b->lacking);
    free(b->differing);
    *b = (struct tally_blanks){0};
}

static uint32_t
apart(uint32_t x, uint32_t y)
{
    return x > y ? x - y : y - x;
}

/* What the shorter of two records lacks beside the other. */
static uint32_t
lacks(const struct tally_blanks *a, const struct tally_blanks *b, uint32_t pa,
      uint32_t pb)
{
    uint32_t least = a->filled[pa] < b->filled[pb] ? a->lacking[pa] : b->lacking[pb];
    uint32_t more = apart(a->filled[pa], b->filled[pb]);

    return least < more ? least : more;
}

/* How many bits differ, in parts of TALLY_PPM of a bit, where ${before} did before
 * hardening. */
static uint64_t
differing_after(const struct tally_blanks *b, uint64_t before)
{
    uint32_t low = 0;
    uint32_t high = b->bits;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (b->differing[mid] < before && b->differing[mid] < b->differing[b->bits]) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (low == 0 || b->differing[low] < before) {
        return (uint64_t)low * TALLY_PPM;
    }
    return (uint64_t)low * TALLY_PPM - (b->differing[low] - before) * TALLY_PPM /
                                           (b->differing[low] - b->differing[low - 1]);
}

static uint32_t
hardened_score(const struct tally_blanks *a, const struct tally_blanks *b,
               uint32_t common, uint32_t pa, uint32_t pb, uint32_t *total)
{
    uint64_t both = (uint64_t)a->filled[pa] + b->filled[pb];
    uint64_t whole = 2 * both - lacks(a, b, pa, pb); /* all that has to agree, twice */
    uint64_t differing = a->differing[pa + pb - 2 * common];
    uint64_t alike = both > differing ? 2 * (both - differing) : 0;
    uint64_t usual = (uint64_t)a->filled[a->usual] + b->filled[b->usual];
    uint64_t most = (uint64_t)TALLY_PPM * (a->usual + b->usual);
    uint64_t after;

    *total = 2 * TALLY_PPM;
    if (whole == 0) {
        return 0;
    }
    alike = alike < whole ? alike : whole;
    after = differing_after(a, (whole - alike) * usual / whole);
    return after < most ? (uint32_t)((most - after) / ((uint64_t)a->usual + b->usual))
                        : 0;
}

uint32_t
tally_blanks_score(const struct tally_blanks *a, const struct tally_blanks *b,
                   uint32_t common, uint32_t pa, uint32_t pb, uint32_t *total)
{
    if (a->differing != NULL) {
        return hardened_score(a, b, common, pa, pb, total);
    }
    *total = 2 * (pa + pb) - lacks(a, b, pa, pb);
    return 2 * common;
}

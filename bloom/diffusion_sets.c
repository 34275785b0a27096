/*
 * Drawing the index sets of diffusion from a ChaCha20 stream. Inputs come from whole
 * random permutations laid end to end, so that each is used equally often; output j takes
 * slots j, m + j, 2m + j, ... of that sequence.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/diffusion_sets.h"

#include "bloom/keystream.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ${slots} is the sequence of all m * t inputs drawn, ${perm} the permutation at work. */
struct draw {
    struct tally_keystream stream;
    uint32_t l, m, t;
    uint32_t *slots;
    uint32_t *perm;
};

static void
swap(uint32_t *a, uint32_t *b)
{
    uint32_t x = *a;

    *a = *b;
    *b = x;
}

/* Has the output of slot ${s} got ${value} already, from a permutation that ended before
 * slot ${first}? */
static bool
clashes(const struct draw *d, size_t s, size_t first, uint32_t value)
{
    while (s >= d->m) {
        s -= d->m;
        if (s < first && d->slots[s] == value) {
            return true;
        }
    }
    return false;
}

/*
 * Swap inside the permutation until no output holds an input twice. Places from ${n} on
 * feed no output and cannot clash. A partner always exists while 4t <= l: an output rules
 * out fewer than t values, and a value stands in fewer than 2t of the outputs that this
 * permutation feeds.
 */
static void
repair_permutation(struct draw *d, size_t first, size_t n)
{
    size_t i, step;

    for (i = 0; i < n; i++) {
        for (step = 0; step < d->l; step++) {
            size_t j = (i + step) % d->l;

            if (!clashes(d, first + i, first, d->perm[j]) &&
                (j >= n || !clashes(d, first + j, first, d->perm[i]))) {
                swap(&d->perm[i], &d->perm[j]);
                break;
            }
        }
        TALLY_INVARIANT(step < d->l);
    }
}

static int
ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void
draw_sets(struct draw *d, uint32_t *sets)
{
    size_t total = (size_t)d->m * d->t;
    size_t first, j, r;

    for (first = 0; first < total; first += d->l) {
        size_t n = total - first < d->l ? total - first : d->l;

        tally_keystream_permutation(&d->stream, d->perm, d->l);
        repair_permutation(d, first, n);
        memcpy(d->slots + first, d->perm, n * sizeof(*d->perm));
    }
    for (j = 0; j < d->m; j++) {
        for (r = 0; r < d->t; r++) {
            sets[j * d->t + r] = d->slots[r * d->m + j];
        }
        qsort(sets + j * d->t, d->t, sizeof(*sets), ascending);
    }
}

static void
free_draw(struct draw *d)
{
    if (d->slots != NULL) {
        tally_wipe(d->slots, (size_t)d->m * d->t * sizeof(*d->slots));
    }
    if (d->perm != NULL) {
        tally_wipe(d->perm, d->l * sizeof(*d->perm));
    }
    free(d->slots);
    free(d->perm);
}

int
tally_diffusion_draw(uint32_t *sets, uint32_t l, uint32_t m, uint32_t t,
                     struct tally_secret *seed, struct tally_err *err)
{
    struct draw d = {.l = l, .m = m, .t = t};

    TALLY_INVARIANT(t >= 1 && l / 4 >= t);
    d.slots = calloc((size_t)m * t, sizeof(*d.slots));
    d.perm = calloc(l, sizeof(*d.perm));
    if (d.slots == NULL || d.perm == NULL) {
        free_draw(&d);
        return tally_err_nomem(err);
    }
    tally_keystream_start(&d.stream, seed);
    draw_sets(&d, sets);
    tally_keystream_end(&d.stream);
    free_draw(&d);
    return 0;
}

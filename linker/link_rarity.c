/*
 * Frequency adjustment (Winkler 1989), as far as encodings allow it: two equal encodings
 * of a view say more where few records of a source have that value, and less where many
 * do. Values themselves are not known. Encodings salted by record are never equal, and
 * those of many fields seldom: then nothing is adjusted.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <math.h>
#include <stdlib.h>

/* A value is taken for so many bits rarer or commoner at most: one that stands there once
 * may be a slip of the pen. */
#define RARITY_MAX 2.0

/* Values are shared if a record has so many with the same one on average, itself too. */
#define SHARED_BY 2.0

/* The key of equal encodings. */
#define KEY_EQUAL UINT32_C(0x80000000)

/* A row, and what stands for its value. */
struct value {
    uint64_t hash;
    uint32_t row;
};

static int
by_hash(const void *left, const void *right)
{
    const struct value *x = left;
    const struct value *y = right;

    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* FNV-1a: it only finds equal rows. */
static uint64_t
hash_of(const uint8_t *row, size_t len)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < len; i++) {
        h = (h ^ row[i]) * 1099511628211u;
    }
    return h;
}

/* Rows that have any bit set, equal ones together. */
static size_t
take_values(const struct tally_matrix *m, struct value *list)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n; i++) {
        if (m->popcounts[i] > 0) {
            list[n++] = (struct value){hash_of(m->rows + i * m->stride, m->stride),
                                       (uint32_t)i};
        }
    }
    qsort(list, n, sizeof *list, by_hash);
    return n;
}

/* One past the last of the values equal to that at ${from}. */
static size_t
end_of(const struct value *list, size_t n, size_t from)
{
    size_t end = from + 1;

    while (end < n && list[end].hash == list[from].hash) {
        end++;
    }
    return end;
}

/* With how many records a record shares its value on average, itself too. */
static double
mean_shared(const struct value *list, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i = end_of(list, n, i)) {
        double equal = (double)(end_of(list, n, i) - i);

        sum += equal * equal;
    }
    return n > 0 ? sum / (double)n : 0;
}

int
link_rarity_find(struct link_view *v, struct tally_err *err)
{
    struct value *list = malloc((v->m.n + 1) * sizeof *list);
    double mean;
    size_t n;
    size_t end;

    v->rarity = calloc(v->m.n + 1, sizeof *v->rarity);
    if (list == NULL || v->rarity == NULL) {
        free(list);
        return tally_err_nomem(err);
    }
    n = take_values(&v->m, list);
    mean = mean_shared(list, n);
    for (size_t i = 0; i < n && mean >= SHARED_BY; i = end) {
        double bits;

        end = end_of(list, n, i);
        bits = log2(mean / (double)(end - i));
        for (size_t k = i; k < end; k++) {
            v->rarity[list[k].row] = (float)fmax(-RARITY_MAX, fmin(RARITY_MAX, bits));
        }
    }
    free(list);
    return 0;
}

double
link_rarity_bits(const struct link_run *run, size_t v, const struct link_source *a,
                 size_t i, const struct link_source *b, size_t j, uint32_t key)
{
    const float *x = a->views[v].rarity;
    const float *y = b->views[v].rarity;

    if (key != KEY_EQUAL || x == NULL || y == NULL) {
        return 0;
    }
    return run->evidence.views[v].share * ((double)x[i] + (double)y[j]) / 2;
}

/*
 * Thinning the candidates of two sources in memory: rows of one record, and anonlink's
 * rule for the k best.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/candidates_impl.h"

#include <stdlib.h>

#include "linker/assign.h"

static int
by_numbers(const struct tally_candidate *x, const struct tally_candidate *y)
{
    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    return x->b < y->b ? -1 : x->b > y->b;
}

static int
by_key(const struct tally_candidate *x, const struct tally_candidate *y)
{
    uint32_t p = tally_edge_key(x->common, x->total);
    uint32_t q = tally_edge_key(y->common, y->total);

    return p > q ? -1 : p < q;
}

static int
pair_then_score(const void *left, const void *right)
{
    int order = by_numbers(left, right);

    return order != 0 ? order : by_key(left, right);
}

static int
score_then_pair(const void *left, const void *right)
{
    int order = by_key(left, right);

    return order != 0 ? order : by_numbers(left, right);
}

size_t
candidates_of_records(const struct tally_candidate_source *a,
                      const struct tally_candidate_source *b,
                      struct tally_candidate *list, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct tally_candidate c = list[i];

        c.a = candidates_record(a, c.a);
        c.b = candidates_record(b, c.b);
        if (a != b || c.a != c.b) { /* rows of one record are one person by definition */
            list[kept++] = c;
        }
    }
    n = kept;
    kept = 0;
    if (n > 1) {
        qsort(list, n, sizeof *list, pair_then_score);
    }
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || by_numbers(&list[i], &list[kept - 1]) != 0) {
            list[kept++] = list[i];
        }
    }
    return kept;
}

/* The first round: in descending order the k first pairs of a record are its best. Within
 * one source a pair needs to be one of them for either record. */
static size_t
keep_first(struct tally_candidate *list, size_t n, uint32_t k, uint32_t *of_a,
           uint32_t *of_b)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        bool keep = of_a[list[i].a]++ < k;

        if (of_b != NULL) {
            keep = of_b[list[i].b]++ < k || keep;
        }
        if (keep) {
            list[kept++] = list[i];
        }
    }
    return kept;
}

/* The second round: both records count every pair of theirs, also those that the other
 * one's count rejects. */
static size_t
keep_both(struct tally_candidate *list, size_t n, uint32_t k, uint32_t *of_a,
          uint32_t *of_b)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        bool a = of_a[list[i].a]++ < k;
        bool b = of_b[list[i].b]++ < k;

        if (a && b) {
            list[kept++] = list[i];
        }
    }
    return kept;
}

int
candidates_keep_best(struct tally_candidate *list, size_t *n, uint32_t k, size_t na,
                     size_t nb, bool self, struct tally_err *err)
{
    uint32_t *first = calloc(na + 1, sizeof *first);
    uint32_t *second = calloc(na + nb + 1, sizeof *second);

    if (first == NULL || second == NULL) {
        free(first);
        free(second);
        return tally_err_nomem(err);
    }
    if (*n > 1) {
        qsort(list, *n, sizeof *list, score_then_pair);
    }
    *n = keep_first(list, *n, k, first, self ? first : NULL);
    *n = keep_both(list, *n, k, second, self ? second : second + na);
    free(first);
    free(second);
    return 0;
}

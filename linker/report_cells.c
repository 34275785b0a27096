/*
 * Figures tied by sums.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report_cells.h"

#include <stdlib.h>

/** Room for one more of ${width} bytes in the list at ${p}; NULL, and the list as it was,
 * without memory. */
static void *
grown(void *p, size_t n, size_t *cap, size_t width)
{
    size_t more = *cap == 0 ? 256 : 2 * *cap;

    if (n < *cap) {
        return p;
    }
    p = realloc(p, more * width);
    if (p != NULL) {
        *cap = more;
    }
    return p;
}

size_t
tally_report_cell(struct report_cells *c, uint64_t raw)
{
    size_t cap = c->cap;
    uint64_t *r = grown(c->raw, c->n, &cap, sizeof *r);
    struct tally_count *k;

    if (r == NULL) {
        c->failed = true;
        return 0;
    }
    c->raw = r;
    cap = c->cap;
    k = grown(c->counts, c->n, &cap, sizeof *k);
    if (k == NULL) {
        c->failed = true;
        return 0;
    }
    c->counts = k;
    c->cap = cap;
    c->raw[c->n] = raw;
    c->counts[c->n] = tally_disclose(raw);
    return c->n++;
}

void
tally_report_sum(struct report_cells *c)
{
    size_t *s = grown(c->starts, c->nsums, &c->sums_cap, sizeof *s);

    if (s == NULL) {
        c->failed = true;
        return;
    }
    c->starts = s;
    c->starts[c->nsums++] = c->nmembers;
}

void
tally_report_sum_add(struct report_cells *c, size_t cell)
{
    size_t *m = grown(c->members, c->nmembers, &c->members_cap, sizeof *m);

    if (m == NULL) {
        c->failed = true;
        return;
    }
    c->members = m;
    c->members[c->nmembers++] = cell;
}

void
tally_report_sum_of_two(struct report_cells *c, size_t total, size_t a, size_t b)
{
    tally_report_sum(c);
    tally_report_sum_add(c, total);
    tally_report_sum_add(c, a);
    tally_report_sum_add(c, b);
}

int
tally_report_close(struct report_cells *c, struct tally_err *err)
{
    struct tally_disclose_sum *sums;
    int rc;

    if (c->failed) {
        return tally_err_nomem(err);
    }
    sums = calloc(c->nsums + 1, sizeof *sums);
    if (sums == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < c->nsums; i++) {
        size_t end = i + 1 < c->nsums ? c->starts[i + 1] : c->nmembers;

        sums[i].cells = c->members + c->starts[i];
        sums[i].n = end - c->starts[i];
    }
    rc = tally_disclose_sums(c->raw, c->counts, c->n, sums, c->nsums, err);
    free(sums);
    return rc;
}

struct tally_count
tally_report_share(const struct report_cells *c, size_t part, size_t whole)
{
    if (c->counts[part].suppressed || c->counts[whole].suppressed) {
        return tally_disclose_share(0, 0);
    }
    return tally_disclose_share(c->raw[part], c->raw[whole]);
}

void
tally_report_cells_free(struct report_cells *c)
{
    free(c->raw);
    free(c->counts);
    free(c->members);
    free(c->starts);
}

/*
 * What is known from elsewhere: records that must be linked and records that must not.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <stdlib.h>
#include <string.h>

#include "linker/forest.h"

static uint32_t
number_of(const struct link_run *run, uint32_t source, uint32_t row)
{
    return run->start[source] + row;
}

/* Records that must be one person come together in ${parent}. Several records of a source
 * free of duplicates never may. */
static int
join_musts(const struct link_run *run, uint32_t *parent, uint64_t *holds,
           struct tally_err *err)
{
    const struct tally_link_job *job = run->job;

    for (size_t i = 0; i < job->nmust; i++) {
        const struct tally_forced *f = &job->must[i];
        uint32_t x = tally_forest_root(parent, number_of(run, f->source_a, f->row_a));
        uint32_t y = tally_forest_root(parent, number_of(run, f->source_b, f->row_b));

        if (f->source_a == f->source_b && job->nsources > 1) {
            (void)tally_err_set(err, TALLY_E_DATA,
                                "must-link row %llu: both records are of '%s'",
                                (unsigned long long)f->line,
                                job->sources[f->source_a].name);
            return tally_err_hint(err, "link that file alone to join records inside it");
        }
        if (x != y && (holds[x] & holds[y]) != 0) {
            (void)tally_err_set(
                err, TALLY_E_DATA,
                "must-link row %llu: with the rows before it, it makes one person of two "
                "records of a source that is declared free of duplicates",
                (unsigned long long)f->line);
            return tally_err_hint(err, "take one of the rows out, or have the owner "
                                       "encode with --duplicates possible");
        }
        tally_forest_unite(parent, x, y);
        holds[x < y ? x : y] = holds[x] | holds[y];
    }
    return 0;
}

static int
check_nots(const struct link_run *run, uint32_t *parent, struct tally_err *err)
{
    const struct tally_link_job *job = run->job;

    for (size_t i = 0; i < job->nmust_not; i++) {
        const struct tally_forced *f = &job->must_not[i];

        if (tally_forest_root(parent, number_of(run, f->source_a, f->row_a)) ==
            tally_forest_root(parent, number_of(run, f->source_b, f->row_b))) {
            (void)tally_err_set(
                err, TALLY_E_DATA,
                "must-not-link row %llu contradicts the must-link list, which makes one "
                "person of its two records",
                (unsigned long long)f->line);
            return tally_err_hint(err, "take the row out of one of the two lists");
        }
    }
    return 0;
}

int
link_forced_check(const struct link_run *run, struct tally_err *err)
{
    uint32_t n = run->start[run->job->nsources];
    uint32_t *parent;
    uint64_t *holds;
    int status = -1;

    if (run->job->nmust == 0 && run->job->nmust_not == 0) {
        return 0;
    }
    parent = malloc(((size_t)n + 1) * sizeof *parent);
    holds = calloc((size_t)n + 1, sizeof *holds);
    if (parent == NULL || holds == NULL) {
        tally_err_nomem(err);
    } else {
        for (uint32_t i = 0; i < n; i++) {
            uint32_t s = link_source_of(run, i);

            parent[i] = i;
            holds[i] = link_once(run, s) ? 1ull << s : 0;
        }
        status = join_musts(run, parent, holds, err) == 0 ? check_nots(run, parent, err)
                                                          : -1;
    }
    free(parent);
    free(holds);
    return status;
}

static bool
is_of(const struct tally_forced *f, const struct link_pair *p)
{
    return f->source_a == p->a && f->source_b == p->b;
}

/* The pairs of ${list} that are of ${p}, in the order of their records. */
static int
take(const struct tally_forced *list, size_t n, const struct link_pair *p,
     struct tally_edge **out, size_t *nout, struct tally_err *err)
{
    struct tally_edge *edges = malloc((n + 1) * sizeof *edges);

    *nout = 0;
    if (edges == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (is_of(&list[i], p)) {
            edges[(*nout)++] =
                (struct tally_edge){list[i].row_a, list[i].row_b, LINK_KEY_MUST};
        }
    }
    qsort(edges, *nout, sizeof *edges, link_by_records);
    *out = edges;
    return 0;
}

static bool
any_of(const struct tally_forced *list, size_t n, const struct link_pair *p)
{
    size_t i = 0;

    while (i < n && !is_of(&list[i], p)) {
        i++;
    }
    return i < n;
}

bool
link_forced_any(const struct link_run *run, const struct link_pair *p)
{
    return any_of(run->job->must, run->job->nmust, p) ||
           any_of(run->job->must_not, run->job->nmust_not, p);
}

/* Those that must not be linked are no candidates. */
static int
drop_nots(const struct link_run *run, struct link_pair *p, struct tally_err *err)
{
    struct tally_edge *nots = NULL;
    size_t nnots = 0;
    size_t kept = 0;

    if (take(run->job->must_not, run->job->nmust_not, p, &nots, &nnots, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < p->nedges; i++) {
        if (nnots == 0 ||
            bsearch(&p->edges[i], nots, nnots, sizeof *nots, link_by_records) == NULL) {
            p->edges[kept++] = p->edges[i];
        }
    }
    p->nedges = kept;
    free(nots);
    return 0;
}

int
link_forced_apply(const struct link_run *run, struct link_pair *p, struct tally_err *err)
{
    struct tally_edge *musts = NULL;
    struct tally_edge *more = NULL;
    size_t nmusts = 0;

    if (drop_nots(run, p, err) != 0 ||
        take(run->job->must, run->job->nmust, p, &musts, &nmusts, err) != 0) {
        return -1;
    }
    if (nmusts > 0) {
        more = realloc(p->edges, (p->nedges + nmusts) * sizeof *more);
        if (more == NULL) {
            free(musts);
            return tally_err_nomem(err);
        }
        p->edges = more;
        memcpy(more + p->nedges, musts, nmusts * sizeof *more);
        p->nedges = link_records_unique(more, p->nedges + nmusts);
    }
    free(musts);
    return 0;
}

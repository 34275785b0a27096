/*
 * From raw figures to what a report may show. Every figure becomes a cell, and every way
 * in which some figures add up to another becomes a sum over cells: what is hidden in one
 * table cannot then be worked out from another. Where people and records are the same
 * thing but for doubles inside a source, they are tied as if they were.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report_impl.h"

#include "linker/report_cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALL_COMBINATIONS_UP_TO                                                           \
    5 /* sources: 31 combinations, whether anybody is in them or not */

const char *const tally_report_band_names[TALLY_STORE_BANDS] = {
    "0.99 or more", "0.95 to 0.99", "0.80 to 0.95", "under 0.80", "cannot be said"};

/** A list of combinations. ${rest} stands for those that are not looked at. */
struct overlap_cells {
    size_t n;
    uint64_t masks[TALLY_REPORT_OVERLAPS];
    size_t cells[TALLY_REPORT_OVERLAPS];
    bool has_rest;
    size_t rest;
};

/** Records and people of two kinds, and both together. */
struct split_cells {
    size_t all;
    size_t linked;
    size_t unlinked;
};

/** A report being worked out. */
struct work {
    const struct tally_store_run *run;
    const struct tally_cohort_facts *cohort;
    struct report_cells cells;
    struct split_cells people;
    struct split_cells sources[TALLY_SOURCES_MAX];
    size_t records;
    size_t sizes[TALLY_REPORT_SIZES];
    struct overlap_cells overlaps;
    struct split_cells cohort_people;
    size_t cohort_rows[TALLY_SOURCES_MAX];
    unsigned cohort_source[TALLY_SOURCES_MAX]; /* its number in the run */
    struct overlap_cells cohort_overlaps;
    struct split_cells (*groups)[TALLY_COHORT_VALUES_MAX]; /* one row a group */
    struct report_numbers *out;
};

static unsigned
bits_of(uint64_t mask)
{
    return (unsigned)__builtin_popcountll(mask);
}

static uint64_t
people_seen_by(uint64_t mask, const uint64_t *masks, const uint64_t *people, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (masks[i] == mask) {
            return people[i];
        }
    }
    return 0;
}

/**
 * Cells for combinations: with few sources all there can be, so that one without anybody
 * protects the small ones as any small one does; else the largest.
 */
static void
add_overlaps(struct work *w, struct overlap_cells *o, size_t nsources,
             const uint64_t *masks, const uint64_t *people, size_t n)
{
    if (nsources <= ALL_COMBINATIONS_UP_TO) {
        for (uint64_t mask = 1; mask < 1ull << nsources; mask++) {
            o->masks[o->n] = mask;
            o->cells[o->n] =
                tally_report_cell(&w->cells, people_seen_by(mask, masks, people, n));
            o->n++;
        }
        return;
    }
    for (size_t i = 0; i < n && i < TALLY_REPORT_OVERLAPS; i++) {
        o->masks[i] = masks[i];
        o->cells[i] = tally_report_cell(&w->cells, people[i]);
        o->n++;
    }
    if (n > TALLY_REPORT_OVERLAPS) {
        o->has_rest = true;
        o->rest = tally_report_cell(&w->cells, 0);
    }
}

/** Add to the sum begun last the combinations that hold all of ${with} and have ${least}
 * to ${most} sources. */
static void
sum_overlaps(struct work *w, const struct overlap_cells *o, uint64_t with, unsigned least,
             unsigned most)
{
    for (size_t i = 0; i < o->n; i++) {
        unsigned bits = bits_of(o->masks[i]);

        if ((o->masks[i] & with) == with && bits >= least && bits <= most) {
            tally_report_sum_add(&w->cells, o->cells[i]);
        }
    }
    if (o->has_rest) {
        tally_report_sum_add(&w->cells, o->rest);
    }
}

/** The sum ${total} = combinations, as above. */
static void
tie_overlaps(struct work *w, size_t total, const struct overlap_cells *o, uint64_t with,
             unsigned least, unsigned most)
{
    tally_report_sum(&w->cells);
    tally_report_sum_add(&w->cells, total);
    sum_overlaps(w, o, with, least, most);
}

static struct split_cells
add_split(struct work *w, uint64_t all, uint64_t linked)
{
    struct split_cells s = {
        .all = tally_report_cell(&w->cells, all),
        .linked = tally_report_cell(&w->cells, linked),
        .unlinked = tally_report_cell(&w->cells, all - linked),
    };

    tally_report_sum_of_two(&w->cells, s.all, s.linked, s.unlinked);
    return s;
}

/** People in combinations of two sources or more. */
static uint64_t
count_in_several(const uint64_t *masks, const uint64_t *people, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += bits_of(masks[i]) > 1 ? people[i] : 0;
    }
    return sum;
}

static void
add_sources(struct work *w)
{
    const struct tally_store_run *run = w->run;
    uint64_t records = 0;

    for (size_t s = 0; s < run->nsources; s++) {
        w->sources[s] = add_split(w, run->sources[s].records, run->sources[s].linked);
        records += run->sources[s].records;
    }
    w->records = tally_report_cell(&w->cells, records);
    tally_report_sum(&w->cells);
    tally_report_sum_add(&w->cells, w->records);
    for (size_t s = 0; s < run->nsources; s++) {
        tally_report_sum_add(&w->cells, w->sources[s].all);
    }
}

static void
add_people(struct work *w)
{
    const struct tally_store_run *run = w->run;
    bool dedup = run->nsources == 1;
    uint64_t linked =
        dedup ? run->nclusters - run->sizes[0]
              : count_in_several(run->overlap_masks, run->overlap_people, run->noverlaps);

    w->people = add_split(w, run->nclusters, linked);
    if (dedup) {
        /* A record without a double is a person with one record. */
        tally_report_sum(&w->cells);
        tally_report_sum_add(&w->cells, w->sources[0].unlinked);
        tally_report_sum_add(&w->cells, w->people.unlinked);
        return;
    }
    add_overlaps(w, &w->overlaps, run->nsources, run->overlap_masks, run->overlap_people,
                 run->noverlaps);
    tie_overlaps(w, w->people.all, &w->overlaps, 0, 1, 64);
    tie_overlaps(w, w->people.linked, &w->overlaps, 0, 2, 64);
    tie_overlaps(w, w->people.unlinked, &w->overlaps, 0, 1, 1);
    for (size_t s = 0; s < run->nsources; s++) {
        tie_overlaps(w, w->sources[s].linked, &w->overlaps, 1ull << s, 2, 64);
        tie_overlaps(w, w->sources[s].unlinked, &w->overlaps, 1ull << s, 1, 1);
    }
}

/** Rows of the table of sizes: small ones at the end are pooled, so that the table ends
 * without saying what is the most. */
static size_t
pool_sizes(const struct tally_store_run *run, size_t most,
           uint64_t rows[TALLY_REPORT_SIZES])
{
    size_t n = most;
    uint64_t tail = 0;

    memset(rows, 0, TALLY_REPORT_SIZES * sizeof rows[0]);
    for (size_t i = 0; i < run->nsizes; i++) {
        rows[i < n ? i : n - 1] += run->sizes[i];
    }
    tail = rows[n - 1];
    while (n > 2 && tail < TALLY_DISCLOSE_MIN) {
        n--;
        tail += rows[n - 1];
    }
    rows[n - 1] = tail;
    return n;
}

static void
add_sizes(struct work *w, size_t most)
{
    uint64_t rows[TALLY_REPORT_SIZES];
    size_t n = pool_sizes(w->run, most, rows);

    for (size_t i = 0; i < n; i++) {
        w->sizes[i] = tally_report_cell(&w->cells, rows[i]);
        if (w->run->nsources > 1) {
            tie_overlaps(w, w->sizes[i], &w->overlaps, 0, (unsigned)i + 1,
                         i + 1 == n ? 64 : (unsigned)i + 1);
        }
    }
    tally_report_sum(&w->cells);
    tally_report_sum_add(&w->cells, w->people.all);
    for (size_t i = 0; i < n; i++) {
        tally_report_sum_add(&w->cells, w->sizes[i]);
    }
    tally_report_sum(&w->cells);
    tally_report_sum_add(&w->cells, w->people.unlinked);
    tally_report_sum_add(&w->cells, w->sizes[0]);
    w->out->nsizes = n;
}

/** The combination of a cohort in the source numbers of the run. */
static uint64_t
in_run(const struct work *w, uint64_t mask)
{
    uint64_t out = 0;

    for (size_t s = 0; s < w->cohort->nsources; s++) {
        out |= (mask >> s & 1) << w->cohort_source[s];
    }
    return out;
}

/** People of the cohort seen by a combination are people of the run seen by it, and
 * perhaps by sources that the cohort leaves out. */
static void
tie_cohort_overlaps(struct work *w)
{
    uint64_t all = in_run(
        w, w->cohort->nsources == 64 ? UINT64_MAX : (1ull << w->cohort->nsources) - 1);

    for (size_t i = 0; i < w->cohort_overlaps.n; i++) {
        uint64_t mask = in_run(w, w->cohort_overlaps.masks[i]);

        tally_report_sum(&w->cells);
        tally_report_sum_add(&w->cells, w->cohort_overlaps.cells[i]);
        for (size_t j = 0; j < w->overlaps.n; j++) {
            if ((w->overlaps.masks[j] & all) == mask) {
                tally_report_sum_add(&w->cells, w->overlaps.cells[j]);
            }
        }
    }
}

static int
find_cohort_sources(struct work *w, struct tally_err *err)
{
    for (size_t s = 0; s < w->cohort->nsources; s++) {
        size_t at = 0;

        while (at < w->run->nsources &&
               strcmp(w->run->sources[at].name, w->cohort->names[s]) != 0) {
            at++;
        }
        if (at == w->run->nsources) {
            tally_err_set(err, TALLY_E_DATA,
                          "the cohort has a source %s, but run %lld of the store has not",
                          w->cohort->names[s], (long long)w->run->id);
            return tally_err_hint(
                err, "use the cohort that was made from this run's link map");
        }
        w->cohort_source[s] = (unsigned)at;
    }
    return 0;
}

/** The rows of source ${s} of the cohort, split; they are the source's records as a run
 * has them where the cohort has all its sources. */
static void
add_group_totals(struct work *w, size_t s, size_t *linked, size_t *unlinked)
{
    const struct tally_cohort_facts *f = w->cohort;
    const struct split_cells *run = &w->sources[w->cohort_source[s]];

    *linked = tally_report_cell(&w->cells, f->linked_rows[s]);
    *unlinked = tally_report_cell(&w->cells, f->rows[s] - f->linked_rows[s]);
    tally_report_sum_of_two(&w->cells, w->cohort_rows[s], *linked, *unlinked);
    if (f->nsources == w->run->nsources && f->nsources > 1) {
        tally_report_sum(&w->cells);
        tally_report_sum_add(&w->cells, *linked);
        tally_report_sum_add(&w->cells, run->linked);
        tally_report_sum(&w->cells);
        tally_report_sum_add(&w->cells, *unlinked);
        tally_report_sum_add(&w->cells, run->unlinked);
    }
}

/** The sum ${total} = the cells at ${part} of each value. */
static void
tie_values(struct work *w, size_t total, const struct split_cells *values, size_t n,
           size_t part)
{
    tally_report_sum(&w->cells);
    tally_report_sum_add(&w->cells, total);
    for (size_t v = 0; v < n; v++) {
        tally_report_sum_add(&w->cells, part == 0   ? values[v].all
                                        : part == 1 ? values[v].linked
                                                    : values[v].unlinked);
    }
}

static void
add_groups(struct work *w)
{
    const struct tally_cohort_facts *f = w->cohort;
    size_t linked[TALLY_SOURCES_MAX] = {0};
    size_t unlinked[TALLY_SOURCES_MAX] = {0};
    bool met[TALLY_SOURCES_MAX] = {false};

    for (size_t g = 0; g < f->ngroups; g++) {
        const struct tally_cohort_group *group = &f->groups[g];
        size_t s = group->source;

        if (!met[s]) {
            add_group_totals(w, s, &linked[s], &unlinked[s]);
            met[s] = true;
        }
        for (size_t v = 0; v < group->nvalues; v++) {
            w->groups[g][v] =
                add_split(w, group->values[v].rows, group->values[v].linked);
        }
        tie_values(w, w->cohort_rows[s], w->groups[g], group->nvalues, 0);
        tie_values(w, linked[s], w->groups[g], group->nvalues, 1);
        tie_values(w, unlinked[s], w->groups[g], group->nvalues, 2);
    }
}

static int
add_cohort(struct work *w, struct tally_err *err)
{
    const struct tally_cohort_facts *f = w->cohort;

    if (f == NULL) {
        return 0;
    }
    if (find_cohort_sources(w, err) != 0) {
        return -1;
    }
    w->cohort_people =
        add_split(w, f->people,
                  count_in_several(f->overlap_masks, f->overlap_people, f->noverlaps));
    add_overlaps(w, &w->cohort_overlaps, f->nsources, f->overlap_masks, f->overlap_people,
                 f->noverlaps);
    tie_overlaps(w, w->cohort_people.all, &w->cohort_overlaps, 0, 1, 64);
    tie_overlaps(w, w->cohort_people.linked, &w->cohort_overlaps, 0, 2, 64);
    tie_overlaps(w, w->cohort_people.unlinked, &w->cohort_overlaps, 0, 1, 1);
    for (size_t s = 0; s < f->nsources; s++) {
        w->cohort_rows[s] = tally_report_cell(&w->cells, f->rows[s]);
        tie_overlaps(w, w->cohort_rows[s], &w->cohort_overlaps, 1ull << s, 1, 64);
        /* But for dummy records these are the records of the source. */
        tally_report_sum(&w->cells);
        tally_report_sum_add(&w->cells, w->cohort_rows[s]);
        tally_report_sum_add(&w->cells, w->sources[w->cohort_source[s]].all);
    }
    if (w->run->nsources > 1) {
        tie_cohort_overlaps(w);
    }
    add_groups(w);
    return 0;
}

static int
by_people(const void *a, const void *b)
{
    const struct report_overlap *x = a;
    const struct report_overlap *y = b;

    /* By what is shown, not by what is: order would tell within a rounding step. */
    if (x->people.value != y->people.value) {
        return x->people.value < y->people.value ? 1 : -1;
    }
    return (x->mask > y->mask) - (x->mask < y->mask);
}

static int
take_overlaps(const struct work *w, const struct overlap_cells *o,
              struct report_overlaps *out, struct tally_err *err)
{
    out->list = calloc(o->n + 1, sizeof *out->list);
    if (out->list == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < o->n; i++) {
        const struct tally_count *people = &w->cells.counts[o->cells[i]];

        if (!people->suppressed) {
            out->list[out->n++] = (struct report_overlap){o->masks[i], *people};
        }
    }
    qsort(out->list, out->n, sizeof *out->list, by_people);
    return 0;
}

/** Two figures and no more. */
static uint64_t
coarse(uint64_t n)
{
    uint64_t unit = 1;

    while (n / unit >= 100) {
        unit *= 10;
    }
    return n / unit * unit;
}

static void
take_pairs(const struct work *w)
{
    struct report_numbers *r = w->out;
    struct tally_precision all =
        tally_link_precision(w->run->calibrations, w->run->ncalibrations);
    const struct tally_precision none = {(double)NAN, (double)NAN, (double)NAN};

    for (size_t i = 0; i < w->run->ncalibrations; i++) {
        const struct tally_calibration *c = &w->run->calibrations[i];
        struct report_pair *p = &r->pairs[i];

        p->c = c;
        p->links = tally_disclose_coarse(c->links);
        p->candidates = tally_disclose_coarse(c->candidates);
        p->further = tally_disclose_coarse(c->further);
        p->rivals = tally_disclose_coarse(c->rivals);
        p->twins = tally_disclose_coarse(c->twins);
        p->household = tally_disclose_coarse(c->household);
        p->precision = p->links.suppressed ? (double)NAN : c->estimated_precision;
        p->recall = p->links.suppressed ? (double)NAN : c->estimated_recall;
        p->after = p->links.suppressed || w->run->reviewed == NULL ||
                           w->run->reviewed[i].review == 0 ||
                           isnan(w->run->reviewed[i].precision)
                       ? NULL
                       : &w->run->reviewed[i];
        tally_report_histogram(c, &p->scores);
        r->nlow_confidence += c->low_confidence;
    }
    r->npairs = w->run->ncalibrations;
    r->after = r->links.suppressed ? none : tally_store_reviewed_precision(w->run);
    r->precision = r->links.suppressed ? (double)NAN : all.estimate;
    r->precision_low = r->links.suppressed ? (double)NAN : all.low;
    r->precision_high = r->links.suppressed ? (double)NAN : all.high;
}

/** What may be shown of a value; false for nothing. */
static bool
take_value(const struct work *w, const struct split_cells *cells, const char *text,
           struct report_value *v)
{
    const struct report_cells *c = &w->cells;

    v->text = text;
    v->rows = c->counts[cells->all];
    v->linked = c->counts[cells->linked];
    v->unlinked = c->counts[cells->unlinked];
    v->share = tally_report_share(c, cells->linked, cells->all);
    v->interval = v->share.suppressed || v->linked.value > v->rows.value
                      ? (struct tally_interval){(double)NAN, (double)NAN, (double)NAN}
                      : tally_interval_share(v->linked.value, v->rows.value);
    return !v->rows.suppressed;
}

static void
take_group(const struct work *w, size_t g, struct report_group *out)
{
    const struct tally_cohort_group *group = &w->cohort->groups[g];
    double least = 2;
    double most = -1;

    memset(out, 0, sizeof *out);
    out->source = w->cohort->names[group->source];
    out->column = group->column;
    for (size_t i = 0; i < group->nvalues; i++) {
        struct report_value *v = &out->values[out->nvalues];

        if (!take_value(w, &w->groups[g][i], group->values[i].text, v)) {
            continue;
        }
        if (v->interval.share < least) {
            least = v->interval.share;
            out->lowest = out->nvalues;
        }
        if (v->interval.share > most) {
            most = v->interval.share;
            out->highest = out->nvalues;
        }
        out->nvalues++;
    }
}

static int
take_groups(const struct work *w, struct report_cohort *out, struct tally_err *err)
{
    out->groups = calloc(w->cohort->ngroups + 1, sizeof *out->groups);
    if (out->groups == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t g = 0; g < w->cohort->ngroups; g++) {
        take_group(w, g, &out->groups[out->ngroups]);
        out->ngroups += out->groups[out->ngroups].nvalues > 1;
    }
    return 0;
}

static int
take_cohort(const struct work *w, struct tally_err *err)
{
    const struct report_cells *c = &w->cells;
    struct report_cohort *out = &w->out->cohort;

    if (w->cohort == NULL) {
        return 0;
    }
    w->out->has_cohort = true;
    out->people = c->counts[w->cohort_people.all];
    out->linked = c->counts[w->cohort_people.linked];
    out->share = tally_report_share(c, w->cohort_people.linked, w->cohort_people.all);
    out->nsources = w->cohort->nsources;
    for (size_t s = 0; s < out->nsources; s++) {
        out->names[s] = w->cohort->names[s];
        out->rows[s] = c->counts[w->cohort_rows[s]];
    }
    if (take_groups(w, out, err) != 0) {
        return -1;
    }
    return take_overlaps(w, &w->cohort_overlaps, &out->overlaps, err);
}

/** Copy what may be shown out of the closed cells. */
static int
take_all(const struct work *w, struct tally_err *err)
{
    const struct report_cells *c = &w->cells;
    struct report_numbers *r = w->out;

    r->run = w->run;
    r->dedup = w->run->nsources == 1;
    r->records = c->counts[w->records];
    r->people = c->counts[w->people.all];
    r->linked = c->counts[w->people.linked];
    r->unlinked = c->counts[w->people.unlinked];
    r->share = tally_report_share(c, w->people.linked, w->people.all);
    r->links = tally_disclose_coarse(w->run->nlinks);
    r->compared = coarse(w->run->compared);
    for (size_t b = 0; b < TALLY_STORE_BANDS; b++) {
        r->bands[b] = tally_disclose_coarse(w->run->bands[b]);
    }
    r->nbands = TALLY_STORE_BANDS - (w->run->bands[TALLY_STORE_BANDS - 1] == 0);
    for (size_t s = 0; s < w->run->nsources; s++) {
        r->names[s] = w->run->sources[s].name;
        r->sources[s].records = c->counts[w->sources[s].all];
        r->sources[s].linked = c->counts[w->sources[s].linked];
        r->sources[s].unlinked = c->counts[w->sources[s].unlinked];
        r->sources[s].share =
            tally_report_share(c, w->sources[s].linked, w->sources[s].all);
    }
    for (size_t i = 0; i < r->nsizes; i++) {
        r->sizes[i].records = (unsigned)i + 1;
        r->sizes[i].or_more = i + 1 == r->nsizes;
        r->sizes[i].people = c->counts[w->sizes[i]];
    }
    take_pairs(w);
    if (take_overlaps(w, &w->overlaps, &r->overlaps, err) != 0) {
        return -1;
    }
    return take_cohort(w, err);
}

/** Cells and sums with at most ${most} rows of sizes, closed. */
static int
add_all(struct work *w, size_t most, struct tally_err *err)
{
    tally_report_cells_free(&w->cells);
    memset(&w->cells, 0, sizeof w->cells);
    memset(&w->overlaps, 0, sizeof w->overlaps);
    memset(&w->cohort_overlaps, 0, sizeof w->cohort_overlaps);
    add_sources(w);
    add_people(w);
    add_sizes(w, most);
    if (add_cohort(w, err) != 0) {
        return -1;
    }
    return tally_report_close(&w->cells, err);
}

static int
work_out(struct work *w, struct tally_err *err)
{
    bool hidden = false;

    w->out->pairs = calloc(w->run->ncalibrations + 1, sizeof *w->out->pairs);
    w->groups =
        calloc(1 + (w->cohort != NULL ? w->cohort->ngroups : 0), sizeof *w->groups);
    if (w->out->pairs == NULL || w->groups == NULL) {
        return tally_err_nomem(err);
    }
    if (add_all(w, TALLY_REPORT_SIZES, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < w->out->nsizes; i++) {
        hidden |= w->cells.counts[w->sizes[i]].suppressed;
    }
    /* Sizes say little that combinations do not say: where they would cost some of these,
     * "2 or more" will do. */
    if (hidden && add_all(w, 2, err) != 0) {
        return -1;
    }
    return take_all(w, err);
}

int
tally_report_numbers(struct report_numbers **out, const struct tally_report_job *job,
                     struct tally_err *err)
{
    struct work *w = calloc(1, sizeof *w);
    struct report_numbers *r = calloc(1, sizeof *r);
    int rc = -1;

    if (w == NULL || r == NULL) {
        tally_err_nomem(err);
    } else {
        w->run = job->run;
        w->cohort = job->cohort;
        w->out = r;
        rc = work_out(w, err) == 0 ? tally_report_match_sheets(r, job, err) : -1;
    }
    if (rc == 0) {
        tally_report_move(r);
        tally_report_judge(r);
    }
    if (w != NULL) {
        free(w->groups);
        tally_report_cells_free(&w->cells);
    }
    free(w);
    if (rc != 0) {
        tally_report_numbers_free(r);
        return -1;
    }
    *out = r;
    return 0;
}

void
tally_report_numbers_free(struct report_numbers *r)
{
    if (r == NULL) {
        return;
    }
    free(r->pairs);
    free(r->overlaps.list);
    free(r->cohort.overlaps.list);
    free(r->cohort.groups);
    free(r);
}

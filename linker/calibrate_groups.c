/*
 * A curve for sources that hold people several times, from how groups of records join.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BINS TALLY_HISTOGRAM_BINS

/* Fewer decoys say nothing, nor do those of a smaller share of records in groups beyond
 * doubt. */
#define DECOYS_MIN   30
#define GROUPED_PART .25

/* The valley is followed from where so many of the people found are left. */
#define PEOPLE_LEFT .7
#define ROUNDS      4

/* Each decoy stands for many pairs: counts are raised by this much of their own
 * deviation. */
#define DOUBT .5

/* Joins are looked at by so many at once, from the best down, at least. */
#define WINDOW_MIN  50.0
#define WINDOW_PART 100.0

/* How many true joins of groups there are is learnt from the joins before, each window
 * counting a fifth less than the next. False ones come in as scores fall, so once so many
 * are known, a window with more joins of groups than the share and so many deviations of
 * their count explain teaches nothing: the share may drift with noise, but not leap. */
#define FADE       .8
#define KNOWN_FROM 10.0
#define DEVIATIONS 1.5

/* So many decoys give the mean size of what they join. */
#define SIZED_BY 20.0

/* The joins of one bin, and how records stood when it was done. */
struct joins {
    double both;       /* of two groups of two records or more, */
    double both_pairs; /* the pairs that come together by them, */
    double one;        /* of a single record and anything, */
    double pairs;      /* the pairs that come together by all joins */
    double singles;    /* records that are alone */
    double groups;     /* groups of two or more, */
    double grouped;    /* and the records in them */
    double decoys;     /* of both: not true ones, as far as is known */
};

struct measure {
    const struct tally_measure_groups *job;
    struct joins bins[BINS];
    struct joins now;
};

/* The scores are asked for by what the caller knows, the joins are told to us. */
static uint32_t
score(void *ctx, uint32_t x, uint32_t y)
{
    const struct measure *m = ctx;

    return m->job->job->score(m->job->job->ctx, x, y);
}

static void
joined(void *ctx, const struct tally_cluster_link *by, uint32_t x, uint32_t y)
{
    struct measure *m = ctx;
    struct joins *j = &m->bins[tally_edge_bin(by->key)];
    double pairs = (double)x * y;

    if (x > 1 && y > 1) {
        j->both++;
        j->both_pairs += pairs;
    } else {
        j->one++;
    }
    j->pairs += pairs;
    m->now.singles -= (x == 1) + (y == 1);
    m->now.groups += 1 - (x > 1) - (y > 1);
    m->now.grouped += (x == 1) + (y == 1);
    j->singles = m->now.singles;
    j->groups = m->now.groups;
    j->grouped = m->now.grouped;
}

/* Count the joins along the first ${nlinks} links; of any two clusters unless ${rule}. */
static int
follow_joins(struct measure *m, size_t nlinks, bool rule, struct tally_err *err)
{
    struct tally_cluster_job job = *m->job->job;
    struct tally_clusters clusters = {0};

    memset(m->bins, 0, sizeof m->bins);
    m->now = (struct joins){.singles = job.start[job.nsources]};
    job.nlinks = nlinks;
    job.score = rule && job.score != NULL ? score : NULL;
    job.joined = joined;
    job.ctx = m;
    if (tally_cluster(&job, &clusters, err) != 0) {
        return -1;
    }
    tally_clusters_free(&clusters);
    m->now = (struct joins){.singles = job.start[job.nsources]};
    for (size_t bin = BINS; bin-- > 0;) {
        if (m->bins[bin].pairs > 0) {
            m->now = m->bins[bin];
        }
        m->bins[bin].singles = m->now.singles;
        m->bins[bin].groups = m->now.groups;
        m->bins[bin].grouped = m->now.grouped;
    }
    return 0;
}

/* The links down to where as many groups have joined as are left: below, most are one. */
static size_t
links_worth(const struct measure *m)
{
    const struct tally_cluster_job *job = m->job->job;
    size_t n = 0;
    size_t bin = BINS;
    double both = 0;

    while (bin > m->job->floor_bin && both <= m->bins[bin - 1].groups) {
        both += m->bins[--bin].both;
    }
    while (n < job->nlinks && tally_edge_bin(job->links[n].key) >= bin) {
        n++;
    }
    return n;
}

/* How many false joins of a single record with a group, and of two, there are to one of
 * two groups: between what holds if each record makes as many, and if each group does. */
struct beside {
    double one;
    double none;
};

static struct beside
beside(const struct joins *j)
{
    double by_records = j->grouped > 0 ? j->singles / j->grouped : 0;
    double by_groups = j->groups > 0 ? j->singles / j->groups : 0;

    return (struct beside){by_records + by_groups,
                           (by_records * by_records + by_groups * by_groups) / 2};
}

/* Pairs that come together falsely for each decoy that joins ${size} pairs. */
static double
per_decoy(const struct joins *j, double size)
{
    struct beside b = beside(j);

    return size + b.one * (j->groups > 0 ? j->grouped / j->groups : 1) + b.none;
}

/* True joins met so far, the last ones counting most: of groups, and how many of them
 * there would be if a record found a group as often as a single one. */
struct truth {
    double both;
    double even;
};

/* The decoys among joins ${sum} of a window that ends in ${last}: what true joins do not
 * explain. Those above ${sure} are all true. */
static double
decoys_of(struct truth *t, const struct joins *sum, const struct joins *last, bool sure)
{
    double even = sum->one * last->groups / fmax(1, last->singles);
    double share = t->even > 0 ? t->both / t->even : 0;
    double more = sum->both - share * even;

    if (sure || t->both < KNOWN_FROM || more <= DEVIATIONS * sqrt(share * even + 1)) {
        t->both = FADE * t->both + sum->both;
        t->even = FADE * t->even + even;
    }
    return sure ? 0 : more;
}

/* Windows of joins, the best scores first: bins from ${low} up, decoys for each bin. */
struct window {
    size_t low;
    double bins;
    double decoys;
    double both;
};

/* There are more decoys the lower the score: where a window has fewer than one above it,
 * that is noise, and they are taken together. */
static size_t
pool(struct window *w, size_t n)
{
    while (n > 1 && w[n - 1].decoys * w[n - 2].bins <= w[n - 2].decoys * w[n - 1].bins) {
        w[n - 2].low = w[n - 1].low;
        w[n - 2].bins += w[n - 1].bins;
        w[n - 2].decoys += w[n - 1].decoys;
        w[n - 2].both += w[n - 1].both;
        n--;
    }
    return n;
}

static size_t
make_windows(const struct measure *m, struct window windows[BINS])
{
    struct truth truth = {0};
    struct joins sum = {0};
    double all = 0;
    double least;
    size_t top = BINS;
    size_t n = 0;

    for (size_t bin = 0; bin < BINS; bin++) {
        all += m->bins[bin].both + m->bins[bin].one;
    }
    least = fmax(WINDOW_MIN, all / WINDOW_PART);
    for (size_t bin = BINS; bin-- > m->job->floor_bin;) {
        sum.both += m->bins[bin].both;
        sum.one += m->bins[bin].one;
        if (sum.both + sum.one >= least || bin == m->job->floor_bin) {
            windows[n++] = (struct window){
                bin, (double)(top - bin),
                decoys_of(&truth, &sum, &m->bins[bin], bin >= m->job->sure_bin),
                sum.both};
            n = pool(windows, n);
            top = bin;
            sum = (struct joins){0};
        }
    }
    return n;
}

static void
find_decoys(struct measure *m)
{
    struct window windows[BINS];
    size_t n = make_windows(m, windows);
    size_t bin = BINS;

    for (size_t i = 0; i < n; i++) {
        const struct window *w = &windows[i];
        double share = w->both > 0 ? fmin(1, fmax(0, w->decoys / w->both)) : 0;

        while (bin > w->low) {
            bin--;
            m->bins[bin].decoys = share * m->bins[bin].both;
        }
    }
}

/* Expected false pairs by bin; returns what a decoy stands for where there are enough of
 * them. */
static double
expect(const struct measure *m, struct tally_curve *curve)
{
    double at[BINS];
    double size[BINS];
    double decoys = 0;
    double pairs = 0;
    double known = 0;

    for (size_t bin = BINS; bin-- > 0;) {
        const struct joins *j = &m->bins[bin];

        decoys += j->decoys;
        pairs += j->both > 0 ? j->both_pairs * j->decoys / j->both : 0;
        at[bin] = decoys;
        size[bin] = decoys >= SIZED_BY ? pairs / decoys : 0;
        known = known == 0 && size[bin] > 0 ? per_decoy(j, size[bin]) : known;
    }
    if (known == 0 && decoys > 0) { /* fewer in all */
        known = per_decoy(&m->bins[m->job->floor_bin], pairs / decoys);
    }
    tally_curve_continue(at, m->job->axis, BINS);
    for (size_t bin = 0; bin < BINS; bin++) {
        at[bin] += DOUBT * sqrt(at[bin] + 1) * fmin(1, at[bin]);
    }
    for (size_t bin = m->job->floor_bin; bin < BINS; bin++) {
        double here = bin + 1 < BINS ? at[bin] - at[bin + 1] : at[bin];

        curve->expected_false[bin] =
            here * (size[bin] > 0 ? per_decoy(&m->bins[bin], size[bin]) : known);
    }
    return known;
}

static bool
are_enough(const struct measure *m)
{
    const struct joins *sure = &m->bins[m->job->sure_bin];
    double decoys = 0;

    for (size_t bin = 0; bin < BINS; bin++) {
        decoys += m->bins[bin].decoys;
    }
    return decoys >= DECOYS_MIN &&
           sure->grouped >= GROUPED_PART * (sure->grouped + sure->singles);
}

static double
people_at(const struct measure *m, size_t bin)
{
    return m->bins[bin].singles + m->bins[bin].groups;
}

/* Without decoys: true joins give out as scores fall, and false ones rise from below.
 * Their fall is followed from where some of the people at the cut have come together
 * falsely, and that cut found anew. False when no fall can be made out. */
static bool
expect_valley(const struct measure *m, double fdr, struct tally_curve *curve)
{
    double joins[BINS];
    struct tally_curve by_joins = {.links = {0}};
    size_t cut = m->job->sure_bin;
    bool found = false;

    for (size_t bin = 0; bin < BINS; bin++) {
        joins[bin] = m->bins[bin].both + m->bins[bin].one;
    }
    for (unsigned round = 0; round < ROUNDS && cut < BINS; round++) {
        size_t start = cut;

        while (start > m->job->floor_bin &&
               people_at(m, start) > PEOPLE_LEFT * people_at(m, cut)) {
            start--;
        }
        found = tally_curve_from_valley(joins, (uint32_t)start, m->job->axis, &by_joins);
        for (size_t bin = 0; bin < BINS; bin++) {
            double size = joins[bin] > 0 ? curve->links[bin] / joins[bin] : 1;

            curve->expected_false[bin] =
                bin < start ? curve->links[bin] : size * by_joins.expected_false[bin];
        }
        cut = found ? tally_curve_learn_cut(curve, m->job->floor_bin, fdr).bin : BINS;
    }
    return found;
}

int
tally_measure_groups(const struct tally_measure_groups *job, struct tally_curve *curve,
                     struct tally_groups *out, struct tally_err *err)
{
    struct measure *m = calloc(1, sizeof *m);
    int status = -1;

    if (m == NULL) {
        return tally_err_nomem(err);
    }
    m->job = job;
    memset(curve, 0, sizeof *curve);
    *out = (struct tally_groups){.per_decoy = 1};
    if (follow_joins(m, job->job->nlinks, false, err) == 0 &&
        follow_joins(m, links_worth(m), true, err) == 0) {
        find_decoys(m);
        for (size_t bin = job->floor_bin; bin < BINS; bin++) {
            curve->links[bin] = m->bins[bin].pairs;
        }
        out->decoys = are_enough(m);
        if (out->decoys) {
            out->per_decoy = expect(m, curve);
        } else {
            out->valley = expect_valley(m, job->fdr, curve);
        }
        status = 0;
    }
    free(m);
    return status;
}

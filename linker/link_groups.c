/*
 * Sources in which people may stand several times each: how their records come together,
 * by the rule of clusters.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <math.h>
#include <stdlib.h>

#include "linker/calibrate.h"

/* The records of a pair of sources, those of the first one first; of one source once. */
struct pooled {
    const struct link_run *run;
    const struct link_pair *p;
    const struct tally_kernel *kernel;
    uint32_t start[3];
};

/* The source and row of record ${x}. */
static const struct link_source *
source_of(const struct pooled *w, uint32_t x, uint32_t *row)
{
    bool second = x >= w->start[1];

    *row = second ? x - w->start[1] : x;
    return &w->run->sources[second ? w->p->b : w->p->a];
}

static uint32_t
score(void *ctx, uint32_t x, uint32_t y)
{
    const struct pooled *w = ctx;
    uint32_t i;
    uint32_t j;
    const struct link_source *a = source_of(w, x, &i);
    const struct link_source *b = source_of(w, y, &j);
    uint32_t total;
    uint32_t common = link_records_score(w->run, a, i, b, j, w->kernel, &total);

    return tally_edge_key(common, total);
}

static struct tally_cluster_link *
links_of(const struct pooled *w)
{
    const struct link_pair *p = w->p;
    uint32_t first_b = p->a == p->b ? 0 : w->start[1];
    struct tally_cluster_link *links = malloc((p->nlinks + 1) * sizeof *links);
    uint32_t need[TALLY_HISTOGRAM_BINS];

    for (uint32_t bin = 0; bin < TALLY_HISTOGRAM_BINS; bin++) {
        need[bin] = link_need_key(p, bin * LINK_BIN_PPM);
    }
    for (size_t i = 0; links != NULL && i < p->nlinks; i++) {
        const struct tally_edge *e = &p->links[i];

        links[i] = (struct tally_cluster_link){
            e->a, first_b + e->b, e->key,
            e->key > LINK_KEY_SURE ? 0 : need[tally_edge_bin(e->key)]};
    }
    return links;
}

/* What would be said without looking at groups: candidate pairs stand for themselves, and
 * the steep fall of their number with the score is chance. */
static bool
find_valley(const struct link_run *run, const struct link_pair *p,
            struct tally_curve *curve)
{
    double counts[TALLY_HISTOGRAM_BINS] = {0};

    for (size_t i = 0; i < p->nlinks; i++) {
        counts[tally_edge_bin(p->links[i].key)] += 1;
    }
    return tally_curve_from_valley(counts, p->floor_ppm / LINK_BIN_PPM,
                                   run->nviews == 1 ? run->axis : run->even, curve);
}

/* Groups that join truly and late hide false ones: there are so many times more of these
 * than groups show, judged by synthetic sources with families. */
#define HIDDEN 1.5

/* The share of false pairs where groups say ${groups} and the valley ${valley}. The
 * valley sees no families. Joins without decoys see more than there are, as true ones
 * that come late look like chance: the truth lies between. */
static double
share_of(const struct tally_groups *found, double groups, double valley)
{
    return found->decoys ? fmin(1, fmax(HIDDEN * groups, valley)) : sqrt(groups * valley);
}

/* Let ${valley} have its say in the curve of ${p}, which is of groups. */
static void
join_curves(struct link_pair *p, const struct tally_groups *found,
            const struct tally_curve *valley)
{
    double groups_links = 0;
    double groups_wrong = 0;
    double valley_links = 0;
    double valley_wrong = 0;
    double before = 0;

    for (size_t bin = TALLY_HISTOGRAM_BINS; bin-- > p->floor_ppm / LINK_BIN_PPM;) {
        double wrong = before;

        groups_links += p->curve.links[bin];
        groups_wrong += p->curve.expected_false[bin];
        valley_links += valley->links[bin];
        valley_wrong += valley->expected_false[bin];
        if (groups_links > 0 && valley_links > 0) {
            wrong = groups_links * share_of(found, fmin(1, groups_wrong / groups_links),
                                            fmin(1, valley_wrong / valley_links));
        }
        p->curve.expected_false[bin] = fmax(0, wrong - before);
        before = fmax(before, wrong);
    }
}

/* Whether ${p}, whose curve is of groups, has a threshold by them. */
static bool
has_cut(const struct link_run *run, const struct link_pair *p)
{
    return tally_curve_learn_cut(&p->curve, p->floor_ppm / LINK_BIN_PPM,
                                 tally_link_fdr(run->job))
               .bin < TALLY_HISTOGRAM_BINS;
}

/* The curve of ${p}: of what groups say, the valley, or both. */
static int
choose_curve(const struct link_run *run, struct link_pair *p,
             const struct tally_groups *groups, struct tally_err *err)
{
    struct tally_curve *valley = malloc(sizeof *valley);

    if (valley == NULL) {
        return tally_err_nomem(err);
    }
    p->enough = groups->decoys || groups->valley;
    p->per_decoy = groups->per_decoy;
    p->grouped = groups->decoys;
    if (find_valley(run, p, valley)) {
        if (groups->decoys || (groups->valley && has_cut(run, p))) {
            join_curves(p, groups, valley);
        } else {
            p->curve = *valley;
        }
        p->enough = true;
    }
    free(valley);
    return 0;
}

int
link_groups(const struct link_run *run, struct link_pair *p, struct tally_err *err)
{
    static const bool once[2] = {false, false};
    struct pooled w = {.run = run, .p = p, .kernel = tally_kernel_best()};
    struct tally_cluster_job joins = {.start = w.start, .once = once, .ctx = &w};
    struct tally_measure_groups job = {.job = &joins};
    struct tally_groups groups;
    struct tally_cluster_link *links;
    int status;

    w.start[1] = (uint32_t)run->sources[p->a].n;
    w.start[2] = w.start[1] + (uint32_t)run->sources[p->b].n;
    links = links_of(&w);
    if (links == NULL) {
        return tally_err_nomem(err);
    }
    joins.nsources = p->a == p->b ? 1 : 2;
    joins.links = links;
    joins.nlinks = p->nlinks;
    joins.score = run->many ? NULL : score;
    job.sure_bin = link_beyond_doubt_ppm(run) / LINK_BIN_PPM;
    job.floor_bin = p->floor_ppm / LINK_BIN_PPM;
    job.axis = run->nviews == 1 ? run->axis : run->even;
    job.fdr = tally_link_fdr(run->job);
    status = tally_measure_groups(&job, &p->curve, &groups, err) == 0
                 ? choose_curve(run, p, &groups, err)
                 : -1;
    free(links);
    return status;
}

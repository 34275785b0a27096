/*
 * From the accepted links of all pairs of sources to clusters, and from clusters back to
 * the links that are reported, so that the two say the same.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linker/cluster_split.h"

/* How far the mean score of a merge may fall short of the threshold: this part of the way
 * from there to the middle of the random scores. Where every source but one stands in a
 * cluster once, that already keeps strangers apart; where it may hold several of a
 * source, it must hold together by itself. */
#define SLACK_PARTS_ONCE 2
#define SLACK_PARTS_MANY 5

/* In a cluster greater than this only accepted links are reported, not every pair. */
#define FULL_CLUSTER_MAX 200

/* What reporting works with. */
struct reporting {
    struct link_run *run;
    const struct tally_kernel *kernel;
    const struct tally_clusters *clusters;
    struct tally_link_result *out;
    size_t cap;
    size_t splits;      /* weak bridges that went */
    float *probability; /* FULL_CLUSTER_MAX squared: of each pair of a cluster */
};

uint32_t
link_source_of(const struct link_run *run, uint32_t record)
{
    uint32_t low = 0;
    uint32_t high = (uint32_t)run->job->nsources - 1;

    while (low < high) {
        uint32_t mid = (low + high + 1) / 2;

        if (run->start[mid] <= record) {
            low = mid;
        } else {
            high = mid - 1;
        }
    }
    return low;
}

const struct link_pair *
link_pair_of(const struct link_run *run, uint32_t a, uint32_t b)
{
    size_t n = run->job->nsources;

    if (n == 1) {
        return &run->pairs[0];
    }
    return &run->pairs[a * n - (size_t)a * (a + 1) / 2 + (b - a - 1)];
}

/* The score of two records: twice this over ${total}. */
static uint32_t
score_of(const struct link_run *run, const struct tally_kernel *kernel, uint32_t x,
         uint32_t y, uint32_t *total)
{
    uint32_t sx = link_source_of(run, x);
    uint32_t sy = link_source_of(run, y);

    return link_records_score(run, &run->sources[sx], x - run->start[sx],
                              &run->sources[sy], y - run->start[sy], kernel, total);
}

void
link_of_records(const struct link_run *run, const struct tally_kernel *kernel, uint32_t x,
                uint32_t y, struct tally_link *out)
{
    uint32_t sx = link_source_of(run, x);
    uint32_t sy = link_source_of(run, y);

    *out = (struct tally_link){.source_a = sx,
                               .row_a = x - run->start[sx],
                               .source_b = sy,
                               .row_b = y - run->start[sy],
                               .probability = NAN};
    out->common = score_of(run, kernel, x, y, &out->total);
}

bool
link_once(const struct link_run *run, size_t source)
{
    return !run->many && run->job->nsources > 1 && run->sources[source].clean;
}

static uint32_t
score(void *ctx, uint32_t x, uint32_t y)
{
    const struct reporting *w = ctx;
    uint32_t total;
    uint32_t common = score_of(w->run, w->kernel, x, y, &total);

    return tally_edge_key(common, total);
}

uint32_t
link_need_key(const struct link_pair *p, uint32_t cut_ppm)
{
    uint32_t median = tally_chance_median_ppm(&p->chance);
    uint32_t parts =
        p->rule.many_a || p->rule.many_b ? SLACK_PARTS_MANY : SLACK_PARTS_ONCE;
    uint32_t slack = cut_ppm > median ? (cut_ppm - median) / parts : 0;

    return tally_edge_key_of_ppm(cut_ppm - slack);
}

static int
compare_cluster_links(const void *left, const void *right)
{
    const struct tally_cluster_link *x = left;
    const struct tally_cluster_link *y = right;

    if (x->key != y->key) {
        return x->key > y->key ? -1 : 1;
    }
    if (x->x != y->x) {
        return x->x < y->x ? -1 : 1;
    }
    return x->y < y->y ? -1 : x->y > y->y;
}

int
link_by_records(const void *left, const void *right)
{
    const struct tally_edge *x = left;
    const struct tally_edge *y = right;

    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    return x->b < y->b ? -1 : x->b > y->b;
}

/* The links of ${p} in the order of their records. */
static int
take_chosen(struct link_pair *p, struct tally_err *err)
{
    p->chosen = malloc((p->nlinks + 1) * sizeof *p->chosen);
    if (p->chosen == NULL) {
        return tally_err_nomem(err);
    }
    memcpy(p->chosen, p->links, p->nlinks * sizeof *p->chosen);
    p->nchosen = p->nlinks;
    qsort(p->chosen, p->nchosen, sizeof *p->chosen, link_by_records);
    return 0;
}

uint32_t
link_chosen_key(const struct link_pair *p, uint32_t a, uint32_t b)
{
    const struct tally_edge wanted = {a, b, 0};
    const struct tally_edge *at =
        bsearch(&wanted, p->chosen, p->nchosen, sizeof wanted, link_by_records);

    return at == NULL ? 0 : at->key;
}

void
link_sort(struct tally_cluster_link *links, size_t n)
{
    qsort(links, n, sizeof *links, compare_cluster_links);
}

/* The accepted links of all pairs of sources, the best first. */
static int
gather_links(const struct link_run *run, struct tally_cluster_link **out, size_t *nout,
             struct tally_err *err)
{
    struct tally_cluster_link *links;
    size_t n = 0;

    for (size_t i = 0; i < run->npairs; i++) {
        n += run->pairs[i].nlinks;
        if (take_chosen(&run->pairs[i], err) != 0) {
            return -1;
        }
    }
    links = malloc((n + 1) * sizeof *links);
    if (links == NULL) {
        return tally_err_nomem(err);
    }
    n = 0;
    for (size_t i = 0; i < run->npairs; i++) {
        const struct link_pair *p = &run->pairs[i];
        uint32_t need = link_need_key(p, p->cut_ppm);

        for (size_t j = 0; j < p->nlinks; j++) {
            links[n++] = (struct tally_cluster_link){
                run->start[p->a] + p->links[j].a, run->start[p->b] + p->links[j].b,
                p->links[j].key, p->links[j].key > LINK_KEY_SURE ? 0 : need};
        }
    }
    link_sort(links, n);
    *out = links;
    *nout = n;
    return 0;
}

static int
grow_clusters(struct reporting *w, const struct tally_cluster_link *links, size_t nlinks,
              struct tally_clusters *out, struct tally_err *err)
{
    const struct link_run *run = w->run;
    bool once[TALLY_SOURCES_MAX] = {false};
    struct tally_cluster_apart *apart = malloc((run->job->nmust_not + 1) * sizeof *apart);
    int status;
    struct tally_cluster_job job = {.nsources = run->job->nsources,
                                    .start = run->start,
                                    .once = once,
                                    .links = links,
                                    .nlinks = nlinks,
                                    .apart = apart,
                                    .napart = run->job->nmust_not,
                                    .score = run->many ? NULL : score,
                                    .ctx = w};

    if (apart == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < run->job->nmust_not; i++) {
        const struct tally_forced *f = &run->job->must_not[i];

        apart[i] = (struct tally_cluster_apart){run->start[f->source_a] + f->row_a,
                                                run->start[f->source_b] + f->row_b};
    }
    for (size_t i = 0; i < run->job->nsources; i++) {
        once[i] = link_once(run, i);
    }
    status = tally_cluster(&job, out, err);
    if (status == 0 && !run->many) {
        status = tally_cluster_split(&job, out, &w->splits, err);
    }
    free(apart);
    return status;
}

/* Add the link of records ${x} < ${y}. */
static int
report(struct reporting *w, uint32_t x, uint32_t y, float probability,
       struct tally_err *err)
{
    struct tally_link_result *r = w->out;

    if (r->nlinks == w->cap) {
        size_t cap = w->cap == 0 ? 1024 : w->cap * 2;
        struct tally_link *grown = realloc(r->links, cap * sizeof *grown);

        if (grown == NULL) {
            return tally_err_nomem(err);
        }
        r->links = grown;
        w->cap = cap;
    }
    link_of_records(w->run, w->kernel, x, y, &r->links[r->nlinks]);
    r->links[r->nlinks++].probability = probability;
    return 0;
}

/* The probability of records ${x} < ${y} by their own score, or what links them; NAN where it cannot be said,
 * and between records of one of several sources. */
static float
own_probability(const struct reporting *w, uint32_t x, uint32_t y)
{
    uint32_t sx = link_source_of(w->run, x);
    uint32_t sy = link_source_of(w->run, y);
    const struct link_pair *p;
    uint32_t key;

    if (sx == sy && w->run->job->nsources > 1) {
        return NAN;
    }
    p = link_pair_of(w->run, sx, sy);
    key = link_chosen_key(p, x - w->run->start[sx], y - w->run->start[sy]);
    if (key == LINK_KEY_MUST) {
        return 1;
    }
    return (float)p->probability[tally_edge_bin(
        key > LINK_KEY_SURE ? key : score((void *)w, x, y))];
}

/* Two records may be the same person because a third is the same as both: then at least
 * as probably as both links hold. */
static float
through_others(const float *p, size_t n, size_t i, size_t j)
{
    float best = p[i * n + j];

    for (size_t k = 0; k < n; k++) {
        float through = p[i * n + k] * p[k * n + j];

        if (k != i && k != j && !isnan(through) && !(best >= through)) {
            best = through;
        }
    }
    return best;
}

/* Every pair of a cluster that is of two sources, or of the only one. */
static int
report_cluster(struct reporting *w, const uint32_t *members, size_t n,
               struct tally_err *err)
{
    double least = w->run->job->min_probability;
    bool dedup = w->run->job->nsources == 1;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            float p = own_probability(w, members[j], members[i]);

            w->probability[i * n + j] = p;
            w->probability[j * n + i] = p;
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            uint32_t x = members[i];
            uint32_t y = members[j];
            float p = through_others(w->probability, n, i, j);

            if (!dedup && link_source_of(w->run, x) == link_source_of(w->run, y)) {
                continue;
            }
            if ((least == 0 || p >= least) && report(w, x, y, p, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* Links are all pairs of a cluster; of a very great one, and where links are many, those
 * that were accepted. */
static int
report_links(struct reporting *w, const struct tally_cluster_link *links, size_t nlinks,
             struct tally_err *err)
{
    const struct tally_clusters *c = w->clusters;

    for (size_t i = 0; i < c->n && !w->run->many; i++) {
        size_t n = c->start[i + 1] - c->start[i];

        if (n > 1 && n <= FULL_CLUSTER_MAX &&
            report_cluster(w, c->members + c->start[i], n, err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < nlinks; i++) {
        uint32_t cluster = c->of[links[i].x];
        size_t n = c->start[cluster + 1] - c->start[cluster];

        if (c->of[links[i].y] == cluster && (w->run->many || n > FULL_CLUSTER_MAX) &&
            report(w, links[i].x, links[i].y, own_probability(w, links[i].x, links[i].y),
                   err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
compare_links(const void *left, const void *right)
{
    const struct tally_link *x = left;
    const struct tally_link *y = right;
    uint64_t sx = (uint64_t)x->common * y->total;
    uint64_t sy = (uint64_t)y->common * x->total;

    if (sx != sy) {
        return sx > sy ? -1 : 1;
    }
    if (x->source_a != y->source_a) {
        return x->source_a < y->source_a ? -1 : 1;
    }
    if (x->row_a != y->row_a) {
        return x->row_a < y->row_a ? -1 : 1;
    }
    if (x->source_b != y->source_b) {
        return x->source_b < y->source_b ? -1 : 1;
    }
    return x->row_b < y->row_b ? -1 : x->row_b > y->row_b;
}

/* Clusters and strengths of each source's records. */
static int
fill_sources(struct reporting *w, struct tally_err *err)
{
    struct tally_link_result *r = w->out;

    r->nsources = w->run->job->nsources;
    r->nclusters = w->clusters->n;
    for (size_t s = 0; s < r->nsources; s++) {
        size_t n = w->run->sources[s].n;

        r->nrecords[s] = n;
        r->cluster[s] = malloc((n + 1) * sizeof *r->cluster[s]);
        r->strength[s] = calloc(n + 1, sizeof *r->strength[s]);
        if (r->cluster[s] == NULL || r->strength[s] == NULL) {
            return tally_err_nomem(err);
        }
        memcpy(r->cluster[s], w->clusters->of + w->run->start[s],
               n * sizeof *r->cluster[s]);
    }
    for (size_t i = 0; i < r->nlinks; i++) {
        const struct tally_link *l = &r->links[i];
        float dice = (float)(2.0 * l->common / l->total);
        float strength = isnan(l->probability) ? dice : l->probability;
        float *a = &r->strength[l->source_a][l->row_a];
        float *b = &r->strength[l->source_b][l->row_b];

        *a = strength > *a ? strength : *a;
        *b = strength > *b ? strength : *b;
    }
    return 0;
}

/* What whoever reads the run should know of its clusters: those that are greater than
 * people are seen, an alarm, and what was taken apart. */
static void
note_clusters(const struct reporting *w)
{
    struct tally_link_result *r = w->out;
    struct tally_calibration *c = &r->calibrations[0];
    size_t greatest = 0;
    size_t used;

    for (size_t i = 0; i < w->clusters->n; i++) {
        size_t n = w->clusters->start[i + 1] - w->clusters->start[i];

        greatest = n > greatest ? n : greatest;
        r->large_clusters += n > TALLY_CLUSTER_ALARM;
    }
    r->split_clusters = w->splits;
    used = strlen(c->note);
    if (w->splits > 0) {
        (void)snprintf(c->note + used, sizeof c->note - used,
                       "%s%zu weak bridges inside clusters were cut",
                       used > 0 ? "; " : "", w->splits);
    }
    used = strlen(c->note);
    if (r->large_clusters > 0) {
        (void)snprintf(c->note + used, sizeof c->note - used,
                       "%s%zu clusters hold more than %d records, the greatest %zu: look "
                       "at them",
                       used > 0 ? "; " : "", r->large_clusters, TALLY_CLUSTER_ALARM,
                       greatest);
    }
}

/* Links of each pair of sources as reported, and the false ones expected among them. */
static void
count_links(const struct link_run *run, struct tally_link_result *r)
{
    for (size_t i = 0; i < r->nlinks; i++) {
        const struct link_pair *p =
            link_pair_of(run, r->links[i].source_a, r->links[i].source_b);

        r->calibrations[p - run->pairs].links++;
    }
    for (size_t i = 0; i < r->ncalibrations; i++) {
        struct tally_calibration *c = &r->calibrations[i];

        c->false_links = (double)c->links * (1 - c->estimated_precision);
    }
}

int
link_clusters(struct link_run *run, struct tally_link_result *out, struct tally_err *err)
{
    struct reporting w = {.run = run, .kernel = tally_kernel_best(), .out = out};
    struct tally_cluster_link *links = NULL;
    struct tally_clusters clusters = {0};
    size_t nlinks = 0;
    int status = -1;

    w.probability = malloc(sizeof *w.probability * FULL_CLUSTER_MAX * FULL_CLUSTER_MAX);
    if (w.probability == NULL) {
        return tally_err_nomem(err);
    }
    if (gather_links(run, &links, &nlinks, err) == 0 &&
        grow_clusters(&w, links, nlinks, &clusters, err) == 0) {
        w.clusters = &clusters;
        status = report_links(&w, links, nlinks, err);
    }
    if (status == 0) {
        if (out->nlinks > 0) {
            qsort(out->links, out->nlinks, sizeof *out->links, compare_links);
        }
        status = fill_sources(&w, err);
    }
    if (status == 0) {
        status = link_ranges(run, links, nlinks, &clusters, out, err);
    }
    if (status == 0) {
        count_links(run, out);
        note_clusters(&w);
    }
    if (status == 0) {
        status = link_reasons(run, out, err);
    }
    tally_clusters_free(&clusters);
    free(links);
    free(w.probability);
    return status;
}

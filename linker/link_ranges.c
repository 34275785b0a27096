/*
 * How far links and clusters would change under other thresholds: the bands of each pair
 * of sources, and the parts and wider clusters that a count's range is made of.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <math.h>
#include <stdlib.h>

#include "linker/forest.h"

/* Without probabilities, the threshold is moved by this part of its way. */
#define MOVED 10

/* The lowest bin, down from ${from}, of at least ${probability}; ${from} + 1 when not even
 * that one is. Probabilities never fall as bins rise. */
static uint32_t
lowest_bin(const struct link_pair *p, uint32_t from, double probability)
{
    uint32_t floor_bin = p->floor_ppm / LINK_BIN_PPM;
    uint32_t bin = from + 1;

    while (bin > floor_bin && p->probability[bin - 1] >= probability) {
        bin--;
    }
    return bin;
}

uint32_t
link_lowered(const struct link_pair *p, uint32_t ppm)
{
    uint32_t middle = tally_chance_median_ppm(&p->chance);

    return ppm > middle ? ppm - (ppm - middle) / MOVED : ppm;
}

void
link_bands(struct link_pair *p)
{
    const uint32_t top = TALLY_HISTOGRAM_BINS - 1;
    uint32_t cut = p->cut_ppm < TALLY_BAND_NONE_PPM ? p->cut_ppm : TALLY_BAND_NONE_PPM;

    if (isnan(p->probability[top])) {
        p->low_ppm = cut > TALLY_PPM ? cut : link_lowered(p, cut);
        p->high_ppm = cut > TALLY_PPM ? cut : cut + (TALLY_PPM - cut) / MOVED;
    } else {
        p->low_ppm = lowest_bin(p, top, TALLY_BAND_POSSIBLE) * LINK_BIN_PPM;
        p->high_ppm = lowest_bin(p, top, TALLY_BAND_MATCH) * LINK_BIN_PPM;
    }
    p->low_ppm = p->low_ppm < p->floor_ppm ? p->floor_ppm : p->low_ppm;
    p->low_ppm = p->low_ppm < cut ? p->low_ppm : cut;
    p->high_ppm = p->high_ppm > cut ? p->high_ppm : cut;
}

static uint32_t *
single(size_t n)
{
    uint32_t *parent = malloc((n + 1) * sizeof *parent);

    for (size_t i = 0; parent != NULL && i < n; i++) {
        parent[i] = (uint32_t)i;
    }
    return parent;
}

/* ${parent} of records: those that links hold together under the high threshold. */
static void
hold(const struct link_run *run, const struct tally_cluster_link *links, size_t n,
     const struct tally_clusters *c, uint32_t *parent)
{
    for (size_t i = 0; i < n; i++) {
        const struct tally_cluster_link *l = &links[i];
        const struct link_pair *p =
            link_pair_of(run, link_source_of(run, l->x), link_source_of(run, l->y));

        if (c->of[l->x] == c->of[l->y] && l->key >= tally_edge_key_of_ppm(p->high_ppm)) {
            tally_forest_unite(parent, l->x, l->y);
        }
    }
}

/* Number the parts of each cluster by their first record, into ${out}. */
static int
number_parts(const struct link_run *run, const struct tally_clusters *c, uint32_t *parent,
             struct tally_link_result *out, struct tally_err *err)
{
    uint32_t n = run->start[run->job->nsources];
    uint32_t *number = malloc(((size_t)n + 1) * sizeof *number);

    if (number == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < c->n; i++) {
        uint32_t next = 0;

        for (uint32_t j = c->start[i]; j < c->start[i + 1]; j++) {
            uint32_t record = c->members[j];
            uint32_t root = tally_forest_root(parent, record);
            uint32_t s = link_source_of(run, record);

            if (root == record) {
                number[record] = next++;
            }
            out->part[s][record - run->start[s]] = number[root];
        }
    }
    free(number);
    return 0;
}

static int
find_parts(const struct link_run *run, const struct tally_cluster_link *links, size_t n,
           const struct tally_clusters *c, struct tally_link_result *out,
           struct tally_err *err)
{
    uint32_t *parent = single(run->start[run->job->nsources]);
    int status;

    if (parent == NULL) {
        return tally_err_nomem(err);
    }
    hold(run, links, n, c, parent);
    status = number_parts(run, c, parent, out, err);
    free(parent);
    return status;
}

/* The links of all pairs of sources that come under the low thresholds, the best first.
 */
static int
gather_further(const struct link_run *run, struct tally_cluster_link **out, size_t *nout,
               struct tally_err *err)
{
    struct tally_cluster_link *links;
    size_t n = 0;

    for (size_t i = 0; i < run->npairs; i++) {
        n += run->pairs[i].nfurther;
    }
    links = malloc((n + 1) * sizeof *links);
    if (links == NULL) {
        return tally_err_nomem(err);
    }
    n = 0;
    for (size_t i = 0; i < run->npairs; i++) {
        const struct link_pair *p = &run->pairs[i];

        for (size_t j = 0; j < p->nfurther; j++) {
            links[n++] = (struct tally_cluster_link){run->start[p->a] + p->further[j].a,
                                                     run->start[p->b] + p->further[j].b,
                                                     p->further[j].key, 0};
        }
    }
    link_sort(links, n);
    *out = links;
    *nout = n;
    return 0;
}

/* Which sources' only record each cluster holds. */
static uint64_t *
held_sources(const struct link_run *run, const struct tally_clusters *c)
{
    uint64_t *holds = calloc(c->n + 1, sizeof *holds);

    for (uint32_t s = 0; holds != NULL && s < run->job->nsources; s++) {
        for (uint32_t i = run->start[s]; link_once(run, s) && i < run->start[s + 1];
             i++) {
            holds[c->of[i]] |= 1ull << s;
        }
    }
    return holds;
}

/* Whether trees ${x} and ${y} of clusters hold records that must not be linked. */
static bool
must_not_meet(const struct link_run *run, const struct tally_clusters *c,
              uint32_t *parent, uint32_t x, uint32_t y)
{
    for (size_t i = 0; i < run->job->nmust_not; i++) {
        const struct tally_forced *f = &run->job->must_not[i];
        uint32_t p = tally_forest_root(parent, c->of[run->start[f->source_a] + f->row_a]);
        uint32_t q = tally_forest_root(parent, c->of[run->start[f->source_b] + f->row_b]);

        if ((p == x && q == y) || (p == y && q == x)) {
            return true;
        }
    }
    return false;
}

/* Bring clusters together along ${links}, and keep those links that do. */
static int
widen(const struct link_run *run, struct tally_cluster_link *links, size_t *n,
      const struct tally_clusters *c, uint32_t *parent, struct tally_err *err)
{
    uint64_t *holds = held_sources(run, c);
    size_t kept = 0;

    if (holds == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < *n; i++) {
        uint32_t x = tally_forest_root(parent, c->of[links[i].x]);
        uint32_t y = tally_forest_root(parent, c->of[links[i].y]);

        if (c->of[links[i].x] == c->of[links[i].y] ||
            (x != y && ((holds[x] & holds[y]) != 0 ||
                        must_not_meet(run, c, parent, x, y)))) {
            continue;
        }
        tally_forest_unite(parent, x, y);
        holds[x < y ? x : y] = holds[x] | holds[y];
        links[kept++] = links[i];
    }
    *n = kept;
    free(holds);
    return 0;
}

/* ${links} as they are reported. */
static int
take_further(const struct link_run *run, const struct tally_cluster_link *links, size_t n,
             struct tally_link_result *out, struct tally_err *err)
{
    const struct tally_kernel *kernel = tally_kernel_best();

    out->further = calloc(n + 1, sizeof *out->further);
    if (out->further == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        struct tally_link *l = &out->further[i];
        const struct link_pair *p;

        link_of_records(run, kernel, links[i].x, links[i].y, l);
        p = link_pair_of(run, l->source_a, l->source_b);
        l->probability = (float)p->probability[tally_edge_bin(links[i].key)];
        l->band = TALLY_BAND_IS_POSSIBLE;
        out->calibrations[p - run->pairs].further++;
    }
    out->nfurther = n;
    return 0;
}

static int
find_wider(const struct link_run *run, const struct tally_clusters *c,
           struct tally_link_result *out, struct tally_err *err)
{
    struct tally_cluster_link *links = NULL;
    uint32_t *parent = single(c->n);
    size_t n = 0;
    int status = -1;

    if (parent == NULL) {
        return tally_err_nomem(err);
    }
    if (gather_further(run, &links, &n, err) == 0 &&
        widen(run, links, &n, c, parent, err) == 0) {
        for (uint32_t s = 0; s < run->job->nsources; s++) {
            for (size_t i = 0; i < out->nrecords[s]; i++) {
                out->wider[s][i] = tally_forest_root(parent, out->cluster[s][i]);
            }
        }
        status = take_further(run, links, n, out, err);
    }
    free(parent);
    free(links);
    return status;
}

/* A link holds under the high threshold if its records do not fall apart. */
static void
set_bands(struct tally_link_result *out)
{
    for (size_t i = 0; i < out->nlinks; i++) {
        struct tally_link *l = &out->links[i];

        l->band = out->part[l->source_a][l->row_a] == out->part[l->source_b][l->row_b]
                      ? TALLY_BAND_IS_MATCH
                      : TALLY_BAND_IS_POSSIBLE;
    }
}

int
link_ranges(const struct link_run *run, const struct tally_cluster_link *links, size_t n,
            const struct tally_clusters *clusters, struct tally_link_result *out,
            struct tally_err *err)
{
    for (size_t s = 0; s < out->nsources; s++) {
        out->part[s] = calloc(out->nrecords[s] + 1, sizeof *out->part[s]);
        out->wider[s] = calloc(out->nrecords[s] + 1, sizeof *out->wider[s]);
        if (out->part[s] == NULL || out->wider[s] == NULL) {
            return tally_err_nomem(err);
        }
    }
    if (find_parts(run, links, n, clusters, out, err) != 0 ||
        find_wider(run, clusters, out, err) != 0) {
        return -1;
    }
    set_bands(out);
    return 0;
}

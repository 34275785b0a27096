/*
 * Linking on several views: candidates of each view together, every one of them scored by
 * what all views say, and what is said learnt from the links that are sure.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linker/balance.h"
#include "linker/join_random.h"

/* Random pairs that show what strangers look like. */
#define STRANGERS      600000u
#define STRANGERS_SEED 0x7669657773u

/* Rounds of scoring: with weights as expected, then as learnt. */
#define ROUNDS 4

/* A later round is better unless it accepts less than this share of what the best did. */
#define WORTH .99

/* Candidates scored in one chunk. */
#define CHUNK 4096u

/* Until decoys say which links are sure: those of a sum of weights that one pair of
 * strangers in so many runs like this one has. */
#define SURE_ODDS 4.0

struct weighing {
    struct link_run *run;
    const struct tally_kernel *kernel;
    uint32_t *strangers; /* keys of random pairs, one a view */
    size_t nstrangers;
    uint32_t *sure; /* keys of the links that weights are learnt from */
    size_t nsure;
    size_t cap;
};

/* Random pairs inside the sources: nearly all of two people, and in a source free of
 * duplicates all of them. */
static int
sample_strangers(struct weighing *w, struct tally_err *err)
{
    const struct link_run *run = w->run;
    size_t each = STRANGERS / run->job->nsources;
    uint64_t seed = STRANGERS_SEED;

    w->strangers = malloc(((size_t)STRANGERS * run->nviews + 1) * sizeof *w->strangers);
    if (w->strangers == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t s = 0; s < run->job->nsources; s++) {
        const struct link_source *source = &run->sources[s];

        for (size_t i = 0; source->usable > 1 && i < each; i++) {
            size_t x = tally_join_random(&seed, source->n);
            size_t y = tally_join_random(&seed, source->n - 1);

            y += y >= x;
            link_records_keys(run, source, x, source, y, w->kernel,
                              w->strangers + w->nstrangers++ * run->nviews);
        }
    }
    return 0;
}

/* What random pairs score when views are weighed. */
static void
find_chance(struct weighing *w)
{
    struct link_run *run = w->run;
    struct tally_chance chance = {{0}};

    for (size_t i = 0; i < w->nstrangers; i++) {
        uint32_t ppm = 
            tally_evidence_ppm(&run->evidence, w->strangers + i * run->nviews, 0);

        chance.histogram[ppm / LINK_BIN_PPM]++;
    }
    for (size_t i = 0; i < run->npairs; i++) {
        struct link_pair *p = &run->pairs[i];
        size_t a = run->sources[p->a].usable;
        size_t b = run->sources[p->b].usable;
        uint32_t given;

        p->chance = chance;
        given = link_lowered(p, run->job->threshold_ppm);
        p->floor_ppm = tally_chance_floor_ppm(
            &chance, a > b ? a : b, p->a == p->b ? LINK_WANTED_SELF : LINK_WANTED);
        if (given > 0 && (p->decoys || given < p->floor_ppm)) {
            p->floor_ppm = given;
        }
    }
}

/* How many strangers of a record have its very encoding in a view: the share of the top
 * score among random pairs. */
static double
equal_strangers(const struct tally_chance *c, size_t n)
{
    double all = 0;

    for (size_t i = 0; i < TALLY_HISTOGRAM_BINS; i++) {
        all += (double)c->histogram[i];
    }
    return all > 0 ? (double)n * (double)c->histogram[TALLY_HISTOGRAM_BINS - 1] / all : 0;
}

/* The floors of ${p}. A view in which too many strangers are equal finds no candidates:
 * its floor is 0. Nor does it when another finds them; the first of none is taken. */
static int
find_view_floors(struct link_run *run, struct link_pair *p, struct tally_err *err)
{
    struct link_source *a = &run->sources[p->a];
    struct link_source *b = &run->sources[p->b];
    bool self = p->a == p->b;
    size_t n = a->usable > b->usable ? a->usable : b->usable;
    double wanted = self ? LINK_WANTED_SELF : LINK_WANTED;
    bool any = false;

    for (size_t v = run->nviews; v-- > 0;) {
        struct tally_chance chance;

        if (tally_join_sample(&a->views[v].m, self ? NULL : &b->views[v].m,
                              tally_chance_pairs(n), STRANGERS_SEED, chance.histogram,
                              err) != 0) {
            return -1;
        }
        if (equal_strangers(&chance, n) > wanted && (v > 0 || any)) {
            continue;
        }
        any = true;
        p->view_floor_ppm[v] = tally_chance_floor_ppm(&chance, n, wanted);
        if (p->view_floor_ppm[v] < a->views[v].floor_ppm) {
            a->views[v].floor_ppm = p->view_floor_ppm[v];
        }
        if (p->view_floor_ppm[v] < b->views[v].floor_ppm) {
            b->views[v].floor_ppm = p->view_floor_ppm[v];
        }
    }
    return 0;
}

/* Pairs of rows as pairs of records. */
static int
take_pairs(struct tally_pairs *pairs, const struct link_view *a,
           const struct link_view *b, struct tally_edge **out, size_t *nout,
           struct tally_err *err)
{
    struct tally_edge *edges = malloc((pairs->n + 1) * sizeof *edges);

    for (size_t i = 0; edges != NULL && i < pairs->n; i++) {
        edges[i] = (struct tally_edge){pairs->list[i].a, pairs->list[i].b, 0};
    }
    free(pairs->list);
    if (edges == NULL) {
        return tally_err_nomem(err);
    }
    *nout = link_records_pairs(a, b, edges, pairs->n);
    *out = edges;
    return 0;
}

static bool
is_before(const struct tally_edge *x, const struct tally_edge *y)
{
    return x->a != y->a ? x->a < y->a : x->b < y->b;
}

/* Add ${more} (ascending) to ${list} (likewise), each pair once. */
static int
merge(struct tally_edge **list, size_t *n, const struct tally_edge *more, size_t nmore,
      struct tally_err *err)
{
    const struct tally_edge *old = *list;
    struct tally_edge *both = malloc((*n + nmore + 1) * sizeof *both);
    size_t i = 0;
    size_t j = 0;
    size_t kept = 0;

    if (both == NULL) {
        return tally_err_nomem(err);
    }
    while (i < *n || j < nmore) {
        if (j == nmore || (i < *n && is_before(&old[i], &more[j]))) {
            both[kept++] = old[i++];
        } else {
            i += i < *n && !is_before(&more[j], &old[i]);
            both[kept++] = more[j++];
        }
    }
    free(*list);
    *list = both;
    *n = kept;
    return 0;
}

/* Candidates of ${a} and ${b} (the same: inside it), those of every view that has a floor
 * (0: none) together, in ascending (a, b). */
static int
meet(struct link_run *run, const struct link_source *a, const struct link_source *b,
     const uint32_t *floor_ppm, uint32_t keep, struct tally_edge **out, size_t *nout,
     struct tally_err *err)
{
    for (size_t v = 0; v < run->nviews; v++) {
        struct tally_pairs pairs = {NULL, 0};
        struct tally_edge *more = NULL;
        size_t nmore = 0;
        int status;

        if (floor_ppm[v] == 0) {
            continue;
        }
        if (link_join(run, &a->views[v], &b->views[v], floor_ppm[v], keep, &pairs, err) !=
                0 ||
            take_pairs(&pairs, &a->views[v], &b->views[v], &more, &nmore, err) != 0) {
            return -1;
        }
        status = merge(out, nout, more, nmore, err);
        free(more);
        if (status != 0) {
            return -1;
        }
    }
    return 0;
}

static int
meet_inside(struct link_run *run, struct link_source *s, struct tally_err *err)
{
    uint32_t floors[TALLY_VIEWS_MAX] = {0};

    for (size_t v = 0; v < run->nviews; v++) {
        floors[v] = s->views[v].floor_ppm <= TALLY_PPM ? s->views[v].floor_ppm : 0;
    }
    return meet(run, s, s, floors, run->many ? LINK_KEEP_MANY : LINK_KEEP_ONE, &s->met,
                &s->nmet, err);
}

static int
meet_all(struct link_run *run, struct tally_err *err)
{
    for (size_t i = 0; i < run->job->nsources; i++) {
        for (size_t v = 0; v < run->nviews; v++) {
            run->sources[i].views[v].floor_ppm = UINT32_MAX;
        }
    }
    for (size_t i = 0; i < run->npairs; i++) {
        if (find_view_floors(run, &run->pairs[i], err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < run->job->nsources && run->job->nsources > 1; i++) {
        if (run->sources[i].clean && meet_inside(run, &run->sources[i], err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < run->npairs; i++) {
        struct link_pair *p = &run->pairs[i];
        bool many = p->rule.many_a || p->rule.many_b;

        if (meet(run, &run->sources[p->a], &run->sources[p->b], p->view_floor_ppm,
                 many ? LINK_KEEP_MANY : LINK_KEEP_ONE, &p->met, &p->nmet, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Candidates being scored by the pool. */
struct scoring {
    const struct weighing *w;
    const struct link_source *a;
    const struct link_source *b;
    struct tally_edge *edges;
    size_t n;
};

static int
score_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct scoring *s = ctx;
    size_t end = (chunk + 1) * CHUNK < s->n ? (chunk + 1) * CHUNK : s->n;

    (void)worker;
    (void)err;
    for (size_t i = chunk * CHUNK; i < end; i++) {
        struct tally_edge *e = &s->edges[i];
        uint32_t total;
        uint32_t common =
            link_records_score(s->w->run, s->a, e->a, s->b, e->b, s->w->kernel, &total);

        e->key = tally_edge_key(common, total);
    }
    return 0;
}

/* ${edges} scored and in descending order, with pairs of equal match keys among them. */
static int
score_edges(const struct weighing *w, const struct link_source *a,
            const struct link_source *b, struct tally_edge *edges, size_t n,
            struct tally_edge **sorted, size_t *nsorted, struct tally_err *err)
{
    struct scoring s = {.w = w, .a = a, .b = b, .edges = edges, .n = n};

    if (tally_pool_run(w->run->job->pool, (n + CHUNK - 1) / CHUNK, score_chunk, &s,
                       err) != 0 ||
        tally_edges_sort(edges, n, sorted, err) != 0) {
        return -1;
    }
    *nsorted = n;
    return link_keys_add(a, b, sorted, nsorted, err);
}

/* Links of ${p} by the present weights, and what decoys say of them. */
static int
weigh_pair(struct weighing *w, struct link_pair *p, struct tally_err *err)
{
    struct tally_edge *edges = NULL;
    size_t n = 0;
    int status = -1;

    free(p->links);
    p->links = NULL;
    if (score_edges(w, &w->run->sources[p->a], &w->run->sources[p->b], p->met, p->nmet,
                    &edges, &n, err) == 0 &&
        link_best_find(p, edges, n, err) == 0 &&
        tally_assign_links(edges, n, &p->rule, &p->links, &p->nlinks, err) == 0) {
        p->candidates = n;
        status = link_measure(w->run, p, edges, n, err);
    }
    link_edges_take(w->run, p, edges, n);
    return status;
}

static int
weigh_round(struct weighing *w, struct tally_err *err)
{
    struct link_run *run = w->run;

    find_chance(w);
    for (size_t i = 0; i < run->job->nsources; i++) {
        struct link_source *s = &run->sources[i];

        free(s->inside);
        s->inside = NULL;
        s->ninside = 0;
        if (s->met != NULL &&
            score_edges(w, s, s, s->met, s->nmet, &s->inside, &s->ninside, err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < run->npairs; i++) {
        if (weigh_pair(w, &run->pairs[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The key from which links of ${p} are held to be true. */
static uint32_t
sure_key(const struct link_run *run, const struct link_pair *p)
{
    double pairs = (double)run->sources[p->a].usable * (double)run->sources[p->b].usable;
    uint32_t bin = TALLY_HISTOGRAM_BINS;

    if (p->enough) {
        bin = tally_curve_learn_cut(&p->curve, p->floor_ppm / LINK_BIN_PPM,
                                    tally_link_fdr(run->job))
                  .bin;
    }
    if (bin == TALLY_HISTOGRAM_BINS) {
        return tally_edge_key_of_ppm(
            tally_evidence_rare_ppm(&run->evidence, pairs * SURE_ODDS));
    }
    return tally_edge_key_of_ppm(bin * LINK_BIN_PPM);
}

static int
add_sure(struct weighing *w, const struct link_pair *p, struct tally_err *err)
{
    const struct link_run *run = w->run;
    uint32_t least = sure_key(run, p);

    for (size_t i = 0; i < p->nlinks && p->links[i].key >= least; i++) {
        if (w->nsure == w->cap) {
            size_t cap = w->cap == 0 ? 1024 : w->cap * 2;
            uint32_t *grown = realloc(w->sure, cap * run->nviews * sizeof *grown);

            if (grown == NULL) {
                return tally_err_nomem(err);
            }
            w->sure = grown;
            w->cap = cap;
        }
        link_records_keys(run, &run->sources[p->a], p->links[i].a, &run->sources[p->b],
                          p->links[i].b, w->kernel, w->sure + w->nsure++ * run->nviews);
    }
    return 0;
}

/* Keys of the decoys of ${s}, one a record at most, after those that are there. */
static int
add_decoys(const struct weighing *w, const struct link_source *s, uint32_t *keys,
           size_t *n, struct tally_err *err)
{
    uint8_t *used = calloc(s->n + 1, 1);

    if (used == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < s->ninside; i++) {
        const struct tally_edge *e = &s->inside[i];

        if (!used[e->a] && !used[e->b]) {
            used[e->a] = 1;
            used[e->b] = 1;
            link_records_keys(w->run, s, e->a, s, e->b, w->kernel,
                              keys + (*n)++ * w->run->nviews);
        }
    }
    free(used);
    return 0;
}

/* How much of each view's weights counts, from sure links and decoys. */
static int
balance(struct weighing *w, struct tally_err *err)
{
    struct link_run *run = w->run;
    double share[TALLY_VIEWS_MAX];
    uint32_t *decoys;
    bool enough = false;
    size_t n = 0;
    int status = 0;

    for (size_t i = 0; i < run->job->nsources; i++) {
        n += run->sources[i].n;
    }
    decoys = malloc((n + 1) * run->nviews * sizeof *decoys);
    if (decoys == NULL) {
        return tally_err_nomem(err);
    }
    n = 0;
    for (size_t i = 0; i < run->job->nsources && status == 0; i++) {
        status = add_decoys(w, &run->sources[i], decoys, &n, err);
    }
    if (status == 0) {
        status = tally_balance(&run->evidence, w->sure, w->nsure, decoys, n, share,
                               &enough, err);
    }
    if (enough) {
        tally_evidence_share(&run->evidence, share);
    }
    free(decoys);
    return status;
}

/* Learn from the links that are sure. In deduplication some of the random pairs were true
 * ones too. */
static int
learn(struct weighing *w, struct tally_err *err)
{
    struct link_run *run = w->run;
    double n = (double)run->sources[0].usable;
    double matches = 0;

    w->nsure = 0;
    for (size_t i = 0; i < run->npairs; i++) {
        if (add_sure(w, &run->pairs[i], err) != 0) {
            return -1;
        }
    }
    if (run->job->nsources == 1 && n > 1) {
        matches = (double)w->nsure / (n * (n - 1) / 2);
    }
    tally_evidence_learn(&run->evidence, w->sure, w->nsure, matches);
    return balance(w, err);
}

/* Rounds of learning and scoring. Mostly each is better than the one before, but with few
 * links to learn from some accept far less: then earlier weights are taken again. */
static int
weigh_rounds(struct weighing *w, struct tally_err *err)
{
    struct tally_evidence best = w->run->evidence;
    double most = -1;
    unsigned round = 0;
    unsigned best_round = 0;

    for (; round < ROUNDS; round++) {
        double untrue;
        double now;

        if ((round > 0 && learn(w, err) != 0) || weigh_round(w, err) != 0) {
            return -1;
        }
        now = link_accepted(w->run, &untrue);
        if (now > WORTH * most) {
            most = fmax(most, now);
            best = w->run->evidence;
            best_round = round;
        }
    }
    if (best_round + 1 < ROUNDS) {
        w->run->evidence = best;
        return weigh_round(w, err);
    }
    return 0;
}

static int
weigh(struct weighing *w, struct tally_err *err)
{
    struct link_run *run = w->run;

    if (meet_all(run, err) != 0 || sample_strangers(w, err) != 0) {
        return -1;
    }
    tally_evidence_begin(&run->evidence, run->nviews, run->axis, w->strangers,
                         w->nstrangers);
    return weigh_rounds(w, err);
}

int
link_weigh(struct link_run *run, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(run->job->sources[0].enc);
    struct weighing w = {.run = run, .kernel = tally_kernel_best()};
    int status;

    tally_chance_axis(info->fill, &info->hardening, run->axis);
    for (size_t i = 0; i <= TALLY_HISTOGRAM_BINS; i++) {
        run->even[i] = (double)i;
    }
    status = weigh(&w, err);
    free(w.strangers);
    free(w.sure);
    return status;
}

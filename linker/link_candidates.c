/*
 * The joins of a run: how low to look, the candidates of every pair of sources, the
 * decoys inside each source, and what they say about false links.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <stdlib.h>

#include "linker/calibrate.h"
#include "linker/join_prefix.h"

#define KEEP_ROWS 8u /* rows that a record commonly has at most */

#define SAMPLE_SEED 0x74616c6c79u

uint32_t
tally_link_miss_e12(const struct tally_link_job *job)
{
    const struct tally_hardening *h = &tally_encfile_info(job->sources[0].enc)->hardening;
    size_t n = h->n;

    /* A permutation only changes which bits come first. */
    while (n > 0 && h->steps[n - 1].kind == TALLY_HARDEN_PERMUTE) {
        n--;
    }
    if (job->exact || n == 0 || h->steps[n - 1].kind != TALLY_HARDEN_DIFFUSION) {
        return 0;
    }
    return TALLY_MISS_DEFAULT_E12;
}

/* A record of several rows takes up several places among the best of a row. */
static uint32_t
keep_for(const struct link_view *a, const struct link_view *b, uint32_t keep)
{
    return a->first_row != NULL || b->first_row != NULL ? keep + KEEP_ROWS : keep;
}

int
link_join(struct link_run *run, const struct link_view *a, const struct link_view *b,
          uint32_t floor_ppm, uint32_t keep, struct tally_pairs *out,
          struct tally_err *err)
{
    struct tally_join_options options = {.threshold_ppm = floor_ppm,
                                         .k = keep_for(a, b, keep),
                                         .miss_e12 = tally_link_miss_e12(run->job),
                                         .pool = run->job->pool,
                                         .progress = run->job->progress};
    struct tally_join_stats stats = {0};

    if (tally_join(&a->m, a == b ? NULL : &b->m, &options, out, &stats, err) != 0) {
        return -1;
    }
    run->compared += stats.compared;
    if (stats.miss_probability > run->miss_probability) {
        run->miss_probability = stats.miss_probability;
    }
    return 0;
}

/* Candidates of ${a} and ${b}, or inside ${a} when they are the same, in the only view:
 * pairs of rows. */
static int
join(struct link_run *run, const struct link_source *a, const struct link_source *b,
     uint32_t floor_ppm, bool many, struct tally_pairs *rows, struct tally_err *err)
{
    return link_join(run, &a->views[0], &b->views[0], floor_ppm,
                     many ? LINK_KEEP_MANY : LINK_KEEP_ONE, rows, err);
}

/* Pairs of rows with their scores. */
static struct tally_edge *
score_rows(const struct tally_pairs *rows, const struct link_view *a,
           const struct link_view *b)
{
    struct tally_edge *edges = malloc((rows->n + 1) * sizeof *edges);

    for (size_t i = 0; edges != NULL && i < rows->n; i++) {
        const struct tally_pair *p = &rows->list[i];
        uint32_t total;
        uint32_t common = link_rows_score(a, b, p->common, a->m.popcounts[p->a],
                                          b->m.popcounts[p->b], &total);

        edges[i] = (struct tally_edge){p->a, p->b, tally_edge_key(common, total)};
    }
    return edges;
}

/* What ${rows} of ${a} and ${b} come to by the present scores: pairs of records in
 * descending order, those below ${floor_ppm} left out. ${rows} are kept to be scored
 * again where blanks are thought of. */
static int
score(const struct link_source *a, const struct link_source *b, struct tally_pairs *rows,
      uint32_t floor_ppm, struct tally_edge **out, size_t *nout, struct tally_err *err)
{
    const struct link_view *x = &a->views[0];
    const struct link_view *y = &b->views[0];
    struct tally_edge *edges = score_rows(rows, x, y);
    size_t n = rows->n;

    if (x->blanks.filled == NULL) {
        free(rows->list);
        *rows = (struct tally_pairs){NULL, 0};
    }
    if (edges == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_edges_order(edges, n, out, err) != 0) {
        return -1;
    }
    while (n > 0 && (*out)[n - 1].key < tally_edge_key_of_ppm(floor_ppm)) {
        n--;
    }
    *nout = link_records_edges(x, y, *out, n);
    return link_keys_add(a, b, out, nout, err);
}

static void
lower_to(uint32_t *floor_ppm, uint32_t ppm)
{
    *floor_ppm = ppm < *floor_ppm ? ppm : *floor_ppm;
}

/* Random pairs of two sources, which are counted by score. */
struct strangers {
    const struct link_view *a;
    const struct link_view *b;
    struct tally_chance *chance;
};

static void
count_stranger(void *ctx, uint32_t common, uint32_t pa, uint32_t pb)
{
    const struct strangers *s = ctx;
    uint32_t total;
    uint32_t shared = link_rows_score(s->a, s->b, common, pa, pb, &total);

    s->chance->histogram[tally_dice_ppm(shared, total, 0) / LINK_BIN_PPM]++;
}

/* How low to look for candidates of ${p}: as low as a true partner can be told from
 * chance, and no lower than where the range under a given threshold begins. Without
 * decoys the counts below it are wanted too; decoys are looked for below it, for their
 * tail says how few reach it. */
static int
find_floor(struct link_run *run, struct link_pair *p, struct tally_err *err)
{
    struct link_view *a = &run->sources[p->a].views[0];
    struct link_view *b = &run->sources[p->b].views[0];
    bool self = p->a == p->b;
    size_t na = run->sources[p->a].usable;
    size_t nb = run->sources[p->b].usable;
    size_t n = na > nb ? na : nb;
    struct strangers strangers = {a, b, &p->chance};
    uint32_t given;

    p->chance = (struct tally_chance){{0}};
    if (tally_join_sample_each(&a->m, self ? NULL : &b->m, tally_chance_pairs(n),
                               SAMPLE_SEED, count_stranger, &strangers, err) != 0) {
        return -1;
    }
    p->floor_ppm =
        tally_chance_floor_ppm(&p->chance, n, self ? LINK_WANTED_SELF : LINK_WANTED);
    given = link_lowered(p, run->job->threshold_ppm);
    if (given > 0 && given < p->floor_ppm) {
        p->floor_ppm = given;
    }
    lower_to(&a->floor_ppm, p->floor_ppm);
    lower_to(&b->floor_ppm, p->floor_ppm);
    if (given > 0 && p->decoys) {
        p->floor_ppm = given;
    }
    return 0;
}

/* Decoys of ${s} serve every pair it takes part in. */
static int
score_inside(struct link_source *s, struct tally_err *err)
{
    free(s->inside);
    s->inside = NULL;
    s->ninside = 0;
    return score(s, s, &s->rows, 0, &s->inside, &s->ninside, err);
}

static int
join_inside(struct link_run *run, struct link_source *s, struct tally_err *err)
{
    return join(run, s, s, s->views[0].floor_ppm, run->many, &s->rows, err) != 0
               ? -1
               : score_inside(s, err);
}

static struct tally_decoy_side
decoy_side(const struct link_source *s)
{
    return (struct tally_decoy_side){s->n, s->usable, s->inside, s->ninside};
}

static bool
has_cut(const struct link_run *run, const struct link_pair *p,
        const struct tally_curve *curve)
{
    uint32_t floor_bin = p->floor_ppm / LINK_BIN_PPM;

    return tally_curve_learn_cut(curve, floor_bin, tally_link_fdr(run->job)).bin <
           TALLY_HISTOGRAM_BINS;
}

/* Views are weighed so as to tell decoys from links: false links, which took no part in
 * that, are so many times more. */
#define TAUGHT 1.25

static void
allow_for_teaching(const struct link_run *run, struct tally_curve *curve)
{
    for (size_t bin = 0; run->nviews > 1 && bin < TALLY_HISTOGRAM_BINS; bin++) {
        curve->expected_false[bin] *= TAUGHT;
    }
}

/* What decoys say about the links of ${p}. Where they leave no acceptable cut, records
 * inside a source may resemble each other for reasons of their own: look again with the
 * decoys trimmed. */
static int
measure(struct link_run *run, struct link_pair *p, const struct tally_edge *edges,
        size_t n, struct tally_err *err)
{
    const double *axis = run->nviews == 1 ? run->axis : run->even;
    const struct tally_measure_job job = {
        .a = decoy_side(&run->sources[p->a]),
        .b = decoy_side(&run->sources[p->b]),
        .clean_a = run->sources[p->a].clean,
        .clean_b = run->sources[p->b].clean,
        .rule = &p->rule,
        .candidates = edges,
        .ncandidates = n,
        .links = p->links,
        .nlinks = p->nlinks,
        .floor_bin = p->floor_ppm / LINK_BIN_PPM,
        .axis = axis,
    };
    bool alike = p->rule.many_a == p->rule.many_b;

    p->trimmed = false;
    if (tally_measure(&job, false, &p->curve, &p->enough, err) != 0) {
        return -1;
    }
    allow_for_teaching(run, &p->curve);
    if (p->enough && alike && !has_cut(run, p, &p->curve)) {
        if (tally_measure(&job, true, &run->trimmed, &p->trimmed, err) != 0) {
            return -1;
        }
        allow_for_teaching(run, &run->trimmed);
        p->trimmed = p->trimmed && has_cut(run, p, &run->trimmed);
        if (p->trimmed) {
            p->curve = run->trimmed;
        }
    }
    return 0;
}

/* Pairs of the same person beyond doubt, in one source: a plain score of this, or this
 * much of the way from none to all evidence. */
#define BEYOND_DOUBT_PLAIN   900.0
#define BEYOND_DOUBT_WEIGHED 850000u

/* A view in which two records are no more alike than this makes a pair doubtful. */
#define LIKE_STRANGERS (TALLY_EVIDENCE_LEVELS / 4)

uint32_t
link_beyond_doubt_ppm(const struct link_run *run)
{
    uint32_t bin = 0;

    if (run->nviews > 1) {
        return BEYOND_DOUBT_WEIGHED;
    }
    while (bin < TALLY_HISTOGRAM_BINS - 1 && run->axis[bin] < BEYOND_DOUBT_PLAIN) {
        bin++;
    }
    return bin * LINK_BIN_PPM;
}

/* Whether most pairs of ${p} from ${sure_key} up are strangers in some view, as twins and
 * other relatives are: then nobody stands in the source twice for certain. */
static bool
mostly_doubtful(const struct link_run *run, const struct link_pair *p, uint32_t sure_key)
{
    const struct link_source *s = &run->sources[p->a];
    const struct tally_kernel *kernel = tally_kernel_best();
    size_t doubtful = 0;
    size_t i = 0;

    for (; run->nviews > 1 && i < p->nlinks && p->links[i].key >= sure_key; i++) {
        uint32_t keys[TALLY_VIEWS_MAX];
        bool against = false;

        link_records_keys(run, s, p->links[i].a, s, p->links[i].b, kernel, keys);
        for (size_t v = 0; v < run->nviews; v++) {
            against = against ||
                      (keys[v] != TALLY_EVIDENCE_MISSING &&
                       tally_evidence_level(&run->evidence, v, keys[v]) < LIKE_STRANGERS);
        }
        doubtful += against;
    }
    return 2 * doubtful > i;
}

static uint32_t
beyond_doubt_key(const struct link_run *run)
{
    return tally_edge_key_of_ppm(link_beyond_doubt_ppm(run));
}

int
link_pair_up(const struct link_run *run, struct link_pair *p, struct tally_err *err)
{
    struct tally_edge *links = NULL;
    size_t n = 0;

    if (tally_assign_inside(p->links, p->nlinks, p->rule.na, beyond_doubt_key(run), &links,
                            &n, err) != 0) {
        return -1;
    }
    free(p->links);
    p->links = links;
    p->nlinks = n;
    return 0;
}

/* One source alone: what records that stand in it twice resemble besides. Candidate pairs
 * stand for themselves, but where hardly anybody stands there more often than twice a
 * record has one partner. */
static int
measure_inside(const struct link_run *run, struct link_pair *p, struct tally_err *err)
{
    const struct tally_measure_inside job = {
        .n = run->sources[p->a].n,
        .usable = run->sources[p->a].usable,
        .edges = p->links,
        .nedges = p->nlinks,
        .sure_key = beyond_doubt_key(run),
        .floor_bin = p->floor_ppm / LINK_BIN_PPM,
        .fdr = tally_link_fdr(run->job),
        .many = run->many,
        .axis = run->nviews == 1 ? run->axis : run->even,
    };
    struct tally_inside inside;

    if (tally_measure_beside(&job, &p->curve, &inside, err) != 0) {
        return -1;
    }
    p->enough = inside.found == TALLY_BESIDE_ENOUGH && !mostly_doubtful(run, p, job.sure_key);
    p->beside = p->enough;
    p->several = inside.found == TALLY_BESIDE_SEVERAL;
    p->per_decoy = inside.per_decoy;
    p->paired = inside.paired;
    return p->paired ? link_pair_up(run, p, err) : 0;
}

int
link_measure(struct link_run *run, struct link_pair *p, const struct tally_edge *edges,
             size_t n, struct tally_err *err)
{
    if (p->decoys) {
        return measure(run, p, edges, n, err);
    }
    p->several = p->a != p->b;
    if (p->a == p->b && measure_inside(run, p, err) != 0) {
        return -1;
    }
    return p->several ? link_groups(run, p, err) : 0;
}

void
link_edges_take(const struct link_run *run, struct link_pair *p, struct tally_edge *edges,
                size_t n)
{
    free(p->edges);
    p->edges = NULL;
    if (link_optimal(run, p) || link_forced_any(run, p)) {
        p->edges = edges;
        p->nedges = n;
    } else {
        free(edges);
    }
}

static int
score_pair(struct link_run *run, struct link_pair *p, struct tally_err *err)
{
    struct tally_edge *edges = NULL;
    size_t n = 0;
    int status = -1;

    free(p->links);
    p->links = NULL;
    if (score(&run->sources[p->a], &run->sources[p->b], &p->rows, p->floor_ppm, &edges,
              &n, err) == 0 &&
        link_best_find(p, edges, n, err) == 0 &&
        tally_assign_links(edges, n, &p->rule, &p->links, &p->nlinks, err) == 0) {
        p->candidates = n;
        status = link_measure(run, p, edges, n, err);
    }
    link_edges_take(run, p, edges, n);
    return status;
}

static int
join_pair(struct link_run *run, struct link_pair *p, struct tally_err *err)
{
    return join(run, &run->sources[p->a], &run->sources[p->b], p->floor_ppm,
                p->rule.many_a || p->rule.many_b, &p->rows, err) != 0
               ? -1
               : score_pair(run, p, err);
}

double
link_accepted(const struct link_run *run, double *untrue)
{
    double sum = 0;

    *untrue = 0;
    for (size_t i = 0; i < run->npairs; i++) {
        const struct link_pair *p = &run->pairs[i];
        uint32_t bin = p->enough
                           ? tally_curve_learn_cut(&p->curve, p->floor_ppm / LINK_BIN_PPM,
                                                   tally_link_fdr(run->job))
                                 .bin
                           : TALLY_HISTOGRAM_BINS;

        for (; bin < TALLY_HISTOGRAM_BINS; bin++) {
            sum += p->curve.links[bin] - p->curve.expected_false[bin];
            *untrue += p->curve.expected_false[bin];
        }
    }
    return sum;
}

int
link_score_again(struct link_run *run, bool allowing, struct tally_err *err)
{
    for (size_t i = 0; i < run->job->nsources; i++) {
        run->sources[i].views[0].allowing = allowing;
    }
    for (size_t i = 0; i < run->job->nsources; i++) {
        if (run->sources[i].rows.list != NULL &&
            score_inside(&run->sources[i], err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < run->npairs; i++) {
        if (find_floor(run, &run->pairs[i], err) != 0 ||
            score_pair(run, &run->pairs[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
link_candidates(struct link_run *run, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(run->job->sources[0].enc);
    bool blanks;

    if (link_blanks_learn(run, &blanks, err) != 0) {
        return -1;
    }
    tally_chance_axis(info->fill, &info->hardening, run->axis);
    for (size_t i = 0; i < run->job->nsources; i++) {
        run->sources[i].views[0].floor_ppm = TALLY_PPM;
    }
    for (size_t i = 0; i < run->npairs; i++) {
        if (find_floor(run, &run->pairs[i], err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < run->job->nsources && run->job->nsources > 1; i++) {
        if (run->sources[i].clean && join_inside(run, &run->sources[i], err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < run->npairs; i++) {
        if (join_pair(run, &run->pairs[i], err) != 0) {
            return -1;
        }
    }
    return blanks ? link_blanks_try(run, err) : 0;
}

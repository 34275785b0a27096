/*
 * The threshold of each pair of sources, how it came about and how sure it is.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linker/assign_optimal.h"

/* A pair of sources smaller than this leans on the others. */
#define POOL_BELOW 300

/* Strangers linked by mistake, where nothing but weights is known. */
#define RARE_LINKS .02

/* An estimate from fewer links is marked. */
#define LINKS_SURE 30

static size_t
smaller_of(const struct link_run *run, const struct link_pair *p)
{
    size_t a = run->sources[p->a].usable;
    size_t b = run->sources[p->b].usable;

    return a < b ? a : b;
}

/* What all pairs with decoys say together. False when none of them has enough. */
static bool
pool_curves(const struct link_run *run, struct tally_curve *pooled)
{
    bool any = false;

    memset(pooled, 0, sizeof *pooled);
    for (size_t i = 0; i < run->npairs; i++) {
        const struct link_pair *p = &run->pairs[i];

        if (p->enough && p->decoys) {
            tally_curve_add(pooled, &p->curve);
            any = true;
        }
    }
    return any;
}

static void
note(struct tally_calibration *c, const char *text)
{
    size_t used = strlen(c->note);

    (void)snprintf(c->note + used, sizeof c->note - used, "%s%s", used > 0 ? "; " : "",
                   text);
}

/* A threshold where nothing can be learnt. Inside one source relatives are more than
 * duplicates, as far as is known. */
static uint32_t
cautious_ppm(const struct link_run *run, const struct link_pair *p)
{
    const struct tally_enc_info *info = tally_encfile_info(run->job->sources[p->a].enc);
    double pairs = (double)run->sources[p->a].usable * (double)run->sources[p->b].usable;
    uint32_t ppm =
        run->nviews == 1
            ? tally_chance_threshold_ppm(&p->chance, pairs, info->fill, &info->hardening)
            : tally_evidence_rare_ppm(&run->evidence, pairs / RARE_LINKS);
    uint32_t least = p->a == p->b ? link_beyond_doubt_ppm(run) : 0;

    return ppm > least ? ppm : least;
}

/* The threshold, from ${curve} or, without one, from chance alone. */
static void
choose_cut(const struct link_run *run, struct link_pair *p,
           const struct tally_curve *curve, struct tally_calibration *c)
{
    uint32_t floor_bin = p->floor_ppm / LINK_BIN_PPM;
    uint32_t given = run->job->threshold_ppm;

    p->cut = (struct tally_cut){TALLY_HISTOGRAM_BINS, NAN, NAN};
    if (given > 0) {
        c->how = TALLY_THRESHOLD_GIVEN;
        p->cut_ppm = given;
        if (curve != NULL && (p->decoys || p->beside || p->grouped)) {
            p->cut = tally_curve_cut_at(curve, floor_bin, given / LINK_BIN_PPM);
        }
    } else if (curve == NULL) {
        c->how = TALLY_THRESHOLD_FALLBACK;
        p->cut_ppm = cautious_ppm(run, p);
    } else {
        c->how = p->grouped               ? TALLY_THRESHOLD_GROUPS
                 : p->decoys || p->beside ? TALLY_THRESHOLD_DECOYS
                                          : TALLY_THRESHOLD_VALLEY;
        p->cut = tally_curve_learn_cut(curve, floor_bin, tally_link_fdr(run->job));
        p->cut_ppm = p->cut.bin * LINK_BIN_PPM;
    }
}

/* Links that must be stand first, then those by match keys. They need no score; the latter
 * go only when known to be less probable than is asked for. Returns how many stay. */
static size_t
keep_sure(struct link_pair *p, double min_probability)
{
    double probability = p->probability[tally_edge_bin(LINK_KEY_SURE)];
    size_t must = 0;
    size_t n = 0;

    while (n < p->nlinks && p->links[n].key > LINK_KEY_SURE) {
        must += p->links[n++].key == LINK_KEY_MUST;
    }
    if (n > must && probability < min_probability) {
        memmove(p->links + must, p->links + n, (p->nlinks - n) * sizeof *p->links);
        p->nlinks -= n - must;
        n = must;
    }
    p->nmust = must;
    p->nsure = n - must;
    return n;
}

/* Once the cut is known: the links from there up with the greatest sum of scores, where
 * that is asked for. ${greedy} groups of rivals were too great. */
static int
assign_again(const struct link_run *run, struct link_pair *p, size_t *greedy,
             struct tally_err *err)
{
    struct tally_edge *links = NULL;
    size_t n = 0;

    *greedy = 0;
    if (!link_optimal(run, p) || p->cut_ppm > TALLY_PPM) {
        return 0;
    }
    if (tally_assign_optimal(p->edges, p->nedges, &p->rule,
                             tally_edge_key_of_ppm(p->cut_ppm), LINK_KEY_SURE + 1, &links,
                             &n, greedy, err) != 0) {
        return -1;
    }
    free(p->links);
    p->links = links;
    p->nlinks = n;
    return 0;
}

/* Links below the cut go; those from the low threshold up are kept apart. A given
 * threshold is compared in whole keys; one that was learnt is a whole thousandth, for
 * which keys are exact. */
static int
drop_links(struct link_pair *p, double min_probability, struct tally_err *err)
{
    uint32_t least = tally_edge_key_of_ppm(p->cut_ppm);
    uint32_t low = tally_edge_key_of_ppm(p->low_ppm);
    size_t n = keep_sure(p, min_probability);

    free(p->further);
    p->nfurther = 0;
    p->further = malloc((p->nlinks + 1) * sizeof *p->further);
    if (p->further == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = n; i < p->nlinks; i++) {
        double probability = p->probability[tally_edge_bin(p->links[i].key)];

        if (p->cut_ppm <= TALLY_PPM && p->links[i].key >= least &&
            (min_probability == 0 || probability >= min_probability)) {
            p->links[n++] = p->links[i];
        } else if (p->links[i].key >= low) {
            p->further[p->nfurther++] = p->links[i];
        }
    }
    p->nlinks = n;
    return 0;
}

static void
explain_greedy(size_t groups, struct tally_calibration *c)
{
    char text[96];

    if (groups > 0) {
        (void)snprintf(text, sizeof text,
                       "%zu groups of rivals were too great to be solved: linked greedily",
                       groups);
        note(c, text);
    }
}

/* What an operator should know about where the threshold comes from. */
static void
explain_origin(const struct link_pair *p, bool pooled, struct tally_calibration *c)
{
    if (p->beside) {
        note(c, "judged by what people who stand here twice resemble besides");
    } else if (p->grouped) {
        note(c, "judged by how often groups of records would join that are sure of "
                "themselves");
    } else if (!p->decoys && p->enough) {
        note(c, "set without decoys, from the valley between chance and true pairs: people "
                "of one household can score as high and are not in the estimate, so look "
                "at the links before you use them");
    } else if (pooled) {
        note(c, "few records: decoys of all pairs of sources were taken together");
    } else if (p->trimmed) {
        note(c,
             "records inside a source resemble each other more than chance explains (the "
             "same people twice?): decoys were trimmed");
    } else if (p->enough && p->rule.many_a != p->rule.many_b) {
        note(c, "people may stand twice in one source: decoys come from the other alone");
    }
}

static void
explain(const struct link_run *run, const struct link_pair *p, bool pooled,
        struct tally_calibration *c)
{
    char text[96];

    if (p->nsure > 0) {
        (void)snprintf(text, sizeof text,
                       "linked by equal match keys: %zu, whatever their scores",
                       p->nsure);
        note(c, text);
    }
    if (smaller_of(run, p) == 0) {
        note(c, "a source has no usable record");
    } else if (c->how == TALLY_THRESHOLD_FALLBACK) {
        note(c, "too little data to learn from: a cautious threshold was taken");
    }
    if (p->cut_ppm > TALLY_PPM) {
        bool half_true =
            p->enough &&
            tally_curve_learn_cut(&p->curve, p->floor_ppm / LINK_BIN_PPM, .5).bin <
                TALLY_HISTOGRAM_BINS;
        char why[180];

        (void)snprintf(why, sizeof why,
                       "no threshold keeps false links to %.3g %%, so none is accepted%s",
                       100 * tally_link_fdr(run->job),
                       half_true ? "; it may be that people stand twice in a source "
                                   "whose owner did not say so"
                                 : "");
        note(c, why);
    } else {
        explain_origin(p, pooled, c);
    }
    if (run->nviews > 1) {
        (void)snprintf(text, sizeof text, "%zu views weighed together", run->nviews);
        note(c, text);
    }
    if (run->sources[p->a].views[0].allowing) {
        note(c, "scores allow for blank fields");
    }
    if (run->job->min_probability > 0 && isnan(p->probability[0])) {
        note(c, "no probability can be given, so none is high enough");
    }
    if (p->nlinks > 0 && p->nlinks < TALLY_LINKS_FEW) {
        note(c, "too few links to say how many of them are false");
    }
    c->low_confidence = !p->decoys || !p->enough || pooled || p->trimmed ||
                        p->cut_ppm > TALLY_PPM || p->nlinks < LINKS_SURE;
}

/* A handful of links says nothing, however clear of strangers they stand. */
static void
estimate(const struct link_run *run, const struct link_pair *p,
         struct tally_calibration *c)
{
    bool few = p->nlinks < TALLY_LINKS_FEW;

    c->estimated_precision = few ? NAN : 1 - p->cut.false_share;
    c->estimated_recall =
        few || (run->job->threshold_ppm > 0 && p->decoys) ? NAN : p->cut.recall;
}

/* With all that is learnt, the links once what is known is gone by. A record whose partner
 * must not be one may get the next. */
static int
go_by_known(const struct link_run *run, struct link_pair *p, struct tally_calibration *c,
            struct tally_err *err)
{
    char text[96];
    size_t greedy = 0;

    if (!link_forced_any(run, p)) {
        return 0;
    }
    free(p->links);
    p->links = NULL;
    if (link_forced_apply(run, p, err) != 0 ||
        link_best_find(p, p->edges, p->nedges, err) != 0 ||
        tally_assign_links(p->edges, p->nedges, &p->rule, &p->links, &p->nlinks, err) !=
            0 ||
        (p->paired && link_pair_up(run, p, err) != 0) ||
        assign_again(run, p, &greedy, err) != 0 ||
        drop_links(p, run->job->min_probability, err) != 0) {
        return -1;
    }
    if (p->nmust > 0) {
        (void)snprintf(text, sizeof text, "linked because they must be: %zu", p->nmust);
        note(c, text);
    }
    return 0;
}

static int
decide(struct link_run *run, struct link_pair *p, const struct tally_curve *pool,
       struct tally_calibration *c, struct tally_err *err)
{
    bool pooled = pool != NULL && p->decoys && smaller_of(run, p) > 0 &&
                  smaller_of(run, p) < POOL_BELOW;
    const struct tally_curve *curve = pooled ? pool : p->enough ? &p->curve : NULL;
    size_t greedy;

    c->source_a = p->a;
    c->source_b = p->b;
    c->floor_ppm = p->floor_ppm;
    c->candidates = p->candidates;
    for (size_t bin = 0; bin < TALLY_HISTOGRAM_BINS; bin++) {
        c->histogram[bin] = (uint64_t)p->curve.links[bin];
        c->false_histogram[bin] = p->curve.expected_false[bin];
        p->probability[bin] = NAN;
    }
    choose_cut(run, p, curve, c);
    if (curve != NULL) {
        tally_curve_probability(curve, p->floor_ppm / LINK_BIN_PPM, p->probability);
    }
    link_bands(p);
    if (assign_again(run, p, &greedy, err) != 0 ||
        drop_links(p, run->job->min_probability, err) != 0) {
        return -1;
    }
    explain_greedy(greedy, c);
    explain(run, p, pooled, c);
    c->threshold_ppm = p->cut_ppm > TALLY_PPM ? TALLY_PPM : p->cut_ppm;
    estimate(run, p, c);
    c->low_ppm = p->low_ppm;
    c->high_ppm = p->high_ppm;
    link_trust(run, p, curve, c);
    return go_by_known(run, p, c, err);
}

int
link_decide(struct link_run *run, struct tally_calibration *out, struct tally_err *err)
{
    bool pool = run->job->nsources > 2 && pool_curves(run, &run->pooled);

    for (size_t i = 0; i < run->npairs; i++) {
        if (decide(run, &run->pairs[i], pool ? &run->pooled : NULL, &out[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/*
 * Why each link was made: what its records have in common view by view, what that weighs,
 * which candidates came second, and what about it calls for a second look.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two records agree in a view from this level up, and are strangers in it below that one. */
#define AGREE     (.75 * (TALLY_EVIDENCE_LEVELS - 1))
#define STRANGERS (.25 * (TALLY_EVIDENCE_LEVELS - 1))

/* A probability is told apart from certainty by this much. */
#define NEARLY 1e-6

static void
note_best(struct link_best *best, uint32_t other, uint32_t key)
{
    size_t at = best->key[0] == 0 ? 0 : 1;

    if (at == 0 || best->key[1] == 0) {
        best->other[at] = other;
        best->key[at] = key;
    }
}

int
link_best_find(struct link_pair *p, const struct tally_edge *edges, size_t n,
               struct tally_err *err)
{
    bool self = p->a == p->b;

    free(p->best_a);
    free(p->best_b);
    p->best_b = NULL;
    p->best_a = calloc(p->rule.na + 1, sizeof *p->best_a);
    if (p->best_a == NULL) {
        return tally_err_nomem(err);
    }
    if (!self) {
        p->best_b = calloc(p->rule.nb + 1, sizeof *p->best_b);
        if (p->best_b == NULL) {
            return tally_err_nomem(err);
        }
    }
    for (size_t i = 0; i < n; i++) { /* the best first */
        note_best(&p->best_a[edges[i].a], edges[i].b, edges[i].key);
        note_best(self ? &p->best_a[edges[i].b] : &p->best_b[edges[i].b], edges[i].a,
                  edges[i].key);
    }
    return 0;
}

/* The score of ${key} in ppm; that of equal encodings for links by key or by list. */
static uint32_t
ppm_of(uint32_t key)
{
    return key > LINK_KEY_SURE ? TALLY_PPM : (uint32_t)(((uint64_t)key * 2000000u) >> 32);
}

/* The best candidate but ${partner}. */
static struct tally_second
second_of(const struct link_best *best, uint32_t partner)
{
    size_t at = best->key[0] != 0 && best->other[0] == partner ? 1 : 0;

    if (best->key[at] == 0) {
        return (struct tally_second){UINT32_MAX, 0};
    }
    return (struct tally_second){best->other[at], ppm_of(best->key[at])};
}

/* What the views with a name that tells stand for. */
struct roles {
    ptrdiff_t forename;
    ptrdiff_t surname;
    ptrdiff_t birth;
    ptrdiff_t address;
};

static ptrdiff_t
view_called(const struct tally_link_result *r, const char *name, const char *other)
{
    for (size_t v = 0; v < r->nviews; v++) {
        if (strcmp(r->view_names[v], name) == 0 || strcmp(r->view_names[v], other) == 0) {
            return (ptrdiff_t)v;
        }
    }
    return -1;
}

struct reasoning {
    const struct link_run *run;
    const struct tally_kernel *kernel;
    struct tally_link_result *out;
    struct roles roles;
};

static double
level_in(const struct reasoning *w, const uint32_t *keys, ptrdiff_t v)
{
    return v < 0 || keys[v] == TALLY_EVIDENCE_MISSING
               ? (double)NAN
               : tally_evidence_level(&w->run->evidence, (size_t)v, keys[v]);
}

/* What two records with these keys look like beside one person: twins agree in all but the
 * forename, a household in surname and address but not in birth. 0 where views do not
 * show it. */
static unsigned
relation(const struct reasoning *w, const uint32_t *keys)
{
    double forename = level_in(w, keys, w->roles.forename);
    double birth = level_in(w, keys, w->roles.birth);

    if (w->run->nviews == 1 || !(level_in(w, keys, w->roles.surname) >= AGREE) ||
        !(level_in(w, keys, w->roles.address) >= AGREE)) {
        return 0;
    }
    if (birth >= AGREE && forename < STRANGERS) {
        return TALLY_FLAG_TWINS;
    }
    return birth < STRANGERS ? TALLY_FLAG_HOUSEHOLD : 0;
}

/* Flags of a link whose record ${row} of source ${s} has a rival ${second}: it would have
 * been linked too, were the link not there. */
static unsigned
rival_flags(const struct reasoning *w, const struct link_pair *p, uint32_t s,
            uint32_t row, const struct tally_second *second)
{
    const struct link_source *source = &w->run->sources[s];
    uint32_t keys[TALLY_VIEWS_MAX];
    unsigned flags = TALLY_FLAG_RIVAL;
    unsigned what;

    if (second->row == UINT32_MAX || second->score_ppm < p->cut_ppm) {
        return 0;
    }
    link_records_keys(w->run, source, row, source, second->row, w->kernel, keys);
    what = relation(w, keys);
    flags |= what == TALLY_FLAG_TWINS ? TALLY_FLAG_RIVAL_TWIN : 0;
    flags |= what == TALLY_FLAG_HOUSEHOLD ? TALLY_FLAG_RIVAL_HOUSEHOLD : 0;
    return flags;
}

/* Prior odds that two records of ${p} are one person, in bits. */
static double
prior_bits(const struct link_pair *p)
{
    double na = (double)p->rule.na;
    double pairs = p->a == p->b ? na * (na - 1) / 2 : na * (double)p->rule.nb;
    double matches = 0;

    for (size_t i = 0; i < TALLY_HISTOGRAM_BINS; i++) {
        matches += fmax(0, p->curve.links[i] - p->curve.expected_false[i]);
    }
    return log2(fmax(matches, 1) / fmax(pairs - matches, 1));
}

/* With several views, what each weighs and the sum; with one, what the probability says
 * beyond the prior odds. */
static double
weigh(const struct reasoning *w, const struct link_pair *p, const struct tally_link *l,
      const uint32_t *keys, struct tally_view_score *views)
{
    const struct tally_evidence *e = &w->run->evidence;
    double likely = fmin(1 - NEARLY, fmax(NEARLY, (double)l->probability));
    double sum = 0;

    for (size_t v = 0; v < w->run->nviews; v++) {
        bool missing = keys[v] == TALLY_EVIDENCE_MISSING;

        views[v] = (struct tally_view_score){missing ? TALLY_SCORE_MISSING : ppm_of(keys[v]),
                                             NAN, NAN};
        if (w->run->nviews > 1) {
            double bits = e->views[v].share * tally_evidence_weight(e, v, keys[v]) +
                          link_rarity_bits(w->run, v, &w->run->sources[l->source_a],
                                           l->row_a, &w->run->sources[l->source_b],
                                           l->row_b, keys[v]);

            views[v].weight = (float)bits;
            views[v].level = missing ? NAN : (float)tally_evidence_level(e, v, keys[v]);
            sum += bits;
        }
    }
    if (w->run->nviews > 1) {
        return sum;
    }
    return isnan(l->probability) ? (double)NAN
                                 : log2(likely / (1 - likely)) - prior_bits(p);
}

static enum tally_linked_by
rule_of(const struct link_pair *p, const struct tally_link *l, bool further)
{
    const struct link_best *a = &p->best_a[l->row_a];
    const struct link_best *b =
        p->a == p->b ? &p->best_a[l->row_b] : &p->best_b[l->row_b];
    uint32_t key = link_chosen_key(p, l->row_a, l->row_b);

    if (further) {
        return TALLY_LINKED_BY_LOW;
    }
    if (key == 0) {
        return TALLY_LINKED_BY_CLUSTER;
    }
    if (key == LINK_KEY_MUST) {
        return TALLY_LINKED_BY_MUST;
    }
    if (key > LINK_KEY_SURE) {
        return TALLY_LINKED_BY_KEY;
    }
    return a->key[0] != 0 && a->other[0] == l->row_b && b->other[0] == l->row_a
               ? TALLY_LINKED_BY_BEST
               : TALLY_LINKED_BY_NEXT;
}

static void
reason(const struct reasoning *w, const struct tally_link *l, bool further,
       struct tally_link_reason *out, struct tally_view_score *views)
{
    const struct link_pair *p = link_pair_of(w->run, l->source_a, l->source_b);
    const struct link_source *a = &w->run->sources[l->source_a];
    const struct link_source *b = &w->run->sources[l->source_b];
    struct tally_calibration *c = &w->out->calibrations[p - w->run->pairs];
    uint32_t keys[TALLY_VIEWS_MAX];

    link_records_keys(w->run, a, l->row_a, b, l->row_b, w->kernel, keys);
    out->by = rule_of(p, l, further);
    out->weight = weigh(w, p, l, keys, views);
    out->second_a = second_of(&p->best_a[l->row_a], l->row_b);
    out->second_b =
        second_of(p->a == p->b ? &p->best_a[l->row_b] : &p->best_b[l->row_b], l->row_a);
    out->flags = relation(w, keys);
    if (!further) {
        out->flags |= rival_flags(w, p, l->source_b, l->row_b, &out->second_a);
        out->flags |= rival_flags(w, p, l->source_a, l->row_a, &out->second_b);
        c->rivals += (out->flags & TALLY_FLAG_RIVAL) != 0;
        c->twins += (out->flags & (TALLY_FLAG_TWINS | TALLY_FLAG_RIVAL_TWIN)) != 0;
        c->household +=
            (out->flags & (TALLY_FLAG_HOUSEHOLD | TALLY_FLAG_RIVAL_HOUSEHOLD)) != 0;
    }
}

static void
name_views(const struct link_run *run, struct tally_link_result *out)
{
    const struct tally_enc_info *info = tally_encfile_info(run->job->sources[0].enc);

    out->nviews = run->nviews;
    for (size_t v = 0; v < run->nviews; v++) {
        memcpy(out->view_names[v], info->views[run->views[v]].name,
               sizeof out->view_names[v]);
    }
}

int
link_reasons(const struct link_run *run, struct tally_link_result *out,
             struct tally_err *err)
{
    struct reasoning w = {.run = run, .kernel = tally_kernel_best(), .out = out};
    size_t n = out->nlinks + out->nfurther;

    name_views(run, out);
    w.roles = (struct roles){view_called(out, "forename", "first_name"),
                             view_called(out, "surname", "last_name"),
                             view_called(out, "birth", "date_of_birth"),
                             view_called(out, "address", "postcode")};
    out->reasons = calloc(n + 1, sizeof *out->reasons);
    out->views = calloc(n * run->nviews + 1, sizeof *out->views);
    if (out->reasons == NULL || out->views == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        bool further = i >= out->nlinks;

        reason(&w, further ? &out->further[i - out->nlinks] : &out->links[i], further,
               &out->reasons[i], &out->views[i * run->nviews]);
    }
    return 0;
}

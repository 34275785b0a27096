/*
 * A4: known pairs. What bits each token of the granted people goes with, added up over
 * the tokens of everybody else, is a template of their encoding; the nearest wins. Beside
 * it, graph matching that begins with the granted pairs.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_attack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_LEAST 3 /* granted people with a token before it is learnt */
#define CHUNK      64

struct learning {
    const struct tally_audit_scene *scene;
    size_t ngranted;
    double *share;  /* of granted encodings that set each bit */
    uint32_t *seen; /* granted people with each token */
    uint32_t *slot; /* of a token that is learnt: its row of ${weight} */
    uint32_t nslots;
    float *weight; /* log-odds: slots by bits */
    struct tally_features templates;
    struct tally_features victims;
};

static void
learning_free(struct learning *l)
{
    free(l->share);
    free(l->seen);
    free(l->slot);
    free(l->weight);
    tally_features_free(&l->templates);
    tally_features_free(&l->victims);
}

/* Shares of bits, and which tokens are seen often enough. */
static int
count_granted(struct learning *l, struct tally_err *err)
{
    const struct tally_audit_scene *s = l->scene;
    const struct tally_audit_tokens *t = s->tokens;
    uint32_t bits = s->victims->bits;

    l->share = calloc(bits, sizeof *l->share);
    l->seen = calloc(t->ntokens + 1, sizeof *l->seen);
    l->slot = calloc(t->ntokens + 1, sizeof *l->slot);
    if (l->share == NULL || l->seen == NULL || l->slot == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t v = 0; v < s->victims->n; v++) {
        uint32_t p = s->granted[v];

        if (p == TALLY_AUDIT_NONE) {
            continue;
        }
        l->ngranted++;
        for (uint32_t b = 0; b < bits; b++) {
            l->share[b] += tally_audit_bit(s->victims, v, b);
        }
        for (uint32_t i = t->first[p]; i < t->first[p + 1]; i++) {
            l->seen[t->list[i]]++;
        }
    }
    for (uint32_t b = 0; b < bits; b++) {
        l->share[b] = (l->share[b] + 1) / ((double)l->ngranted + 2);
    }
    for (size_t k = 0; k < t->ntokens; k++) {
        l->slot[k] = l->seen[k] >= SEEN_LEAST ? l->nslots++ : TALLY_AUDIT_NONE;
    }
    return 0;
}

/* How many granted people with a token set each bit, turned into log-odds against the
 * share of all. */
static int
learn(struct learning *l, struct tally_err *err)
{
    const struct tally_audit_scene *s = l->scene;
    const struct tally_audit_tokens *t = s->tokens;
    size_t bits = s->victims->bits;

    l->weight = calloc(l->nslots * bits + 1, sizeof *l->weight);
    if (l->weight == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t v = 0; v < s->victims->n; v++) {
        uint32_t p = s->granted[v];

        for (uint32_t i = p == TALLY_AUDIT_NONE ? 0 : t->first[p];
             p != TALLY_AUDIT_NONE && i < t->first[p + 1]; i++) {
            uint32_t slot = l->slot[t->list[i]];

            for (uint32_t b = 0; slot != TALLY_AUDIT_NONE && b < bits; b++) {
                l->weight[slot * bits + b] += tally_audit_bit(s->victims, v, b);
            }
        }
    }
    for (size_t k = 0; k < t->ntokens; k++) {
        for (size_t b = 0; l->slot[k] != TALLY_AUDIT_NONE && b < bits; b++) {
            float *w = &l->weight[l->slot[k] * bits + b];
            double p = (*w + 2 * l->share[b]) / (l->seen[k] + 2.0);

            *w = (float)(log(p / (1 - p)) - log(l->share[b] / (1 - l->share[b])));
        }
    }
    return 0;
}

static int
template_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct learning *l = ctx;
    const struct tally_audit_tokens *t = l->scene->tokens;
    size_t bits = l->templates.k;
    size_t last = (chunk + 1) * CHUNK < t->n ? (chunk + 1) * CHUNK : t->n;

    (void)worker;
    (void)err;
    for (size_t p = chunk * CHUNK; p < last; p++) {
        for (uint32_t i = t->first[p]; i < t->first[p + 1]; i++) {
            uint32_t slot = l->slot[t->list[i]];

            for (size_t b = 0; slot != TALLY_AUDIT_NONE && b < bits; b++) {
                l->templates.v[p * bits + b] += l->weight[slot * bits + b];
            }
        }
    }
    return 0;
}

static int
make_templates(struct learning *l, struct tally_err *err)
{
    const struct tally_audit_scene *s = l->scene;
    uint32_t bits = s->victims->bits;

    if (tally_features_create(&l->templates, s->people->n, bits, err) != 0 ||
        tally_features_create(&l->victims, s->victims->n, bits, err) != 0 ||
        tally_pool_run(s->pool, (s->people->n + CHUNK - 1) / CHUNK, template_chunk, l,
                       err) != 0) {
        return -1;
    }
    for (size_t v = 0; v < s->victims->n; v++) {
        for (uint32_t b = 0; b < bits; b++) {
            l->victims.v[v * bits + b] =
                (float)(tally_audit_bit(s->victims, v, b) - l->share[b]);
        }
    }
    tally_features_unit_rows(&l->templates);
    tally_features_unit_rows(&l->victims);
    return 0;
}

/* Claims where template and encoding choose each other; sure where both halves of the
 * bits choose alike. */
static int
decode(struct learning *l, struct tally_audit_claims *out, struct tally_err *err)
{
    const struct tally_audit_scene *s = l->scene;
    struct tally_nearest near[3] = {{0}};
    int rc = 0;

    for (size_t i = 0; i < 3 && rc == 0; i++) {
        rc = tally_nearest_find(&near[i], &l->victims, &l->templates, i == 2,
                                i > 0 ? 2 : 1, s->pool, s->progress, err);
    }
    for (size_t v = 0; rc == 0 && v < s->victims->n; v++) {
        uint32_t p = near[0].at[v];

        if (p != TALLY_AUDIT_NONE && near[0].back[p] == v) {
            out->person[v] = p;
            out->sure[v] = near[1].at[v] == p && near[2].at[v] == p;
        }
    }
    for (size_t i = 0; i < 3; i++) {
        tally_nearest_free(&near[i]);
    }
    return rc;
}

static int
by_templates(const struct tally_audit_scene *s, struct tally_audit_claims *out,
             struct tally_err *err)
{
    struct learning l = {.scene = s};
    int rc = -1;

    if (tally_audit_claims_create(out, s->victims->n, err) == 0 &&
        count_granted(&l, err) == 0 && learn(&l, err) == 0 &&
        make_templates(&l, err) == 0) {
        rc = decode(&l, out, err);
    }
    learning_free(&l);
    return rc;
}

static int
by_graph(const struct tally_audit_scene *s, struct tally_audit_claims *out,
         struct tally_err *err)
{
    struct tally_audit_pair *pairs = calloc(s->victims->n + 1, sizeof *pairs);
    size_t n = 0;
    int rc;

    if (pairs == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t v = 0; v < s->victims->n; v++) {
        if (s->granted[v] != TALLY_AUDIT_NONE) {
            pairs[n++] = (struct tally_audit_pair){(uint32_t)v, s->granted[v], 0};
        }
    }
    rc = tally_graph_refine(s, pairs, n, n, out, err);
    free(pairs);
    return rc;
}

/* What was granted is no success. */
static void
drop_granted(const struct tally_audit_scene *s, struct tally_audit_claims *c)
{
    for (size_t v = 0; v < c->n; v++) {
        if (s->granted[v] != TALLY_AUDIT_NONE) {
            c->person[v] = TALLY_AUDIT_NONE;
            c->sure[v] = false;
        }
    }
}

int
tally_attack_known(const struct tally_audit_scene *s, struct tally_audit_claims *out,
                   struct tally_err *err)
{
    struct tally_audit_claims a = {0};
    struct tally_audit_claims b = {0};

    if (by_graph(s, &a, err) != 0 || by_templates(s, &b, err) != 0) {
        tally_audit_claims_free(&a);
        tally_audit_claims_free(&b);
        return -1;
    }
    drop_granted(s, &a);
    drop_granted(s, &b);
    if (tally_audit_claims_sure(&b) > tally_audit_claims_sure(&a)) {
        struct tally_audit_claims swap = a;

        a = b;
        b = swap;
    }
    tally_audit_claims_free(&b);
    *out = a;
    return 0;
}

/*
 * A2: frequency alignment. Values that are common make encodings that are common: pair
 * them by rank while the counts stand clear of each other, learn from the pairs which
 * bits a token sets, and look who else fits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_attack.h"

#include <stdlib.h>
#include <string.h>

#define FEWEST_TOKENS 3 /* of a value that must be known before it can be claimed */

/* Equal rows, most frequent first. */
struct group {
    uint32_t row; /* the first of them */
    uint32_t count;
    uint32_t start; /* in ${order} */
};

struct groups {
    uint32_t *order;
    struct group *list;
    size_t n;
};

static int
by_count(const void *a, const void *b)
{
    const struct group *x = a;
    const struct group *y = b;

    if (x->count != y->count) {
        return x->count > y->count ? -1 : 1;
    }
    return (x->row > y->row) - (x->row < y->row);
}

static int
find_groups(const struct tally_audit_rows *r, struct groups *out, struct tally_err *err)
{
    out->order = tally_audit_rows_order(r);
    out->list = calloc(r->n + 1, sizeof *out->list);
    out->n = 0;
    if (out->order == NULL || out->list == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < r->n; i++) {
        uint32_t row = out->order[i];

        if (r->ones[row] == 0) {
            continue; /* nothing is encoded in it */
        }
        if (out->n == 0 || !tally_audit_rows_equal(r, out->list[out->n - 1].row, row)) {
            out->list[out->n++] = (struct group){row, 0, (uint32_t)i};
        }
        out->list[out->n - 1].count++;
    }
    qsort(out->list, out->n, sizeof *out->list, by_count);
    return 0;
}

static void
free_groups(struct groups *g)
{
    free(g->order);
    free(g->list);
}

/* Ranks that pair: counts above one, each clear of the next in both files. */
static size_t
clear_ranks(const struct groups *v, const struct groups *p)
{
    size_t r = 0;

    while (r + 1 < v->n && r + 1 < p->n && v->list[r].count > v->list[r + 1].count &&
           p->list[r].count > p->list[r + 1].count && v->list[r + 1].count > 1) {
        r++;
    }
    return r;
}

/* What is known of tokens: the bits set in every paired encoding whose value holds the
 * token, and in none whose value lacks it. */
struct knowledge {
    const struct tally_audit_scene *scene;
    size_t words; /* of a row, 64 bits each */
    uint64_t *bits;
    bool *known;
};

static bool
holds(const struct tally_audit_tokens *t, uint32_t person, uint32_t token)
{
    for (uint32_t i = t->first[person]; i < t->first[person + 1]; i++) {
        if (t->list[i] == token) {
            return true;
        }
    }
    return false;
}

static void
learn_token(struct knowledge *k, uint32_t token, const struct groups *v,
            const struct groups *p, size_t paired)
{
    const struct tally_audit_scene *s = k->scene;
    uint64_t *bits = k->bits + token * k->words;
    uint64_t any = 0;

    memset(bits, 0xff, k->words * sizeof *bits);
    for (size_t r = 0; r < paired; r++) {
        bool with = holds(s->tokens, p->list[r].row, token);
        const uint8_t *row = tally_audit_row(s->victims, v->list[r].row);

        k->known[token] = k->known[token] || with;
        for (size_t w = 0; w < k->words; w++) {
            uint64_t x;

            memcpy(&x, row + 8 * w, sizeof x);
            bits[w] &= with ? x : ~x;
        }
    }
    for (size_t w = 0; w < k->words; w++) {
        any |= bits[w];
    }
    k->known[token] = k->known[token] && any != 0;
}

/* True when each known token of the value finds at least half of its bits. */
static bool
plausible(const struct knowledge *k, uint32_t victim, uint32_t person)
{
    const struct tally_audit_tokens *t = k->scene->tokens;
    const uint8_t *row = tally_audit_row(k->scene->victims, victim);
    size_t known = 0;

    for (uint32_t i = t->first[person]; i < t->first[person + 1]; i++) {
        const uint64_t *bits = k->bits + t->list[i] * k->words;
        int all = 0;
        int found = 0;

        for (size_t w = 0; k->known[t->list[i]] && w < k->words; w++) {
            uint64_t x;

            memcpy(&x, row + 8 * w, sizeof x);
            all += __builtin_popcountll(bits[w]);
            found += __builtin_popcountll(bits[w] & x);
        }
        known += k->known[t->list[i]];
        if (2 * found < all) {
            return false;
        }
    }
    return known >= FEWEST_TOKENS;
}

static void
claim_group(const struct groups *v, size_t g, uint32_t person, bool sure,
            struct tally_audit_claims *out)
{
    for (uint32_t i = 0; i < v->list[g].count; i++) {
        uint32_t row = v->order[v->list[g].start + i];

        out->person[row] = person;
        out->sure[row] = sure;
    }
}

/* Claim encodings for which just one value is plausible. */
static void
claim_rest(const struct knowledge *k, const struct groups *v, const struct groups *p,
           size_t paired, struct tally_audit_claims *out)
{
    for (size_t g = paired; g < v->n; g++) {
        uint32_t only = TALLY_AUDIT_NONE;
        size_t fits = 0;

        for (size_t h = paired; h < p->n && fits < 2; h++) {
            if (plausible(k, v->list[g].row, p->list[h].row)) {
                only = p->list[h].row;
                fits++;
            }
        }
        if (fits == 1) {
            claim_group(v, g, only, false, out);
        }
    }
}

static int
align_groups(const struct tally_audit_scene *s, const struct groups *v,
             const struct groups *p, struct tally_audit_claims *out,
             struct tally_err *err)
{
    size_t paired = clear_ranks(v, p);
    struct knowledge k = {.scene = s, .words = s->victims->stride / 8};

    for (size_t r = 0; r < paired; r++) {
        claim_group(v, r, p->list[r].row, true, out);
    }
    if (paired < 2) {
        return 0; /* nothing can be told apart by so few */
    }
    k.bits = calloc(s->tokens->ntokens * k.words + 1, sizeof *k.bits);
    k.known = calloc(s->tokens->ntokens + 1, sizeof *k.known);
    if (k.bits == NULL || k.known == NULL) {
        free(k.bits);
        free(k.known);
        return tally_err_nomem(err);
    }
    for (uint32_t t = 0; t < s->tokens->ntokens; t++) {
        learn_token(&k, t, v, p, paired);
    }
    claim_rest(&k, v, p, paired, out);
    free(k.bits);
    free(k.known);
    return 0;
}

int
tally_attack_frequency(const struct tally_audit_scene *s, struct tally_audit_claims *out,
                       struct tally_err *err)
{
    struct groups v = {0};
    struct groups p = {0};
    int rc = -1;

    if (tally_audit_claims_create(out, s->victims->n, err) == 0 &&
        find_groups(s->victims, &v, err) == 0 && find_groups(s->people, &p, err) == 0) {
        rc = align_groups(s, &v, &p, out, err);
    }
    free_groups(&v);
    free_groups(&p);
    return rc;
}

/*
 * A5: pattern mining. Bits of one token are set together more than others, whoever the
 * key belongs to: sets of such bits, found from how often pairs are set together, are
 * named after the token that is about as frequent, and records are compared by the
 * tokens that were named. The published attack also repeats this in parts of the file;
 * here the file is taken whole.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_attack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/audit/audit_spectrum.h"

#define ATOMS_MOST 512
#define ATOM_BITS  64  /* at most */
#define ATOM_LEAST 3   /* bits that make a set */
#define PHI_LEAST  .08 /* of the two bits a set begins with */
#define PHI_KEEP   .7  /* of that, with every bit of the set, for another to join */
#define SPREAD     2.0 /* standard deviations within which frequencies are alike */

struct atom {
    uint32_t bits[ATOM_BITS];
    size_t nbits;
    uint32_t count; /* records with all of them */
    uint32_t token; /* that it was named after, or TALLY_AUDIT_NONE */
};

struct miner {
    const struct tally_audit_scene *scene;
    uint32_t *together;
    bool *taken;
    struct atom *atoms;
    size_t natoms;
};

/* Phi: the correlation of two bits. */
static double
phi(const struct miner *m, size_t i, size_t j)
{
    size_t bits = m->scene->victims->bits;
    double n = (double)m->scene->victims->n;
    double a = m->together[i * bits + i] / n;
    double b = m->together[j * bits + j] / n;
    double v = a * (1 - a) * b * (1 - b);

    return v > 0 ? (m->together[i * bits + j] / n - a * b) / sqrt(v) : 0;
}

struct seed {
    uint32_t i;
    uint32_t j;
    double phi;
};

static int
by_phi(const void *a, const void *b)
{
    const struct seed *x = a;
    const struct seed *y = b;

    if (x->phi != y->phi) {
        return x->phi > y->phi ? -1 : 1;
    }
    return x->i != y->i ? (x->i > y->i) - (x->i < y->i) : (x->j > y->j) - (x->j < y->j);
}

/* Each bit with the bit it goes with most. */
static struct seed *
find_seeds(const struct miner *m)
{
    uint32_t bits = m->scene->victims->bits;
    struct seed *seeds = calloc(bits, sizeof *seeds);

    for (uint32_t i = 0; seeds != NULL && i < bits; i++) {
        seeds[i].i = i;
        for (uint32_t j = 0; j < bits; j++) {
            double p = i != j ? phi(m, i, j) : 0;

            if (p > seeds[i].phi) {
                seeds[i].phi = p;
                seeds[i].j = j;
            }
        }
    }
    if (seeds != NULL) {
        qsort(seeds, bits, sizeof *seeds, by_phi);
    }
    return seeds;
}

/* Let bits join that go with all of the set nearly as well as its first two. */
static void
grow(struct miner *m, const struct seed *s, struct atom *a)
{
    uint32_t bits = m->scene->victims->bits;

    a->bits[0] = s->i;
    a->bits[1] = s->j;
    a->nbits = 2;
    for (uint32_t b = 0; b < bits && a->nbits < ATOM_BITS; b++) {
        bool fits = !m->taken[b] && b != s->i && b != s->j;

        for (size_t k = 0; fits && k < a->nbits; k++) {
            fits = phi(m, b, a->bits[k]) >= PHI_KEEP * s->phi;
        }
        if (fits) {
            a->bits[a->nbits++] = b;
        }
    }
}

static void
find_atoms(struct miner *m, const struct seed *seeds)
{
    for (uint32_t i = 0; i < m->scene->victims->bits && m->natoms < ATOMS_MOST; i++) {
        struct atom *a = &m->atoms[m->natoms];

        if (seeds[i].phi < PHI_LEAST || m->taken[seeds[i].i] || m->taken[seeds[i].j]) {
            continue;
        }
        grow(m, &seeds[i], a);
        if (a->nbits < ATOM_LEAST) {
            continue;
        }
        for (size_t k = 0; k < a->nbits; k++) {
            m->taken[a->bits[k]] = true;
        }
        m->natoms++;
    }
}

static bool
has_atom(const struct tally_audit_rows *r, size_t i, const struct atom *a)
{
    for (size_t k = 0; k < a->nbits; k++) {
        if (!tally_audit_bit(r, i, a->bits[k])) {
            return false;
        }
    }
    return true;
}

/* People with each token. Malloced. */
static uint32_t *
count_tokens(const struct tally_audit_tokens *t)
{
    uint32_t *counts = calloc(t->ntokens + 1, sizeof *counts);

    for (size_t p = 0; counts != NULL && p < t->n; p++) {
        for (uint32_t i = t->first[p]; i < t->first[p + 1]; i++) {
            counts[t->list[i]]++;
        }
    }
    return counts;
}

/* Name sets of bits, largest first come, after the one token as frequent as they. */
static int
name_atoms(struct miner *m, struct tally_err *err)
{
    const struct tally_audit_scene *s = m->scene;
    uint32_t *counts = count_tokens(s->tokens);

    if (counts == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t a = 0; a < m->natoms; a++) {
        struct atom *atom = &m->atoms[a];
        double share, near, best = INFINITY;

        atom->token = TALLY_AUDIT_NONE;
        for (size_t v = 0; v < s->victims->n; v++) {
            atom->count += has_atom(s->victims, v, atom);
        }
        share = atom->count / (double)s->victims->n;
        near = SPREAD * sqrt(share * (1 - share) / (double)s->victims->n);
        for (uint32_t t = 0; t < s->tokens->ntokens; t++) {
            double off = fabs(counts[t] / (double)s->people->n - share);

            if (counts[t] > 0 && off <= near && off < best &&
                atom->nbits <= s->tokens->k[t]) {
                best = off;
                atom->token = t;
            }
        }
        if (atom->token != TALLY_AUDIT_NONE) {
            counts[atom->token] = 0; /* given away */
        }
    }
    free(counts);
    return 0;
}

/* Records by the named sets that they have; people by the tokens. */
static int
make_features(const struct miner *m, struct tally_features *x, struct tally_features *y,
              struct tally_err *err)
{
    const struct tally_audit_scene *s = m->scene;
    uint32_t *atom_of = malloc((s->tokens->ntokens + 1) * sizeof *atom_of);

    if (atom_of == NULL || tally_features_create(x, s->victims->n, m->natoms, err) != 0 ||
        tally_features_create(y, s->people->n, m->natoms, err) != 0) {
        free(atom_of);
        return tally_err_nomem(err);
    }
    memset(atom_of, 0xff, (s->tokens->ntokens + 1) * sizeof *atom_of);
    for (size_t a = 0; a < m->natoms; a++) {
        if (m->atoms[a].token == TALLY_AUDIT_NONE) {
            continue;
        }
        atom_of[m->atoms[a].token] = (uint32_t)a;
        for (size_t v = 0; v < s->victims->n; v++) {
            x->v[v * x->k + a] = has_atom(s->victims, v, &m->atoms[a]);
        }
    }
    for (size_t p = 0; p < s->people->n; p++) {
        for (uint32_t i = s->tokens->first[p]; i < s->tokens->first[p + 1]; i++) {
            uint32_t a = atom_of[s->tokens->list[i]];

            if (a != TALLY_AUDIT_NONE) {
                y->v[p * y->k + a] = 1;
            }
        }
    }
    free(atom_of);
    return tally_features_standardise(x, err) == 0 ? tally_features_standardise(y, err)
                                                   : -1;
}

static int
claim_nearest(const struct miner *m, struct tally_audit_claims *out,
              struct tally_err *err)
{
    const struct tally_audit_scene *s = m->scene;
    struct tally_features x = {0};
    struct tally_features y = {0};
    struct tally_nearest near[3] = {{0}};
    int rc = make_features(m, &x, &y, err);

    for (size_t i = 0; i < 3 && rc == 0; i++) {
        rc = tally_nearest_find(&near[i], &x, &y, i == 2, i > 0 ? 2 : 1, s->pool,
                                s->progress, err);
    }
    for (size_t v = 0; rc == 0 && v < s->victims->n; v++) {
        uint32_t p = near[0].at[v];

        if (p != TALLY_AUDIT_NONE && near[0].back[p] == v &&
            near[0].first[v] < near[0].second[v]) {
            out->person[v] = p;
            out->sure[v] = near[1].at[v] == p && near[2].at[v] == p;
        }
    }
    for (size_t i = 0; i < 3; i++) {
        tally_nearest_free(&near[i]);
    }
    tally_features_free(&x);
    tally_features_free(&y);
    return rc;
}

static int
mine(struct miner *m, struct tally_err *err)
{
    struct seed *seeds;

    if (tally_audit_cooccurrence(m->scene->victims, &m->together, m->scene->pool, err) !=
        0) {
        return -1;
    }
    seeds = find_seeds(m);
    m->taken = calloc(m->scene->victims->bits, sizeof *m->taken);
    m->atoms = calloc(ATOMS_MOST + 1, sizeof *m->atoms);
    if (seeds == NULL || m->taken == NULL || m->atoms == NULL) {
        free(seeds);
        return tally_err_nomem(err);
    }
    find_atoms(m, seeds);
    free(seeds);
    return name_atoms(m, err);
}

int
tally_attack_pattern(const struct tally_audit_scene *s, struct tally_audit_claims *out,
                     size_t *natoms, struct tally_err *err)
{
    struct miner m = {.scene = s};
    int rc = -1;

    if (tally_audit_claims_create(out, s->victims->n, err) == 0 && mine(&m, err) == 0) {
        *natoms = m.natoms;
        rc = m.natoms > 0 ? claim_nearest(&m, out, err) : 0;
    }
    free(m.together);
    free(m.taken);
    free(m.atoms);
    return rc;
}

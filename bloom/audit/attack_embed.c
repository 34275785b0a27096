/*
 * The embedding start of A3: spectral coordinates of both files, turned into each other.
 * Signs are settled by third moments, which both files share and which a wrong sign turns
 * round; the rest by orthogonal Procrustes over mutual nearest neighbours, after Grave,
 * Joulin and Berthet, "Unsupervised alignment of embeddings with Wasserstein Procrustes",
 * AISTATS 2019, as used for encodings by Heng, Armknecht and Schnell.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_attack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/audit/audit_spectrum.h"

#define DIRECTIONS  TALLY_DIRECTIONS
#define SIGNED      6 /* directions whose signs are searched: they stand apart */
#define TRIES       64
#define MUTUAL_FROM 24 /* directions */
#define MOMENTS     ((size_t)SIGNED * SIGNED * SIGNED)

/* Third moments of the leading columns, standardised: t[(a * SIGNED + b) * SIGNED + c].
 */
static double *
third_moments(const struct tally_features *f)
{
    double *t = calloc(MOMENTS, sizeof *t);
    double scale[SIGNED] = {0};

    if (t == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < f->n; i++) {
        for (size_t c = 0; c < SIGNED; c++) {
            scale[c] += (double)f->v[i * f->k + c] * f->v[i * f->k + c];
        }
    }
    for (size_t c = 0; c < SIGNED; c++) {
        scale[c] = scale[c] > 0 ? 1 / sqrt(scale[c] / (double)f->n) : 0;
    }
    for (size_t i = 0; i < f->n; i++) {
        const float *x = f->v + i * f->k;

        for (size_t a = 0; a < SIGNED; a++) {
            for (size_t b = 0; b < SIGNED; b++) {
                double ab = x[a] * scale[a] * x[b] * scale[b] / (double)f->n;

                for (size_t c = 0; c < SIGNED; c++) {
                    t[(a * SIGNED + b) * SIGNED + c] += ab * x[c] * scale[c];
                }
            }
        }
    }
    return t;
}

/* What speaks for direction ${c} keeping its sign, given those of the others: terms
 * in which it stands an odd number of times. */
static double
evidence(const double *moments, const int *sign, size_t c)
{
    double sum = 0;

    for (size_t a = 0; a < SIGNED; a++) {
        for (size_t b = 0; b < SIGNED; b++) {
            bool once = (a == c) == (b == c);

            sum += once ? sign[a] * sign[b] * moments[(a * SIGNED + b) * SIGNED + c] : 0;
        }
    }
    return sum;
}

/* From random signs, turn what the others speak against, until nothing turns. */
static double
search_signs(const double *moments, int *sign, uint64_t *state)
{
    double total = 0;
    bool turned = true;

    for (size_t c = 0; c < SIGNED; c++) {
        sign[c] = tally_audit_below(state, 2) == 0 ? 1 : -1;
    }
    for (int round = 0; turned && round < 100; round++) {
        turned = false;
        for (size_t c = 0; c < SIGNED; c++) {
            if (evidence(moments, sign, c) * sign[c] < 0) {
                sign[c] = -sign[c];
                turned = true;
            }
        }
    }
    for (size_t c = 0; c < SIGNED; c++) {
        total += evidence(moments, sign, c) * sign[c];
    }
    return total;
}

/* Products of the third moments of both files: where they agree but for signs. */
static double *
moment_products(const struct tally_features *x, const struct tally_features *y)
{
    double *tx = third_moments(x);
    double *ty = third_moments(y);

    for (size_t i = 0; tx != NULL && ty != NULL && i < MOMENTS; i++) {
        tx[i] *= ty[i];
    }
    if (ty == NULL) {
        free(tx);
        tx = NULL;
    }
    free(ty);
    return tx;
}

/* Two files laid over each other, both in directions of their own. */
struct overlay {
    const struct tally_audit_scene *scene;
    struct tally_features x;
    struct tally_features y;
    struct tally_audit_pair *pairs;
    size_t npairs;
};

/* The first ${d} columns. */
static int
head(const struct tally_features *f, size_t d, struct tally_features *out,
     struct tally_err *err)
{
    if (tally_features_create(out, f->n, d, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < f->n; i++) {
        memcpy(out->v + i * d, f->v + i * f->k, d * sizeof *out->v);
    }
    return 0;
}

/* Every record with its nearest of the other file. Malloced. */
static struct tally_audit_pair *
every_nearest(const struct tally_nearest *near, size_t *n)
{
    struct tally_audit_pair *p = malloc((near->na + near->nb + 1) * sizeof *p);

    *n = 0;
    for (size_t i = 0; p != NULL && i < near->na; i++) {
        p[(*n)++] = (struct tally_audit_pair){(uint32_t)i, near->at[i], 0};
    }
    for (size_t j = 0; p != NULL && j < near->nb; j++) {
        p[(*n)++] = (struct tally_audit_pair){near->back[j], (uint32_t)j, 0};
    }
    return p;
}

/* Pair nearest neighbours by the first ${d} directions. While these are few they only say
 * roughly where a record lies: then every record counts, and mistakes average out. */
static int
pair_up(struct overlay *o, size_t d, struct tally_err *err)
{
    struct tally_features x = {0};
    struct tally_features y = {0};
    struct tally_nearest near = {0};
    int rc = -1;

    free(o->pairs);
    o->pairs = NULL;
    if (head(&o->x, d, &x, err) == 0 && head(&o->y, d, &y, err) == 0 &&
        tally_nearest_find(&near, &x, &y, 0, 1, o->scene->pool, o->scene->progress,
                           err) == 0) {
        o->pairs = d < MUTUAL_FROM ? every_nearest(&near, &o->npairs)
                                   : tally_nearest_mutual(&near, &o->npairs);
        rc = o->pairs != NULL ? 0 : tally_err_nomem(err);
    }
    tally_nearest_free(&near);
    tally_features_free(&x);
    tally_features_free(&y);
    return rc;
}

/* Rows of ${f} turned by ${m}: columns of it become directions. */
static void
turn_rows(struct tally_features *f, const double *m)
{
    const size_t d = f->k;
    double row[DIRECTIONS];

    for (size_t i = 0; i < f->n; i++) {
        float *x = f->v + i * d;

        for (size_t b = 0; b < d; b++) {
            row[b] = 0;
            for (size_t a = 0; a < d; a++) {
                row[b] += x[a] * m[a * d + b];
            }
        }
        for (size_t b = 0; b < d; b++) {
            x[b] = (float)row[b];
        }
    }
}

/* m = U S V': eigenvectors of m'm are V, and m V / S is U. */
static void
decompose(const double *m, size_t d, double *u, double *v, double *work)
{
    double values[DIRECTIONS];

    memset(work, 0, d * d * sizeof *work);
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j < d; j++) {
            for (size_t r = 0; r < d; r++) {
                work[i * d + j] += m[r * d + i] * m[r * d + j];
            }
        }
    }
    tally_eigen_small(work, d, values, v);
    for (size_t c = 0; c < d; c++) {
        double scale = values[c] > 0 ? 1 / sqrt(values[c]) : 0;

        for (size_t i = 0; i < d; i++) {
            u[i * d + c] = 0;
            for (size_t j = 0; j < d; j++) {
                u[i * d + c] += scale * m[i * d + j] * v[j * d + c];
            }
        }
    }
}

/* Turn both files so that what the pairs share comes first. */
static int
turn(struct overlay *o, struct tally_err *err)
{
    const size_t d = DIRECTIONS;
    double *m = calloc(4 * d * d, sizeof *m);

    if (m == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t p = 0; p < o->npairs; p++) {
        const float *x = o->x.v + o->pairs[p].victim * d;
        const float *y = o->y.v + o->pairs[p].person * d;

        for (size_t a = 0; a < d; a++) {
            for (size_t b = 0; b < d; b++) {
                m[a * d + b] += (double)x[a] * y[b];
            }
        }
    }
    decompose(m, d, m + d * d, m + 2 * d * d, m + 3 * d * d);
    turn_rows(&o->x, m + d * d);
    turn_rows(&o->y, m + 2 * d * d);
    free(m);
    return 0;
}

/* From signs settled for the leading directions on: pair, turn, and take in more. */
static int
overlay(struct overlay *o, struct tally_err *err)
{
    for (size_t d = SIGNED - 1; d <= DIRECTIONS; d += d < 14 ? 1 : 2) {
        for (int twice = 0; twice < 2; twice++) {
            if (pair_up(o, d, err) != 0 || turn(o, err) != 0) {
                return -1;
            }
        }
    }
    return pair_up(o, DIRECTIONS, err);
}

/* The signs of the leading directions of ${x} that bring it nearest to ${y}. */
static int
settle_signs(struct tally_features *x, const struct tally_features *y, uint64_t seed,
             struct tally_err *err)
{
    double *moments = moment_products(x, y);
    int sign[SIGNED];
    int best[SIGNED] = {0};
    double most = -1;
    uint64_t state = seed;

    if (moments == NULL) {
        return tally_err_nomem(err);
    }
    for (int t = 0; t < TRIES; t++) {
        double total = search_signs(moments, sign, &state);

        if (total > most) {
            most = total;
            memcpy(best, sign, sizeof best);
        }
    }
    free(moments);
    for (size_t i = 0; i < x->n; i++) {
        for (size_t c = 0; c < SIGNED; c++) {
            x->v[i * x->k + c] *= (float)best[c];
        }
    }
    return 0;
}

int
tally_graph_embed(const struct tally_audit_scene *s, struct tally_audit_pair **out,
                  size_t *n, struct tally_err *err)
{
    struct overlay o = {.scene = s};
    int rc = -1;

    *out = NULL;
    *n = 0;
    if (tally_audit_spectrum(s->victims, s->seed, s->pool, &o.x, err) == 0 &&
        tally_audit_spectrum(s->people, s->seed, s->pool, &o.y, err) == 0 &&
        settle_signs(&o.x, &o.y, s->seed, err) == 0) {
        rc = overlay(&o, err);
    }
    tally_features_free(&o.x);
    tally_features_free(&o.y);
    if (rc != 0) {
        free(o.pairs);
        return -1;
    }
    *out = o.pairs;
    *n = o.npairs;
    return 0;
}

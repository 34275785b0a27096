/*
 * A1 and A6: encodings looked up among others that may be under the same key.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_attack.h"

#include <math.h>
#include <string.h>

#include "bloom/kernels/kernels.h"

#define CHUNK 32

/* Bits in common by chance are about normal: nine standard deviations are not reached by
 * chance in any number of pairs that can be made. */
#define BEYOND_CHANCE 9.0

struct lookup {
    const struct tally_audit_scene *scene;
    struct tally_audit_claims *out;
    const struct tally_kernel *kernel;
    bool same_key; /* who is nearest is who it is */
};

/* Dice of two encodings, in millionths. */
static uint32_t
likeness(const struct lookup *l, size_t v, size_t p, uint32_t *common)
{
    const struct tally_audit_rows *a = l->scene->victims;
    const struct tally_audit_rows *b = l->scene->people;
    uint32_t both = a->ones[v] + b->ones[p];

    *common =
        l->kernel->and_popcount(tally_audit_row(a, v), tally_audit_row(b, p), a->stride);
    return both > 0 ? (uint32_t)(2000000.0 * *common / both) : 0;
}

/* True when the two have more bits in common than unrelated positions would. */
static bool
beyond_chance(const struct lookup *l, size_t v, size_t p, uint32_t common)
{
    double bits = l->scene->victims->bits;
    double a = l->scene->victims->ones[v] / bits;
    double b = l->scene->people->ones[p] / bits;
    double spread = sqrt(bits * a * (1 - a) * b * (1 - b));

    return spread > 0 && (common - bits * a * b) / spread > BEYOND_CHANCE;
}

static void
look_up(struct lookup *l, size_t v)
{
    const struct tally_audit_scene *s = l->scene;
    uint32_t best = 0, shared = 0, at = TALLY_AUDIT_NONE;

    for (size_t p = 0; s->victims->ones[v] > 0 && p < s->people->n; p++) {
        uint32_t common;
        uint32_t like = likeness(l, v, p, &common);

        if (like > best) {
            best = like;
            at = (uint32_t)p;
            shared = common;
        }
    }
    if (at == TALLY_AUDIT_NONE || (!l->same_key && !beyond_chance(l, v, at, shared))) {
        return;
    }
    l->out->person[v] = at;
    l->out->sure[v] =
        !l->same_key || memcmp(tally_audit_row(s->victims, v),
                               tally_audit_row(s->people, at), s->victims->stride) == 0;
}

static int
look_up_chunk(void *ctx, size_t chunk, unsigned worker, struct tally_err *err)
{
    struct lookup *l = ctx;
    size_t n = l->scene->victims->n;
    size_t last = (chunk + 1) * CHUNK < n ? (chunk + 1) * CHUNK : n;

    (void)worker;
    (void)err;
    for (size_t v = chunk * CHUNK; v < last; v++) {
        look_up(l, v);
    }
    tally_progress_add(l->scene->progress, last - chunk * CHUNK);
    return 0;
}

static int
look_up_all(const struct tally_audit_scene *s, bool same_key,
            struct tally_audit_claims *out, struct tally_err *err)
{
    struct lookup l = {s, out, tally_kernel_best(), same_key};

    if (tally_audit_claims_create(out, s->victims->n, err) != 0) {
        return -1;
    }
    return tally_pool_run(s->pool, (s->victims->n + CHUNK - 1) / CHUNK, look_up_chunk, &l,
                          err);
}

int
tally_attack_key(const struct tally_audit_scene *s, struct tally_audit_claims *out,
                 struct tally_err *err)
{
    return look_up_all(s, true, out, err);
}

int
tally_attack_reuse(const struct tally_audit_scene *s, struct tally_audit_claims *out,
                   struct tally_err *err)
{
    return look_up_all(s, false, out, err);
}

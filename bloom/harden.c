/*
 * A chain of stages. A step that XORs chosen bits is a map for the engine of diffusion,
 * whatever chose them; the others work on rows. Filters pass between two buffers from
 * stage to stage, the first reading the caller's rows and the last writing them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden.h"

#include "bloom/base/domains.h"
#include "bloom/base/size.h"
#include "bloom/harden_balance.h"
#include "bloom/harden_blip.h"
#include "bloom/harden_fold.h"
#include "bloom/harden_permute.h"
#include "bloom/harden_resam.h"
#include "bloom/harden_rule90.h"
#include "bloom/harden_wxor.h"
#include "bloom/kdf.h"
#include "bloom/rbf.h"

#include <stdlib.h>
#include <string.h>

#define STAGES_MAX ((size_t)2 * TALLY_HARDEN_STEPS_MAX + 1) /* balancing takes two */

struct stage {
    uint32_t in_bits;
    struct tally_diffusion *map; /* or NULL, then: */
    void (*row)(const struct stage *s, const uint8_t *in, uint8_t *out);
    uint32_t times;
    double f;
};

struct tally_harden {
    uint32_t bits;
    uint32_t out_bits;
    size_t row_bytes; /* of the longest filter on the way */
    size_t map_bytes; /* of scratch for the engine */
    size_t nstages;
    struct stage stages[STAGES_MAX];
};

static void
copy_row(const struct stage *s, const uint8_t *in, uint8_t *out)
{
    memcpy(out, in, s->in_bits / 8);
}

static void
complement_row(const struct stage *s, const uint8_t *in, uint8_t *out)
{
    tally_harden_complement(in, s->in_bits, out);
}

static void
fold_row(const struct stage *s, const uint8_t *in, uint8_t *out)
{
    tally_harden_fold(in, s->in_bits, s->times, out);
}

static void
rule90_row(const struct stage *s, const uint8_t *in, uint8_t *out)
{
    tally_harden_rule90(in, s->in_bits, out);
}

static void
blip_row(const struct stage *s, const uint8_t *in, uint8_t *out)
{
    static const struct tally_noise real = {NULL, NULL};

    tally_harden_blip(in, s->in_bits, s->f, &real, out);
}

static struct stage *
add_stage(struct tally_harden *h, uint32_t in_bits)
{
    struct stage *s = &h->stages[h->nstages++];

    TALLY_INVARIANT(h->nstages <= STAGES_MAX);
    s->in_bits = in_bits;
    return s;
}

/* A map of ${t} inputs an output whose sets come from the key for ${purpose}. */
static int
add_drawn(struct tally_harden *h, uint32_t bits, uint32_t t, const char *purpose,
          const char *view, void (*draw)(uint32_t *, uint32_t, struct tally_secret *),
          struct tally_secret *key, struct tally_err *err)
{
    const char *const parts[] = {purpose, view};
    struct tally_secret *seed = NULL;
    struct stage *s = add_stage(h, bits);
    uint32_t *sets = calloc((size_t)bits * t, sizeof(*sets));
    int rc;

    if (sets == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_kdf(key, parts, 2, &seed, err);
    if (rc == 0) {
        draw(sets, bits, seed);
        rc = tally_diffusion_of_sets(&s->map, bits, bits, t, sets, err);
    }
    tally_secret_free(seed);
    tally_wipe(sets, (size_t)bits * t * sizeof(*sets));
    free(sets);
    return rc;
}

static int
add_wxor(struct tally_harden *h, uint32_t bits, uint32_t window, struct tally_err *err)
{
    struct stage *s = add_stage(h, bits);
    uint32_t *sets = calloc(bits, 2 * sizeof(*sets));
    int rc;

    if (sets == NULL) {
        return tally_err_nomem(err);
    }
    tally_wxor_sets(sets, bits, window);
    rc = tally_diffusion_of_sets(&s->map, bits, bits, 2, sets, err);
    free(sets);
    return rc;
}

/* The bits that the record takes from the filters of its fields. */
static int
add_choice(struct tally_harden *h, const struct tally_schema *s, const char *view,
           struct tally_secret *key, struct tally_err *err)
{
    const char *const parts[] = {TALLY_DOMAIN_RBF, view};
    struct tally_secret *seed = NULL;
    struct stage *stage = add_stage(h, tally_schema_filter_bits(s));
    double weights[TALLY_SCHEMA_FIELDS_MAX];
    uint32_t shares[TALLY_SCHEMA_FIELDS_MAX];
    uint32_t from[TALLY_BITS_MAX];
    int rc;

    for (size_t f = 0; f < s->nfields; f++) {
        weights[f] = s->fields[f].bits_per_token > 0 ? s->fields[f].weight : 0;
    }
    tally_rbf_shares(weights, s->nfields, s->bits, shares);
    rc = tally_kdf(key, parts, 2, &seed, err);
    if (rc == 0) {
        tally_rbf_draw(from, s->bits, shares, s->nfields, s->rbf_bits, seed);
        rc = tally_diffusion_of_sets(&stage->map, stage->in_bits, s->bits, 1, from, err);
    }
    tally_secret_free(seed);
    tally_wipe(from, sizeof(from));
    return rc;
}

static int
add_step(struct tally_harden *h, const struct tally_harden_step *step, uint32_t bits,
         const char *view, struct tally_secret *key, struct tally_err *err)
{
    struct stage *s;

    switch (step->kind) {
    case TALLY_HARDEN_DIFFUSION:
        return tally_diffusion_create(&add_stage(h, bits)->map, bits, step->bits, step->t,
                                      view, key, err);
    case TALLY_HARDEN_RESAM:
        return add_drawn(h, bits, 2, TALLY_DOMAIN_RESAM, view, tally_resam_draw, key,
                         err);
    case TALLY_HARDEN_PERMUTE:
        return add_drawn(h, bits, 1, TALLY_DOMAIN_PERMUTE, view, tally_permutation_draw,
                         key, err);
    case TALLY_HARDEN_WXOR:
        return add_wxor(h, bits, step->window, err);
    case TALLY_HARDEN_BALANCE:
        add_stage(h, bits)->row = complement_row;
        return add_drawn(h, 2 * bits, 1, TALLY_DOMAIN_BALANCE, view,
                         tally_permutation_draw, key, err);
    default:
        break;
    }
    s = add_stage(h, bits);
    s->times = step->times;
    s->f = step->f;
    s->row = step->kind == TALLY_HARDEN_FOLD     ? fold_row
             : step->kind == TALLY_HARDEN_RULE90 ? rule90_row
                                                 : blip_row;
    return 0;
}

/* The stages of ${steps}, taken on ${bits}, behind those that are there. */
static int
plan(struct tally_harden *h, const struct tally_hardening *steps, uint32_t bits,
     const char *view, struct tally_secret *key, struct tally_err *err)
{
    size_t i;

    for (i = 0; i < steps->n; i++) {
        if (add_step(h, &steps->steps[i], bits, view, key, err) != 0) {
            return -1;
        }
        bits = tally_harden_step_bits(&steps->steps[i], bits);
    }
    if (h->nstages == 0) {
        add_stage(h, bits)->row = copy_row;
    }
    for (i = 0; i < h->nstages; i++) {
        const struct stage *s = &h->stages[i];
        size_t map = s->map != NULL ? tally_diffusion_scratch(s->map) : 0;

        h->map_bytes = map > h->map_bytes ? map : h->map_bytes;
        h->row_bytes = s->in_bits / 8 > h->row_bytes ? s->in_bits / 8 : h->row_bytes;
    }
    return 0;
}

/* Filters of ${in_bits}, of which ${s} takes its choice unless it is NULL, and then the
 * steps ${steps} on ${bits}. */
static int
create(struct tally_harden **out, const struct tally_hardening *steps, uint32_t bits,
       const struct tally_schema *s, const char *view, struct tally_secret *key,
       struct tally_err *err)
{
    uint32_t out_bits = tally_hardening_bits(steps, bits);
    struct tally_harden *made;

    if (bits % 64 != 0 || bits > TALLY_BITS_MAX || out_bits == 0) {
        return tally_err_set(err, TALLY_E_SCHEMA,
                             "these steps of hardening cannot be taken on %u bits",
                             (unsigned)bits);
    }
    made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return tally_err_nomem(err);
    }
    made->bits = s != NULL ? tally_schema_filter_bits(s) : bits;
    made->out_bits = out_bits;
    if ((s != NULL && add_choice(made, s, view, key, err) != 0) ||
        plan(made, steps, bits, view, key, err) != 0) {
        tally_harden_free(made);
        return -1;
    }
    *out = made;
    return 0;
}

int
tally_harden_create(struct tally_harden **out, const struct tally_hardening *h,
                    uint32_t bits, const char *view, struct tally_secret *key,
                    struct tally_err *err)
{
    return create(out, h, bits, NULL, view, key, err);
}

int
tally_harden_of_view(struct tally_harden **out, const struct tally_schema *s,
                     const char *view, struct tally_secret *key, struct tally_err *err)
{
    return create(out, &s->hardening, s->bits, s->rbf_bits > 0 ? s : NULL, view, key,
                  err);
}

/* Where rows are, and how far apart. */
struct rows {
    uint8_t *at;
    size_t stride;
};

static void
run_stage(const struct stage *s, const uint8_t *in, size_t in_stride, size_t n,
          struct rows out, void *scratch)
{
    size_t i;

    if (s->map != NULL) {
        tally_diffusion_apply(s->map, in, in_stride, n, out.at, out.stride, scratch);
        return;
    }
    for (i = 0; i < n; i++) {
        s->row(s, in + i * in_stride, out.at + i * out.stride);
    }
}

static bool
without_bits(const uint8_t *row, size_t len)
{
    size_t i = 0;

    while (i < len && row[i] == 0) {
        i++;
    }
    return i == len;
}

void
tally_harden_apply(const struct tally_harden *h, const uint8_t *in, size_t in_stride,
                   size_t n, uint8_t *out, size_t out_stride, void *scratch)
{
    uint8_t *buffers = (uint8_t *)scratch + h->map_bytes;
    const uint8_t *from = in;
    size_t from_stride = in_stride, i;

    TALLY_INVARIANT(n <= TALLY_HARDEN_BATCH);
    for (i = 0; i < h->nstages; i++) {
        struct rows to = {out, out_stride};

        if (i + 1 < h->nstages) {
            to.at = buffers + i % 2 * TALLY_HARDEN_BATCH * h->row_bytes;
            to.stride = h->row_bytes;
        }
        run_stage(&h->stages[i], from, from_stride, n, to, scratch);
        from = to.at;
        from_stride = to.stride;
    }
    for (i = 0; i < n; i++) {
        if (without_bits(in + i * in_stride, h->bits / 8)) {
            memset(out + i * out_stride, 0, h->out_bits / 8);
        }
    }
}

size_t
tally_harden_scratch(const struct tally_harden *h)
{
    size_t buffers = h->nstages > 2 ? 2 : h->nstages - 1;

    return tally_size_align(
        h->map_bytes + buffers * TALLY_HARDEN_BATCH * h->row_bytes + 64, 64);
}

void
tally_harden_free(struct tally_harden *h)
{
    size_t i;

    if (h == NULL) {
        return;
    }
    for (i = 0; i < h->nstages; i++) {
        tally_diffusion_free(h->stages[i].map);
    }
    free(h);
}

/*
 * Steps of hardening as text and as arithmetic: what schema and encodings file say of
 * them, how long a filter gets, and how far apart two filters come out.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/harden_steps.h"

#include "bloom/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define KIND_BYTES_MAX 32

static const char *const KINDS[TALLY_HARDEN_KINDS] = {
    [TALLY_HARDEN_DIFFUSION] = "diffusion", [TALLY_HARDEN_BALANCE] = "balance",
    [TALLY_HARDEN_FOLD] = "fold",           [TALLY_HARDEN_RULE90] = "rule90",
    [TALLY_HARDEN_RESAM] = "resam",         [TALLY_HARDEN_BLIP] = "blip",
    [TALLY_HARDEN_PERMUTE] = "permute",     [TALLY_HARDEN_WXOR] = "wxor",
};

const char *
tally_harden_kind_name(enum tally_harden_kind k)
{
    return (unsigned)k < TALLY_HARDEN_KINDS ? KINDS[k] : "unknown";
}

static int
read_count(const struct tally_json *obj, const char *key, int64_t min, int64_t max,
           uint32_t *out, struct tally_err *err)
{
    struct tally_json j;
    int64_t value;

    if (tally_json_need(obj, key, &j, err) != 0 ||
        tally_json_int(&j, min, max, &value, err) != 0) {
        return -1;
    }
    *out = (uint32_t)value;
    return 0;
}

static int
read_kind(const struct tally_json *obj, enum tally_code code, enum tally_harden_kind *out,
          struct tally_err *err)
{
    struct tally_json j;
    const char *text;

    if (tally_json_need(obj, "kind", &j, err) != 0 ||
        tally_json_str(&j, KIND_BYTES_MAX, &text, err) != 0) {
        return -1;
    }
    for (int k = 0; k < TALLY_HARDEN_KINDS; k++) {
        if (strcmp(KINDS[k], text) == 0) {
            *out = (enum tally_harden_kind)k;
            return 0;
        }
    }
    tally_json_err(&j, err, code, "this version does not know the hardening '%s'", text);
    return tally_err_hint(err, "use diffusion, balance, fold, rule90, resam, wxor, "
                               "blip or permute");
}

static int
read_diffusion(const struct tally_json *obj, enum tally_code code,
               struct tally_harden_step *s, struct tally_err *err)
{
    static const char *const members[] = {"kind", "t", "bits", NULL};

    if (tally_json_only(obj, members, err) != 0 ||
        read_count(obj, "t", TALLY_DIFFUSION_T_MIN, TALLY_DIFFUSION_T_MAX, &s->t, err) !=
            0 ||
        read_count(obj, "bits", TALLY_BITS_MIN, TALLY_BITS_MAX, &s->bits, err) != 0) {
        return -1;
    }
    if (s->bits % 64 != 0) {
        return tally_json_err(obj, err, code,
                              "bits of a diffusion must be a multiple of 64, not %u",
                              (unsigned)s->bits);
    }
    return 0;
}

static int
read_fold(const struct tally_json *obj, struct tally_harden_step *s,
          struct tally_err *err)
{
    static const char *const members[] = {"kind", "times", NULL};
    struct tally_json j;
    int found;

    if (tally_json_only(obj, members, err) != 0) {
        return -1;
    }
    s->times = 1;
    found = tally_json_find(obj, "times", &j, err);
    return found <= 0 ? found
                      : read_count(obj, "times", 1, TALLY_FOLD_TIMES_MAX, &s->times, err);
}

static int
read_blip(const struct tally_json *obj, struct tally_harden_step *s,
          struct tally_err *err)
{
    static const char *const members[] = {"kind", "f", NULL};
    struct tally_json j;

    return tally_json_only(obj, members, err) != 0 ||
                   tally_json_need(obj, "f", &j, err) != 0 ||
                   tally_json_real(&j, TALLY_BLIP_F_MIN, 1, &s->f, err) != 0
               ? -1
               : 0;
}

static int
read_wxor(const struct tally_json *obj, struct tally_harden_step *s,
          struct tally_err *err)
{
    static const char *const members[] = {"kind", "window", NULL};

    return tally_json_only(obj, members, err) != 0
               ? -1
               : read_count(obj, "window", 1, TALLY_BITS_MAX / 4, &s->window, err);
}

static int
read_step(const struct tally_json *obj, enum tally_code code, struct tally_harden_step *s,
          struct tally_err *err)
{
    static const char *const members[] = {"kind", NULL};

    if (read_kind(obj, code, &s->kind, err) != 0) {
        return -1;
    }
    switch (s->kind) {
    case TALLY_HARDEN_DIFFUSION:
        return read_diffusion(obj, code, s, err);
    case TALLY_HARDEN_FOLD:
        return read_fold(obj, s, err);
    case TALLY_HARDEN_BLIP:
        return read_blip(obj, s, err);
    case TALLY_HARDEN_WXOR:
        return read_wxor(obj, s, err);
    default:
        return tally_json_only(obj, members, err);
    }
}

int
tally_hardening_read(const struct tally_json *list, enum tally_code code,
                     struct tally_hardening *out, struct tally_err *err)
{
    struct tally_hardening h = {0};
    struct tally_json item;
    size_t n;

    if (tally_json_length(list, &n, err) != 0) {
        return -1;
    }
    if (n > TALLY_HARDEN_STEPS_MAX) {
        return tally_json_err(list, err, code, "%zu steps of hardening, at most %d", n,
                              TALLY_HARDEN_STEPS_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        struct tally_harden_step s = {0};

        if (tally_json_at(list, i, &item, err) != 0 ||
            read_step(&item, code, &s, err) != 0) {
            return -1;
        }
        if (tally_hardening_find(&h, s.kind) != NULL) {
            return tally_json_err(&item, err, code, "%s stands there twice",
                                  KINDS[s.kind]);
        }
        h.steps[h.n++] = s;
    }
    *out = h;
    return 0;
}

struct tally_jnode *
tally_hardening_node(const struct tally_hardening *h)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < h->n; i++) {
        const struct tally_harden_step *s = &h->steps[i];
        struct tally_jnode *node = tally_jobject();

        tally_jset_str(node, "kind", KINDS[s->kind]);
        if (s->kind == TALLY_HARDEN_DIFFUSION) {
            tally_jset_int(node, "t", s->t);
            tally_jset_int(node, "bits", s->bits);
        } else if (s->kind == TALLY_HARDEN_FOLD) {
            tally_jset_int(node, "times", s->times);
        } else if (s->kind == TALLY_HARDEN_BLIP) {
            tally_jset_real(node, "f", s->f);
        } else if (s->kind == TALLY_HARDEN_WXOR) {
            tally_jset_int(node, "window", s->window);
        }
        tally_jpush(list, node);
    }
    return list;
}

const struct tally_harden_step *
tally_hardening_find(const struct tally_hardening *h, enum tally_harden_kind kind)
{
    for (size_t i = 0; i < h->n; i++) {
        if (h->steps[i].kind == kind) {
            return &h->steps[i];
        }
    }
    return NULL;
}

uint32_t
tally_harden_step_bits(const struct tally_harden_step *step, uint32_t bits)
{
    uint32_t out = bits;

    switch (step->kind) {
    case TALLY_HARDEN_DIFFUSION:
        out = step->t <= bits / 4 ? step->bits : 0;
        break;
    case TALLY_HARDEN_BALANCE:
        out = 2 * bits;
        break;
    case TALLY_HARDEN_FOLD:
        out = bits % (64u << step->times) == 0 ? bits >> step->times : 0;
        break;
    case TALLY_HARDEN_WXOR:
        out = step->window <= bits / 4 ? bits : 0;
        break;
    default:
        break;
    }
    return out <= TALLY_BITS_MAX ? out : 0;
}

uint32_t
tally_hardening_bits(const struct tally_hardening *h, uint32_t bits)
{
    for (size_t i = 0; i < h->n && bits > 0; i++) {
        bits = tally_harden_step_bits(&h->steps[i], bits);
    }
    return bits;
}

/* How many bits of its input a step combines into one of its output. */
static uint32_t
combined(const struct tally_harden_step *s)
{
    switch (s->kind) {
    case TALLY_HARDEN_DIFFUSION:
        return s->t;
    case TALLY_HARDEN_FOLD:
        return UINT32_C(1) << s->times;
    case TALLY_HARDEN_RULE90:
    case TALLY_HARDEN_RESAM:
    case TALLY_HARDEN_WXOR:
        return 2;
    default:
        return 1;
    }
}

uint32_t
tally_hardening_combined(const struct tally_hardening *h)
{
    uint32_t all = 1;

    for (size_t i = 0; i < h->n; i++) {
        all *= combined(&h->steps[i]);
    }
    return all;
}

/* The share of ones in the XOR of ${t} independent bits of which a share ${p} is one. */
static double
xor_share(double p, uint32_t t)
{
    return t == 1 ? p : (1 - pow(1 - 2 * p, t)) / 2;
}

struct tally_harden_shares
tally_hardening_shares(const struct tally_hardening *h, size_t n, double fill,
                       double differing)
{
    struct tally_harden_shares x = {fill, differing};

    for (size_t i = 0; i < n; i++) {
        const struct tally_harden_step *s = &h->steps[i];

        x.fill = xor_share(x.fill, combined(s));
        x.differing = xor_share(x.differing, combined(s));
        if (s->kind == TALLY_HARDEN_BALANCE) {
            x.fill = .5;
        } else if (s->kind == TALLY_HARDEN_BLIP) {
            x.fill = x.fill * (1 - s->f) + s->f / 2;
            x.differing = (1 - (1 - 2 * x.differing) * (1 - s->f) * (1 - s->f)) / 2;
        }
    }
    return x;
}

double
tally_hardening_before(const struct tally_hardening *h, double differing)
{
    for (size_t i = h->n; i-- > 0;) {
        const struct tally_harden_step *s = &h->steps[i];
        double alike = 1 - 2 * differing;

        if (s->kind == TALLY_HARDEN_BLIP) {
            alike /= (1 - s->f) * (1 - s->f);
        }
        if (!(alike > 0)) {
            return .5;
        }
        differing = (1 - pow(alike, 1.0 / combined(s))) / 2;
    }
    return differing;
}

double
tally_blip_epsilon(double f)
{
    return log((2 - f) / f);
}

double
tally_hardening_reach(const struct tally_hardening *h, size_t n, uint32_t bits)
{
    double reach = 1;

    for (size_t i = 0; i < n; i++) {
        const struct tally_harden_step *s = &h->steps[i];

        if (s->kind == TALLY_HARDEN_DIFFUSION) {
            reach *= ceil((double)s->bits * s->t / bits);
        } else if (s->kind == TALLY_HARDEN_BALANCE ||
                   (s->kind != TALLY_HARDEN_FOLD && combined(s) == 2)) {
            reach *= 2;
        }
        bits = tally_harden_step_bits(s, bits);
    }
    return reach;
}

static int
step_text(const struct tally_harden_step *s, char *out, size_t len)
{
    switch (s->kind) {
    case TALLY_HARDEN_DIFFUSION:
        return snprintf(out, len, "diffusion of %u bits into each of %u", (unsigned)s->t,
                        (unsigned)s->bits);
    case TALLY_HARDEN_FOLD:
        return snprintf(out, len, "XOR fold to %s",
                        s->times == 1   ? "a half"
                        : s->times == 2 ? "a quarter"
                        : s->times == 3 ? "an eighth"
                                        : "a sixteenth");
    case TALLY_HARDEN_BLIP:
        return snprintf(out, len, "noise on a share of %g of the bits (BLIP)", s->f);
    case TALLY_HARDEN_BALANCE:
        return snprintf(out, len, "balancing");
    case TALLY_HARDEN_RULE90:
        return snprintf(out, len, "rule 90");
    case TALLY_HARDEN_RESAM:
        return snprintf(out, len, "resampling (RESAM)");
    case TALLY_HARDEN_WXOR:
        return snprintf(out, len, "XOR of windows of %u bits", (unsigned)s->window);
    default:
        return snprintf(out, len, "keyed permutation");
    }
}

void
tally_hardening_text(const struct tally_hardening *h, char out[TALLY_HARDENING_TEXT])
{
    size_t at = 0;

    memcpy(out, "none", sizeof("none"));
    for (size_t i = 0; i < h->n; i++) {
        if (i > 0) {
            at += (size_t)snprintf(out + at, TALLY_HARDENING_TEXT - at, ", ");
        }
        at += (size_t)step_text(&h->steps[i], out + at, TALLY_HARDENING_TEXT - at);
    }
}

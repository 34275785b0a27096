/*
 * Hardening in a schema: reading it, refusing what would destroy matches or protection,
 * and warning of what is legal but unwise.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include "bloom/harden_salt.h"
#include "bloom/schema_private.h"

#include <math.h>
#include <string.h>

/* Below this t, published graph attacks on diffused filters still found people (results
 * of the ACSAC 2024 re-implementation: up to 3.5 % at t = 5, none at t = 8; t = 6 was not
 * tested). */
#define SAFE_T 6

/* A filter fuller than this loses its matches in diffusion: differences of half-full
 * filters are near the middle already, where diffusion flattens. */
#define DIFFUSION_FILL_MAX 0.30

/* Bits combined in one, times fill, above which each difference is spread too far. */
#define SPREAD_MAX 2

/* Why step ${s} cannot follow on ${bits}. */
static int
refuse_length(const struct tally_json *list, const struct tally_harden_step *s,
              uint32_t bits, struct tally_err *err)
{
    const char *name = tally_harden_kind_name(s->kind);

    switch (s->kind) {
    case TALLY_HARDEN_DIFFUSION:
        tally_json_err(list, err, TALLY_E_SCHEMA,
                       "t %u of the diffusion is above a quarter of the filter's %u bits",
                       (unsigned)s->t, (unsigned)bits);
        return tally_err_hint(err, "lower t, or take a longer filter");
    case TALLY_HARDEN_FOLD:
        return tally_json_err(list, err, TALLY_E_SCHEMA,
                              "%s: %u bits halved %u times are not a multiple of 64",
                              name, (unsigned)bits, (unsigned)s->times);
    case TALLY_HARDEN_WXOR:
        return tally_json_err(list, err, TALLY_E_SCHEMA,
                              "%s: a window of %u bits is above a quarter of the "
                              "filter's %u bits",
                              name, (unsigned)s->window, (unsigned)bits);
    default:
        return tally_json_err(list, err, TALLY_E_SCHEMA,
                              "%s: doubling %u bits gives more than %d", name,
                              (unsigned)bits, TALLY_BITS_MAX);
    }
}

int
tally_schema_parse_hardening(struct tally_schema *s, const struct tally_json *root,
                             struct tally_err *err)
{
    struct tally_hardening *h = &s->hardening;
    struct tally_json list;
    uint32_t bits = s->bits;
    int found = tally_json_find(root, "hardening", &list, err);

    if (found <= 0) {
        return found;
    }
    if (tally_hardening_read(&list, TALLY_E_SCHEMA, h, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < h->n; i++) {
        uint32_t next = tally_harden_step_bits(&h->steps[i], bits);

        if (next == 0) {
            return refuse_length(&list, &h->steps[i], bits, err);
        }
        bits = next;
    }
    return 0;
}

int
tally_schema_parse_salt(struct tally_schema *s, const struct tally_json *root,
                        struct tally_err *err)
{
    struct tally_json j;
    const char *name;
    size_t f = 0;
    int found = tally_json_find(root, "salt", &j, err);

    if (found <= 0) {
        return found;
    }
    if (tally_json_str(&j, TALLY_NAME_MAX, &name, err) != 0) {
        return -1;
    }
    while (f < s->nfields && strcmp(s->fields[f].name, name) != 0) {
        f++;
    }
    if (f == s->nfields) {
        return tally_json_err(&j, err, TALLY_E_SCHEMA,
                              "the schema has no field called '%s'", name);
    }
    if (!tally_salt_fits(&s->fields[f])) {
        tally_json_err(&j, err, TALLY_E_SCHEMA,
                       "field '%s' cannot salt: its values are not validated, and every "
                       "record with another spelling would be lost",
                       name);
        return tally_err_hint(err, "salt with a date (its year), sex, a number that has "
                                   "a check rule, or an enumeration with values");
    }
    s->salted = true;
    s->salt_field = f;
    return 0;
}

static double
fullest_view(const struct tally_schema *s)
{
    double fill = 0;

    for (size_t v = 0; v < s->nviews; v++) {
        fill = fmax(fill, tally_schema_view_fill(s, v));
    }
    return fill;
}

int
tally_schema_check_hardening(const struct tally_schema *s, const struct tally_json *root,
                             struct tally_err *err)
{
    const struct tally_hardening *h = &s->hardening;
    struct tally_json list;
    int found = tally_json_find(root, "hardening", &list, err);

    if (found <= 0) {
        return found;
    }
    for (size_t i = 0; i < h->n; i++) {
        double fill = tally_hardening_shares(h, i, fullest_view(s), 0).fill;

        if (h->steps[i].kind == TALLY_HARDEN_DIFFUSION && fill > DIFFUSION_FILL_MAX) {
            tally_json_err(&list, err, TALLY_E_SCHEMA,
                           "diffusion of a filter that is %.0f %% full loses matches: "
                           "%.0f %% is the most",
                           100 * fill, 100 * DIFFUSION_FILL_MAX);
            return tally_err_hint(
                err, i == 0 ? "lower bits_per_token or raise bits"
                            : "put the diffusion first, or leave the other steps out");
        }
    }
    return 0;
}

static void
warn_of_diffusion(const struct tally_schema *s, const struct tally_harden_step *d,
                  struct tally_warnings *w)
{
    if (d->t < SAFE_T) {
        tally_schema_warn(
            w,
            "diffusion with t %u: published graph attacks have succeeded below t %d, so "
            "raise t",
            (unsigned)d->t, SAFE_T);
    }
    if (d->bits > s->bits) {
        tally_schema_warn(
            w, "the diffused output is longer than the filter, which helps an attacker: "
               "raise t with it, or keep both lengths the same");
    }
}

/* Noise is worth most on the filter itself, where a token has its k bits and no more. */
static void
warn_of_blip(const struct tally_schema *s, const struct tally_harden_step *blip,
             struct tally_warnings *w)
{
    const struct tally_hardening *h = &s->hardening;
    const struct tally_harden_step *d = tally_hardening_find(h, TALLY_HARDEN_DIFFUSION);

    tally_schema_warn(w,
                      "noise on a share of %g of the bits costs matches and did not stop "
                      "graph matching: it protects single bits, not records ('schema "
                      "show' has the figures)",
                      blip->f);
    if (d == NULL) {
        return;
    }
    if (d < blip) {
        tally_schema_warn(w,
                          "noise after diffusion: a token reaches %u times as many "
                          "bits by then, so that the noise protects it that much less",
                          (unsigned)d->t);
    } else {
        tally_schema_warn(w,
                          "noise before diffusion: every output bit gathers the noise "
                          "of %u bits, which costs many matches",
                          (unsigned)d->t);
    }
}

void
tally_schema_warn_hardening(const struct tally_schema *s, struct tally_warnings *w)
{
    const struct tally_hardening *h = &s->hardening;
    const struct tally_harden_step *d = tally_hardening_find(h, TALLY_HARDEN_DIFFUSION);
    const struct tally_harden_step *blip = tally_hardening_find(h, TALLY_HARDEN_BLIP);
    double fill = fullest_view(s);
    char text[TALLY_HARDENING_TEXT];

    tally_hardening_text(h, text);
    if (h->n == 0) {
        tally_schema_warn(w, "the encodings are not hardened: people in them can be "
                             "re-identified by frequency and graph matching");
    } else if (d == NULL) {
        tally_schema_warn(w,
                          "%s, without diffusion: people in the encodings can still be "
                          "re-identified by graph matching",
                          text);
    } else {
        warn_of_diffusion(s, d, w);
    }
    if (tally_hardening_combined(h) * fill > SPREAD_MAX) {
        tally_schema_warn(
            w,
            "%u bits combined in one at %.0f %% fill spread each difference "
            "so far that matches are lost: keep their product below %d",
            (unsigned)tally_hardening_combined(h), 100 * fill, SPREAD_MAX);
    }
    if (s->salted) {
        tally_schema_warn(
            w,
            "tokens are salted by '%s': a person is never found where it is "
            "wrong or missing in one source",
            s->fields[s->salt_field].name);
    }
    if (blip != NULL) {
        warn_of_blip(s, blip, w);
    }
}

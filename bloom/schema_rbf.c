/*
 * Filters for each field, of which the record takes bits by weight: in a schema.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include "bloom/rbf.h"
#include "bloom/schema_private.h"

#include <math.h>
#include <string.h>

/* A field that fills more of its filter hardly differs from another that does. */
#define FIELD_FILL_MAX 0.5

int
tally_schema_parse_rbf(struct tally_schema *s, const struct tally_json *root,
                       struct tally_err *err)
{
    static const char *const members[] = {"field_bits", NULL};
    struct tally_json rbf, j;
    int64_t bits;
    int found = tally_json_find(root, "rbf", &rbf, err);

    if (found <= 0) {
        return found;
    }
    if (tally_json_only(&rbf, members, err) != 0 ||
        tally_json_need(&rbf, "field_bits", &j, err) != 0 ||
        tally_json_int(&j, TALLY_BITS_MIN, TALLY_RBF_BITS_MAX, &bits, err) != 0) {
        return -1;
    }
    if ((bits & (bits - 1)) != 0) {
        return tally_json_err(&j, err, TALLY_E_SCHEMA,
                              "field_bits must be a power of two from %d to %d, not %d",
                              TALLY_BITS_MIN, TALLY_RBF_BITS_MAX, (int)bits);
    }
    s->rbf_bits = (uint32_t)bits;
    return 0;
}

uint32_t
tally_schema_filter_bits(const struct tally_schema *s)
{
    return s->rbf_bits > 0 ? s->rbf_bits * (uint32_t)s->nfields : s->bits;
}

double
tally_schema_field_fill(const struct tally_schema *s, size_t f, uint32_t k)
{
    return 1 - exp(-(double)k * tally_schema_field_tokens(&s->fields[f]) / s->rbf_bits);
}

int
tally_schema_check_rbf(const struct tally_schema *s, const struct tally_json *root,
                       struct tally_err *err)
{
    for (size_t v = 0; s->rbf_bits > 0 && v < s->nviews; v++) {
        for (size_t f = 0; f < s->nfields; f++) {
            uint32_t k = s->views[v].bits_per_token[f];

            if (tally_schema_field_fill(s, f, k) > TALLY_FILL_REFUSED) {
                tally_json_err(root, err, TALLY_E_SCHEMA,
                               "field '%s' would set nearly all %u bits of its filter, "
                               "so that all values look alike",
                               s->fields[f].name, (unsigned)s->rbf_bits);
                return tally_err_hint(err,
                                      "lower its bits_per_token or raise field_bits");
            }
        }
    }
    return 0;
}

/* Values in the wrong field of a domain meet other bits there. */
static void
warn_of_domains(const struct tally_schema *s, struct tally_warnings *w)
{
    for (size_t f = 0; f < s->nfields; f++) {
        for (size_t g = 0; g < f; g++) {
            if (strcmp(s->fields[f].domain, s->fields[g].domain) == 0) {
                tally_schema_warn(w,
                                  "fields '%s' and '%s' share a domain, but each has a "
                                  "filter of its own: values in the wrong field do not "
                                  "agree",
                                  s->fields[g].name, s->fields[f].name);
            }
        }
    }
}

/* The bits that each field of view ${v} gives. */
static void
warn_of_view_shares(const struct tally_schema *s, size_t v, struct tally_warnings *w)
{
    uint32_t shares[TALLY_SCHEMA_FIELDS_MAX];
    struct tally_schema of_view;
    double weights[TALLY_SCHEMA_FIELDS_MAX];

    tally_schema_of_view(s, v, &of_view);
    for (size_t f = 0; f < s->nfields; f++) {
        weights[f] = of_view.fields[f].bits_per_token > 0 ? of_view.fields[f].weight : 0;
    }
    tally_rbf_shares(weights, s->nfields, s->bits, shares);
    for (size_t f = 0; f < s->nfields; f++) {
        uint32_t k = of_view.fields[f].bits_per_token;

        if (k > 0 && tally_schema_field_fill(s, f, k) > FIELD_FILL_MAX) {
            tally_schema_warn(w,
                              "view '%s': field '%s' fills %.0f %% of its filter: above "
                              "half, quality falls",
                              s->views[v].name, s->fields[f].name,
                              100 * tally_schema_field_fill(s, f, k));
        }
        if (k > 0 && shares[f] > 2 * s->rbf_bits) {
            tally_schema_warn(w,
                              "view '%s': field '%s' gives %u bits from a filter of %u, "
                              "so that most are taken more than once: raise field_bits",
                              s->views[v].name, s->fields[f].name, (unsigned)shares[f],
                              (unsigned)s->rbf_bits);
        }
    }
}

void
tally_schema_warn_rbf(const struct tally_schema *s, struct tally_warnings *w)
{
    if (s->rbf_bits == 0) {
        return;
    }
    warn_of_domains(s, w);
    for (size_t v = 0; v < s->nviews; v++) {
        warn_of_view_shares(s, v, w);
    }
}

/*
 * Facts about field types and token kinds, and what follows from them: how full a filter
 * will be, and which legal choices are unwise.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include "bloom/schema_private.h"
#include "bloom/tokens.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A schema whose bits_per_token give a fill this many times away from the fill it states.
 */
#define FILL_DRIFT 1.5

/* What a type is: its name, its ordinary tokens, and how long an ordinary UK value is, in
 * characters of normalised text and in words. Rounded from names, addresses and postcodes
 * in general use; never from anybody's records, because all parties must come to the same
 * k. */
static const struct type_facts {
    const char *name;
    enum tally_token_kind kind;
    double characters; /* blanks between words not counted */
    double words;
} TYPES[TALLY_FIELD_TYPES] = {
    [TALLY_FIELD_FORENAME] = {"forename", TALLY_TOKENS_BIGRAMS, 6, 1},
    [TALLY_FIELD_SURNAME] = {"surname", TALLY_TOKENS_BIGRAMS, 6.5, 1},
    [TALLY_FIELD_FULL_NAME] = {"full_name", TALLY_TOKENS_BIGRAMS, 14, 2.3},
    [TALLY_FIELD_DATE] = {"date", TALLY_TOKENS_DATE, 8, 1},
    [TALLY_FIELD_SEX] = {"sex", TALLY_TOKENS_WHOLE, 1, 1},
    [TALLY_FIELD_POSTCODE] = {"postcode", TALLY_TOKENS_POSTCODE, 6.5, 1},
    [TALLY_FIELD_ADDRESS] = {"address", TALLY_TOKENS_BIGRAMS, 14, 3.2},
    [TALLY_FIELD_NHS_NUMBER] = {"nhs_number", TALLY_TOKENS_POSITIONAL, 10, 1},
    [TALLY_FIELD_CHI_NUMBER] = {"chi_number", TALLY_TOKENS_POSITIONAL, 10, 1},
    [TALLY_FIELD_UPN] = {"upn", TALLY_TOKENS_POSITIONAL, 13, 1},
    [TALLY_FIELD_ULN] = {"uln", TALLY_TOKENS_POSITIONAL, 10, 1},
    [TALLY_FIELD_PNC_ID] = {"pnc_id", TALLY_TOKENS_POSITIONAL, 12, 1},
    [TALLY_FIELD_NATIONAL_INSURANCE] = {"national_insurance", TALLY_TOKENS_POSITIONAL, 8,
                                        1},
    [TALLY_FIELD_TELEPHONE] = {"telephone", TALLY_TOKENS_POSITIONAL, 11, 1},
    [TALLY_FIELD_EMAIL] = {"email", TALLY_TOKENS_BIGRAMS, 22, 1},
    [TALLY_FIELD_INTEGER] = {"integer", TALLY_TOKENS_WHOLE, 3, 1},
    [TALLY_FIELD_ENUMERATION] = {"enumeration", TALLY_TOKENS_WHOLE, 6, 1},
    [TALLY_FIELD_TEXT] = {"text", TALLY_TOKENS_BIGRAMS, 9, 1.3},
};

static const char *const KINDS[TALLY_TOKEN_KINDS] = {
    [TALLY_TOKENS_BIGRAMS] = "bigrams", [TALLY_TOKENS_POSITIONAL] = "positional",
    [TALLY_TOKENS_DATE] = "date",       [TALLY_TOKENS_POSTCODE] = "postcode",
    [TALLY_TOKENS_WHOLE] = "whole",     [TALLY_TOKENS_NEIGHBOURHOOD] = "neighbourhood",
};

const char *
tally_field_type_name(enum tally_field_type t)
{
    return (unsigned)t < TALLY_FIELD_TYPES ? TYPES[t].name : "unknown";
}

const char *
tally_token_kind_name(enum tally_token_kind k)
{
    return (unsigned)k < TALLY_TOKEN_KINDS ? KINDS[k] : "unknown";
}

int
tally_schema_find_type(const char *name)
{
    for (int i = 0; i < TALLY_FIELD_TYPES; i++) {
        if (strcmp(TYPES[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

int
tally_schema_find_kind(const char *name)
{
    for (int i = 0; i < TALLY_TOKEN_KINDS; i++) {
        if (strcmp(KINDS[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

enum tally_token_kind
tally_schema_default_kind(enum tally_field_type type)
{
    return TYPES[type].kind;
}

bool
tally_schema_kind_fits(enum tally_field_type type, enum tally_token_kind kind)
{
    switch (kind) {
    case TALLY_TOKENS_DATE:
        return type == TALLY_FIELD_DATE;
    case TALLY_TOKENS_POSTCODE:
        return type == TALLY_FIELD_POSTCODE;
    case TALLY_TOKENS_NEIGHBOURHOOD:
        return type == TALLY_FIELD_INTEGER;
    case TALLY_TOKENS_BIGRAMS:
        return type != TALLY_FIELD_DATE; /* a missing part would agree with any other */
    default:
        return true;
    }
}

bool
tally_schema_name_ok(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return n > 0 && n <= TALLY_NAME_MAX && name[n] == '\0';
}

double
tally_schema_expected_tokens(enum tally_field_type type, enum tally_token_kind kind)
{
    const struct type_facts *t = &TYPES[type];

    switch (kind) {
    case TALLY_TOKENS_BIGRAMS:
        return t->characters + t->words; /* n characters and two pads make n + 1 */
    case TALLY_TOKENS_POSITIONAL:
        return t->characters + t->words - 1; /* blanks have a place too */
    case TALLY_TOKENS_DATE:
        return 8 + 4;
    case TALLY_TOKENS_POSTCODE:
        return t->characters + 2;
    case TALLY_TOKENS_NEIGHBOURHOOD:
        return TALLY_NEIGHBOURHOOD_STEPS;
    default:
        return 1;
    }
}

double
tally_schema_field_tokens(const struct tally_field *f)
{
    if (f->tokens == TALLY_TOKENS_NEIGHBOURHOOD) {
        return (double)f->distance / (double)tally_neighbourhood_step(f->distance);
    }
    return tally_schema_expected_tokens(f->type, f->tokens);
}

uint32_t
tally_schema_output_bits(const struct tally_schema *s)
{
    return tally_hardening_bits(&s->hardening, s->bits);
}

bool
tally_view_name_valid(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

    return n > 0 && n <= TALLY_NAME_MAX && name[n] == '\0';
}

/* The expected fill of view ${v}, which tally_schema_of_view makes a schema of fields. */
double
tally_schema_view_fill(const struct tally_schema *s, size_t v)
{
    struct tally_schema of_view;

    tally_schema_of_view(s, v, &of_view);
    return tally_schema_expected_fill(&of_view);
}

static double
insertions(const struct tally_schema *s)
{
    double n = 0;

    for (size_t i = 0; i < s->nfields; i++) {
        n += s->fields[i].bits_per_token * tally_schema_field_tokens(&s->fields[i]);
    }
    return n;
}

double
tally_schema_expected_fill(const struct tally_schema *s)
{
    double fill = 0;
    double weights = 0;

    if (s->rbf_bits == 0) {
        return 1 - exp(-insertions(s) / s->bits);
    }
    for (size_t i = 0; i < s->nfields; i++) {
        uint32_t k = s->fields[i].bits_per_token;

        fill += s->fields[i].weight * tally_schema_field_fill(s, i, k);
        weights += k > 0 ? s->fields[i].weight : 0;
    }
    return weights > 0 ? fill / weights : 0;
}

double
tally_schema_ordinary_insertions(const struct tally_schema *s)
{
    double most = 0;

    for (size_t v = 0; v < s->nviews; v++) {
        struct tally_schema of_view;

        tally_schema_of_view(s, v, &of_view);
        most = fmax(most, insertions(&of_view));
    }
    return most;
}

void
tally_schema_warn(struct tally_warnings *w, const char *fmt, ...)
{
    char text[TALLY_ERR_TEXT];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (w->warn != NULL) {
        w->warn(w->ctx, text);
    }
    w->n++;
}

static void
warn_of_size(const struct tally_schema *s, double fill, struct tally_warnings *w)
{
    if (s->nfields < 2) {
        tally_schema_warn(w, "one field alone seldom tells people apart: add a second");
    }
    if (s->bits < 512) {
        tally_schema_warn(
            w,
            "a filter of %u bits is short: different people come to look alike, use 1024 "
            "or more",
            s->bits);
    }
    if (fill > 0.5) {
        tally_schema_warn(
            w, "an ordinary record sets %.0f %% of the bits: above half, quality falls",
            100 * fill);
    }
    if (fill > s->fill * FILL_DRIFT || fill * FILL_DRIFT < s->fill) {
        tally_schema_warn(
            w,
            "the schema states a fill of %.0f %%, but its bits_per_token give about "
            "%.0f %%",
            100 * s->fill, 100 * fill);
    }
}

static void
warn_of_fields(const struct tally_schema *s, struct tally_warnings *w)
{
    for (size_t i = 0; i < s->nfields; i++) {
        const struct tally_field *f = &s->fields[i];

        if (f->bits_per_token < 2) {
            tally_schema_warn(
                w,
                "field '%s' sets one bit a token, so that chance collisions count for "
                "much: "
                "use 2 or more",
                f->name);
        }
        for (size_t o = 0; o < i; o++) {
            const struct tally_field *g = &s->fields[o];

            if (strcmp(f->domain, g->domain) == 0 &&
                (f->tokens != g->tokens || f->bits_per_token != g->bits_per_token)) {
                tally_schema_warn(
                    w,
                    "fields '%s' and '%s' share a domain but not tokens and "
                    "bits_per_token: "
                    "values in the wrong field agree in part only",
                    g->name, f->name);
            }
        }
    }
}

static void
warn_of_view(const struct tally_schema *s, size_t v, struct tally_warnings *w)
{
    const struct tally_view *view = &s->views[v];
    double fill = tally_schema_view_fill(s, v);
    size_t nfields = 0;

    for (size_t i = 0; i < s->nfields; i++) {
        nfields += view->bits_per_token[i] > 0;
        if (view->bits_per_token[i] == 1) {
            tally_schema_warn(w,
                              "view '%s': field '%s' sets one bit a token: use 2 or more",
                              view->name, s->fields[i].name);
        }
    }
    if (nfields < 2) {
        tally_schema_warn(w,
                          "view '%s' has one field, which seldom tells people apart, and "
                          "whose values can be read from how often they occur",
                          view->name);
    }
    if (fill > s->fill * FILL_DRIFT || fill * FILL_DRIFT < s->fill) {
        tally_schema_warn(
            w,
            "view '%s': the schema states a fill of %.0f %%, but it gives about %.0f %%",
            view->name, 100 * s->fill, 100 * fill);
    }
}

static void
warn_of_views(const struct tally_schema *s, struct tally_warnings *w)
{
    if (s->views_implied) {
        return;
    }
    if (s->nviews > 1) {
        tally_schema_warn(
            w,
            "%zu views show each person %zu times over: every view gives an attacker "
            "more "
            "to work with, so keep only those that find links you need",
            s->nviews, s->nviews);
    }
    for (size_t v = 0; v < s->nviews; v++) {
        warn_of_view(s, v, w);
    }
}

size_t
tally_schema_warnings(const struct tally_schema *s,
                      void (*warn_fn)(void *ctx, const char *text), void *ctx)
{
    struct tally_warnings w = {warn_fn, ctx, 0};
    double fill = tally_schema_expected_fill(s);

    tally_schema_warn_hardening(s, &w);
    warn_of_size(s, fill, &w);
    warn_of_fields(s, &w);
    tally_schema_warn_rbf(s, &w);
    tally_schema_warn_match_keys(s, &w);
    warn_of_views(s, &w);
    return w.n;
}

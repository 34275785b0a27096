/*
 * Similarities of short strings.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/likeness.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bloom/normalise.h"

#define CLOSE 0.92
#define NEAR  0.8

/* Characters of ${a} that stand in ${b} not too far off, each used once; their places
 * are marked. */
static size_t
common(const char *a, size_t la, const char *b, size_t lb, bool *in_a, bool *in_b)
{
    size_t longer = la > lb ? la : lb;
    size_t window = longer > 3 ? longer / 2 - 1 : 0;
    size_t n = 0;

    for (size_t i = 0; i < la; i++) {
        size_t from = i > window ? i - window : 0;
        size_t to = i + window + 1 < lb ? i + window + 1 : lb;

        for (size_t k = from; k < to; k++) {
            if (!in_b[k] && a[i] == b[k]) {
                in_a[i] = true;
                in_b[k] = true;
                n++;
                break;
            }
        }
    }
    return n;
}

/* Common characters that are not in the same order, halved. */
static size_t
transpositions(const char *a, size_t la, const char *b, const bool *in_a,
               const bool *in_b)
{
    size_t out_of_order = 0;
    size_t k = 0;

    for (size_t i = 0; i < la; i++) {
        if (in_a[i]) {
            while (!in_b[k]) {
                k++;
            }
            out_of_order += a[i] != b[k++];
        }
    }
    return out_of_order / 2;
}

double
tally_likeness_jaro_winkler(const char *a, const char *b)
{
    bool in_a[TALLY_VALUE_MAX] = {false};
    bool in_b[TALLY_VALUE_MAX] = {false};
    size_t la = strnlen(a, TALLY_VALUE_MAX);
    size_t lb = strnlen(b, TALLY_VALUE_MAX);
    size_t n = common(a, la, b, lb, in_a, in_b);
    size_t start = 0;
    double jaro;

    if (n == 0) {
        return la == 0 && lb == 0 ? 1 : 0;
    }
    jaro = ((double)n / (double)la + (double)n / (double)lb +
            (double)(n - transpositions(a, la, b, in_a, in_b)) / (double)n) /
           3;
    while (start < 4 && a[start] != '\0' && a[start] == b[start]) {
        start++;
    }
    return jaro + 0.1 * (double)start * (1 - jaro);
}

static unsigned
least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned
tally_likeness_edits(const char *a, const char *b, unsigned limit)
{
    unsigned rows[3][TALLY_VALUE_MAX + 1];
    unsigned *before = rows[0];
    unsigned *last = rows[1];
    unsigned *row = rows[2];
    size_t la = strnlen(a, TALLY_VALUE_MAX);
    size_t lb = strnlen(b, TALLY_VALUE_MAX);

    if ((la > lb ? la - lb : lb - la) > limit) {
        return limit + 1;
    }
    for (size_t k = 0; k <= lb; k++) {
        last[k] = (unsigned)k;
        before[k] = 0;
    }
    for (size_t i = 1; i <= la; i++) {
        unsigned *held = before;

        row[0] = (unsigned)i;
        for (size_t k = 1; k <= lb; k++) {
            row[k] = least(least(last[k], row[k - 1]) + 1,
                           last[k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
                row[k] = least(row[k], before[k - 2] + 1);
            }
        }
        before = last;
        last = row;
        row = held;
    }
    return least(last[lb], limit + 1);
}

static bool
month_and_day_exchanged(const char *a, const char *b)
{
    return strlen(a) == 8 && strlen(b) == 8 && memcmp(a, b, 4) == 0 &&
           memcmp(a + 4, b + 6, 2) == 0 && memcmp(a + 6, b + 4, 2) == 0;
}

static enum tally_level
level_of_text(const char *a, const char *b)
{
    double s = tally_likeness_jaro_winkler(a, b);

    return s >= CLOSE  ? TALLY_LEVEL_CLOSE
           : s >= NEAR ? TALLY_LEVEL_NEAR
                       : TALLY_LEVEL_ELSE;
}

static enum tally_level
level_of_code(const char *a, const char *b)
{
    unsigned n = tally_likeness_edits(a, b, 2);

    return n <= 1 ? TALLY_LEVEL_CLOSE : n == 2 ? TALLY_LEVEL_NEAR : TALLY_LEVEL_ELSE;
}

enum tally_level
tally_likeness_level(enum tally_field_type type, const char *a, const char *b)
{
    if (strcmp(a, b) == 0) {
        return TALLY_LEVEL_EXACT;
    }
    switch (type) {
    case TALLY_FIELD_FORENAME:
    case TALLY_FIELD_SURNAME:
    case TALLY_FIELD_FULL_NAME:
    case TALLY_FIELD_ADDRESS:
    case TALLY_FIELD_EMAIL:
    case TALLY_FIELD_TEXT:
        return level_of_text(a, b);
    case TALLY_FIELD_SEX:
    case TALLY_FIELD_ENUMERATION:
    case TALLY_FIELD_INTEGER:
        return TALLY_LEVEL_ELSE;
    case TALLY_FIELD_DATE:
        if (month_and_day_exchanged(a, b)) {
            return TALLY_LEVEL_CLOSE;
        }
        return level_of_code(a, b);
    default:
        return level_of_code(a, b);
    }
}

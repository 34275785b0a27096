/*
 * Cells. The order is clkhash's: a missing value is looked for first, in the cell as it
 * stands, and what replaces it is neither checked nor brought to another form.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_format.h"

#include "bloom/clkhash_date.h"
#include "bloom/clkhash_number.h"
#include "bloom/clkhash_regex.h"
#include "bloom/clkhash_text.h"

#include <stdlib.h>
#include <string.h>

struct tally_clkhash_column {
    const struct tally_clkhash_feature *feature;
    bool validate;
    struct tally_clkhash_regex *pattern;
    struct tally_clkhash_date *date;
};

int
tally_clkhash_column_create(struct tally_clkhash_column **out,
                            const struct tally_clkhash_feature *f, bool validate,
                            struct tally_err *err)
{
    struct tally_clkhash_column *c = calloc(1, sizeof *c);

    if (c == NULL) {
        return tally_err_nomem(err);
    }
    c->feature = f;
    c->validate = validate;
    if ((f->format.pattern != NULL &&
         tally_clkhash_regex_python(&c->pattern, f->format.pattern, err) != 0) ||
        (f->format.type == TALLY_CLKHASH_DATE &&
         tally_clkhash_date_create(&c->date, f->format.date, err) != 0)) {
        tally_clkhash_column_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

static int
wrong(struct tally_err *err, const char *rule)
{
    return tally_err_set(err, TALLY_E_DATA, "%s", rule);
}

static int
check_length(const struct tally_clkhash_format *f, struct tally_cell cell,
             struct tally_err *err)
{
    int64_t n;

    if (f->min_length < 0 && f->max_length < 0) {
        return 0;
    }
    n = (int64_t)tally_clkhash_count(cell.data, cell.len);
    if (f->min_length >= 0 && n < f->min_length) {
        return tally_err_set(err, TALLY_E_DATA,
                             "shorter than the minLength of %lld characters",
                             (long long)f->min_length);
    }
    if (f->max_length >= 0 && n > f->max_length) {
        return tally_err_set(err, TALLY_E_DATA,
                             "longer than the maxLength of %lld characters",
                             (long long)f->max_length);
    }
    return 0;
}

static int
check_pattern(struct tally_clkhash_column *c, struct tally_cell cell,
              struct tally_err *err)
{
    int matches = tally_clkhash_regex_match(c->pattern, cell.data, cell.len);

    if (matches == -2) {
        return tally_err_nomem(err);
    }
    if (matches < 0) {
        return tally_err_set(err, TALLY_E_LIMIT, "the pattern takes too long on it");
    }
    return matches > 0 ? 0 : wrong(err, "does not match the pattern");
}

static int
check_string(struct tally_clkhash_column *c, struct tally_cell cell,
             struct tally_err *err)
{
    const struct tally_clkhash_format *f = &c->feature->format;

    if (f->encoding == TALLY_CLKHASH_ASCII) {
        for (size_t i = 0; i < cell.len; i++) {
            if (cell.data[i] >= 0x80) {
                return wrong(err, "has a character that is not ASCII");
            }
        }
    }
    if (c->pattern != NULL) {
        return check_pattern(c, cell, err);
    }
    if (check_length(f, cell, err) != 0) {
        return -1;
    }
    if (f->letters == TALLY_CLKHASH_MIXED ||
        tally_clkhash_has_case(cell.data, cell.len, f->letters == TALLY_CLKHASH_UPPER)) {
        return 0;
    }
    return wrong(err, f->letters == TALLY_CLKHASH_UPPER ? "is not in upper case"
                                                        : "is not in lower case");
}

static int
check_enum(const struct tally_clkhash_format *f, struct tally_cell cell,
           struct tally_err *err)
{
    for (size_t i = 0; i < f->nvalues; i++) {
        if (strlen(f->values[i]) == cell.len &&
            (cell.len == 0 || memcmp(f->values[i], cell.data, cell.len) == 0)) {
            return 0;
        }
    }
    return wrong(err, "is none of the values listed");
}

static int
read_integer(const struct tally_clkhash_column *c, struct tally_cell cell, char *scratch,
             struct tally_cell *value, struct tally_err *err)
{
    const struct tally_clkhash_format *f = &c->feature->format;
    ptrdiff_t n = tally_clkhash_int(cell.data, cell.len, scratch);

    if (n < 0) {
        return wrong(err, "is not a whole number");
    }
    if (c->validate && f->minimum != NULL &&
        tally_clkhash_int_compare(scratch, (size_t)n, f->minimum, strlen(f->minimum)) <
            0) {
        return tally_err_set(err, TALLY_E_DATA, "is below the minimum of %s", f->minimum);
    }
    if (c->validate && f->maximum != NULL &&
        tally_clkhash_int_compare(scratch, (size_t)n, f->maximum, strlen(f->maximum)) >
            0) {
        return tally_err_set(err, TALLY_E_DATA, "is above the maximum of %s", f->maximum);
    }
    *value = (struct tally_cell){(const uint8_t *)scratch, (size_t)n};
    return 0;
}

static int
read_date(struct tally_clkhash_column *c, struct tally_cell cell, char *scratch,
          struct tally_cell *value, struct tally_err *err)
{
    int n = tally_clkhash_date_read(c->date, cell.data, cell.len, scratch);

    if (n < 0) {
        return tally_err_nomem(err);
    }
    if (n == 0) {
        return tally_err_set(err, TALLY_E_DATA, "is not a date of the form %s",
                             c->feature->format.date);
    }
    *value = (struct tally_cell){(const uint8_t *)scratch, (size_t)n};
    return 0;
}

/* The sentinel stands for itself unless something replaces it. */
static bool
is_missing(const struct tally_clkhash_hashing *h, struct tally_cell cell,
           struct tally_cell *value)
{
    const char *text;

    if (h->sentinel == NULL || strlen(h->sentinel) != cell.len ||
        (cell.len > 0 && memcmp(h->sentinel, cell.data, cell.len) != 0)) {
        return false;
    }
    text = h->replace != NULL ? h->replace : h->sentinel;
    *value = (struct tally_cell){(const uint8_t *)text, strlen(text)};
    return true;
}

int
tally_clkhash_column_read(struct tally_clkhash_column *c, struct tally_cell cell,
                          char *scratch, struct tally_cell *value, struct tally_err *err)
{
    const struct tally_clkhash_format *f = &c->feature->format;

    if (is_missing(&c->feature->hashing, cell, value)) {
        return 0;
    }
    if (f->type == TALLY_CLKHASH_INTEGER) {
        return read_integer(c, cell, scratch, value, err);
    }
    if (f->type == TALLY_CLKHASH_DATE) {
        return read_date(c, cell, scratch, value, err);
    }
    if (c->validate &&
        (f->type == TALLY_CLKHASH_ENUM ? check_enum(f, cell, err)
                                       : check_string(c, cell, err)) != 0) {
        return -1;
    }
    *value = cell;
    return 0;
}

void
tally_clkhash_column_free(struct tally_clkhash_column *c)
{
    if (c == NULL) {
        return;
    }
    tally_clkhash_regex_free(c->pattern);
    tally_clkhash_date_free(c->date);
    free(c);
}

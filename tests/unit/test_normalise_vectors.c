/*
 * Normalisation by example: tests/vectors/normalise.tsv, row by row.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/mapping_reading.h"
#include "bloom/normalise.h"
#include "bloom/schema_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define VECTORS        "tests/vectors/normalise.tsv"
#define COLUMNS        5
#define ROWS_MIN       500
#define LINE_MAX_BYTES 1024

/* One row, its columns cut out of ${line}. */
struct row {
    size_t number;
    char line[LINE_MAX_BYTES];
    char *input;
    const char *text;
    const char *reason;
    const char *rule;
    struct tally_field field;
    struct tally_date_reading reading;
};

/* What there was at least one row of. */
struct seen {
    size_t rows;
    bool types[TALLY_FIELD_TYPES];
    bool reasons[TALLY_REASONS];
    bool rules[TALLY_RULES];
};

/* \t and \n in an input stand for the characters. */
static void
unescape(char *text)
{
    char *out = text;

    for (; *text != '\0'; text++) {
        if (*text == '\\' && (text[1] == 't' || text[1] == 'n')) {
            text++;
            *out++ = *text == 't' ? '\t' : '\n';
        } else {
            *out++ = *text;
        }
    }
    *out = '\0';
}

/* "date [mdy]" */
static void
set_type(struct row *r, char *type)
{
    char *open = strchr(type, '[');
    int found;

    if (open != NULL) {
        open[-1] = '\0';
        open[strlen(open) - 1] = '\0';
        assert_true(tally_reading_parse(open + 1, &r->reading));
    }
    found = tally_schema_find_type(type);
    if (found < 0) {
        fail_msg("line %zu: type '%s'", r->number, type);
    }
    r->field.type = (enum tally_field_type)found;
    r->field.minimum = -TALLY_INTEGER_LIMIT;
    r->field.maximum = TALLY_INTEGER_LIMIT;
}

static void
cut(struct row *r)
{
    char *columns[COLUMNS];
    char *at = r->line;

    r->line[strcspn(r->line, "\n")] = '\0';
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = strsep(&at, "\t");
        if (columns[i] == NULL) {
            fail_msg("line %zu has %zu columns", r->number, i);
        }
    }
    assert_null(at);
    unescape(columns[1]);
    r->input = columns[1];
    r->text = columns[2];
    r->reason = columns[3];
    r->rule = columns[4];
    set_type(r, columns[0]);
}

/* Call ${each} with every row. */
static void
walk(void (*each)(const struct row *r, void *ctx), void *ctx)
{
    FILE *f = fopen(VECTORS, "r");
    struct row r;

    if (f == NULL) {
        fail_msg("there is no %s here", VECTORS);
    }
    for (size_t number = 1;; number++) {
        memset(&r, 0, sizeof r);
        r.number = number;
        if (fgets(r.line, sizeof r.line, f) == NULL) {
            break;
        }
        if (r.line[0] != '#') {
            cut(&r);
            each(&r, ctx);
        }
    }
    (void)fclose(f);
}

static void
check_row(const struct row *r, void *ctx)
{
    struct tally_value v;
    size_t *wrong = ctx;

    tally_normalise(&r->field, &r->reading, (const uint8_t *)r->input, strlen(r->input),
                    &v);
    if (strcmp(v.text, r->text) != 0 ||
        strcmp(tally_reason_name(v.reason), r->reason) != 0 ||
        strcmp(tally_rule_name(v.rule), r->rule) != 0) {
        print_error("line %zu: '%s': got '%s', %s, %s; wanted '%s', %s, %s\n", r->number,
                    r->input, v.text, tally_reason_name(v.reason),
                    tally_rule_name(v.rule), r->text, r->reason, r->rule);
        ++*wrong;
    }
    assert_int_equal(v.len, strlen(v.text));
}

static void
every_value_comes_out_as_it_should(void **state)
{
    size_t wrong = 0;

    (void)state;
    walk(check_row, &wrong);
    assert_int_equal(wrong, 0);
}

static void
check_again(const struct row *r, void *ctx)
{
    struct tally_value v;

    (void)ctx;
    /* A partial date cannot be written in one column, and a hyphen in a name says more
     * than the blank that it becomes: Lord-Smith is no lord. */
    if (r->text[0] == '\0' || strchr(r->text, '-') != NULL ||
        strchr(r->input, '-') != NULL) {
        return;
    }
    tally_normalise(&r->field, &r->reading, (const uint8_t *)r->text, strlen(r->text),
                    &v);
    if (v.reason != TALLY_VALUE_OK || strcmp(v.text, r->text) != 0) {
        fail_msg("line %zu: '%s' becomes '%s', %s", r->number, r->text, v.text,
                 tally_reason_name(v.reason));
    }
}

static void
what_is_normalised_stays_as_it_is(void **state)
{
    (void)state;
    walk(check_again, NULL);
}

static void
count_row(const struct row *r, void *ctx)
{
    struct seen *s = ctx;

    s->rows++;
    s->types[r->field.type] = true;
    for (int i = 0; i < TALLY_REASONS; i++) {
        s->reasons[i] |= strcmp(tally_reason_name((enum tally_reason)i), r->reason) == 0;
    }
    for (int i = 0; i < TALLY_RULES; i++) {
        s->rules[i] |= strcmp(tally_rule_name((enum tally_rule)i), r->rule) == 0;
    }
}

static void
the_vectors_have_every_type_reason_and_rule(void **state)
{
    struct seen s = {0};

    (void)state;
    walk(count_row, &s);
    assert_true(s.rows >= ROWS_MIN);
    for (int i = 0; i < TALLY_FIELD_TYPES; i++) {
        if (!s.types[i] && i != TALLY_FIELD_ENUMERATION) { /* needs a list of values */
            fail_msg("no row of type %s",
                     tally_field_type_name((enum tally_field_type)i));
        }
    }
    for (int i = 0; i < TALLY_REASONS; i++) {
        assert_true(s.reasons[i]);
    }
    for (int i = 0; i < TALLY_RULES; i++) {
        if (!s.rules[i]) {
            fail_msg("no row of rule %s", tally_rule_name((enum tally_rule)i));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_comes_out_as_it_should),
        cmocka_unit_test(what_is_normalised_stays_as_it_is),
        cmocka_unit_test(the_vectors_have_every_type_reason_and_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

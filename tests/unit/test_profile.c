/*
 * Profiling: what is found in small exports with a known fault each.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/profile.h"

#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"
#include "bloom/profile_private.h"
#include "tests/support/scratch.h"

#include <sodium.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NAMES "forename,surname,date_of_birth,sex,postcode\n"

/* An export made row by row, and its profile. */
struct fixture {
    struct tally_buf text;
    struct tally_profile *p;
    struct tally_schema *schema;
    struct tally_mapping mapping;
    bool mapped; /* the mapping is the test's own */
    size_t limit;
    unsigned threads;
    const char *id;
    const char *alias_of;
    struct tally_err err;
};

static void put(struct fixture *x, const char *fmt, ...) TALLY_PRINTF(2, 3);

static void
put(struct fixture *x, const char *fmt, ...)
{
    char row[2048];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(row, sizeof row, fmt, ap);
    va_end(ap);
    assert_true(n >= 0 && (size_t)n < sizeof row);
    assert_int_equal(tally_buf_append(&x->text, row, (size_t)n, &x->err), 0);
}

static int
run(struct fixture *x)
{
    struct tally_csv_options options = {0};
    struct tally_profile_job job = {.schema = x->schema,
                                    .mapping = &x->mapping,
                                    .id_column = -1,
                                    .distinct_limit = x->limit};
    size_t alias;
    int rc;

    assert_int_equal(tally_buf_append(&x->text, "", 1, &x->err), 0);
    tally_scratch_put("x.csv", (const char *)x->text.data, 0600);
    x->text.len--;
    tally_profile_free(x->p);
    x->p = NULL;
    if (tally_csv_open(&job.csv, "x.csv", &options, &x->err) != 0 ||
        tally_pool_create(&job.pool, x->threads > 0 ? x->threads : 1, &x->err) != 0) {
        fail_msg("%s", x->err.text);
    }
    if (x->schema != NULL && !x->mapped &&
        tally_mapping_guess(&x->mapping, x->schema, job.csv, &x->err) != 0) {
        fail_msg("%s", x->err.text);
    }
    job.id_column = x->id != NULL ? tally_csv_find(job.csv, x->id) : -1;
    if (x->alias_of != NULL) {
        alias = (size_t)tally_csv_find(job.csv, x->alias_of);
        job.alias_column = &alias;
    }
    rc = tally_profile_run(&x->p, &job, &x->err);
    tally_pool_free(job.pool);
    tally_csv_free(job.csv);
    return rc;
}

static void
run_well(struct fixture *x)
{
    if (run(x) != 0) {
        fail_msg("%s", x->err.text);
    }
}

static void
stop(struct fixture *x)
{
    tally_buf_free(&x->text);
    tally_profile_free(x->p);
    tally_schema_free(x->schema);
}

static const struct tally_profile_field *
field(const struct fixture *x, const char *name)
{
    for (size_t i = 0; i < x->p->nfields; i++) {
        if (strcmp(x->p->fields[i].name, name) == 0) {
            return &x->p->fields[i];
        }
    }
    fail_msg("no field %s", name);
    return NULL;
}

/* The finding of ${check} in the field ${name}, or in the file when that is NULL. */
static const struct tally_finding *
found(const struct fixture *x, const char *name, enum tally_check check)
{
    const struct tally_profile_field *f = name != NULL ? field(x, name) : NULL;
    const struct tally_finding *list = f != NULL ? f->findings : x->p->findings;
    size_t n = f != NULL ? f->nfindings : x->p->nfindings;

    for (size_t i = 0; i < n; i++) {
        if (list[i].check == check) {
            return &list[i];
        }
    }
    fail_msg("check %s was not made", tally_check_name(check));
    return NULL;
}

static void
assert_found(const struct fixture *x, const char *name, enum tally_check check,
             uint64_t count, enum tally_verdict v)
{
    const struct tally_finding *f = found(x, name, check);

    if (f->count != count || f->verdict != v) {
        fail_msg("%s: %llu, %s", tally_check_name(check), (unsigned long long)f->count,
                 tally_verdict_name(f->verdict));
    }
}

/* Row ${i} of people who differ in everything but sex. */
static void
put_person(struct fixture *x, unsigned i, const char *date, const char *postcode)
{
    put(x, "Fore%c%c,Sur%c%c,%s,%s,%s\n", 'a' + (int)(i % 26), 'a' + (int)(i / 26 % 26),
        'a' + (int)(i / 26 % 26), 'a' + (int)(i % 26), date, i % 2 ? "F" : "M", postcode);
}

/* ${n} ordinary people, dates of birth spread over days, months and years. */
static void
put_people(struct fixture *x, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char date[40], postcode[40];

        (void)snprintf(date, sizeof date, "%u-%02u-%02u", 1950 + i * 7 % 60, 1 + i % 12,
                       2 + i % 26);
        (void)snprintf(postcode, sizeof postcode, "CF%u %u%c%c", 1 + i % 60, i % 10,
                       "ABDEFG"[i % 6], "HJLN"[i % 4]);
        put_person(x, i, date, postcode);
    }
}

static void
an_ordinary_file_is_good(void **state)
{
    struct fixture x = {0};

    (void)state;
    put(&x, NAMES);
    put_people(&x, 500);
    run_well(&x);
    assert_int_equal(x.p->records, 500);
    assert_int_equal(x.p->nfields, 5);
    assert_int_equal(tally_profile_count(x.p, TALLY_VERDICT_FIX), 0);
    assert_int_equal(tally_profile_count(x.p, TALLY_VERDICT_LOOK), 0);
    assert_int_equal(field(&x, "sex")->frequency.distinct, 2);
    assert_int_equal(field(&x, "postcode")->usable, 500);
    stop(&x);
}

static void
every_outcome_is_counted(void **state)
{
    struct fixture x = {0};

    (void)state;
    put(&x, "forename,date_of_birth,nhs_number\n");
    put(&x, ",1984-07-31,9434765919\n");
    put(&x, "UNKNOWN,1900-01-01,9434765918\n");
    put(&x, "12,UNKNOWN,12\n");
    put(&x, "\" Ann \",1984-02-31,9999999999\n");
    put(&x, "Ann\xd0\x90,84-01-02,\n");
    run_well(&x);
    assert_found(&x, "forename", TALLY_CHECK_MISSING, 1, TALLY_VERDICT_LOOK);
    assert_found(&x, "forename", TALLY_CHECK_PLACEHOLDER, 1, TALLY_VERDICT_LOOK);
    assert_found(&x, "forename", TALLY_CHECK_INVALID, 1, TALLY_VERDICT_FIX);
    assert_found(&x, "forename", TALLY_CHECK_REPAIRED, 1, TALLY_VERDICT_LOOK);
    assert_found(&x, "forename", TALLY_CHECK_ALPHABET, 1, TALLY_VERDICT_FIX);
    assert_found(&x, "forename", TALLY_CHECK_BLANKS, 1, TALLY_VERDICT_GOOD);
    assert_found(&x, "date_of_birth", TALLY_CHECK_DEFAULT_DATE, 1, TALLY_VERDICT_LOOK);
    assert_found(&x, "date_of_birth", TALLY_CHECK_PLACEHOLDER, 1, TALLY_VERDICT_LOOK);
    assert_found(&x, "date_of_birth", TALLY_CHECK_IMPOSSIBLE, 1, TALLY_VERDICT_FIX);
    assert_found(&x, "nhs_number", TALLY_CHECK_CHECK_DIGIT, 1, TALLY_VERDICT_FIX);
    assert_found(&x, "nhs_number", TALLY_CHECK_INVALID, 1, TALLY_VERDICT_FIX);
    assert_int_equal(field(&x, "nhs_number")->usable, 1);
    assert_int_equal(field(&x, "forename")->verdict, TALLY_VERDICT_FIX);
    stop(&x);
}

static void
a_file_of_empty_cells_says_so(void **state)
{
    struct fixture x = {0};

    (void)state;
    put(&x, NAMES);
    for (int i = 0; i < 100; i++) {
        put(&x, ",,,,\n");
    }
    run_well(&x);
    assert_found(&x, "surname", TALLY_CHECK_MISSING, 100, TALLY_VERDICT_FIX);
    assert_found(&x, NULL, TALLY_CHECK_NOTHING_USABLE, 100, TALLY_VERDICT_FIX);
    assert_found(&x, NULL, TALLY_CHECK_DUPLICATES, 0, TALLY_VERDICT_GOOD);
    assert_int_equal(x.p->compared, 0);
    stop(&x);
}

static void
duplicates_are_found_after_normalisation(void **state)
{
    struct fixture x = {0};

    (void)state;
    put(&x, NAMES);
    put_people(&x, 100);
    put(&x, "Ann,O'Neil,1984-07-31,F,SW1A 1AA\n");
    put(&x, "ANN,ONEIL,31/07/1984,female,sw1a1aa\n");
    put(&x, " ann ,O Neil,31 July 1984,2,SW1A1AA\n");
    put(&x, ",,,F,\n,,,F,\n");
    run_well(&x);
    assert_found(&x, NULL, TALLY_CHECK_DUPLICATES, 2, TALLY_VERDICT_LOOK);
    assert_int_equal(x.p->in_groups, 3);
    assert_int_equal(x.p->largest, 3);
    assert_int_equal(x.p->compared, 103);
    stop(&x);
}

static void
ids_must_be_there_and_unique(void **state)
{
    struct fixture x = {.id = "id"};

    (void)state;
    put(&x,
        "id,forename,surname\n1,Ann,Lee\n2,Bob,Ray\n2,Cat,May\n,Dan,Fox\n ,Eve,Kay\n");
    run_well(&x);
    assert_found(&x, NULL, TALLY_CHECK_ID_REPEATED, 1, TALLY_VERDICT_FIX);
    assert_found(&x, NULL, TALLY_CHECK_ID_EMPTY, 2, TALLY_VERDICT_FIX);
    assert_int_equal(x.p->nfields, 2);
    assert_string_equal(x.p->id_column, "id");
    stop(&x);
}

static void
alias_rows_are_counted_and_must_have_a_main_row(void **state)
{
    struct fixture x = {.id = "id", .alias_of = "of"};

    (void)state;
    put(&x, "id,of," NAMES);
    put(&x, "a,3,Nan,,,,\n1,,Ann,Lee,1990-02-03,F,LS1 4AP\n");
    put(&x, " 2 ,,Bob,Ray,1980-02-03,M,LS2 8AA\n2,,Cat,Fox,1970-02-03,F,LS3 1AA\n");
    put(&x, "a, 1 ,Annie,,,,\na,1,Nancy,,,,\n,2,Rob,,,,\n3,,,,,,\n,4,Sue,Lee,,,\n");
    run_well(&x);
    assert_int_equal(x.p->records, 4);
    assert_int_equal(x.p->alias_rows, 5);
    assert_int_equal(x.p->nfields, 5); /* neither column of ids is one */
    assert_int_equal(field(&x, "forename")->usable, 3);
    assert_found(&x, NULL, TALLY_CHECK_ALIAS_ORPHAN, 1, TALLY_VERDICT_FIX);
    assert_found(&x, NULL, TALLY_CHECK_ID_REPEATED, 1, TALLY_VERDICT_FIX);
    assert_found(&x, NULL, TALLY_CHECK_ID_EMPTY, 0, TALLY_VERDICT_GOOD);
    assert_found(&x, NULL, TALLY_CHECK_NOTHING_USABLE, 1, TALLY_VERDICT_FIX);
    stop(&x);
}

static void
placeholders_are_counted_by_the_rules_of_normalisation(void **state)
{
    struct fixture x = {0};
    char text[TALLY_RULES_TEXT];

    (void)state;
    put(&x, NAMES "Baby,unknown,1900-01-01,F,ZZ99 3VZ\n");
    put(&x, "n/k,Lee,unknown,F,NFA\ntest,Ray,00/00/0000,M,LS2 8AA\n");
    run_well(&x);
    (void)tally_rules_text(field(&x, "forename")->rules, text);
    assert_string_equal(text, "not-known word 1, test record 1, baby 1");
    (void)tally_rules_text(field(&x, "date_of_birth")->rules, text);
    assert_string_equal(text, "not-known word 1, default date 2");
    (void)tally_rules_text(field(&x, "sex")->rules, text);
    assert_string_equal(text, "");
    assert_found(&x, "date_of_birth", TALLY_CHECK_DEFAULT_DATE, 2, TALLY_VERDICT_FIX);
    assert_found(&x, "date_of_birth", TALLY_CHECK_PLACEHOLDER, 1, TALLY_VERDICT_LOOK);
    stop(&x);
}

static void
names_the_wrong_way_round_are_found(void **state)
{
    struct fixture x = {0};

    (void)state;
    put(&x, "forename,surname\n");
    for (int i = 0; i < 30; i++) {
        put(&x, "Emily,Smith\n");
    }
    put(&x, "Jones,Sarah\nTaylor,Thomas\n");
    run_well(&x);
    assert_found(&x, NULL, TALLY_CHECK_SWAPPED_NAMES, 1, TALLY_VERDICT_LOOK);
    stop(&x);
    x = (struct fixture){0};
    put(&x, "surname,forename\n");
    for (int i = 0; i < 30; i++) {
        put(&x, "Emily,Smith\n");
    }
    run_well(&x);
    assert_found(&x, NULL, TALLY_CHECK_SWAPPED_NAMES, 30, TALLY_VERDICT_FIX);
    stop(&x);
}

static void
columns_that_hold_another_type_are_found(void **state)
{
    struct fixture x = {0};

    (void)state;
    put(&x, "sex,postcode,date_of_birth,nhs_number\n");
    for (int i = 0; i < 40; i++) {
        put(&x, "CF%d 1AB,%s,%d,1984-07-%02d\n", 1 + i, i % 2 ? "M" : "F", 30000 + i * 7,
            1 + i % 30);
    }
    run_well(&x);
    assert_found(&x, "sex", TALLY_CHECK_CONTENT, 40, TALLY_VERDICT_FIX);
    assert_non_null(
        strstr(found(&x, "sex", TALLY_CHECK_CONTENT)->action, "UK postcodes"));
    assert_non_null(
        strstr(found(&x, "postcode", TALLY_CHECK_CONTENT)->action, "sex codes"));
    assert_non_null(
        strstr(found(&x, "date_of_birth", TALLY_CHECK_CONTENT)->action, "spreadsheet"));
    assert_non_null(
        strstr(found(&x, "nhs_number", TALLY_CHECK_CONTENT)->action, "dates"));
    stop(&x);
}

static void
heaped_dates_are_found(void **state)
{
    struct fixture x = {0};

    (void)state;
    put(&x, NAMES);
    put_people(&x, 600);
    for (unsigned i = 0; i < 40; i++) {
        char date[40];

        (void)snprintf(date, sizeof date, "%u-01-01", 1950 + i);
        put_person(&x, 600 + i, date, "CF10 1AB");
    }
    for (unsigned i = 0; i < 60; i++) {
        put_person(&x, 640 + i, i % 2 ? "1999-07-01" : "1999-09-17", "CF10 1AB");
    }
    run_well(&x);
    assert_found(&x, "date_of_birth", TALLY_CHECK_JANUARY, 40, TALLY_VERDICT_FIX);
    assert_found(&x, "date_of_birth", TALLY_CHECK_MONTH_START, 70, TALLY_VERDICT_LOOK);
    assert_int_equal(found(&x, "date_of_birth", TALLY_CHECK_YEAR)->verdict,
                     TALLY_VERDICT_LOOK);
    assert_in_range(found(&x, "date_of_birth", TALLY_CHECK_YEAR)->count, 60, 80);
    assert_found(&x, "date_of_birth", TALLY_CHECK_TOP, 30, TALLY_VERDICT_LOOK);
    stop(&x);
}

static void
profile_dates(struct fixture *x, const char *const *dates)
{
    *x = (struct fixture){0};
    put(x, "forename,dob\n");
    for (int i = 0; i < 25; i++) {
        for (const char *const *d = dates; *d != NULL; d++) {
            put(x, "Ann,%s\n", *d);
        }
    }
    run_well(x);
}

static void
day_and_month_are_told_by_the_column(void **state)
{
    static const char *const none[] = {"1984-07-31", NULL};
    static const char *const day[] = {"03/04/1984", "31/07/1984", NULL};
    static const char *const month[] = {"03/04/1984", "07/31/1984", NULL};
    static const char *const both[] = {"13/04/1984", "07/31/1984", NULL};
    static const char *const either[] = {"03/04/1984", NULL};
    struct fixture x;

    (void)state;
    profile_dates(&x, none);
    assert_found(&x, "dob", TALLY_CHECK_DAY_MONTH, 0, TALLY_VERDICT_GOOD);
    stop(&x);
    profile_dates(&x, day);
    assert_found(&x, "dob", TALLY_CHECK_DAY_MONTH, 25, TALLY_VERDICT_GOOD);
    stop(&x);
    profile_dates(&x, month);
    assert_found(&x, "dob", TALLY_CHECK_DAY_MONTH, 25, TALLY_VERDICT_FIX);
    stop(&x);
    profile_dates(&x, both);
    assert_found(&x, "dob", TALLY_CHECK_DAY_MONTH, 25, TALLY_VERDICT_FIX);
    assert_non_null(
        strstr(found(&x, "dob", TALLY_CHECK_DAY_MONTH)->action, "the month."));
    stop(&x);
    profile_dates(&x, either);
    assert_found(&x, "dob", TALLY_CHECK_DAY_MONTH, 25, TALLY_VERDICT_LOOK);
    stop(&x);
}

static void
mixed_date_styles_are_found(void **state)
{
    static const char *const styles[] = {"1984-07-31", "19850731", "1986-07-31", NULL};
    struct fixture x;

    (void)state;
    profile_dates(&x, styles);
    assert_found(&x, "dob", TALLY_CHECK_STYLE, 25, TALLY_VERDICT_LOOK);
    stop(&x);
}

static void
constant_skewed_and_long_values_are_found(void **state)
{
    struct fixture x = {0};

    (void)state;
    put(&x, "forename,surname,postcode\n");
    for (int i = 0; i < 100; i++) {
        put(&x, "Ann,%s%c%c,%s\n",
            i == 7 ? "Lee see note about former name and address " : "Lee", 'a' + i % 26,
            'a' + i / 26, i < 40 ? "CF10 1AB" : "");
    }
    run_well(&x);
    assert_found(&x, "forename", TALLY_CHECK_CONSTANT, 100, TALLY_VERDICT_LOOK);
    assert_found(&x, "forename", TALLY_CHECK_TOP, 100, TALLY_VERDICT_GOOD);
    assert_found(&x, "surname", TALLY_CHECK_LENGTH, 1, TALLY_VERDICT_LOOK);
    assert_found(&x, "surname", TALLY_CHECK_TOP, 1, TALLY_VERDICT_GOOD);
    assert_found(&x, "postcode", TALLY_CHECK_CONSTANT, 40, TALLY_VERDICT_LOOK);
    stop(&x);
    x = (struct fixture){0};
    put(&x, "forename,postcode\n");
    for (int i = 0; i < 100; i++) {
        put(&x, "Ann,CF%d 1AB\n", i < 40 ? 10 : 10 + i);
    }
    run_well(&x);
    assert_found(&x, "postcode", TALLY_CHECK_TOP, 40, TALLY_VERDICT_FIX);
    stop(&x);
}

static void
split_dates_are_one_field(void **state)
{
    struct fixture x = {0};

    (void)state;
    put(&x, "dob_day,dob_month,dob_year,forename\n31,7,1984,Ann\n3,4,1984,Bob\n,7,1984,"
            "Cat\n");
    run_well(&x);
    assert_int_equal(x.p->nfields, 2);
    assert_string_equal(field(&x, "date_of_birth")->columns,
                        "dob_day + dob_month + dob_year");
    assert_int_equal(field(&x, "date_of_birth")->usable, 3);
    assert_int_equal(field(&x, "date_of_birth")->reasons[TALLY_VALUE_REPAIRED], 1);
    stop(&x);
}

static void
other_columns_get_a_type_from_content_and_no_orders(void **state)
{
    struct fixture x = {0};

    (void)state;
    put(&x, "forename,seen,count,note\n");
    for (int i = 0; i < 50; i++) {
        put(&x, "Ann%c,2024-01-%02d,%d,\n", 'a' + i % 26, 1 + i % 28, i);
    }
    run_well(&x);
    assert_int_equal(field(&x, "seen")->type, TALLY_FIELD_DATE);
    assert_int_equal(field(&x, "count")->type, TALLY_FIELD_INTEGER);
    assert_int_equal(field(&x, "note")->type, TALLY_FIELD_TEXT);
    assert_int_equal(field(&x, "note")->type_source, TALLY_TYPE_FROM_CONTENT);
    assert_false(field(&x, "note")->identifying);
    assert_found(&x, "note", TALLY_CHECK_MISSING, 50, TALLY_VERDICT_GOOD);
    stop(&x);
}

static void
a_schema_says_which_fields_and_types(void **state)
{
    struct fixture x = {0};

    (void)state;
    assert_int_equal(
        tally_schema_new(&x.schema, "forename,house:integer", "plain", NULL, &x.err), 0);
    put(&x, "note,house,forename\nx,7,Ann\ny,seven,Bob\n");
    run_well(&x);
    assert_int_equal(x.p->nfields, 2);
    assert_string_equal(x.p->schema, "starter");
    assert_int_equal(field(&x, "house")->type, TALLY_FIELD_INTEGER);
    assert_int_equal(field(&x, "house")->type_source, TALLY_TYPE_FROM_SCHEMA);
    assert_int_equal(field(&x, "house")->reasons[TALLY_VALUE_INVALID], 1);
    stop(&x);
}

static void
further_values_of_a_field_are_looked_at_by_themselves(void **state)
{
    struct fixture x = {.mapped = true};

    (void)state;
    assert_int_equal(tally_schema_new(&x.schema, "forename,surname,postcode,dob", "plain",
                                      NULL, &x.err),
                     0);
    x.mapping.nparts[0] = 1;
    x.mapping.parts[0][0] = 0;
    x.mapping.nparts[1] = 3; /* b + c | d */
    for (size_t i = 0; i < 3; i++) {
        x.mapping.parts[1][i] = 1 + i;
    }
    x.mapping.another[1][2] = true;
    x.mapping.nparts[2] = 1;
    x.mapping.parts[2][0] = 4;
    x.mapping.split[2] = ';';
    put(&x, "a,b,c,d,e\nAnn,Lee,Ray,Fox,SW1A 1AA; CF10 1AB;\nBob,Kay,,12,;;rubbish\n");
    run_well(&x);
    assert_int_equal(x.p->nfields, 7);
    assert_string_equal(field(&x, "surname")->columns, "b + c");
    assert_int_equal(field(&x, "surname")->usable, 2);
    assert_int_equal(field(&x, "surname (value 2)")->usable, 1);
    assert_found(&x, "surname (value 2)", TALLY_CHECK_INVALID, 1, TALLY_VERDICT_GOOD);
    assert_int_equal(field(&x, "postcode")->usable, 1);
    assert_int_equal(field(&x, "postcode (value 2)")->usable, 1);
    assert_int_equal(field(&x, "postcode (value 3)")->reasons[TALLY_VALUE_INVALID], 1);
    assert_false(field(&x, "postcode (value 2)")->identifying);
    assert_int_equal(field(&x, "dob")->reasons[TALLY_VALUE_MISSING], 2);
    assert_int_equal(x.p->compared, 2);
    stop(&x);
}

static void
a_header_alone_and_a_file_without_header_are_refused(void **state)
{
    struct fixture x = {0};

    (void)state;
    put(&x, NAMES);
    assert_int_equal(run(&x), -1);
    assert_int_equal(x.err.code, TALLY_E_DATA);
    assert_non_null(strstr(x.err.text, "no data rows"));
    stop(&x);
    x = (struct fixture){0};
    put(&x, "Ann,Qvortex,1984-07-31\nBob,Ray,1985-01-02\n");
    assert_int_equal(run(&x), -1);
    assert_int_equal(x.err.code, TALLY_E_DATA);
    assert_non_null(strstr(x.err.text, "column 3"));
    assert_null(strstr(x.err.text, "1984"));
    stop(&x);
}

static char *
as_json(const struct fixture *x)
{
    struct tally_jnode *n = tally_profile_json(x->p);
    char *text = tally_json_text(n, 2);

    tally_jfree(n);
    assert_non_null(text);
    return text;
}

static void
the_profile_is_the_same_with_any_threads(void **state)
{
    struct fixture x = {.limit = 96};
    char *one, *four;

    (void)state;
    put(&x, "forename,surname,date_of_birth,sex,postcode,note\n");
    for (unsigned i = 0; i < 10000; i++) {
        put(&x, "F%u,S%u,%u-%02u-%02u,F,CF%u 1AB,n%u\n", i % 3000, i % 7, 1950 + i % 60,
            1 + i % 12, 1 + i % 28, i % 90, i);
    }
    x.threads = 1;
    run_well(&x);
    one = as_json(&x);
    assert_false(field(&x, "forename")->frequency.exact);
    x.threads = 4;
    run_well(&x);
    four = as_json(&x);
    assert_string_equal(one, four);
    free(one);
    free(four);
    stop(&x);
}

static void
rows_larger_than_a_batch_are_read(void **state)
{
    struct fixture x = {0};
    char *cell_text = malloc(1000001);

    (void)state;
    assert_non_null(cell_text);
    memset(cell_text, 'x', 1000000);
    cell_text[1000000] = '\0';
    put(&x, "a,b,c,d,e,f,g\n");
    for (int row = 0; row < 3; row++) {
        for (int i = 0; i < 7; i++) {
            assert_int_equal(tally_buf_append(&x.text, cell_text, 1000000, &x.err), 0);
            put(&x, "%s", i < 6 ? "," : "\n");
        }
        put(&x, "1,2,3,4,5,6,7\n");
    }
    free(cell_text);
    run_well(&x);
    assert_int_equal(x.p->records, 6);
    assert_int_equal(field(&x, "g")->frequency.distinct, 2);
    stop(&x);
}

static char *
as_html(const struct fixture *x)
{
    struct tally_outfile *f = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *text = NULL;
    size_t len;

    if (tally_outfile_open(&f, "x.html", 0600, true, &err) != 0 ||
        tally_profile_html(f, x->p, &err) != 0 ||
        tally_outfile_commit(&f, 1, &err) != 0 ||
        tally_file_read("x.html", 1 << 24, &text, &len, &err) != 0) {
        fail_msg("%s", err.text);
    }
    tally_outfile_free(f);
    return (char *)text;
}

static void
no_value_is_in_the_page_or_the_json(void **state)
{
    static const char *const values[] = {"vortex", "anary", "1984",  "sw1a",
                                         "SW1A",   "Emily", "emily", "9434765919"};
    struct fixture x = {.id = "id"};
    char *html, *json;

    (void)state;
    put(&x, "id,forename,surname,date_of_birth,postcode,nhs_number,<b>note\n");
    for (int i = 0; i < 30; i++) {
        put(&x, "Qanary%d,Emily,Qvortex,1984-07-31,SW1A 1AA,9434765919,Qanary\n", i / 2);
    }
    run_well(&x);
    html = as_html(&x);
    json = as_json(&x);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        /* The page tells in general how a date without a day is written: 1984-00-00. */
        if (strcmp(values[i], "1984") != 0) {
            assert_null(strstr(html, values[i]));
            assert_null(strstr(json, values[i]));
        }
    }
    assert_null(strstr(html, "1984-07"));
    assert_null(strstr(json, "1984-07"));
    assert_null(strstr(html, "<b>"));
    assert_non_null(strstr(html, "&lt;b&gt;note"));
    assert_non_null(strstr(html, "aggregate about personal data"));
    assert_non_null(strstr(json, "aggregate about personal data"));
    free(html);
    free(json);
    stop(&x);
}

static void
every_check_and_verdict_has_a_name_and_an_action(void **state)
{
    (void)state;
    for (int c = 0; c < TALLY_CHECKS; c++) {
        const struct tally_profile_rule *r = &tally_profile_rules[c];

        assert_non_null(r->name);
        assert_string_equal(tally_check_name((enum tally_check)c), r->name);
        assert_non_null(tally_check_label((enum tally_check)c));
        assert_true(r->actions[TALLY_VERDICT_GOOD][0] != '\0');
        if (r->look < TALLY_SHARE_NEVER) {
            assert_true(r->actions[TALLY_VERDICT_LOOK][0] != '\0');
        }
        if (r->fix < TALLY_SHARE_NEVER) {
            assert_true(r->actions[TALLY_VERDICT_FIX][0] != '\0');
        }
    }
    assert_string_equal(tally_check_name(TALLY_CHECKS), "unknown");
    assert_string_equal(tally_verdict_name(TALLY_VERDICT_FIX), "fix before encoding");
}

#define IN_SCRATCH(test)                                                                 \
    cmocka_unit_test_setup_teardown(test, tally_scratch_enter, tally_scratch_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_check_and_verdict_has_a_name_and_an_action),
        IN_SCRATCH(an_ordinary_file_is_good),
        IN_SCRATCH(every_outcome_is_counted),
        IN_SCRATCH(a_file_of_empty_cells_says_so),
        IN_SCRATCH(duplicates_are_found_after_normalisation),
        IN_SCRATCH(ids_must_be_there_and_unique),
        IN_SCRATCH(alias_rows_are_counted_and_must_have_a_main_row),
        IN_SCRATCH(placeholders_are_counted_by_the_rules_of_normalisation),
        IN_SCRATCH(names_the_wrong_way_round_are_found),
        IN_SCRATCH(columns_that_hold_another_type_are_found),
        IN_SCRATCH(heaped_dates_are_found),
        IN_SCRATCH(day_and_month_are_told_by_the_column),
        IN_SCRATCH(mixed_date_styles_are_found),
        IN_SCRATCH(constant_skewed_and_long_values_are_found),
        IN_SCRATCH(split_dates_are_one_field),
        IN_SCRATCH(other_columns_get_a_type_from_content_and_no_orders),
        IN_SCRATCH(a_schema_says_which_fields_and_types),
        IN_SCRATCH(further_values_of_a_field_are_looked_at_by_themselves),
        IN_SCRATCH(a_header_alone_and_a_file_without_header_are_refused),
        IN_SCRATCH(the_profile_is_the_same_with_any_threads),
        IN_SCRATCH(rows_larger_than_a_batch_are_read),
        IN_SCRATCH(no_value_is_in_the_page_or_the_json),
    };
    struct tally_err err = TALLY_ERR_INIT;

    return tally_secret_init(&err) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

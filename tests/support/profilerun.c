/*
 * One profile for a test.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/profilerun.h"

#include "bloom/base/secret.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int
profilerun_enter(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    return tally_secret_init(&err) != 0 ? -1 : tally_scratch_enter(state);
}

void
profilerun_put(struct profilerun *x, const char *fmt, ...)
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

int
profilerun_try(struct profilerun *x)
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

void
profilerun_run_well(struct profilerun *x)
{
    if (profilerun_try(x) != 0) {
        fail_msg("%s", x->err.text);
    }
}

void
profilerun_stop(struct profilerun *x)
{
    tally_buf_free(&x->text);
    tally_profile_free(x->p);
    tally_schema_free(x->schema);
}

const struct tally_profile_field *
profilerun_field(const struct profilerun *x, const char *name)
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
const struct tally_finding *
profilerun_found(const struct profilerun *x, const char *name, enum tally_check check)
{
    const struct tally_profile_field *f = name != NULL ? profilerun_field(x, name) : NULL;
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

void
profilerun_assert_found(const struct profilerun *x, const char *name,
                        enum tally_check check, uint64_t count, enum tally_verdict v)
{
    const struct tally_finding *f = profilerun_found(x, name, check);

    if (f->count != count || f->verdict != v) {
        fail_msg("%s: %llu, %s", tally_check_name(check), (unsigned long long)f->count,
                 tally_verdict_name(f->verdict));
    }
}

/* Row ${i} of people who differ in everything but sex. */
void
profilerun_put_person(struct profilerun *x, unsigned i, const char *date,
                      const char *postcode)
{
    profilerun_put(x, "Fore%c%c,Sur%c%c,%s,%s,%s\n", 'a' + (int)(i % 26),
                   'a' + (int)(i / 26 % 26), 'a' + (int)(i / 26 % 26),
                   'a' + (int)(i % 26), date, i % 2 ? "F" : "M", postcode);
}

/* ${n} ordinary people, dates of birth spread over days, months and years. */
void
profilerun_put_people(struct profilerun *x, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char date[40], postcode[40];

        (void)snprintf(date, sizeof date, "%u-%02u-%02u", 1950 + i * 7 % 60, 1 + i % 12,
                       2 + i % 26);
        (void)snprintf(postcode, sizeof postcode, "CF%u %u%c%c", 1 + i % 60, i % 10,
                       "ABDEFG"[i % 6], "HJLN"[i % 4]);
        profilerun_put_person(x, i, date, postcode);
    }
}

char *
profilerun_as_json(const struct profilerun *x)
{
    struct tally_jnode *n = tally_profile_json(x->p);
    char *text = tally_json_text(n, 2);

    tally_jfree(n);
    assert_non_null(text);
    return text;
}

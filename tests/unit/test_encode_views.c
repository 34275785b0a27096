/*
 * Records with several encodings: views, several values of a field, alias rows, and
 * people who stay at home. What is in the file is compared with encodings made by hand.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/clk.h"
#include "bloom/diffusion.h"
#include "bloom/encfile.h"
#include "bloom/payload.h"
#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FIELDS "forename,surname,date_of_birth,postcode,nhs_number"
#define ROW    256 /* bytes of an encoding */

static char folder[64];
static char csv_path[96], enc_path[96], pay_path[96], map_path[96], list_path[96];

/* One run: what goes in, and what came of it. */
struct attempt {
    const char *views;
    const char *map;
    const char *id;
    const char *alias_of;
    const char *opt_out; /* text of a list */
    const char *exclude;
    const char *mark; /* column that marks with Y */
    bool marks_aliases;
    bool ids_stay;
    bool dry_run;
    unsigned threads;
    uint64_t seed;
    struct tally_encode_summary sum;
    struct tally_exclude_counts lists[2];
    uint64_t others;
    struct tally_err err;
};

static int
make_folder(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/tally-encviews-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(csv_path, sizeof(csv_path), "%s/in.csv", folder);
    snprintf(enc_path, sizeof(enc_path), "%s/out.enc", folder);
    snprintf(pay_path, sizeof(pay_path), "%s/out.pay", folder);
    snprintf(map_path, sizeof(map_path), "%s/map.txt", folder);
    snprintf(list_path, sizeof(list_path), "%s/list.csv", folder);
    return tally_secret_init(&err);
}

static int
remove_folder(void **state)
{
    (void)state;
    unlink(csv_path);
    unlink(enc_path);
    unlink(pay_path);
    unlink(map_path);
    unlink(list_path);
    return rmdir(folder);
}

static void
write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static void
stream(void *ctx, void *p, size_t len)
{
    uint64_t *x = ctx;
    uint8_t *out = p;

    for (size_t i = 0; i < len; i++) {
        *x = *x * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(*x >> 56);
    }
}

static struct tally_schema *
schema(const char *views)
{
    struct tally_schema *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_schema_new(&s, FIELDS, "standard", views, &err), 0);
    return s;
}

static int
add_list(struct tally_exclude *x, enum tally_stay why, const char *text,
         struct tally_err *err)
{
    const struct tally_csv_options options = {0};

    if (text == NULL) {
        return 0;
    }
    write_text(list_path, text);
    return tally_exclude_list(x, why, list_path, &options, err);
}

static int
excluding(struct attempt *a, struct tally_encode_job *job)
{
    struct tally_err *err = &a->err;

    if (tally_exclude_create(&job->exclude, job->csv, job->schema, job->mapping,
                             job->id_column, err) != 0 ||
        add_list(job->exclude, TALLY_STAYS_OPT_OUT, a->opt_out, err) != 0 ||
        add_list(job->exclude, TALLY_STAYS_LISTED, a->exclude, err) != 0) {
        return -1;
    }
    return a->mark == NULL
               ? 0
               : tally_exclude_rule(job->exclude, a->mark, "Y", a->marks_aliases, err);
}

static int
with_csv(struct attempt *a, struct tally_encode_job *job)
{
    const struct tally_csv_options options = {0};
    struct tally_schema *s = schema(a->views);
    struct tally_mapping mapping;
    struct tally_csv *csv = NULL;
    size_t alias;
    int rc = tally_csv_open(&csv, csv_path, &options, &a->err);

    if (rc == 0) {
        rc = a->map == NULL ? tally_mapping_guess(&mapping, s, csv, &a->err)
                            : tally_mapping_load(&mapping, map_path, s, csv, &a->err);
    }
    if (rc == 0) {
        job->csv = csv;
        job->schema = s;
        job->mapping = &mapping;
        job->id_column = a->id != NULL ? tally_csv_find(csv, a->id) : -1;
        job->ids_stay = a->ids_stay;
        if (a->alias_of != NULL) {
            alias = (size_t)tally_csv_find(csv, a->alias_of);
            job->alias_column = &alias;
        }
        rc = excluding(a, job);
    }
    if (rc == 0) {
        rc = tally_encode(job, &a->sum, &a->err);
    }
    if (rc == 0) {
        a->lists[0] = tally_exclude_counts(job->exclude, TALLY_STAYS_OPT_OUT);
        a->lists[1] = tally_exclude_counts(job->exclude, TALLY_STAYS_LISTED);
        a->others = a->mark != NULL ? tally_exclude_other_values(job->exclude, 0) : 0;
    }
    tally_exclude_free(job->exclude);
    tally_csv_free(csv);
    tally_schema_free(s);
    return rc;
}

static enum tally_code
run(struct attempt *a, const char *text)
{
    uint64_t seed = a->seed;
    struct tally_encode_job job = {.source = "police",
                                   .out = enc_path,
                                   .payload_out = pay_path,
                                   .force = true,
                                   .dry_run = a->dry_run,
                                   .random = stream,
                                   .random_ctx = &seed};
    int rc;

    memset(&a->err, 0, sizeof(a->err));
    unlink(enc_path);
    unlink(pay_path);
    if (text != NULL) {
        write_text(csv_path, text);
    }
    if (a->map != NULL) {
        write_text(map_path, a->map);
    }
    job.key = tally_testkey();
    assert_int_equal(
        tally_pool_create(&job.pool, a->threads == 0 ? 2 : a->threads, &a->err), 0);
    rc = with_csv(a, &job);
    tally_pool_free(job.pool);
    tally_secret_free(job.key);
    return rc == 0 ? TALLY_OK : a->err.code;
}

static struct tally_encfile *
encoded(struct attempt *a, const char *text)
{
    struct tally_encfile *e = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (run(a, text) != TALLY_OK || tally_encfile_open(&e, enc_path, &err) != 0) {
        fail_msg("%s %s", a->err.text, err.text);
    }
    return e;
}

static void
assert_refused(struct attempt *a, const char *text, enum tally_code code,
               const char *says)
{
    enum tally_code have = run(a, text);

    if (have != code || strstr(a->err.text, says) == NULL) {
        fail_msg("%s: %s (wanted %s: %s)", tally_err_name(have), a->err.text,
                 tally_err_name(code), says);
    }
    assert_int_not_equal(access(enc_path, F_OK), 0);
    assert_int_not_equal(access(pay_path, F_OK), 0);
}

/* The encoding of ${values}, in the order of FIELDS, in view ${v} of ${views}. */
static void
by_hand(const char *views, size_t v, const char *const *values, uint8_t *out)
{
    struct tally_schema *s = schema(views);
    struct tally_schema *of_view = malloc(sizeof(*of_view));
    struct tally_secret *key = tally_testkey();
    struct tally_clk *clk = NULL;
    struct tally_diffusion *d = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_value normal[5];
    uint8_t plain[ROW] = {0};
    const char *name = s->views[v].name;
    void *scratch;

    assert_non_null(of_view);
    tally_schema_of_view(s, v, of_view);
    assert_int_equal(tally_clk_create(&clk, of_view, name, key, &err), 0);
    assert_int_equal(tally_diffusion_create(&d, s->bits, s->hardening.steps[0].bits,
                                            s->hardening.steps[0].t, name, key, &err),
                     0);
    for (size_t i = 0; i < 5; i++) {
        tally_normalise(&s->fields[i], NULL, (const uint8_t *)values[i],
                        strlen(values[i]), &normal[i]);
    }
    tally_clk_add(clk, normal, plain);
    scratch = aligned_alloc(64, tally_diffusion_scratch(d));
    assert_non_null(scratch);
    tally_diffusion_apply(d, plain, ROW, 1, out, ROW, scratch);
    free(scratch);
    tally_diffusion_free(d);
    tally_clk_free(clk);
    tally_secret_free(key);
    free(of_view);
    tally_schema_free(s);
}

/* Row ${row} of view ${v} is of record ${id} and encodes ${values}. */
static void
assert_row(const struct tally_encfile *e, const struct attempt *a, size_t v, uint64_t row,
           const char *id, const char *const *values)
{
    uint32_t record = tally_encfile_record_of_row(e, v, row);
    uint8_t want[ROW];
    size_t len;
    const char *have = tally_encfile_id(e, record, &len);

    assert_int_equal(len, strlen(id));
    assert_memory_equal(have, id, len);
    by_hand(a->views, v, values, want);
    assert_memory_equal(tally_encfile_view_matrix(e, v) + row * ROW, want, ROW);
}

/* The first row of record ${id} in view ${v}, and how many it has. */
static uint64_t
first_row(const struct tally_encfile *e, size_t v, const char *id, size_t *n)
{
    uint64_t first = UINT64_MAX;

    *n = 0;
    for (uint64_t i = 0; i < tally_encfile_info(e)->views[v].rows; i++) {
        size_t len;
        const char *have =
            tally_encfile_id(e, tally_encfile_record_of_row(e, v, i), &len);

        if (len == strlen(id) && memcmp(have, id, len) == 0) {
            first = *n == 0 ? i : first;
            ++*n;
        }
    }
    return first;
}

#define HEADER "id,forename,surname,date_of_birth,postcode,nhs_number\n"
#define ANN    "Ann", "Lee", "1990-02-03", "LS1 4AP", "943 476 5919"

static void
every_record_has_a_row_in_each_view_whose_fields_it_has(void **state)
{
    static const char *const ann[] = {ANN};
    static const char *const bob[] = {"Bob", "", "1980-01-05", "LS2 8AA", ""};
    struct attempt a = {.views = "full,no-address,no-surname", .id = "id"};
    struct tally_encfile *e =
        encoded(&a, HEADER "1,Ann,Lee,1990-02-03,LS1 4AP,9434765919\n"
                           "2,Bob,,1980-01-05,LS2 8AA,\n"
                           "3,,,,,\n");
    const struct tally_enc_info *info = tally_encfile_info(e);
    size_t n;

    (void)state;
    assert_int_equal(info->records, 3);
    assert_int_equal(info->nviews, 3);
    assert_true(tally_encfile_rows_are_records(e, 0));
    assert_int_equal(info->views[1].rows, 1); /* needs a surname */
    assert_int_equal(info->views[2].rows, 2);
    assert_int_equal(a.sum.views[2].records, 2);
    assert_int_equal(a.sum.empty_records, 1);
    for (size_t v = 0; v < 3; v++) {
        assert_row(e, &a, v, first_row(e, v, "1", &n), "1", ann);
        assert_int_equal(n, 1);
    }
    assert_row(e, &a, 0, first_row(e, 0, "2", &n), "2", bob);
    assert_row(e, &a, 2, first_row(e, 2, "2", &n), "2", bob);
    assert_true(a.sum.views[1].mean_fill > 0.1 && a.sum.views[1].mean_fill < 0.3);
    tally_encfile_close(e);
}

static void
a_view_of_all_fields_is_what_a_schema_without_views_gives(void **state)
{
    static const char text[] = HEADER "1,Ann,Lee,1990-02-03,LS1 4AP,9434765919\n";
    struct attempt plain = {.id = "id"};
    struct attempt full = {.id = "id", .views = "full,no-surname"};
    struct tally_encfile *e = encoded(&plain, text);
    uint8_t row[ROW];

    (void)state;
    memcpy(row, tally_encfile_matrix(e), ROW);
    tally_encfile_close(e);
    e = encoded(&full, text);
    assert_memory_equal(tally_encfile_matrix(e), row, ROW);
    assert_memory_not_equal(tally_encfile_view_matrix(e, 1), row, ROW);
    tally_encfile_close(e);
}

static void
several_values_give_a_row_for_each_combination_near_ones_first(void **state)
{
    static const char *const rows[][5] = {
        {"Ann", "Lee", "1990-02-03", "LS1 4AP", ""},
        {"Anna", "Lee", "1990-02-03", "LS1 4AP", ""},
        {"Ann", "Ng", "1990-02-03", "LS1 4AP", ""},
        {"Anna", "Ng", "1990-02-03", "LS1 4AP", ""},
    };
    struct attempt a = {.id = "id",
                        .map = "forename = f1 | f2\nsurname = s [split ;]\n"
                               "date_of_birth = dob\npostcode = p\nnhs_number = -\n"};
    /* LEE twice is one value, and UNKNOWN is none */
    struct tally_encfile *e =
        encoded(&a, "id,f1,f2,s,dob,p\n"
                    "1,Ann,Anna,Lee;LEE; ;Unknown;Ng,1990-02-03,LS1 4AP\n"
                    "2,,Bob,,,\n");
    size_t n;
    uint64_t at = first_row(e, 0, "1", &n);

    (void)state;
    assert_int_equal(tally_encfile_info(e)->records, 2);
    assert_int_equal(tally_encfile_info(e)->views[0].rows, 5);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_row(e, &a, 0, at + i, "1", rows[i]);
    }
    assert_int_equal(a.sum.more_values[0], 1);
    assert_int_equal(a.sum.more_values[1], 1);
    assert_int_equal(a.sum.reasons[0][TALLY_VALUE_OK],
                     2); /* Bob is in the second column */
    assert_int_equal(a.sum.records_cut, 0);
    tally_encfile_close(e);
}

static void
what_is_beyond_the_limit_is_left_out_and_counted(void **state)
{
    static const char *const first[] = {"Ann", "A", "", "LS1 4AP", ""};
    static const char *const second[] = {"Ann", "B", "", "LS1 4AP", ""};
    static const char *const other[] = {"Ann", "A", "", "LS2 8AA", ""};
    struct attempt a = {.id = "id",
                        .map = "forename = f\nsurname = s [split |]\ndate_of_birth = -\n"
                               "postcode = p [split |]\nnhs_number = -\n"};
    struct tally_encfile *e =
        encoded(&a, "id,f,s,p\n1,Ann,A|B|C,LS1 4AP|LS2 8AA|LS3 1AA\n2,Bob,A|B,\n");
    size_t n;
    uint64_t at = first_row(e, 0, "1", &n);

    (void)state;
    assert_int_equal(n, TALLY_ENCODE_VALUES_MAX); /* of nine */
    assert_row(e, &a, 0, at, "1", first);
    assert_row(e, &a, 0, at + 1, "1", second);
    assert_row(e, &a, 0, at + 2, "1", other);
    assert_int_equal(a.sum.records_cut, 1);
    assert_int_equal(a.sum.values_cut, 0);
    tally_encfile_close(e);
}

static void
a_cell_of_ten_thousand_aliases_keeps_the_first_ones(void **state)
{
    struct attempt a = {.id = "id",
                        .map = "forename = f\nsurname = s [split |]\ndate_of_birth = -\n"
                               "postcode = -\nnhs_number = -\n"};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf b = {0};
    struct tally_encfile *e;

    (void)state;
    assert_int_equal(tally_buf_printf(&b, &err, "id,f,s\n1,Ann,a"), 0);
    for (int i = 1; i < 10000; i++) {
        assert_int_equal(tally_buf_printf(&b, &err, "|q%c%c%c%c", 'a' + i / 1000,
                                          'a' + i / 100 % 10, 'a' + i / 10 % 10,
                                          'a' + i % 10),
                         0);
    }
    assert_int_equal(tally_buf_append(&b, "\n2,Bob,b\n", 10, &err), 0);
    e = encoded(&a, (const char *)b.data);
    assert_int_equal(tally_encfile_info(e)->records, 2);
    assert_int_equal(tally_encfile_info(e)->views[0].rows, 9);
    assert_int_equal(a.sum.values_cut, 9992);
    assert_int_equal(a.sum.records_cut, 1);
    tally_buf_free(&b);
    tally_encfile_close(e);
}

#define ALIAS_HEADER "id,of,forename,surname,date_of_birth,postcode,nhs_number,flag\n"

static void
alias_rows_join_their_main_row_wherever_they_stand(void **state)
{
    static const char *const rows[][5] = {
        {"Ann", "Lee", "1990-02-03", "LS1 4AP", ""},
        {"Nan", "Lee", "1990-02-03", "LS1 4AP", ""}, /* the main row says the rest */
        {"Ann", "Ng", "1991-02-03", "LS1 4AP", ""},
    };
    struct attempt a = {.id = "id", .alias_of = "of", .views = "full,no-surname"};
    struct tally_encfile *e =
        encoded(&a, ALIAS_HEADER "x,1,Nan,,,,,\n"
                                 "2,,Bob,Ray,1980-01-05,LS2 8AA,,\n"
                                 "1,,Ann,Lee,1990-02-03,LS1 4AP,,\n"
                                 ", 1 ,Ann,Ng,1991-02-03,,,\n"
                                 "x,1,ANN,lee,,,,\n"); /* as the main row */
    const struct tally_enc_info *info = tally_encfile_info(e);
    size_t n;
    uint64_t at = first_row(e, 0, "1", &n);

    (void)state;
    assert_int_equal(info->records, 2);
    assert_int_equal(info->views[0].rows, 4);
    assert_int_equal(info->views[1].rows, 4);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_row(e, &a, 0, at + i, "1", rows[i]);
    }
    assert_int_equal(a.sum.alias_rows, 3);
    assert_int_equal(a.sum.rows_read, 5);
    assert_int_equal(a.sum.records, 2);
    assert_int_equal(a.sum.reasons[0][TALLY_VALUE_OK], 2); /* of main rows */
    tally_encfile_close(e);
}

static void
aliases_that_fit_no_record_are_refused(void **state)
{
    struct attempt a = {.id = "id", .alias_of = "of"};

    (void)state;
    assert_refused(&a, ALIAS_HEADER "1,,a,b,,,,\n9,3,a,b,,,,\n9,2,a,b,,,,\n",
                   TALLY_E_DATA,
                   "2 alias rows have no main row, the first of them row 3");
    assert_refused(&a, ALIAS_HEADER "1,,a,b,,,,\n2,,a,b,,,,\n1,,a,c,,,,\n", TALLY_E_DATA,
                   "rows 2 and 4 have the same id");
    assert_refused(&a, ALIAS_HEADER "1,,a,b,,,,\n,,a,b,,,,\n", TALLY_E_DATA,
                   "row 3: column 'id': the id is empty");
    a.id = NULL;
    assert_refused(&a, ALIAS_HEADER "1,,a,b,,,,\n", TALLY_E_USAGE, "column of ids");
}

static void
ten_thousand_alias_rows_keep_the_first_ones(void **state)
{
    struct attempt a = {.id = "id", .alias_of = "of", .ids_stay = true};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf b = {0};
    struct tally_encfile *e;

    (void)state;
    assert_int_equal(tally_buf_printf(&b, &err, ALIAS_HEADER), 0);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(tally_buf_printf(&b, &err, ",1,q%c%c%c%c,x,,,,\n",
                                          'a' + i / 1000, 'a' + i / 100 % 10,
                                          'a' + i / 10 % 10, 'a' + i % 10),
                         0);
    }
    assert_int_equal(tally_buf_printf(&b, &err, "1,,Ann,Lee,,,,\n2,,Bob,Ray,,,,\n"), 0);
    assert_int_equal(tally_buf_append(&b, "", 1, &err), 0);
    e = encoded(&a, (const char *)b.data);
    assert_false(tally_encfile_info(e)->has_ids);
    assert_int_equal(tally_encfile_info(e)->records, 2);
    assert_int_equal(tally_encfile_info(e)->views[0].rows, 1 + TALLY_ENCODE_VALUES_MAX);
    assert_int_equal(a.sum.alias_rows, TALLY_ENCODE_VALUES_MAX - 1);
    assert_int_equal(a.sum.values_cut, 10000 - a.sum.alias_rows);
    assert_int_equal(a.sum.records_cut, 1);
    tally_buf_free(&b);
    tally_encfile_close(e);
}

static void
write_many(void)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf b = {0};

    assert_int_equal(tally_buf_printf(&b, &err, ALIAS_HEADER), 0);
    for (int i = 0; i < 9000; i++) {
        assert_int_equal(
            tally_buf_printf(&b, &err, "P%d,,n%c%c,s%c,19%02d-01-%02d,LS%d 4AP,,%s\n", i,
                             'a' + i % 26, 'a' + i / 26 % 26, 'a' + i % 13, i % 90 + 10,
                             i % 28 + 1, i % 20 + 1, i % 100 == 7 ? "Y" : ""),
            0);
        if (i % 5 == 0) {
            assert_int_equal(tally_buf_printf(&b, &err, "x,P%d,alias%c,,,,,\n",
                                              (i + 4000) % 9000, 'a' + i % 26),
                             0);
        }
    }
    assert_int_equal(tally_buf_append(&b, "", 1, &err), 0);
    write_text(csv_path, (const char *)b.data);
    tally_buf_free(&b);
}

static void
many_aliases_give_the_same_bytes_for_any_number_of_threads(void **state)
{
    struct attempt a = {.id = "id",
                        .alias_of = "of",
                        .mark = "flag",
                        .views = "full,no-address,no-surname",
                        .seed = 3};
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *first = NULL, *again = NULL;
    size_t len = 0, len_again = 0;
    struct tally_encode_summary sum;

    (void)state;
    write_many();
    a.threads = 1;
    assert_int_equal(run(&a, NULL), TALLY_OK);
    sum = a.sum;
    assert_int_equal(sum.rows_read, 10800);
    assert_int_equal(sum.stayed[TALLY_STAYS_MARKED], 90);
    assert_int_equal(sum.records, 8910);
    assert_int_equal(sum.alias_rows, 1800); /* P2, P7 ... have no alias */
    assert_int_equal(sum.views[0].rows, 8910 + 1800);
    assert_int_equal(tally_file_read(enc_path, 1 << 26, &first, &len, &err), 0);
    assert_int_equal(sum.enc_bytes, len);
    a.threads = 4;
    assert_int_equal(run(&a, NULL), TALLY_OK);
    assert_int_equal(tally_file_read(enc_path, 1 << 26, &again, &len_again, &err), 0);
    assert_int_equal(len, len_again);
    assert_memory_equal(first, again, len);
    assert_memory_equal(&sum, &a.sum, sizeof(sum));
    free(first);
    free(again);
}

static void
people_on_a_list_of_ids_stay_with_all_their_aliases(void **state)
{
    static const char text[] = ALIAS_HEADER "1,,Ann,Lee,,,,\nx,1,Nan,Lee,,,,\n"
                                            "2,,Bob,Ray,,,,\n3,,Cat,Fox,,,,\n";
    struct attempt a = {.id = "id",
                        .alias_of = "of",
                        .opt_out = "id\n1\n 2 \n99\n\n",
                        .exclude = "2\n98\n"};
    struct tally_encfile *e = encoded(&a, text);
    size_t n;

    (void)state;
    assert_int_equal(tally_encfile_info(e)->records, 1);
    (void)first_row(e, 0, "3", &n);
    assert_int_equal(n, 1);
    assert_int_equal(a.sum.stayed[TALLY_STAYS_OPT_OUT], 2); /* the first reason counts */
    assert_int_equal(a.sum.stayed[TALLY_STAYS_LISTED], 0);
    assert_int_equal(a.lists[0].people, 3);
    assert_int_equal(a.lists[0].met, 2);
    assert_int_equal(a.lists[1].people, 2); /* without a header, the first line counts */
    assert_int_equal(a.lists[1].met, 1);
    assert_int_equal(a.sum.alias_rows, 0);
    tally_encfile_close(e);
}

static void
people_on_a_list_of_numbers_stay_however_they_are_written(void **state)
{
    struct attempt a = {.opt_out =
                            "nhs_number,why\n943-476-5919,post\n1234567890,phone\n"};
    struct tally_encfile *e = encoded(&a, HEADER "1,Ann,Lee,,,943 476 5919\n"
                                                 "2,Bob,Ray,,,\n");
    struct tally_payload *p = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_encfile_info(e)->records, 1);
    assert_int_equal(a.sum.stayed[TALLY_STAYS_OPT_OUT], 1);
    assert_int_equal(a.lists[0].unreadable, 1);
    assert_int_equal(a.lists[0].people, 2);
    assert_int_equal(tally_payload_open(&p, pay_path, &err), 0);
    assert_int_equal(tally_payload_records(p), 1);
    assert_memory_equal(tally_payload_tokens(p), tally_encfile_tokens(e), 16);
    tally_payload_close(p);
    tally_encfile_close(e);
}

static void
a_listed_number_in_the_last_of_many_aliases_is_found(void **state)
{
    struct attempt a = {
        .id = "id", .alias_of = "of", .exclude = "nhs_number\n9434765919\n"};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf b = {0};

    (void)state;
    assert_int_equal(tally_buf_printf(&b, &err, ALIAS_HEADER "2,,B,R,,,,\n1,,A,B,,,,\n"),
                     0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(tally_buf_printf(&b, &err, "x,1,N%c,,,,%s,\n", 'a' + i,
                                          i == 19 ? "943 476 5919" : ""),
                         0);
    }
    assert_int_equal(tally_buf_append(&b, "", 1, &err), 0);
    assert_int_equal(run(&a, (const char *)b.data), TALLY_OK);
    assert_int_equal(a.sum.records, 1);
    assert_int_equal(a.sum.stayed[TALLY_STAYS_LISTED], 1);
    tally_buf_free(&b);
}

static void
marked_people_stay_and_unforeseen_marks_are_counted(void **state)
{
    struct attempt a = {.id = "id", .mark = "flag", .ids_stay = true};
    struct tally_encfile *e =
        encoded(&a, ALIAS_HEADER "1,,Ann,Lee,,,, y \n2,,Bob,Ray,,,,\n"
                                 "3,,Cat,Fox,,,,yes\n2,,Bob,Ray,,,,N\n");

    (void)state;
    assert_int_equal(tally_encfile_info(e)->records, 3);
    assert_int_equal(a.sum.stayed[TALLY_STAYS_MARKED], 1);
    assert_int_equal(a.others, 2);
    tally_encfile_close(e);
}

static void
marked_aliases_stay_while_the_person_leaves(void **state)
{
    static const char *const ann[] = {"Ann", "Lee", "", "", ""};
    struct attempt a = {.id = "id",
                        .alias_of = "of",
                        .mark = "flag",
                        .marks_aliases = true,
                        .map = "forename = forename | postcode\nsurname = surname\n"
                               "date_of_birth = -\npostcode = -\nnhs_number = -\n"};
    struct tally_encfile *e =
        encoded(&a, ALIAS_HEADER "1,,Ann,Lee,,Anna,,\nx,1,Nan,Lee,,,,Y\n"
                                 "x,1,Nell,Lee,,,,\n2,,Bob,Ray,,Robert,,Y\n"
                                 "x,2,Rob,Ray,,,,\n3,,,Sly,,Sue,,Y\n");
    size_t n;
    uint64_t at = first_row(e, 0, "1", &n);

    (void)state;
    assert_int_equal(tally_encfile_info(e)->records, 3);
    assert_int_equal(n, 3); /* Ann, Nell, Anna */
    assert_row(e, &a, 0, at, "1", ann);
    (void)first_row(e, 0, "2", &n);
    assert_int_equal(n, 1);
    {
        static const char *const sly[] = {"", "Sly", "", "", ""}; /* Sue is an alias */

        at = first_row(e, 0, "3", &n);
        assert_int_equal(n, 1);
        assert_row(e, &a, 0, at, "3", sly);
    }
    assert_int_equal(a.sum.alias_rows, 1);
    assert_int_equal(a.sum.alias_rows_stayed, 2);
    assert_int_equal(a.sum.records_bare, 2);
    tally_encfile_close(e);
}

static void
lists_that_could_match_nobody_are_refused(void **state)
{
    static const char text[] = HEADER "1,Ann,Lee,,,\n";
    struct attempt a = {.opt_out = "1\n2\n"};

    (void)state;
    assert_refused(&a, text, TALLY_E_USAGE, "no column of ids is named");
    a.opt_out = "surname\nLee\n";
    assert_refused(&a, text, TALLY_E_USAGE, "does not point to one person");
    a.opt_out = "what,who\n1,2\n";
    assert_refused(&a, text, TALLY_E_USAGE, "no column is called like");
    a.opt_out = "nhs_number\n9434765919\n";
    a.map = "forename = forename\nsurname = surname\ndate_of_birth = -\npostcode = -\n"
            "nhs_number = -\n";
    assert_refused(&a, text, TALLY_E_USAGE, "which");
    a = (struct attempt){.mark = "nix"};
    assert_refused(&a, text, TALLY_E_MAPPING, "no column 'nix'");
    a = (struct attempt){.id = "id", .opt_out = "1\n"};
    assert_refused(&a, text, TALLY_E_DATA, "every record stays");
}

static void
a_dry_run_says_the_same_and_writes_nothing(void **state)
{
    static const char text[] = HEADER "1,Ann,Lee,1990-02-03,LS1 4AP,9434765919\n"
                                      "2,Bob,,1980-01-05,LS2 8AA,\n";
    struct attempt real = {.views = "full,no-surname", .id = "id"};
    struct attempt dry = {.views = "full,no-surname", .id = "id", .dry_run = true};
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data;
    size_t len;

    (void)state;
    assert_int_equal(run(&real, text), TALLY_OK);
    assert_int_equal(tally_file_read(enc_path, 1 << 20, &data, &len, &err), 0);
    free(data);
    assert_int_equal(real.sum.enc_bytes, len);
    assert_int_equal(tally_file_read(pay_path, 1 << 20, &data, &len, &err), 0);
    free(data);
    assert_int_equal(real.sum.payload_bytes, len);
    assert_int_equal(run(&dry, text), TALLY_OK);
    assert_int_not_equal(access(enc_path, F_OK), 0);
    assert_int_not_equal(access(pay_path, F_OK), 0);
    assert_memory_equal(&dry.sum, &real.sum, sizeof(dry.sum));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_has_a_row_in_each_view_whose_fields_it_has),
        cmocka_unit_test(a_view_of_all_fields_is_what_a_schema_without_views_gives),
        cmocka_unit_test(several_values_give_a_row_for_each_combination_near_ones_first),
        cmocka_unit_test(what_is_beyond_the_limit_is_left_out_and_counted),
        cmocka_unit_test(a_cell_of_ten_thousand_aliases_keeps_the_first_ones),
        cmocka_unit_test(alias_rows_join_their_main_row_wherever_they_stand),
        cmocka_unit_test(aliases_that_fit_no_record_are_refused),
        cmocka_unit_test(ten_thousand_alias_rows_keep_the_first_ones),
        cmocka_unit_test(many_aliases_give_the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(people_on_a_list_of_ids_stay_with_all_their_aliases),
        cmocka_unit_test(people_on_a_list_of_numbers_stay_however_they_are_written),
        cmocka_unit_test(a_listed_number_in_the_last_of_many_aliases_is_found),
        cmocka_unit_test(marked_people_stay_and_unforeseen_marks_are_counted),
        cmocka_unit_test(marked_aliases_stay_while_the_person_leaves),
        cmocka_unit_test(lists_that_could_match_nobody_are_refused),
        cmocka_unit_test(a_dry_run_says_the_same_and_writes_nothing),
    };

    return cmocka_run_group_tests_name("encode views", tests, make_folder, remove_folder);
}

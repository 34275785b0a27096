/*
 * The encoder as a whole: an export in, files out, or no files and a reason.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/base/interrupt.h"
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

#define HEADER "id,forename,surname,date_of_birth,sex,postcode,note,count\n"

static char folder[64];
static char csv_path[96], enc_path[96], pay_path[96], map_path[96];

/* What a run is made of: defaults here, changed by the tests. */
struct setup {
    const char *profile;
    const char *fields;
    unsigned threads;
    const char *id;
    const char *payload[4];
    bool presence; /* a payload part without columns */
    bool force;
    bool allow_empty;
    const char *source;
    const char *map; /* text of a mapping file; NULL: guessed */
};

static const struct setup usual = {.profile = "standard",
                                   .fields =
                                       "forename,surname,date_of_birth,sex,postcode",
                                   .threads = 2,
                                   .id = "id",
                                   .force = true,
                                   .source = "police"};

static int
make_folder(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/tally-encode-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(csv_path, sizeof(csv_path), "%s/in.csv", folder);
    snprintf(enc_path, sizeof(enc_path), "%s/out.enc", folder);
    snprintf(pay_path, sizeof(pay_path), "%s/out.pay", folder);
    snprintf(map_path, sizeof(map_path), "%s/map.txt", folder);
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
    return rmdir(folder);
}

static void
write_file(const char *path, const void *text, size_t len)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void
write_text(const char *text)
{
    write_file(csv_path, text, strlen(text));
}

/* A stream of bytes for tokens: the same whatever the lengths it is asked for. */
static void
stream(void *ctx, void *p, size_t len)
{
    uint64_t *x = ctx;
    uint8_t *out = p;
    size_t i;

    for (i = 0; i < len; i++) {
        *x = *x * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(*x >> 56);
    }
}

static int
encode_csv(const struct setup *s, const struct tally_csv_options *options,
           struct tally_encode_job *job, struct tally_encode_summary *sum,
           struct tally_err *err)
{
    struct tally_schema *schema = NULL;
    struct tally_mapping mapping;
    struct tally_csv *csv = NULL;
    size_t columns[4], i;
    int rc;

    assert_int_equal(tally_schema_new(&schema, s->fields, s->profile, NULL, err), 0);
    rc = tally_csv_open(&csv, csv_path, options, err);
    if (rc == 0) {
        rc = s->map == NULL ? tally_mapping_guess(&mapping, schema, csv, err)
                            : tally_mapping_load(&mapping, map_path, schema, csv, err);
    }
    if (rc == 0) {
        for (i = 0; i < 4 && s->payload[i] != NULL; i++) {
            columns[i] = (size_t)tally_csv_find(csv, s->payload[i]);
        }
        job->csv = csv;
        job->schema = schema;
        job->mapping = &mapping;
        job->id_column = s->id != NULL ? tally_csv_find(csv, s->id) : -1;
        job->payload_columns = columns;
        job->npayload = i;
        job->payload_out = i > 0 || s->presence ? pay_path : NULL;
        rc = tally_encode(job, sum, err);
    }
    tally_csv_free(csv);
    tally_schema_free(schema);
    return rc;
}

/* Encode what is in csv_path with tokens of ${seed}. */
static enum tally_code
run(const struct setup *s, uint64_t seed, struct tally_encode_summary *sum,
    struct tally_err *err)
{
    const struct tally_csv_options options = {0};
    struct tally_encode_job job = {.source = s->source,
                                   .out = enc_path,
                                   .force = s->force,
                                   .allow_empty = s->allow_empty,
                                   .random = stream,
                                   .random_ctx = &seed};
    int rc;

    memset(err, 0, sizeof(*err));
    job.key = tally_testkey();
    assert_int_equal(tally_pool_create(&job.pool, s->threads, err), 0);
    rc = encode_csv(s, &options, &job, sum, err);
    tally_pool_free(job.pool);
    tally_secret_free(job.key);
    return rc == 0 ? TALLY_OK : err->code;
}

static enum tally_code
run_text(const struct setup *s, const char *text, struct tally_err *err)
{
    struct tally_encode_summary sum;

    write_text(text);
    return run(s, 1, &sum, err);
}

/* Refused with ${code} and a text that holds ${says}, and no file is there. */
static void
assert_refused(const struct setup *s, const char *text, enum tally_code code,
               const char *says)
{
    struct tally_err err;
    enum tally_code have;

    unlink(enc_path);
    unlink(pay_path);
    have = run_text(s, text, &err);
    if (have != code || strstr(err.text, says) == NULL) {
        fail_msg("%s: %s (wanted %s: %s)", tally_err_name(have), err.text,
                 tally_err_name(code), says);
    }
    assert_int_not_equal(access(enc_path, F_OK), 0);
    assert_int_not_equal(access(pay_path, F_OK), 0);
}

static struct tally_encfile *
open_enc(void)
{
    struct tally_encfile *e = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_encfile_open(&e, enc_path, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return e;
}

static uint64_t
find_id(const struct tally_encfile *e, const char *id)
{
    uint64_t i;
    size_t len;

    for (i = 0; i < tally_encfile_info(e)->records; i++) {
        const char *have = tally_encfile_id(e, i, &len);

        if (len == strlen(id) && memcmp(have, id, len) == 0) {
            return i;
        }
    }
    fail_msg("no record %s", id);
    return 0;
}

/* The encoding of one record by the parts that the encoder is made of. */
static void
encode_by_hand(const char *const *values, uint8_t *out)
{
    struct tally_schema *s = NULL;
    struct tally_secret *key = tally_testkey();
    struct tally_clk *clk = NULL;
    const struct tally_harden_step *step;
    struct tally_diffusion *d = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_value v[5];
    uint8_t plain[256] = {0};
    void *scratch;
    size_t i;

    assert_int_equal(tally_schema_new(&s, usual.fields, usual.profile, NULL, &err), 0);
    assert_int_equal(tally_clk_create(&clk, s, TALLY_VIEW_FULL, key, &err), 0);
    step = &s->hardening.steps[0];
    assert_int_equal(tally_diffusion_create(&d, s->bits, step->bits, step->t,
                                            TALLY_VIEW_FULL, key, &err),
                     0);
    for (i = 0; i < s->nfields; i++) {
        tally_normalise(&s->fields[i], NULL, (const uint8_t *)values[i],
                        strlen(values[i]), &v[i]);
    }
    tally_clk_add(clk, v, plain);
    scratch = aligned_alloc(64, tally_diffusion_scratch(d));
    assert_non_null(scratch);
    tally_diffusion_apply(d, plain, 256, 1, out, 256, scratch);
    free(scratch);
    tally_diffusion_free(d);
    tally_clk_free(clk);
    tally_secret_free(key);
    tally_schema_free(s);
}

static void
encode_writes_the_encoding_of_each_record(void **state)
{
    static const char *const ann[] = {"Ann", "O'Neill", "1990-02-03", "F", "LS1 4AP"};
    static const char *const bob[] = {"Bob", "Ng", "", "M", ""};
    struct tally_encode_summary sum;
    struct tally_err err;
    struct tally_encfile *e;
    uint8_t want[256], check[TALLY_KEY_CHECK_BYTES];

    (void)state;
    write_text(HEADER "17,Ann,O'Neill,1990-02-03,F,LS1 4AP,x,1\n18,Bob,Ng,,M,,y,2\n");
    assert_int_equal(run(&usual, 1, &sum, &err), TALLY_OK);
    e = open_enc();
    assert_int_equal(tally_encfile_info(e)->records, 2);
    assert_int_equal(tally_encfile_info(e)->bits, 2048);
    assert_int_equal(tally_encfile_info(e)->hardening.n, 1);
    assert_int_equal(tally_encfile_info(e)->hardening.steps[0].t, 6);
    assert_string_equal(tally_encfile_info(e)->source, "police");
    assert_string_equal(tally_encfile_info(e)->profile, "standard");
    assert_string_equal(tally_encfile_info(e)->tool, TALLY_VERSION);
    assert_true(tally_hex_decode("28dc476765037ad7", 16, check, sizeof(check)));
    assert_memory_equal(tally_encfile_info(e)->key_check, check, sizeof(check));
    assert_memory_equal(sum.key_check, check, sizeof(check));
    encode_by_hand(ann, want);
    assert_memory_equal(tally_encfile_matrix(e) + 256 * find_id(e, "17"), want, 256);
    encode_by_hand(bob, want);
    assert_memory_equal(tally_encfile_matrix(e) + 256 * find_id(e, "18"), want, 256);
    assert_int_equal(sum.records, 2);
    assert_int_equal(sum.empty_records, 0);
    assert_int_equal(sum.reasons[2][TALLY_VALUE_OK], 1);
    assert_int_equal(sum.reasons[2][TALLY_VALUE_MISSING], 1);
    assert_int_equal(sum.reasons[0][TALLY_VALUE_OK], 2);
    assert_true(sum.mean_fill > 0.05 && sum.mean_fill < 0.4);
    tally_encfile_close(e);
}

/* A CSV of ${n} people, ids P0 ..., a note now and then with all that CSV can hold. */
static void
write_people(unsigned n)
{
    static const char *const names[] = {"ann",    "bob", "carys",
                                        "dafydd", "eve", "zo\xc3\xab"};
    struct tally_buf b = {NULL, 0, 0};
    struct tally_err err = TALLY_ERR_INIT;
    unsigned i;

    assert_int_equal(tally_buf_append(&b, HEADER, strlen(HEADER), &err), 0);
    for (i = 0; i < n; i++) {
        assert_int_equal(
            tally_buf_printf(&b, &err, "P%u,%s,%s%c,%u-%02u-%02u,%c,LS%u %uAB,%s,%u\n", i,
                             names[i % 6], names[i / 6 % 5], 'a' + (int)(i % 26),
                             1950 + i % 60, 1 + i % 12, 1 + i % 28, i % 3 ? 'f' : 'm',
                             1 + i % 20, i % 10, i % 7 ? "plain" : "\"a \"\"b\"\",\n c\"",
                             i),
            0);
    }
    write_file(csv_path, b.data, b.len);
    tally_buf_free(&b);
}

static uint8_t *
slurp(const char *path, size_t *len)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;

    assert_int_equal(tally_file_read(path, 1 << 26, &data, len, &err), 0);
    return data;
}

static void
encode_gives_the_same_bytes_for_any_number_of_threads(void **state)
{
    static const unsigned threads[] = {1, 2, 4};
    struct tally_encode_summary sum, first_sum;
    struct setup s = usual;
    struct tally_err err;
    uint8_t *enc = NULL, *pay = NULL;
    size_t enc_len = 0, pay_len = 0, i;

    (void)state;
    memset(&first_sum, 0, sizeof(first_sum));
    s.payload[0] = "note";
    s.payload[1] = "count";
    write_people(13000); /* four batches, the last of them short */
    for (i = 0; i < 3; i++) {
        uint8_t *e, *p;
        size_t ne, np;

        s.threads = threads[i];
        assert_int_equal(run(&s, 99, &sum, &err), TALLY_OK);
        e = slurp(enc_path, &ne);
        p = slurp(pay_path, &np);
        if (i == 0) {
            enc = e;
            pay = p;
            enc_len = ne;
            pay_len = np;
            first_sum = sum;
            continue;
        }
        assert_int_equal(ne, enc_len);
        assert_int_equal(np, pay_len);
        assert_memory_equal(e, enc, ne);
        assert_memory_equal(p, pay, np);
        assert_memory_equal(&sum, &first_sum, sizeof(sum));
        free(e);
        free(p);
    }
    assert_int_equal(sum.records, 13000);
    free(enc);
    free(pay);
}

static void
encode_gives_payload_under_the_same_tokens(void **state)
{
    struct tally_encode_summary sum;
    struct tally_payload *p = NULL;
    struct setup s = usual;
    struct tally_cell cells[2];
    struct tally_encfile *e;
    struct tally_err err;
    char number[16];
    uint64_t i;
    size_t len;

    (void)state;
    s.payload[0] = "count";
    s.payload[1] = "note";
    write_people(1000);
    assert_int_equal(run(&s, 5, &sum, &err), TALLY_OK);
    e = open_enc();
    assert_int_equal(tally_payload_open(&p, pay_path, &err), 0);
    assert_int_equal(tally_payload_records(p), 1000);
    assert_string_equal(tally_payload_source(p), "police");
    assert_string_equal(tally_payload_column(p, 0), "count");
    assert_memory_equal(tally_payload_delivery(p), tally_encfile_info(e)->delivery, 16);
    assert_memory_equal(tally_payload_tokens(p), tally_encfile_tokens(e), 16000);
    for (i = 0; i < 1000; i++) {
        const char *id = tally_encfile_id(e, i, &len);
        unsigned n;

        assert_int_equal(tally_payload_row(p, i, cells, &err), 0);
        snprintf(number, sizeof(number), "%.*s", (int)cells[0].len,
                 (const char *)cells[0].data);
        assert_int_equal(len - 1, cells[0].len);
        assert_memory_equal(id + 1, number, len - 1);
        n = (unsigned)atoi(number);
        assert_int_equal(cells[1].len, n % 7 ? 5 : 9);
        assert_memory_equal(cells[1].data, n % 7 ? "plain" : "a \"b\",\n c",
                            cells[1].len);
    }
    tally_payload_close(p);
    tally_encfile_close(e);
}

static void
encode_gives_a_payload_part_without_columns(void **state)
{
    struct tally_encode_summary sum;
    struct tally_payload *p = NULL;
    struct setup s = usual;
    struct tally_cell none;
    struct tally_encfile *e;
    struct tally_err err;

    (void)state;
    s.presence = true;
    write_people(1000);
    assert_int_equal(run(&s, 5, &sum, &err), TALLY_OK);
    e = open_enc();
    assert_int_equal(tally_payload_open(&p, pay_path, &err), 0);
    assert_int_equal(tally_payload_records(p), 1000);
    assert_int_equal(tally_payload_columns(p), 0);
    assert_memory_equal(tally_payload_tokens(p), tally_encfile_tokens(e), 16000);
    assert_int_equal(tally_payload_row(p, 999, &none, &err), 0);
    tally_payload_close(p);
    tally_encfile_close(e);
}

static void
encode_leaves_nothing_of_the_order_of_the_export(void **state)
{
    struct tally_encode_summary sum;
    struct tally_encfile *e;
    struct tally_err err;
    unsigned i, rising = 0;

    (void)state;
    write_people(1000);
    assert_int_equal(run(&usual, 5, &sum, &err), TALLY_OK);
    e = open_enc();
    for (i = 1; i < 1000; i++) {
        size_t len, before_len;
        const char *id = tally_encfile_id(e, i, &len);
        const char *before = tally_encfile_id(e, i - 1, &before_len);

        rising += atoi(id + 1) > atoi(before + 1);
    }
    assert_true(rising > 400 && rising < 600);
    tally_encfile_close(e);
}

static void
encode_takes_new_tokens_from_the_system_each_time(void **state)
{
    const struct tally_csv_options options = {0};
    struct tally_encode_job job = {.source = "police", .out = enc_path, .force = true};
    struct tally_encode_summary sum;
    struct tally_encfile *e;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t tokens[2][160], delivery[2][16];
    size_t i;

    (void)state;
    write_people(10);
    job.key = tally_testkey();
    assert_int_equal(tally_pool_create(&job.pool, 1, &err), 0);
    for (i = 0; i < 2; i++) {
        assert_int_equal(encode_csv(&usual, &options, &job, &sum, &err), 0);
        e = open_enc();
        memcpy(tokens[i], tally_encfile_tokens(e), 160);
        memcpy(delivery[i], tally_encfile_info(e)->delivery, 16);
        tally_encfile_close(e);
    }
    assert_memory_not_equal(tokens[0], tokens[1], 160);
    assert_memory_not_equal(delivery[0], delivery[1], 16);
    tally_pool_free(job.pool);
    tally_secret_free(job.key);
}

static void
encode_counts_records_without_a_usable_field(void **state)
{
    struct tally_encode_summary sum;
    struct tally_encfile *e;
    struct tally_err err;

    (void)state;
    write_text(HEADER "1,,,,,,,\n2,ann,lee,,,,,\n");
    assert_int_equal(run(&usual, 1, &sum, &err), TALLY_OK);
    assert_int_equal(sum.empty_records, 1);
    e = open_enc();
    assert_int_equal(tally_encfile_popcounts(e)[find_id(e, "1")], 0);
    assert_true(tally_encfile_popcounts(e)[find_id(e, "2")] > 0);
    tally_encfile_close(e);
}

/* Rows that differ in how a field is split over columns give the same encoding. */
static void
encode_joins_columns_as_the_mapping_says(void **state)
{
    struct setup s = usual;
    struct tally_encode_summary sum;
    struct tally_encfile *e;
    struct tally_err err;
    uint8_t whole[3 * 256];
    const char *split = "id,dob_day,dob_month,dob_year,address1,address2,address3\n"
                        "1,3,2,1990,1 high street,,leeds\n"
                        "2,3,,1990, ,\t,\n"
                        "3,,,,1,high street,leeds\n";
    const char *joined = "id,date_of_birth,address\n"
                         "1,3/2/1990,1 high street leeds\n2,3//1990,\n"
                         "3,,1 high street leeds\n";
    size_t i;

    (void)state;
    s.fields = "date_of_birth,address";
    write_text(joined);
    assert_int_equal(run(&s, 1, &sum, &err), TALLY_OK);
    assert_int_equal(sum.reasons[0][TALLY_VALUE_MISSING], 1);
    e = open_enc();
    for (i = 0; i < 3; i++) {
        const char id[2] = {(char)('1' + i), '\0'};

        memcpy(whole + 256 * i, tally_encfile_matrix(e) + 256 * find_id(e, id), 256);
    }
    tally_encfile_close(e);
    write_text(split);
    s.map = "date_of_birth = dob_day + dob_month + dob_year\n"
            "address = address1 + address2 + address3\n";
    write_file(map_path, s.map, strlen(s.map));
    if (run(&s, 2, &sum, &err) != TALLY_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(sum.reasons[0][TALLY_VALUE_MISSING], 1);
    assert_int_equal(sum.reasons[1][TALLY_VALUE_MISSING], 1);
    e = open_enc();
    for (i = 0; i < 3; i++) {
        const char id[2] = {(char)('1' + i), '\0'};

        assert_memory_equal(whole + 256 * i,
                            tally_encfile_matrix(e) + 256 * find_id(e, id), 256);
    }
    tally_encfile_close(e);
}

/* An export of ${n} dates, of which ${other} are month first and ${own} day first beyond
 * doubt; the rest could be either. */
static void
write_dates(size_t n, size_t own, size_t other)
{
    char text[16384] = "id,dob\n";
    size_t len = strlen(text);
    size_t i;

    for (i = 0; i < n; i++) {
        const char *date = i < own           ? "25/03/1990"
                           : i < own + other ? "03/25/1990"
                                             : "03/04/1990";

        len += (size_t)snprintf(text + len, sizeof(text) - len, "%zu,%s\n", i, date);
    }
    write_text(text);
}

static void
encode_refuses_dates_whose_figures_say_another_order(void **state)
{
    static const struct {
        size_t n, own, other;
        const char *text; /* of the error; NULL: none */
        const char *hint;
    } rows[] = {
        {100, 50, 4, NULL, NULL}, /* slips */
        {100, 0, 4, NULL, NULL},  /* too few to tell */
        {1000, 600, 49, NULL, NULL},
        {100, 0, 60,
         "'dob' (field 'date_of_birth'): 60 dates can only be read as month, "
         "day, year, and 0 only as day, month, year",
         "write 'date_of_birth = dob [mdy]' in a mapping file"},
        {10, 4, 5, "5 dates can only be read as month", "[mdy]"},
        {1000, 600, 50, "50 dates can only", "mixes both orders"},
    };
    struct setup s = usual;
    struct tally_encode_summary sum;
    struct tally_err err;

    (void)state;
    s.fields = "date_of_birth";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum tally_code code;

        write_dates(rows[i].n, rows[i].own, rows[i].other);
        unlink(enc_path);
        code = run(&s, 2, &sum, &err);
        if (rows[i].text == NULL) {
            assert_int_equal(code, TALLY_OK);
            assert_int_equal(sum.rules[0][TALLY_RULE_OTHER_ORDER], rows[i].other);
            assert_int_equal(sum.rules[0][TALLY_RULE_THIS_ORDER], rows[i].own);
            continue;
        }
        assert_int_equal(code, TALLY_E_DATA);
        if (strstr(err.text, rows[i].text) == NULL ||
            strstr(err.hint, rows[i].hint) == NULL) {
            fail_msg("got '%s', '%s'", err.text, err.hint);
        }
        assert_int_equal(access(enc_path, F_OK), -1);
    }
}

static void
encode_reads_dates_as_the_mapping_says(void **state)
{
    struct setup s = usual;
    struct tally_encode_summary sum;
    struct tally_err err;

    (void)state;
    s.fields = "date_of_birth";
    s.map = "date_of_birth = dob [mdy]\n";
    write_file(map_path, s.map, strlen(s.map));
    write_dates(100, 0, 60);
    assert_int_equal(run(&s, 2, &sum, &err), TALLY_OK);
    assert_int_equal(sum.reasons[0][TALLY_VALUE_OK], 100);
    write_dates(100, 60, 0);
    assert_int_equal(run(&s, 2, &sum, &err), TALLY_E_DATA);
    assert_non_null(strstr(err.hint, "'date_of_birth = dob'"));
}

static void
encode_counts_placeholders_by_rule(void **state)
{
    struct setup s = usual;
    struct tally_encode_summary sum;
    struct tally_err err;

    (void)state;
    s.fields = "forename,date_of_birth,postcode";
    write_text("id,forename,dob,postcode\n1,Baby,01/01/1900,ZZ99 3VZ\n"
               "2,unknown,1900-01-01,NFA\n3,test,03/04/1990,SW1A 1AA\n");
    assert_int_equal(run(&s, 2, &sum, &err), TALLY_OK);
    assert_int_equal(sum.rules[0][TALLY_RULE_BABY], 1);
    assert_int_equal(sum.rules[0][TALLY_RULE_NOT_KNOWN], 1);
    assert_int_equal(sum.rules[0][TALLY_RULE_TEST], 1);
    assert_int_equal(sum.rules[1][TALLY_RULE_DEFAULT_DATE], 2);
    assert_int_equal(sum.rules[2][TALLY_RULE_PSEUDO_POSTCODE], 1);
    assert_int_equal(sum.rules[2][TALLY_RULE_NO_ABODE], 1);
}

static void
encode_refuses_bad_ids_and_names_the_rows(void **state)
{
    char text[2048];

    (void)state;
    assert_refused(&usual, HEADER "1,a,b,,,,,\n2,a,b,,,,,\n1,a,b,,,,,\n", TALLY_E_DATA,
                   "rows 2 and 4 have the same id");
    assert_refused(&usual, HEADER "1,a,b,,,,,\n,a,b,,,,,\n", TALLY_E_DATA,
                   "row 3: column 'id': the id is empty");
    assert_refused(&usual, HEADER "1,a,b,,,,,\n  ,a,b,,,,,\n", TALLY_E_DATA,
                   "row 3: column 'id': the id is empty");
    assert_refused(&usual, HEADER "1,a,b,,,,,\n\"x\ny\",a,b,,,,,\n", TALLY_E_DATA,
                   "row 3: column 'id': the id has a control character");
    memset(text, 0, sizeof(text));
    memcpy(text, HEADER, strlen(HEADER));
    memset(text + strlen(HEADER), 'x', TALLY_ID_MAX + 1);
    memcpy(text + strlen(HEADER) + TALLY_ID_MAX + 1, ",a,b,,,,,\n", 10);
    assert_refused(&usual, text, TALLY_E_DATA, "the id is over 1024 bytes");
}

static void
encode_refuses_a_file_without_rows_unless_told(void **state)
{
    struct setup s = usual;
    struct tally_encfile *e;
    struct tally_err err;

    (void)state;
    assert_refused(&usual, HEADER, TALLY_E_DATA, "no data rows");
    s.allow_empty = true;
    s.payload[0] = "note";
    assert_int_equal(run_text(&s, HEADER, &err), TALLY_OK);
    e = open_enc();
    assert_int_equal(tally_encfile_info(e)->records, 0);
    tally_encfile_close(e);
}

static void
encode_leaves_no_file_when_the_export_is_broken(void **state)
{
    struct setup s = usual;

    (void)state;
    s.payload[0] = "note";
    assert_refused(&s, HEADER "1,a,b,,,,,\n2,a,b\n", TALLY_E_CSV, "row 3");
    assert_refused(&s, HEADER "1,a,b,,,,\xff,\n", TALLY_E_TEXT, "row 2");
    assert_refused(&s, HEADER "1,a,b,,,,\"open,\n", TALLY_E_CSV, "row 2");
}

static void
encode_ends_when_interrupted_and_leaves_no_file(void **state)
{
    struct tally_encode_summary sum;
    struct tally_err err;

    (void)state;
    unlink(enc_path);
    write_people(100);
    tally_interrupt_set(true);
    assert_int_equal(run(&usual, 1, &sum, &err), TALLY_E_INTERRUPTED);
    tally_interrupt_set(false);
    assert_int_not_equal(access(enc_path, F_OK), 0);
}

static void
encode_never_overwrites_without_force(void **state)
{
    struct setup s = usual;
    struct tally_err err;
    uint8_t *data;
    size_t len;

    (void)state;
    assert_int_equal(run_text(&s, HEADER "1,a,b,,,,,\n", &err), TALLY_OK);
    s.force = false;
    assert_int_equal(run_text(&s, HEADER "2,a,b,,,,,\n", &err), TALLY_E_EXISTS);
    data = slurp(enc_path, &len);
    free(data);
    /* a payload file in the way stops both */
    unlink(enc_path);
    s.payload[0] = "note";
    data = slurp(csv_path, &len);
    free(data);
    assert_int_equal(run_text(&s, HEADER "1,a,b,,,,,\n", &err), TALLY_OK);
    unlink(enc_path);
    assert_int_equal(run_text(&s, HEADER "1,a,b,,,,,\n", &err), TALLY_E_EXISTS);
    assert_int_not_equal(access(enc_path, F_OK), 0);
    unlink(pay_path);
}

static void
encode_refuses_jobs_that_make_no_sense(void **state)
{
    struct setup s = usual;

    (void)state;
    s.source = "po/ice";
    assert_refused(&s, HEADER "1,a,b,,,,,\n", TALLY_E_USAGE, "name of the source");
    s = usual;
    s.payload[0] = "id";
    assert_refused(&s, HEADER "1,a,b,,,,,\n", TALLY_E_USAGE, "it cannot be payload");
    s.payload[0] = "note";
    s.payload[1] = "note";
    assert_refused(&s, HEADER "1,a,b,,,,,\n", TALLY_E_USAGE, "asked for twice");
}

static void
encode_never_writes_over_its_input(void **state)
{
    struct tally_encode_summary sum;
    const struct tally_csv_options options = {0};
    struct tally_encode_job job = {.source = "police", .out = csv_path, .force = true};
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data;
    size_t len;

    (void)state;
    write_people(3);
    job.key = tally_testkey();
    assert_int_equal(tally_pool_create(&job.pool, 1, &err), 0);
    assert_int_equal(encode_csv(&usual, &options, &job, &sum, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    data = slurp(csv_path, &len);
    assert_memory_equal(data, HEADER, strlen(HEADER));
    free(data);
    tally_pool_free(job.pool);
    tally_secret_free(job.key);
}

static void
encode_takes_rows_larger_than_a_batch_holds(void **state)
{
    struct tally_encode_summary sum;
    struct setup s = usual;
    struct tally_buf b = {NULL, 0, 0};
    struct tally_payload *p = NULL;
    struct tally_cell cell;
    struct tally_err err = TALLY_ERR_INIT;
    size_t big = 1000000, i;
    char *note = malloc(big);

    (void)state;
    assert_non_null(note);
    memset(note, 'n', big);
    s.payload[0] = "note";
    s.fields = "forename,surname,extra:text";
    assert_int_equal(tally_buf_printf(&b, &err, "id,forename,surname,note,extra\n"), 0);
    for (i = 0; i < 8; i++) {
        assert_int_equal(tally_buf_printf(&b, &err, "%zu,ann,lee,", i), 0);
        assert_int_equal(tally_buf_append(&b, note, i % 3 == 0 ? big : 3, &err), 0);
        assert_int_equal(tally_buf_append(&b, ",", 1, &err), 0);
        assert_int_equal(tally_buf_append(&b, note, i % 3 == 0 ? big : 3, &err), 0);
        assert_int_equal(tally_buf_append(&b, "\n", 1, &err), 0);
    }
    write_file(csv_path, b.data, b.len);
    if (run(&s, 3, &sum, &err) != TALLY_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(sum.records, 8);
    assert_int_equal(tally_payload_open(&p, pay_path, &err), 0);
    for (i = 0; i < 8; i++) {
        assert_int_equal(tally_payload_row(p, i, &cell, &err), 0);
        assert_true(cell.len == big || cell.len == 3);
        assert_memory_equal(cell.data, note, cell.len);
    }
    tally_payload_close(p);
    tally_buf_free(&b);
    free(note);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_writes_the_encoding_of_each_record),
        cmocka_unit_test(encode_gives_the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(encode_gives_payload_under_the_same_tokens),
        cmocka_unit_test(encode_gives_a_payload_part_without_columns),
        cmocka_unit_test(encode_leaves_nothing_of_the_order_of_the_export),
        cmocka_unit_test(encode_takes_new_tokens_from_the_system_each_time),
        cmocka_unit_test(encode_counts_records_without_a_usable_field),
        cmocka_unit_test(encode_joins_columns_as_the_mapping_says),
        cmocka_unit_test(encode_refuses_dates_whose_figures_say_another_order),
        cmocka_unit_test(encode_reads_dates_as_the_mapping_says),
        cmocka_unit_test(encode_counts_placeholders_by_rule),
        cmocka_unit_test(encode_refuses_bad_ids_and_names_the_rows),
        cmocka_unit_test(encode_refuses_a_file_without_rows_unless_told),
        cmocka_unit_test(encode_leaves_no_file_when_the_export_is_broken),
        cmocka_unit_test(encode_ends_when_interrupted_and_leaves_no_file),
        cmocka_unit_test(encode_never_overwrites_without_force),
        cmocka_unit_test(encode_refuses_jobs_that_make_no_sense),
        cmocka_unit_test(encode_never_writes_over_its_input),
        cmocka_unit_test(encode_takes_rows_larger_than_a_batch_holds),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

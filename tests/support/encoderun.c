/*
 * One run of the encoder for a test.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/encoderun.h"

#include "bloom/base/bytes.h"
#include "bloom/clk.h"
#include "bloom/diffusion.h"
#include "bloom/normalise.h"
#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

char encoderun_csv[96], encoderun_enc[96], encoderun_pay[96];
static char folder[64], map_path[96], list_path[96];

int
encoderun_make(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/tally-encode-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(encoderun_csv, sizeof(encoderun_csv), "%s/in.csv", folder);
    snprintf(encoderun_enc, sizeof(encoderun_enc), "%s/out.enc", folder);
    snprintf(encoderun_pay, sizeof(encoderun_pay), "%s/out.pay", folder);
    snprintf(map_path, sizeof(map_path), "%s/map.txt", folder);
    snprintf(list_path, sizeof(list_path), "%s/list.csv", folder);
    return tally_secret_init(&err);
}

int
encoderun_remove(void **state)
{
    (void)state;
    unlink(encoderun_csv);
    unlink(encoderun_enc);
    unlink(encoderun_pay);
    unlink(map_path);
    unlink(list_path);
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

void
encoderun_write(const void *text, size_t len)
{
    write_file(encoderun_csv, text, len);
}

void
encoderun_people(unsigned n)
{
    static const char *const names[] = {"ann",    "bob", "carys",
                                        "dafydd", "eve", "zo\xc3\xab"};
    struct tally_buf b = {NULL, 0, 0};
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(
        tally_buf_append(&b, ENCODERUN_PEOPLE, strlen(ENCODERUN_PEOPLE), &err), 0);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(
            tally_buf_printf(&b, &err, "P%u,%s,%s%c,%u-%02u-%02u,%c,LS%u %uAB,%s,%u\n", i,
                             names[i % 6], names[i / 6 % 5], 'a' + (int)(i % 26),
                             1950 + i % 60, 1 + i % 12, 1 + i % 28, i % 3 ? 'f' : 'm',
                             1 + i % 20, i % 10, i % 7 ? "plain" : "\"a \"\"b\"\",\n c\"",
                             i),
            0);
    }
    encoderun_write(b.data, b.len);
    tally_buf_free(&b);
}

/* A stream of bytes for tokens: the same whatever the lengths it is asked for. */
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

struct tally_schema *
encoderun_schema(const struct encoderun *a)
{
    struct tally_schema *s = NULL, *more = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_schema_new(&s, a->fields != NULL ? a->fields : ENCODERUN_FIELDS,
                         a->profile != NULL ? a->profile : "standard", a->views,
                         &err) != 0 ||
        (a->match_keys != NULL &&
         tally_schema_add_match_keys(&more, s, a->match_keys, &err) != 0)) {
        fail_msg("%s", err.text);
    }
    if (more != NULL) {
        tally_schema_free(s);
        s = more;
    }
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
    write_file(list_path, text, strlen(text));
    return tally_exclude_list(x, why, list_path, &options, err);
}

static int
excluding(struct encoderun *a, struct tally_encode_job *job)
{
    struct tally_err *err = &a->err;

    if (a->opt_out == NULL && a->exclude == NULL && a->mark == NULL) {
        return 0;
    }
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

/* The columns that ${a} names, into ${job}. */
static void
find_columns(const struct encoderun *a, struct tally_encode_job *job, size_t *payload,
             size_t *alias)
{
    size_t n = 0;

    job->id_column = a->id != NULL ? tally_csv_find(job->csv, a->id) : -1;
    job->ids_stay = a->ids_stay;
    for (; n < 4 && a->payload[n] != NULL; n++) {
        payload[n] = (size_t)tally_csv_find(job->csv, a->payload[n]);
    }
    job->payload_columns = payload;
    job->npayload = n;
    if (a->alias_of != NULL) {
        *alias = (size_t)tally_csv_find(job->csv, a->alias_of);
        job->alias_column = alias;
    }
}

static int
encode_open(struct encoderun *a, struct tally_encode_job *job)
{
    size_t payload[4], alias;
    int rc;

    find_columns(a, job, payload, &alias);
    rc = excluding(a, job);
    if (rc == 0) {
        rc = tally_encode(job, &a->sum, &a->err);
    }
    if (rc == 0 && job->exclude != NULL) {
        a->lists[0] = tally_exclude_counts(job->exclude, TALLY_STAYS_OPT_OUT);
        a->lists[1] = tally_exclude_counts(job->exclude, TALLY_STAYS_LISTED);
        a->others = a->mark != NULL ? tally_exclude_other_values(job->exclude, 0) : 0;
    }
    tally_exclude_free(job->exclude);
    return rc;
}

static int
encode_csv(struct encoderun *a, struct tally_encode_job *job)
{
    const struct tally_csv_options options = {0};
    struct tally_schema *s = encoderun_schema(a);
    struct tally_mapping mapping;
    int rc = tally_csv_open(&job->csv, encoderun_csv, &options, &a->err);

    if (rc == 0) {
        rc = a->map == NULL
                 ? tally_mapping_guess(&mapping, s, job->csv, &a->err)
                 : tally_mapping_load(&mapping, map_path, s, job->csv, &a->err);
    }
    if (rc == 0) {
        job->schema = s;
        job->mapping = &mapping;
        rc = encode_open(a, job);
    }
    tally_csv_free(job->csv);
    tally_schema_free(s);
    return rc;
}

enum tally_code
encoderun(struct encoderun *a, const char *text)
{
    uint64_t seed = a->seed;
    struct tally_encode_job job = {.source = a->source != NULL ? a->source : "police",
                                   .out = a->onto_input ? encoderun_csv : encoderun_enc,
                                   .payload_out = a->no_payload ? NULL : encoderun_pay,
                                   .dummies = a->dummies,
                                   .force = !a->no_force,
                                   .allow_empty = a->allow_empty,
                                   .dry_run = a->dry_run,
                                   .random = a->own_tokens ? NULL : stream,
                                   .random_ctx = &seed};
    int rc;

    memset(&a->err, 0, sizeof(a->err));
    if (!a->no_force) {
        unlink(encoderun_enc);
        unlink(encoderun_pay);
    }
    if (text != NULL) {
        encoderun_write(text, strlen(text));
    }
    if (a->map != NULL) {
        write_file(map_path, a->map, strlen(a->map));
    }
    job.key = tally_testkey();
    assert_int_equal(
        tally_pool_create(&job.pool, a->threads == 0 ? 2 : a->threads, &a->err), 0);
    rc = encode_csv(a, &job);
    tally_pool_free(job.pool);
    tally_secret_free(job.key);
    return rc == 0 ? TALLY_OK : a->err.code;
}

struct tally_encfile *
encoderun_open(struct encoderun *a, const char *text)
{
    struct tally_encfile *e = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    if (encoderun(a, text) != TALLY_OK ||
        tally_encfile_open(&e, encoderun_enc, &err) != 0) {
        fail_msg("%s %s", a->err.text, err.text);
    }
    return e;
}

void
encoderun_refused(struct encoderun *a, const char *text, enum tally_code code,
                  const char *says)
{
    enum tally_code have = encoderun(a, text);

    if (have != code || strstr(a->err.text, says) == NULL) {
        fail_msg("%s: %s (wanted %s: %s)", tally_err_name(have), a->err.text,
                 tally_err_name(code), says);
    }
    assert_int_not_equal(access(encoderun_enc, F_OK), 0);
    assert_int_not_equal(access(encoderun_pay, F_OK), 0);
}

void
encoderun_normalise(const struct encoderun *a, const char *const *values,
                    struct tally_value *out)
{
    struct tally_schema *s = encoderun_schema(a);

    for (size_t f = 0; f < s->nfields; f++) {
        tally_normalise(&s->fields[f], NULL, (const uint8_t *)values[f],
                        strlen(values[f]), &out[f]);
    }
    tally_schema_free(s);
}

void
encoderun_by_hand(const struct encoderun *a, size_t v, const char *const *values,
                  uint8_t out[ENCODERUN_ROW])
{
    struct tally_schema *s = encoderun_schema(a);
    struct tally_schema *of_view = malloc(sizeof(*of_view));
    const struct tally_harden_step *step = &s->hardening.steps[0];
    struct tally_secret *key = tally_testkey();
    struct tally_clk *clk = NULL;
    struct tally_diffusion *d = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_value normal[TALLY_SCHEMA_FIELDS_MAX];
    uint8_t plain[ENCODERUN_ROW] = {0};
    const char *name = s->views[v].name;
    void *scratch;

    assert_non_null(of_view);
    tally_schema_of_view(s, v, of_view);
    assert_int_equal(tally_clk_create(&clk, of_view, name, key, &err), 0);
    assert_int_equal(
        tally_diffusion_create(&d, s->bits, step->bits, step->t, name, key, &err), 0);
    encoderun_normalise(a, values, normal);
    tally_clk_add(clk, normal, plain);
    scratch = aligned_alloc(64, tally_diffusion_scratch(d));
    assert_non_null(scratch);
    tally_diffusion_apply(d, plain, ENCODERUN_ROW, 1, out, ENCODERUN_ROW, scratch);
    free(scratch);
    tally_diffusion_free(d);
    tally_clk_free(clk);
    tally_secret_free(key);
    free(of_view);
    tally_schema_free(s);
}

uint64_t
encoderun_record(const struct tally_encfile *e, const char *id)
{
    for (uint64_t i = 0; i < tally_encfile_info(e)->records; i++) {
        size_t len;
        const char *have = tally_encfile_id(e, i, &len);

        if (len == strlen(id) && memcmp(have, id, len) == 0) {
            return i;
        }
    }
    fail_msg("no record %s", id);
    return 0;
}

void
encoderun_assert_row(const struct tally_encfile *e, const struct encoderun *a, size_t v,
                     uint64_t row, const char *id, const char *const *values)
{
    uint32_t record = tally_encfile_record_of_row(e, v, row);
    uint8_t want[ENCODERUN_ROW];
    size_t len;
    const char *have = tally_encfile_id(e, record, &len);

    assert_int_equal(len, strlen(id));
    assert_memory_equal(have, id, len);
    encoderun_by_hand(a, v, values, want);
    assert_memory_equal(tally_encfile_view_matrix(e, v) + row * ENCODERUN_ROW, want,
                        ENCODERUN_ROW);
}

uint64_t
encoderun_first_row(const struct tally_encfile *e, size_t v, const char *id, size_t *n)
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

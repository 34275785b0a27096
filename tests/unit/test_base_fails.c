/*
 * What base makes and reads when memory runs out, a call of the system fails or Ctrl-C
 * comes, at each place in turn: it says so and leaves nothing.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/base/csv.h"
#include "bloom/base/html.h"
#include "bloom/base/json.h"
#include "bloom/base/pool.h"
#include "bloom/base/secret.h"
#include "bloom/base/sorter.h"
#include "bloom/base/workdir.h"
#include "tests/support/nth.h"
#include "tests/support/scratch.h"
#include "tests/support/testkey.h"

static void
fails_well(tally_nth_fn *run, void *ctx)
{
    (void)tally_nth_each(TALLY_NTH_ALLOC, 0, run, ctx);
    (void)tally_nth_each(TALLY_NTH_IO, 0, run, ctx);
    (void)tally_nth_each(TALLY_NTH_INTERRUPT, 0, run, ctx);
    assert_true(tally_scratch_count() <=
                2); /* what the test put there, and the last output */
}

/* 64 KiB merge four runs at once: this makes seven, and a record longer than a buffer. */
static int
sort(void *ctx, struct tally_err *err)
{
    static uint8_t data[200000];
    struct tally_sorter *s = NULL;
    const uint8_t *key;
    const void *out;
    size_t len, n = 0;
    int more = -1;

    (void)ctx;
    if (tally_sorter_create(&s, 0, NULL, err) != 0) {
        return -1;
    }
    for (uint32_t i = 0; i < 100; i++) {
        uint8_t k[TALLY_SORT_KEY] = {(uint8_t)(i * 37), (uint8_t)i};

        if (tally_sorter_add(s, k, data, i == 50 ? sizeof data : 4000, err) != 0) {
            tally_sorter_free(s);
            return -1;
        }
    }
    if (tally_sorter_finish(s, err) == 0) {
        while ((more = tally_sorter_next(s, &key, &out, &len, err)) == 1) {
            n++;
        }
        assert_true(more < 0 || n == 100);
    }
    tally_sorter_free(s);
    return more;
}

static void
sorting_on_disk_fails_well(void **state)
{
    (void)state;
    fails_well(sort, NULL);
}

/* By other calls than those that fail, and without memory of its own. */
static void
holds(const char *path, const char *whole)
{
    static char data[200002];
    FILE *f = fopen(path, "r");
    size_t len = strlen(whole);

    assert_non_null(f);
    assert_int_equal(fread(data, 1, sizeof data, f), len);
    assert_memory_equal(data, whole, len);
    assert_int_equal(fclose(f), 0);
}

static int
write_file(void *ctx, struct tally_err *err)
{
    const char *whole = ctx;
    struct tally_outfile *f = NULL;
    int rc = -1;

    if (tally_outfile_open(&f, "out", 0600, true, err) == 0 &&
        tally_outfile_write(f, whole, strlen(whole), err) == 0 &&
        tally_outfile_pwrite(f, 5, "five", 4, err) == 0 &&
        tally_outfile_sync(&f, 1, err) == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    if (rc == 0) {
        holds("out", whole);
        assert_int_equal(unlink("out"), 0);
    }
    return rc;
}

static int
read_file(void *ctx, struct tally_err *err)
{
    uint8_t *data = NULL, digest[32];
    size_t len = 0;
    struct tally_map m;
    int64_t bytes;
    int fd, rc = -1;

    (void)ctx;
    if (tally_file_read("in", 1 << 20, &data, &len, err) != 0) {
        return -1;
    }
    free(data);
    if (tally_map_open(&m, "in", err) != 0) {
        return -1;
    }
    tally_map_close(&m);
    if (tally_tmpfile("in", &fd, err) == 0) {
        rc = tally_pwrite_full(fd, "text", 4, 10, err) == 0 &&
                     tally_read_digest(fd, "a file", digest, &bytes, err) == 0
                 ? 0
                 : -1;
        close(fd);
    }
    return rc;
}

static void
files_fail_well(void **state)
{
    char *text = malloc(200001);

    (void)state;
    memset(text, 'x', 200000);
    text[200000] = '\0';
    tally_scratch_put("in", text, 0600);
    fails_well(read_file, NULL);
    memcpy(text + 5, "five", 4);
    fails_well(write_file, text);
    free(text);
}

/* More files than are listed at once, a folder in it, and a link, whose end stays. */
static void
a_temporary_folder_goes_with_all_that_is_in_it(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_workdir w = {.held = 0};
    char path[TALLY_WORKDIR_PATH_MAX], name[64];

    (void)state;
    assert_int_equal(setenv("TMPDIR", ".", 1), 0);
    tally_scratch_put("stays", "x", 0600);
    assert_int_equal(tally_workdir_make(&w, "full", &err), 0);
    assert_int_equal(tally_workdir_path(&w, "folder", path, &err), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(tally_workdir_path(&w, "link", path, &err), 0);
    assert_int_equal(symlink("..", path), 0);
    for (int i = 0; i < 600; i++) {
        (void)snprintf(name, sizeof name, "%sa-name-of-some-length-%d",
                       i % 2 == 0 ? "folder/" : "", i);
        assert_int_equal(tally_workdir_path(&w, name, path, &err), 0);
        tally_scratch_put(path, "x", 0600);
    }
    tally_workdir_remove(&w);
    assert_int_equal(tally_scratch_count(), 1);
    tally_scratch_holds("stays", "x");
}

static int
in_a_folder(void *ctx, struct tally_err *err)
{
    struct tally_workdir w = {.held = 0};
    char path[TALLY_WORKDIR_PATH_MAX];
    FILE *f;

    (void)ctx;
    if (tally_workdir_make(&w, "fails", err) != 0) {
        return -1;
    }
    assert_int_equal(tally_workdir_path(&w, "name", path, err), 0);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    tally_workdir_remove(&w);
    return 0;
}

static int
make_things(void *ctx, struct tally_err *err)
{
    struct tally_pool *p = NULL;
    struct tally_secret *s = NULL;
    int rc = -1;

    (void)ctx;
    if (tally_pool_create(&p, 3, err) == 0 && tally_secret_create(&s, 32, err) == 0) {
        rc = 0;
    }
    tally_secret_free(s);
    tally_pool_free(p);
    return rc;
}

static void
folders_threads_and_secrets_fail_well(void **state)
{
    (void)state;
    assert_int_equal(setenv("TMPDIR", ".", 1), 0);
    fails_well(in_a_folder, NULL);
    fails_well(make_things, NULL);
}

static int
read_table(void *ctx, struct tally_err *err)
{
    const struct tally_csv_options options = {0};
    struct tally_csv *csv = NULL;
    struct tally_cell cells[2];
    int more = -1;

    (void)ctx;
    if (tally_csv_open(&csv, "t.csv", &options, err) == 0) {
        assert_int_equal(tally_csv_columns(csv), 2);
        while ((more = tally_csv_next(csv, cells, err)) == 1) {
        }
    }
    tally_csv_free(csv);
    return more;
}

static void
tables_fail_well(void **state)
{
    (void)state;
    tally_scratch_put("t.csv", "a,b\n\"x\n\"\"y\",2\n3,4\n", 0600);
    fails_well(read_table, NULL);
}

static int
read_json(void *ctx, struct tally_err *err)
{
    struct tally_json_doc *d = NULL;

    if (tally_json_parse(&d, "text", ctx, strlen(ctx), err) != 0) {
        return -1;
    }
    tally_json_doc_free(d);
    return 0;
}

/* A string, a number and one with an exponent that end where jansson takes more room. */
static void
json_fails_well(void **state)
{
    char digits[80];
    char text[400];

    (void)state;
    memset(digits, '7', sizeof digits);
    for (int n = 1; n < 70; n++) {
        (void)snprintf(text, sizeof text, "{\"%.*s\": [\"\", 1.%.*s, 1.%.*se-5]}", n,
                       digits, n, digits, n, digits);
        (void)tally_nth_each(TALLY_NTH_ALLOC, 0, read_json, text);
    }
}

#define SCRATCH(f)                                                                       \
    cmocka_unit_test_setup_teardown(f, tally_scratch_enter, tally_scratch_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH(sorting_on_disk_fails_well),
        SCRATCH(files_fail_well),
        SCRATCH(a_temporary_folder_goes_with_all_that_is_in_it),
        SCRATCH(folders_threads_and_secrets_fail_well),
        SCRATCH(tables_fail_well),
        cmocka_unit_test(json_fails_well)};

    return cmocka_run_group_tests(tests, tally_testkey_init, NULL);
}

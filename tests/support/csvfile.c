/*
 * A CSV file for a test.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/csvfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void
csvfile_put(const void *p, size_t len)
{
    FILE *f = fopen(CSVFILE_PATH, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

struct tally_csv *
csvfile_open(const void *p, size_t len, const struct tally_csv_options *options)
{
    struct tally_csv *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    csvfile_put(p, len);
    if (tally_csv_open(&c, CSVFILE_PATH, options, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return c;
}

struct tally_csv *
csvfile_open_text(const char *text)
{
    return csvfile_open(text, strlen(text), NULL);
}

void
csvfile_assert_cell(const struct tally_cell *cell, const char *want)
{
    assert_int_equal(cell->len, strlen(want));
    assert_memory_equal(cell->data, want, strlen(want));
}

/* The next row must have these cells; ${ncols} strings follow. */
void
csvfile_assert_row(struct tally_csv *c, size_t ncols, ...)
{
    struct tally_cell cells[8];
    struct tally_err err = TALLY_ERR_INIT;
    va_list ap;

    assert_int_equal(tally_csv_columns(c), ncols);
    if (tally_csv_next(c, cells, &err) != 1) {
        fail_msg("no row: %s", err.text);
    }
    va_start(ap, ncols);
    for (size_t i = 0; i < ncols; i++) {
        csvfile_assert_cell(&cells[i], va_arg(ap, const char *));
    }
    va_end(ap);
}

void
csvfile_assert_end(struct tally_csv *c)
{
    struct tally_cell cells[8];
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_csv_next(c, cells, &err), 0);
    assert_int_equal(tally_csv_next(c, cells, &err), 0);
    assert_int_equal(err.code, TALLY_OK);
    tally_csv_free(c);
}

int
csvfile_read_all(const char *path, const struct tally_csv_options *options,
                 struct tally_err *err)
{
    struct tally_csv *c = NULL;
    int r = tally_csv_open(&c, path, options, err);

    if (r == 0) {
        struct tally_cell *cells = calloc(tally_csv_columns(c), sizeof *cells);

        assert_non_null(cells);
        do {
            r = tally_csv_next(c, cells, err);
        } while (r == 1);
        free(cells);
        tally_csv_free(c);
    } else {
        assert_null(c);
    }
    return r;
}

/* Reading ${text} to its end must fail with ${code} and exactly ${want} after the path.
 */
void
csvfile_fails_with(const void *text, size_t len, const struct tally_csv_options *options,
                   enum tally_code code, const char *want)
{
    struct tally_err err = TALLY_ERR_INIT;
    char message[TALLY_ERR_TEXT];

    csvfile_put(text, len);
    assert_int_equal(csvfile_read_all(CSVFILE_PATH, options, &err), -1);
    snprintf(message, sizeof message, "%s%s", CSVFILE_PATH, want);
    assert_string_equal(err.text, message);
    assert_int_equal(err.code, code);
}

void
csvfile_fails(const char *text, enum tally_code code, const char *want)
{
    csvfile_fails_with(text, strlen(text), NULL, code, want);
}

/* A file of ${before}, then ${n} times ${fill}, then ${after}. */
void
csvfile_put_long(const char *before, char fill, size_t n, const char *after)
{
    size_t len = strlen(before) + n + strlen(after);
    char *text = malloc(len + 1);

    assert_non_null(text);
    memcpy(text, before, strlen(before));
    memset(text + strlen(before), fill, n);
    memcpy(text + strlen(before) + n, after, strlen(after) + 1);
    csvfile_put(text, len);
    free(text);
}

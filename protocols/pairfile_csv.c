/*
 * Candidate pairs between their file and CSV.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/pairfile_csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/csv.h"
#include "protocols/pairfile.h"

#define COLUMNS     5
#define SCORE       4  /* the last of them */
#define DIGITS_MAX  17 /* that tell any two doubles apart */
#define NUMBER_TEXT 32
#define CELLS_MAX   256

static const char *const names[COLUMNS] = {"source_a", "record_a", "source_b", "record_b",
                                           "score"};

/* A CSV being read: where each of our columns stands. */
struct table {
    struct tally_csv *csv;
    size_t at[COLUMNS];
};

static void
print_score(double score, char out[NUMBER_TEXT])
{
    for (int digits = 1; digits <= DIGITS_MAX; digits++) {
        (void)snprintf(out, NUMBER_TEXT, "%.*g", digits, score);
        if (strtod(out, NULL) >= score && strtod(out, NULL) <= score) {
            return;
        }
    }
}

static int
write_row(struct tally_outfile *f, const struct tally_scored_pair *p,
          struct tally_err *err)
{
    char score[NUMBER_TEXT];

    print_score(p->score, score);
    return tally_outfile_printf(f, err,
                                "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%s\n",
                                p->source_a, p->a, p->source_b, p->b, score);
}

int
tally_pairfile_to_csv(const char *path, struct tally_outfile *f, uint64_t *pairs,
                      struct tally_err *err)
{
    struct tally_pairfile *in = NULL;
    struct tally_scored_pair p;
    int more;

    if (tally_pairfile_open(&in, path, err) != 0) {
        return -1;
    }
    *pairs = tally_pairfile_count(in);
    more = tally_outfile_printf(f, err, "%s,%s,%s,%s,%s\n", names[0], names[1], names[2],
                                names[3], names[SCORE]) == 0
               ? 1
               : -1;
    while (more == 1 && (more = tally_pairfile_next(in, &p, err)) == 1) {
        more = write_row(f, &p, err) == 0 ? 1 : -1;
    }
    tally_pairfile_close(in);
    return more;
}

static int
find_columns(struct table *t, struct tally_err *err)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        ptrdiff_t at = tally_csv_find(t->csv, names[i]);

        if (at < 0) {
            (void)tally_err_set(err, TALLY_E_DATA, "%s: there is no column '%s'",
                                tally_csv_path(t->csv), names[i]);
            return tally_err_hint(err, "the columns are %s, %s, %s, %s and %s", names[0],
                                  names[1], names[2], names[3], names[SCORE]);
        }
        t->at[i] = (size_t)at;
    }
    return 0;
}

static int
bad_cell(const struct table *t, size_t column, const char *rule, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_DATA, "%s: row %" PRIu64 ", column '%s': %s",
                         tally_csv_path(t->csv), tally_csv_row(t->csv), names[column],
                         rule);
}

static int
read_number(const struct table *t, const struct tally_cell *cells, size_t column,
            uint64_t *out, struct tally_err *err)
{
    const struct tally_cell *c = &cells[t->at[column]];
    uint64_t v = 0;

    for (size_t i = 0; i < c->len && v <= UINT32_MAX; i++) {
        if (c->data[i] < '0' || c->data[i] > '9') {
            return bad_cell(t, column, "not a whole number", err);
        }
        v = v * 10 + (uint64_t)(c->data[i] - '0');
    }
    if (c->len == 0 || v > UINT32_MAX) {
        return bad_cell(t, column, "not a whole number from 0 to 4294967295", err);
    }
    *out = v;
    return 0;
}

static int
read_score(const struct table *t, const struct tally_cell *cells, double *out,
           struct tally_err *err)
{
    const struct tally_cell *c = &cells[t->at[SCORE]];
    char text[NUMBER_TEXT];
    char *end = text;

    if (c->len > 0 && c->len < sizeof text && strchr(".0123456789", c->data[0]) != NULL) {
        memcpy(text, c->data, c->len);
        text[c->len] = '\0';
        *out = strtod(text, &end);
    }
    if (end == text || *end != '\0' || !(*out >= 0 && *out <= 1)) {
        return bad_cell(t, SCORE, "not a number from 0 to 1", err);
    }
    return 0;
}

static int
read_row(const struct table *t, const struct tally_cell *cells, double last,
         struct tally_scored_pair *p, struct tally_err *err)
{
    if (read_number(t, cells, 0, &p->source_a, err) != 0 ||
        read_number(t, cells, 1, &p->a, err) != 0 ||
        read_number(t, cells, 2, &p->source_b, err) != 0 ||
        read_number(t, cells, 3, &p->b, err) != 0 ||
        read_score(t, cells, &p->score, err) != 0) {
        return -1;
    }
    if (p->source_a == p->source_b && p->a == p->b) {
        return bad_cell(t, 3, "a record is paired with itself", err);
    }
    if (p->score > last) {
        (void)bad_cell(t, SCORE, "above that of the row before", err);
        return tally_err_hint(err, "sort the rows by score, greatest first");
    }
    return 0;
}

static int
copy_rows(struct table *t, struct tally_outfile *f, uint64_t *pairs,
          struct tally_err *err)
{
    struct tally_cell cells[CELLS_MAX];
    struct tally_pairfile_writer w;
    struct tally_scored_pair p;
    double last = 1;
    int more;

    if (tally_pairfile_begin(&w, f, err) != 0) {
        return -1;
    }
    for (*pairs = 0; (more = tally_csv_next(t->csv, cells, err)) == 1; ++*pairs) {
        if (read_row(t, cells, last, &p, err) != 0 ||
            tally_pairfile_add(&w, &p, err) != 0) {
            return -1;
        }
        last = p.score;
    }
    return more;
}

int
tally_pairfile_from_csv(const char *path, struct tally_outfile *f, uint64_t *pairs,
                        struct tally_err *err)
{
    const struct tally_csv_options options = {.delimiter = ','};
    struct table t = {.csv = NULL};
    int status = -1;

    if (tally_csv_open(&t.csv, path, &options, err) != 0) {
        return -1;
    }
    if (tally_csv_columns(t.csv) > CELLS_MAX) {
        (void)tally_err_set(err, TALLY_E_LIMIT, "%s: more than %d columns", path,
                            CELLS_MAX);
    } else if (find_columns(&t, err) == 0) {
        status = copy_rows(&t, f, pairs, err);
    }
    tally_csv_free(t.csv);
    return status;
}

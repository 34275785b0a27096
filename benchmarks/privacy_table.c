/*
 * Cells of the privacy suite, read and written.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/privacy_table.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "benchmarks/privacy.h"
#include "bloom/base/csv.h"

#define COLUMNS 8

static const char *const columns[COLUMNS] = {
    "encoding", "measure", "people", "overlap_ppm", "value", "low", "high", "seconds"};

static void
copy_cell(const struct tally_cell *cell, char *out, size_t cap)
{
    size_t len = cell->len < cap - 1 ? cell->len : cap - 1;

    memcpy(out, cell->data, len);
    out[len] = '\0';
}

static double
number(const struct tally_cell *cell)
{
    char text[64];
    char *end;
    double x;

    copy_cell(cell, text, sizeof text);
    x = strtod(text, &end);
    return end == text || *end != '\0' ? NAN : x;
}

static int
take_row(struct tally_privacy_table *t, const struct tally_cell *cells,
         struct tally_err *err)
{
    struct tally_privacy_cell c = {.value = number(&cells[4]),
                                   .low = number(&cells[5]),
                                   .high = number(&cells[6]),
                                   .seconds = number(&cells[7])};
    double people = number(&cells[2]);
    double overlap = number(&cells[3]);

    copy_cell(&cells[0], c.encoding, sizeof c.encoding);
    copy_cell(&cells[1], c.measure, sizeof c.measure);
    if (isnan(c.value) || !(people >= 0 && people <= 1e9) ||
        !(overlap >= 0 && overlap <= 1e6)) {
        return tally_err_set(err, TALLY_E_DATA, "a number is not one");
    }
    c.people = (uint64_t)people;
    c.overlap_ppm = (uint32_t)overlap;
    return tally_privacy_put(t, &c, err);
}

static int
read_rows(struct tally_privacy_table *t, struct tally_csv *csv, struct tally_err *err)
{
    struct tally_cell cells[COLUMNS];
    int got;

    if (tally_csv_columns(csv) != COLUMNS) {
        return tally_err_set(err, TALLY_E_DATA, "it has not the columns of the suite");
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        if (strcmp(tally_csv_column(csv, i), columns[i]) != 0) {
            return tally_err_set(err, TALLY_E_DATA, "its column %zu is not '%s'", i + 1,
                                 columns[i]);
        }
    }
    while ((got = tally_csv_next(csv, cells, err)) == 1) {
        if (take_row(t, cells, err) != 0) {
            return tally_err_wrap(err, "row %" PRIu64, tally_csv_row(csv));
        }
    }
    return got;
}

int
tally_privacy_table_read(struct tally_privacy_table *t, const char *path,
                         struct tally_err *err)
{
    const struct tally_csv_options options = {0};
    struct tally_csv *csv = NULL;
    int rc;

    memset(t, 0, sizeof *t);
    if (path == NULL || (access(path, F_OK) != 0 && errno == ENOENT)) {
        return 0;
    }
    if (tally_csv_open(&csv, path, &options, err) != 0) {
        return -1;
    }
    rc = read_rows(t, csv, err);
    tally_csv_free(csv);
    if (rc != 0) {
        tally_privacy_table_free(t);
        return err->code == TALLY_E_DATA ? tally_err_wrap(err, "%s", path) : -1;
    }
    return 0;
}

void
tally_privacy_table_free(struct tally_privacy_table *t)
{
    free(t->cells);
    memset(t, 0, sizeof *t);
}

const struct tally_privacy_cell *
tally_privacy_find(const struct tally_privacy_table *t, const char *encoding,
                   const char *measure, uint64_t people, uint32_t overlap_ppm)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct tally_privacy_cell *c = &t->cells[i];

        if (strcmp(c->encoding, encoding) == 0 && strcmp(c->measure, measure) == 0 &&
            c->people == people && c->overlap_ppm == overlap_ppm) {
            return c;
        }
    }
    return NULL;
}

int
tally_privacy_put(struct tally_privacy_table *t, const struct tally_privacy_cell *cell,
                  struct tally_err *err)
{
    const struct tally_privacy_cell *old = tally_privacy_find(
        t, cell->encoding, cell->measure, cell->people, cell->overlap_ppm);
    struct tally_privacy_cell *more;

    if (old != NULL) {
        t->cells[old - t->cells] = *cell;
        return 0;
    }
    more = realloc(t->cells, (t->n + 1) * sizeof *more);
    if (more == NULL) {
        return tally_err_nomem(err);
    }
    t->cells = more;
    t->cells[t->n++] = *cell;
    return 0;
}

int
tally_privacy_csv(const struct tally_privacy_table *t, struct tally_outfile *f,
                  struct tally_err *err)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (tally_csv_write(f, columns[i], strlen(columns[i]), i + 1 == COLUMNS, err) !=
            0) {
            return -1;
        }
    }
    for (size_t i = 0; i < t->n; i++) {
        const struct tally_privacy_cell *c = &t->cells[i];

        if (tally_outfile_printf(f, err, "%s,%s,%" PRIu64 ",%" PRIu32 ",%.6f,",
                                 c->encoding, c->measure, c->people, c->overlap_ppm,
                                 c->value) != 0 ||
            (isnan(c->low) ? tally_outfile_printf(f, err, ",,%.1f\n", c->seconds)
                           : tally_outfile_printf(f, err, "%.6f,%.6f,%.1f\n", c->low,
                                                  c->high, c->seconds)) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The sizes that the table holds at ${overlap}, ascending. */
static size_t
sizes_at(const struct tally_privacy_table *t, uint32_t overlap, uint64_t *people,
         size_t most)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++) {
        const struct tally_privacy_cell *c = &t->cells[i];
        size_t at = 0;

        while (at < n && people[at] < c->people) {
            at++;
        }
        if (c->people == 0 || c->overlap_ppm != overlap || n == most ||
            (at < n && people[at] == c->people)) {
            continue;
        }
        memmove(people + at + 1, people + at, (n - at) * sizeof *people);
        people[at] = c->people;
        n++;
    }
    return n;
}

/* Shares of one attack by size: "0.1 / 0.0 / -" in per cent. */
static int
print_shares(const struct tally_privacy_table *t, const char *encoding,
             const char *attack, uint32_t overlap, const uint64_t *people, size_t n,
             struct tally_outfile *f, struct tally_err *err)
{
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i++) {
        const struct tally_privacy_cell *c =
            tally_privacy_find(t, encoding, attack, people[i], overlap);

        rc = tally_outfile_printf(f, err, "%s", i == 0 ? " " : " / ");
        if (rc == 0) {
            rc = c == NULL ? tally_outfile_printf(f, err, "-")
                           : tally_outfile_printf(f, err, "%.2f", 100 * c->value);
        }
    }
    return rc == 0 ? tally_outfile_printf(f, err, " |") : rc;
}

static int
attacks_header(uint32_t overlap, const uint64_t *people, size_t n,
               struct tally_outfile *f, struct tally_err *err)
{
    int rc = tally_outfile_printf(f, err, "Overlap %g, ", overlap / 1e6);

    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = tally_outfile_printf(f, err, "%s%" PRIu64, i == 0 ? "" : " / ", people[i]);
    }
    return rc == 0 ? tally_outfile_printf(f, err,
                                          " people:\n\n| encoding | A2 | A3 | A4 | A5 "
                                          "|\n|---|---|---|---|---|\n")
                   : rc;
}

static int
attacks_markdown(const struct tally_privacy_table *t, uint32_t overlap,
                 struct tally_outfile *f, struct tally_err *err)
{
    static const char *const attacks[] = {"A2", "A3", "A4", "A5"};
    uint64_t people[8];
    size_t n = sizes_at(t, overlap, people, 7);
    const char *name;
    int rc = n == 0 ? 0 : attacks_header(overlap, people, n, f, err);

    for (size_t e = 0; n > 0 && (name = tally_privacy_encoding(e)) != NULL; e++) {
        rc = rc == 0 ? tally_outfile_printf(f, err, "| %s |", name) : rc;
        for (size_t a = 0; a < 4 && rc == 0; a++) {
            rc = print_shares(t, name, attacks[a], overlap, people, n, f, err);
        }
        rc = rc == 0 ? tally_outfile_printf(f, err, "\n") : rc;
    }
    return rc == 0 && n > 0 ? tally_outfile_printf(f, err, "\n") : rc;
}

static int
print_f1(const struct tally_privacy_table *t, const char *name, const char *set,
         struct tally_outfile *f, struct tally_err *err)
{
    const struct tally_privacy_cell *c;
    char measure[32];

    (void)snprintf(measure, sizeof measure, "F1 %s", set);
    c = tally_privacy_find(t, name, measure, 0, 0);
    return c == NULL ? tally_outfile_printf(f, err, " - |")
                     : tally_outfile_printf(f, err, " %.3f |", c->value);
}

static int
quality_markdown(const struct tally_privacy_table *t, struct tally_outfile *f,
                 struct tally_err *err)
{
    const char *name;
    const char *set;
    int rc = tally_outfile_printf(f, err,
                                  "F1 at the threshold found without truth:\n\n"
                                  "| encoding |");

    for (size_t s = 0; rc == 0 && (set = tally_privacy_set(s)) != NULL; s++) {
        rc = tally_outfile_printf(f, err, " %s |", set);
    }
    rc = rc == 0 ? tally_outfile_printf(f, err, "\n|---|") : rc;
    for (size_t s = 0; rc == 0 && tally_privacy_set(s) != NULL; s++) {
        rc = tally_outfile_printf(f, err, "---|");
    }
    for (size_t e = 0; rc == 0 && (name = tally_privacy_encoding(e)) != NULL; e++) {
        rc = tally_outfile_printf(f, err, "\n| %s |", name);
        for (size_t s = 0; rc == 0 && (set = tally_privacy_set(s)) != NULL; s++) {
            rc = print_f1(t, name, set, f, err);
        }
    }
    return rc == 0 ? tally_outfile_printf(f, err, "\n") : rc;
}

int
tally_privacy_markdown(const struct tally_privacy_table *t, struct tally_outfile *f,
                       struct tally_err *err)
{
    static const uint32_t overlaps[] = {1000000, 500000, 200000};

    for (size_t o = 0; o < sizeof overlaps / sizeof *overlaps; o++) {
        if (attacks_markdown(t, overlaps[o], f, err) != 0) {
            return -1;
        }
    }
    return quality_markdown(t, f, err);
}

/* The plot: a bar of A3 and one of A4 for each encoding that both were run on. */
#define BAR    16.0
#define LEFT   180.0
#define WIDTH  520.0
#define RIGHT  200.0
#define HEADER 46.0

static int
svg_bar(struct tally_outfile *f, double y, const char *colour, const char *attack,
        const struct tally_privacy_cell *c, struct tally_err *err)
{
    return tally_outfile_printf(
        f, err,
        "<rect x=\"%.0f\" y=\"%.1f\" width=\"%.1f\" height=\"%.0f\" fill=\"%s\"/>"
        "<text x=\"%.1f\" y=\"%.1f\">%s %.2f %%</text>\n",
        LEFT, y, fmax(c->value * WIDTH, 1), BAR - 3, colour, LEFT + c->value * WIDTH + 6,
        y + BAR - 5, attack, 100 * c->value);
}

static int
svg_row(const struct tally_privacy_table *t, struct tally_outfile *f, const char *name,
        uint64_t people, double *y, struct tally_err *err)
{
    const struct tally_privacy_cell *a3 =
        tally_privacy_find(t, name, "A3", people, 1000000);
    const struct tally_privacy_cell *a4 =
        tally_privacy_find(t, name, "A4", people, 1000000);

    if (a3 == NULL || a4 == NULL) {
        return 0;
    }
    if (tally_outfile_printf(f, err, "<text x=\"8\" y=\"%.1f\">%s</text>\n", *y + BAR + 2,
                             name) != 0 ||
        svg_bar(f, *y, "#005a9c", "A3", a3, err) != 0 ||
        svg_bar(f, *y + BAR, "#b35900", "A4", a4, err) != 0) {
        return -1;
    }
    *y += 2 * BAR + 10;
    return 0;
}

/* Rows that the picture will have at ${people}. */
static size_t
svg_rows(const struct tally_privacy_table *t, uint64_t people)
{
    const char *name;
    size_t n = 0;

    for (size_t e = 0; (name = tally_privacy_encoding(e)) != NULL; e++) {
        n += tally_privacy_find(t, name, "A3", people, 1000000) != NULL &&
             tally_privacy_find(t, name, "A4", people, 1000000) != NULL;
    }
    return n;
}

int
tally_privacy_svg(const struct tally_privacy_table *t, struct tally_outfile *f,
                  struct tally_err *err)
{
    uint64_t people = 0;
    double y = HEADER;
    const char *name;
    size_t most = 0;
    int rc;

    for (size_t i = 0; i < t->n; i++) {
        size_t rows = svg_rows(t, t->cells[i].people);

        if (rows > most || (rows == most && t->cells[i].people > people)) {
            most = rows;
            people = t->cells[i].people;
        }
    }
    rc = tally_outfile_printf(
        f, err,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
        "font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n<title>Share "
        "re-identified at full overlap, %" PRIu64 " people</title>\n"
        "<text x=\"8\" y=\"22\" font-size=\"16\">Share re-identified by graph matching "
        "(A3) "
        "and from 5 %% known pairs (A4): %" PRIu64 " people, full overlap</text>\n",
        LEFT + WIDTH + RIGHT, HEADER + (double)most * (2 * BAR + 10) + 8, people, people);
    for (size_t e = 0; rc == 0 && (name = tally_privacy_encoding(e)) != NULL; e++) {
        rc = svg_row(t, f, name, people, &y, err);
    }
    return rc == 0 ? tally_outfile_printf(f, err, "</svg>\n") : rc;
}

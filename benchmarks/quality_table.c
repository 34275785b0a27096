/*
 * The table of the quality suite: cells of text, by the names of columns.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/quality_table_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bloom/base/csv.h"

const char *const quality_columns[QUALITY_COLUMNS] = {
    [COL_SET] = "set",
    [COL_PROFILE] = "profile",
    [COL_KEYS] = "keys",
    [COL_PRECISION] = "precision",
    [COL_RECALL] = "recall",
    [COL_F1] = "f1",
    [COL_F_STAR] = "f_star",
    [COL_F1_LOW] = "f1_low",
    [COL_F1_HIGH] = "f1_high",
    [COL_F1_BEST] = "f1_best",
    [COL_F1_TENTH] = "f1_tenth",
    [COL_THRESHOLD] = "threshold",
    [COL_HOW] = "how",
    [COL_LINKS] = "links",
    [COL_ESTIMATED] = "estimated_precision",
    [COL_ESTIMATED_LOW] = "estimated_precision_low",
    [COL_ESTIMATED_HIGH] = "estimated_precision_high",
    [COL_B3] = "b3_f1",
    [COL_EXACT] = "exact_clusters",
    [COL_COMPLETENESS] = "pairs_completeness",
    [COL_REDUCTION] = "reduction_ratio",
    [COL_POPULATIONS] = "populations",
    [COL_GAP_NAMES] = "gap_name_group",
    [COL_GAP_NAMES_LOW] = "gap_name_group_low",
    [COL_GAP_NAMES_HIGH] = "gap_name_group_high",
    [COL_GAP_NAMES_WHO] = "lowest_name_group",
    [COL_GAP_SEX] = "gap_sex",
    [COL_GAP_AGE] = "gap_age_band",
    [COL_GAP_MOVED] = "gap_moved",
    [COL_GAP_RENAMED] = "gap_renamed",
    [COL_GAP_MISSING] = "gap_missing",
    [COL_GAP_HOUSEHOLD] = "gap_household",
    [COL_CPU] = "cpu_seconds",
};

void
tally_quality_table_free(struct tally_quality_table *t)
{
    if (t != NULL) {
        free(t->rows);
        free(t);
    }
}

const struct quality_cells *
quality_find(const struct tally_quality_table *t, const char *set, const char *profile)
{
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->rows[i].cell[COL_SET], set) == 0 &&
            strcmp(t->rows[i].cell[COL_PROFILE], profile) == 0) {
            return &t->rows[i];
        }
    }
    return NULL;
}

/* A row for ${set} and ${profile}: the one there is, or a new one at the end. */
static struct quality_cells *
place_for(struct tally_quality_table *t, const char *set, const char *profile,
          struct tally_err *err)
{
    const struct quality_cells *there = quality_find(t, set, profile);
    struct quality_cells *rows;

    if (there != NULL) {
        return &t->rows[there - t->rows];
    }
    rows = realloc(t->rows, (t->n + 1) * sizeof *rows);
    if (rows == NULL) {
        (void)tally_err_nomem(err);
        return NULL;
    }
    t->rows = rows;
    memset(&rows[t->n], 0, sizeof *rows);
    return &rows[t->n++];
}

static int
read_row(struct tally_quality_table *t, const struct tally_csv *csv,
         const struct tally_cell *cells, struct tally_err *err)
{
    struct quality_cells row = {0};
    struct quality_cells *to;

    for (size_t c = 0; c < QUALITY_COLUMNS; c++) {
        if (cells[c].len >= QUALITY_CELL) {
            return tally_err_set(err, TALLY_E_DATA, "%s row %" PRIu64 ": a cell too long",
                                 tally_csv_path(csv), tally_csv_row(csv));
        }
        memcpy(row.cell[c], cells[c].data, cells[c].len);
    }
    to = place_for(t, row.cell[COL_SET], row.cell[COL_PROFILE], err);
    if (to == NULL) {
        return -1;
    }
    *to = row;
    return 0;
}

static int
read_table(struct tally_quality_table *t, const char *path, struct tally_err *err)
{
    struct tally_cell cells[QUALITY_COLUMNS];
    struct tally_csv *csv = NULL;
    bool same;
    int more = -1;

    if (tally_csv_open(&csv, path, NULL, err) != 0) {
        return -1;
    }
    same = tally_csv_columns(csv) == QUALITY_COLUMNS;
    for (size_t c = 0; c < QUALITY_COLUMNS && same; c++) {
        same = strcmp(tally_csv_column(csv, c), quality_columns[c]) == 0;
    }
    if (!same) {
        (void)tally_err_set(err, TALLY_E_DATA, "%s is not a table of this suite", path);
        (void)tally_err_hint(err, "write a new one elsewhere, or remove it first");
    }
    while (same && (more = tally_csv_next(csv, cells, err)) > 0) {
        if (read_row(t, csv, cells, err) != 0) {
            more = -1;
            break;
        }
    }
    tally_csv_free(csv);
    return more;
}

int
tally_quality_table_open(struct tally_quality_table **out, const char *path,
                         struct tally_err *err)
{
    struct tally_quality_table *t = calloc(1, sizeof *t);
    struct stat st;

    if (t == NULL) {
        return tally_err_nomem(err);
    }
    if (path != NULL && stat(path, &st) == 0 && read_table(t, path, err) != 0) {
        tally_quality_table_free(t);
        return -1;
    }
    *out = t;
    return 0;
}

static void
put_real(struct quality_cells *to, enum quality_column c, double value, int places)
{
    to->cell[c][0] = '\0';
    if (!isnan(value)) {
        (void)snprintf(to->cell[c], QUALITY_CELL, "%.*f", places, value);
    }
}

static void
put_gap(struct quality_cells *to, enum quality_column c,
        const struct tally_quality_row *row, const char *column)
{
    const struct tally_quality_gap *g = tally_quality_gap(row, column);

    put_real(to, c, g == NULL ? (double)NAN : g->recall.share, 4);
}

static void
put_gaps(struct quality_cells *to, const struct tally_quality_row *row)
{
    const struct tally_quality_gap *g = tally_quality_gap(row, "name_group");

    if (row->populations > 0) {
        (void)snprintf(to->cell[COL_POPULATIONS], QUALITY_CELL, "%u", row->populations);
    }
    put_gap(to, COL_GAP_NAMES, row, "name_group");
    if (g != NULL) {
        put_real(to, COL_GAP_NAMES_LOW, g->recall.low, 4);
        put_real(to, COL_GAP_NAMES_HIGH, g->recall.high, 4);
        (void)snprintf(to->cell[COL_GAP_NAMES_WHO], QUALITY_CELL, "%s", g->lowest);
    }
    put_gap(to, COL_GAP_SEX, row, "sex");
    put_gap(to, COL_GAP_AGE, row, "age_band");
    put_gap(to, COL_GAP_MOVED, row, "moved");
    put_gap(to, COL_GAP_RENAMED, row, "renamed");
    put_gap(to, COL_GAP_MISSING, row, "missing");
    put_gap(to, COL_GAP_HOUSEHOLD, row, "household");
}

int
tally_quality_table_put(struct tally_quality_table *t,
                        const struct tally_quality_row *row, struct tally_err *err)
{
    const char *profile = row->profile == NULL ? QUALITY_REFERENCE : row->profile;
    struct quality_cells *to = place_for(t, row->set, profile, err);

    if (to == NULL) {
        return -1;
    }
    memset(to, 0, sizeof *to);
    (void)snprintf(to->cell[COL_SET], QUALITY_CELL, "%s", row->set);
    (void)snprintf(to->cell[COL_PROFILE], QUALITY_CELL, "%s", profile);
    (void)snprintf(to->cell[COL_KEYS], QUALITY_CELL, "%u", row->keys);
    (void)snprintf(to->cell[COL_HOW], QUALITY_CELL, "%s", row->how);
    (void)snprintf(to->cell[COL_LINKS], QUALITY_CELL, "%" PRIu64,
                   row->at.tp + row->at.fp);
    put_real(to, COL_PRECISION, row->at.precision, 4);
    put_real(to, COL_RECALL, row->at.recall, 4);
    put_real(to, COL_F1, row->at.f1, 4);
    put_real(to, COL_F_STAR, row->at.f_star, 4);
    put_real(to, COL_F1_LOW, row->f1_low, 4);
    put_real(to, COL_F1_HIGH, row->f1_high, 4);
    put_real(to, COL_F1_BEST, row->f1_best, 4);
    put_real(to, COL_F1_TENTH, row->f1_tenth, 4);
    put_real(to, COL_THRESHOLD, row->threshold, 4);
    put_real(to, COL_ESTIMATED, row->estimated_precision, 4);
    put_real(to, COL_ESTIMATED_LOW, row->estimated_low, 4);
    put_real(to, COL_ESTIMATED_HIGH, row->estimated_high, 4);
    put_real(to, COL_B3, row->clusters.b3_f1, 4);
    put_real(to, COL_EXACT,
             row->clusters.people == 0
                 ? (double)NAN
                 : (double)row->clusters.exact / (double)row->clusters.people,
             4);
    if (row->blocking.measured) {
        put_real(to, COL_COMPLETENESS, row->blocking.completeness, 4);
        put_real(to, COL_REDUCTION, row->blocking.reduction, 6);
    }
    put_gaps(to, row);
    put_real(to, COL_CPU, row->cpu_seconds, 1);
    return 0;
}

double
quality_number(const struct quality_cells *row, enum quality_column c)
{
    char *end = NULL;
    double v;

    if (row == NULL || row->cell[c][0] == '\0') {
        return (double)NAN;
    }
    v = strtod(row->cell[c], &end);
    return *end == '\0' ? v : (double)NAN;
}

/* The best of all profiles; NULL unless all are there. */
const struct quality_cells *
quality_best(const struct tally_quality_table *t, const char *set)
{
    const struct quality_cells *best = NULL;

    for (size_t p = 0; p < TALLY_QUALITY_PROFILES; p++) {
        const struct quality_cells *row = quality_find(t, set, tally_quality_profiles[p]);

        if (row == NULL) {
            return NULL;
        }
        if (best == NULL || quality_number(row, COL_F1) > quality_number(best, COL_F1)) {
            best = row;
        }
    }
    return best;
}

/* Say when ${row} is below ${floor}; 1 when it is. */
static size_t
below(const struct quality_cells *row, double floor, const char *what,
      void (*say)(void *ctx, const char *text), void *ctx)
{
    char text[512];

    if (row == NULL || isnan(floor) || quality_number(row, COL_F1) >= floor) {
        return 0;
    }
    (void)snprintf(text, sizeof text, "%s: F1 %s under %s, where %s is to reach %.3f",
                   row->cell[COL_SET], row->cell[COL_F1], row->cell[COL_PROFILE], what,
                   floor);
    say(ctx, text);
    return 1;
}

/* No encoding may set the groups of names further apart than linking in the clear does:
 * as far as that can be told, by the intervals. */
static size_t
apart(const struct tally_quality_table *t, const struct quality_cells *row,
      void (*say)(void *ctx, const char *text), void *ctx)
{
    const struct quality_cells *reference =
        quality_find(t, row->cell[COL_SET], QUALITY_REFERENCE);
    double clear = quality_number(reference, COL_GAP_NAMES);
    char text[512];

    if (row == reference || isnan(clear) ||
        !(quality_number(row, COL_GAP_NAMES_LOW) > clear)) {
        return 0;
    }
    (void)snprintf(text, sizeof text,
                   "%s: groups of names are %s apart in recall under %s, and %.4f when "
                   "linked in the clear",
                   row->cell[COL_SET], row->cell[COL_GAP_NAMES], row->cell[COL_PROFILE],
                   clear);
    say(ctx, text);
    return 1;
}

/* A target share of false links moved by a tenth may not move F1 by this much. */
#define CLIFF .01

/* No cliff where something was promised. */
static size_t
cliff(const struct quality_cells *row, void (*say)(void *ctx, const char *text),
      void *ctx)
{
    char text[512];

    if (row == NULL || !(quality_number(row, COL_F1_TENTH) >= CLIFF)) {
        return 0;
    }
    (void)snprintf(text, sizeof text,
                   "%s: F1 under %s moves by %s with the target share of false links "
                   "moved by a tenth, where less than %.2f is promised",
                   row->cell[COL_SET], row->cell[COL_PROFILE], row->cell[COL_F1_TENTH],
                   CLIFF);
    say(ctx, text);
    return 1;
}

/* The true precision lies in its interval, on so many sets at least. */
#define TRUSTED_SETS 10

static bool
in_interval(const struct quality_cells *row)
{
    double precision = quality_number(row, COL_PRECISION);

    return precision >= quality_number(row, COL_ESTIMATED_LOW) &&
           precision <= quality_number(row, COL_ESTIMATED_HIGH);
}

/* As far as that many sets were measured under standard. */
static size_t
trusted(const struct tally_quality_table *t, void (*say)(void *ctx, const char *text),
        void *ctx)
{
    size_t sets = 0;
    size_t in = 0;
    char text[512];

    for (size_t i = 0; tally_quality_set(i) != NULL; i++) {
        const struct quality_cells *row =
            quality_find(t, tally_quality_set(i), "standard");

        sets += row != NULL && !isnan(quality_number(row, COL_ESTIMATED_LOW));
        in += row != NULL && in_interval(row);
    }
    if (sets < TRUSTED_SETS || in >= TRUSTED_SETS) {
        return 0;
    }
    (void)snprintf(text, sizeof text,
                   "the true precision lies in its interval on %zu of %zu sets, where %d "
                   "are promised",
                   in, sets, TRUSTED_SETS);
    say(ctx, text);
    return 1;
}

size_t
tally_quality_table_floors(const struct tally_quality_table *t,
                           void (*say)(void *ctx, const char *text), void *ctx)
{
    size_t missed = 0;

    for (size_t i = 0; tally_quality_set(i) != NULL; i++) {
        const char *set = tally_quality_set(i);
        struct tally_quality_floor floor = tally_quality_floor(set);

        missed += below(quality_best(t, set), floor.best, "the best profile", say, ctx);
        missed += below(quality_find(t, set, "standard"), floor.standard,
                        "the profile standard", say, ctx);
        if (!isnan(floor.best)) {
            missed += cliff(quality_best(t, set), say, ctx);
            missed += cliff(quality_find(t, set, "standard"), say, ctx);
        }
    }
    missed += trusted(t, say, ctx);
    for (size_t i = 0; i < t->n; i++) {
        missed += apart(t, &t->rows[i], say, ctx);
    }
    return missed;
}

static int
write_cells(const struct quality_cells *row, struct tally_outfile *f,
            struct tally_err *err)
{
    int rc = 0;

    for (size_t c = 0; c < QUALITY_COLUMNS && rc == 0; c++) {
        const char *text = row == NULL ? quality_columns[c] : row->cell[c];

        rc = tally_csv_write(f, text, strlen(text), c + 1 == QUALITY_COLUMNS, err);
    }
    return rc;
}

int
tally_quality_table_write(const struct tally_quality_table *t, struct tally_outfile *f,
                          struct tally_err *err)
{
    int rc = write_cells(NULL, f, err);

    for (size_t i = 0; tally_quality_set(i) != NULL; i++) {
        for (size_t p = 0; p <= TALLY_QUALITY_PROFILES && rc == 0; p++) {
            const struct quality_cells *row =
                quality_find(t, tally_quality_set(i),
                             p == TALLY_QUALITY_PROFILES ? QUALITY_REFERENCE
                                                         : tally_quality_profiles[p]);

            rc = row == NULL ? 0 : write_cells(row, f, err);
        }
    }
    return rc;
}

/*
 * The tables of docs/quality.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/quality_table_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX (4u << 20)

/* A page being written: the first error sticks. */
struct page {
    const struct tally_quality_table *t;
    struct tally_outfile *f;
    struct tally_err *err;
    int rc;
};

static void
put(struct page *p, const char *text)
{
    if (p->rc == 0) {
        p->rc = tally_outfile_write(p->f, text, strlen(text), p->err);
    }
}

/* A cell cut to ${digits} after the point (rounded), or "-". */
static const char *
shown(const struct quality_cells *row, enum quality_column c, char out[QUALITY_CELL])
{
    double v = quality_number(row, c);

    if (isnan(v)) {
        return row != NULL && row->cell[c][0] != '\0' ? row->cell[c] : "-";
    }
    (void)snprintf(out, QUALITY_CELL, "%.3f", v);
    return out;
}

static void
put_cell(struct page *p, const struct quality_cells *row, enum quality_column c)
{
    char text[QUALITY_CELL];

    put(p, " ");
    put(p, shown(row, c, text));
    put(p, " |");
}

static void
put_text_cell(struct page *p, const char *text)
{
    put(p, " ");
    put(p, text);
    put(p, " |");
}

/* "low to high", or one figure where they are the same. */
static void
put_range(struct page *p, const struct quality_cells *row, enum quality_column low,
          enum quality_column high)
{
    char a[QUALITY_CELL];
    char b[QUALITY_CELL];
    char text[2 * QUALITY_CELL + 8];
    const char *x = shown(row, low, a);
    const char *y = shown(row, high, b);

    (void)snprintf(text, sizeof text, strcmp(x, y) == 0 ? "%s" : "%s to %s", x, y);
    put_text_cell(p, text);
}

static void
begin_row(struct page *p, const struct quality_cells *row)
{
    put(p, "|");
    put_text_cell(p, row->cell[COL_SET]);
    put_text_cell(p, row->cell[COL_PROFILE]);
}

/* Call ${fn} for each row of an encoding, in order. */
static void
each_encoding(struct page *p, void (*fn)(struct page *p, const struct quality_cells *row))
{
    for (size_t i = 0; tally_quality_set(i) != NULL; i++) {
        for (size_t k = 0; k < TALLY_QUALITY_PROFILES; k++) {
            const struct quality_cells *row =
                quality_find(p->t, tally_quality_set(i), tally_quality_profiles[k]);

            if (row != NULL) {
                fn(p, row);
            }
        }
    }
}

static void
table_row(struct page *p, const struct quality_cells *row)
{
    begin_row(p, row);
    put_cell(p, row, COL_PRECISION);
    put_cell(p, row, COL_RECALL);
    put_cell(p, row, COL_F1);
    put_cell(p, row, COL_F_STAR);
    put_text_cell(p, row->cell[COL_KEYS]);
    put_range(p, row, COL_F1_LOW, COL_F1_HIGH);
    put_cell(p, row, COL_THRESHOLD);
    put_text_cell(p, row->cell[COL_HOW]);
    put_cell(p, row, COL_F1_BEST);
    put_cell(p, row, COL_F1_TENTH);
    put_cell(p, row, COL_B3);
    put_cell(p, row, COL_EXACT);
    put(p, "\n");
}

static void
put_table(struct page *p)
{
    put(p,
        "| set | profile | P | R | F1 | F\\* | keys | F1 over keys | threshold | how | "
        "best F1 | a tenth | B-cubed F1 | whole |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    each_encoding(p, table_row);
}

static void
estimate_row(struct page *p, const struct quality_cells *row)
{
    double true_p = quality_number(row, COL_PRECISION);
    double low = quality_number(row, COL_ESTIMATED_LOW);
    double high = quality_number(row, COL_ESTIMATED_HIGH);

    begin_row(p, row);
    put_text_cell(p, row->cell[COL_LINKS]);
    put_cell(p, row, COL_ESTIMATED);
    put_range(p, row, COL_ESTIMATED_LOW, COL_ESTIMATED_HIGH);
    put_cell(p, row, COL_PRECISION);
    put_text_cell(p, isnan(low) || isnan(true_p)       ? "-"
                     : true_p >= low && true_p <= high ? "yes"
                                                       : "no");
    put(p, "\n");
}

static void
put_estimates(struct page *p)
{
    put(p, "| set | profile | links | estimated P | its interval | true P | in it |\n"
           "|---|---|---|---|---|---|---|\n");
    each_encoding(p, estimate_row);
}

static void
put_reference(struct page *p)
{
    put(p, "| set | reference P | R | F1 | best F1 | pairs completeness | reduction | "
           "Splink at .9 / best | best encoding | its F1 |\n"
           "|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; tally_quality_set(i) != NULL; i++) {
        const char *set = tally_quality_set(i);
        const struct quality_cells *row = quality_find(p->t, set, QUALITY_REFERENCE);
        const struct quality_cells *best = quality_best(p->t, set);
        const char *splink = tally_quality_splink(set);

        if (row == NULL) {
            continue;
        }
        put(p, "|");
        put_text_cell(p, set);
        put_cell(p, row, COL_PRECISION);
        put_cell(p, row, COL_RECALL);
        put_cell(p, row, COL_F1);
        put_cell(p, row, COL_F1_BEST);
        put_cell(p, row, COL_COMPLETENESS);
        put_text_cell(p, row->cell[COL_REDUCTION][0] == '\0' ? "-"
                                                             : row->cell[COL_REDUCTION]);
        put_text_cell(p, splink == NULL ? "-" : splink);
        put_text_cell(p, best == NULL ? "-" : best->cell[COL_PROFILE]);
        put_cell(p, best, COL_F1);
        put(p, "\n");
    }
}

static void
group_row(struct page *p, const struct quality_cells *row)
{
    if (row->cell[COL_GAP_NAMES][0] == '\0' && row->cell[COL_GAP_SEX][0] == '\0') {
        return;
    }
    begin_row(p, row);
    put_text_cell(p, row->cell[COL_POPULATIONS]);
    put_cell(p, row, COL_GAP_NAMES);
    put_range(p, row, COL_GAP_NAMES_LOW, COL_GAP_NAMES_HIGH);
    put_text_cell(p, row->cell[COL_GAP_NAMES_WHO]);
    for (enum quality_column c = COL_GAP_SEX; c <= COL_GAP_HOUSEHOLD; c++) {
        put_cell(p, row, c);
    }
    put(p, "\n");
}

static void
put_groups(struct page *p)
{
    put(p, "| set | profile | populations | names | its interval | lowest | sex | age | "
           "moved | "
           "renamed | missing | household |\n"
           "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; tally_quality_set(i) != NULL; i++) {
        const char *set = tally_quality_set(i);
        const struct quality_cells *row = quality_find(p->t, set, QUALITY_REFERENCE);

        if (row != NULL) {
            group_row(p, row);
        }
        for (size_t k = 0; k < TALLY_QUALITY_PROFILES; k++) {
            row = quality_find(p->t, set, tally_quality_profiles[k]);
            if (row != NULL) {
                group_row(p, row);
            }
        }
    }
}

static void
say_floor(void *ctx, const char *text)
{
    put(ctx, "- ");
    put(ctx, text);
    put(ctx, "\n");
}

static void
floor_cell(struct page *p, const struct quality_cells *row, double floor)
{
    char text[64];

    if (isnan(floor)) {
        put_text_cell(p, "-");
        return;
    }
    (void)snprintf(text, sizeof text, "%.3f", floor);
    put_text_cell(p, text);
    put_cell(p, row, COL_F1);
}

static void
put_floors(struct page *p)
{
    put(p, "| set | best is to reach | reached | standard is to reach | reached |\n"
           "|---|---|---|---|---|\n");
    for (size_t i = 0; tally_quality_set(i) != NULL; i++) {
        const char *set = tally_quality_set(i);
        struct tally_quality_floor floor = tally_quality_floor(set);

        if (!isnan(floor.best)) {
            put(p, "|");
            put_text_cell(p, set);
            floor_cell(p, quality_best(p->t, set), floor.best);
            floor_cell(p, quality_find(p->t, set, "standard"), floor.standard);
            put(p, "\n");
        }
    }
    put(p, "\nMissed:\n\n");
    if (tally_quality_table_floors(p->t, say_floor, p) == 0) {
        put(p, "- none\n");
    }
}

static const struct section {
    const char *name;
    void (*write)(struct page *p);
} sections[] = {{"table", put_table},
                {"estimates", put_estimates},
                {"reference", put_reference},
                {"groups", put_groups},
                {"floors", put_floors}};

/* The section that begins in ${line}, or NULL. */
static const struct section *
begins(const char *line, size_t len)
{
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        char mark[64];

        (void)snprintf(mark, sizeof mark, "<!-- %s -->", sections[i].name);
        if (strlen(mark) == len && memcmp(mark, line, len) == 0) {
            return &sections[i];
        }
    }
    return NULL;
}

/* Copy the page line by line; what lies inside a section is made anew. */
static void
copy_page(struct page *p, const char *text)
{
    const char *skipped = NULL;

    while (*text != '\0' && p->rc == 0) {
        size_t len = strcspn(text, "\n");
        const struct section *s = begins(text, len);
        bool end = strncmp(text, "<!-- end of ", 12) == 0;

        if (end || skipped == NULL) {
            p->rc = tally_outfile_write(p->f, text, len, p->err);
            put(p, "\n");
            skipped = NULL;
        }
        if (s != NULL && !end) {
            s->write(p);
            skipped = s->name;
        }
        text += len + (text[len] == '\n');
    }
    if (p->rc == 0 && skipped != NULL) {
        p->rc = tally_err_set(p->err, TALLY_E_DATA,
                              "the page has no line '<!-- end of %s -->'", skipped);
    }
}

int
tally_quality_table_page(const struct tally_quality_table *t, const char *page,
                         struct tally_outfile *f, struct tally_err *err)
{
    struct page p = {.t = t, .f = f, .err = err};
    uint8_t *text = NULL;
    size_t len = 0;

    if (tally_file_read(page, PAGE_MAX, &text, &len, err) != 0) {
        return -1;
    }
    copy_page(&p, (const char *)text);
    free(text);
    return p.rc;
}

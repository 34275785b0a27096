/*
 * A first look at an export that could not be taken as it is: the row that names its
 * columns, its character encoding, and what a mapping file could begin with, all told at
 * once.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/export_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define HEADER_ROWS 12   /* titles above a table are fewer */
#define TEXT_ROWS   1000 /* in which an older encoding shows */

/* Whether the columns that ${csv} names are those of an export: by usual names for half
 * of the fields or, without a schema, by being several. */
static bool
names_columns(const struct tally_csv *csv, const struct tally_schema *s)
{
    return s != NULL ? 2 * tally_mapping_known(s, csv) >= s->nfields
                     : tally_csv_columns(csv) > 1;
}

static struct tally_csv *
open_at(const struct tally_export_request *q, uint64_t row)
{
    struct tally_csv_options options = {.sheet = q->sheet, .header_row = row};
    struct tally_err ignored = TALLY_ERR_INIT;
    struct tally_csv *csv = NULL;

    return tally_export_encoding(q->encoding, &options.encoding, &ignored) == 0 &&
                   tally_csv_open(&csv, q->input, &options, &ignored) == 0
               ? csv
               : NULL;
}

/* The export from the first row that names columns; NULL when there is none, or when it
 * cannot be read twice. */
static struct tally_csv *
find_table(const struct tally_export_request *q, const struct tally_schema *s)
{
    uint64_t row = q->header_row > 1 ? q->header_row : 1;

    for (; strcmp(q->input, "-") != 0 && row <= HEADER_ROWS; row++) {
        struct tally_csv *csv = open_at(q, row);

        if (csv != NULL && names_columns(csv, s)) {
            return csv;
        }
        tally_csv_free(csv);
    }
    return NULL;
}

static bool
is_not_utf8(struct tally_csv *csv)
{
    struct tally_cell *cells = calloc(tally_csv_columns(csv), sizeof *cells);
    struct tally_err err = TALLY_ERR_INIT;
    int more = cells != NULL;

    for (size_t i = 0; i < TEXT_ROWS && more > 0; i++) {
        more = tally_csv_next(csv, cells, &err);
    }
    free(cells);
    return more < 0 && err.code == TALLY_E_TEXT;
}

/* Tell what a mapping file could begin with, unless all columns can be guessed. */
static bool
say_draft(const struct tally_schema *s, const struct tally_csv *csv)
{
    struct tally_err ignored = TALLY_ERR_INIT;
    struct tally_mapping m;
    char *draft;

    if (s == NULL || tally_mapping_guess(&m, s, csv, &ignored) == 0) {
        return false;
    }
    draft = tally_mapping_draft(s, csv);
    if (draft != NULL) {
        tally_say("A mapping file could begin like this. Put a column for each ???, or - "
                  "if there is none:\n\n%s\n",
                  draft);
    }
    free(draft);
    return true;
}

/* The table begins at another row, or its text is of an older encoding: which options
 * say so. */
static void
hint_options(const struct tally_export_request *q, const struct tally_schema *s,
             uint64_t row, struct tally_csv *table, struct tally_err *err)
{
    uint64_t found = tally_csv_row(table);
    bool draft = say_draft(s, table);
    bool older = q->encoding == NULL && is_not_utf8(table);
    char options[96] = "";
    size_t len = 0;

    if (found != row) {
        len += (size_t)snprintf(options, sizeof options, " --header-row %" PRIu64, found);
    }
    if (older) {
        len += (size_t)snprintf(options + len, sizeof options - len,
                                " --input-encoding windows-1252");
    }
    if (len > 0 && draft) {
        (void)tally_err_hint(
            err, "complete the lines above in a file, and try%s --map FILE", options);
    } else if (len > 0) {
        (void)tally_err_hint(err, "try%s", options);
    }
}

void
tally_export_look(const struct tally_export_request *q, const struct tally_schema *s,
                  const struct tally_csv *csv, struct tally_err *err)
{
    struct tally_csv *table = find_table(q, s);
    uint64_t row = csv != NULL ? tally_csv_row(csv) : 0;

    if (table != NULL) {
        if (csv != NULL && tally_csv_row(table) != row) {
            (void)tally_err_set(err, TALLY_E_MAPPING,
                                "'%s': row %" PRIu64 " does not name the columns",
                                q->input, row);
        }
        hint_options(q, s, row, table, err);
    } else if (csv != NULL) {
        (void)say_draft(s, csv);
        if (tally_csv_notes(csv)->sheets > 1) {
            (void)tally_err_hint(err, "this is sheet '%s'; name another with --sheet: %s",
                                 tally_csv_notes(csv)->sheet,
                                 tally_csv_notes(csv)->names);
        }
    }
    tally_csv_free(table);
}

/*
 * Opening an export, and finding columns in it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/export.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/export_look.h"

int
tally_export_encoding(const char *name, enum tally_text_encoding *out,
                      struct tally_err *err)
{
    if (name == NULL || strcmp(name, "utf-8") == 0) {
        *out = TALLY_TEXT_UTF8;
        return 0;
    }
    if (strcmp(name, "windows-1252") == 0) {
        *out = TALLY_TEXT_WINDOWS_1252;
        return 0;
    }
    return tally_err_set(err, TALLY_E_USAGE, "--input-encoding is utf-8 or windows-1252");
}

int
tally_export_open(struct tally_csv **out, const struct tally_export_request *q,
                  const struct tally_schema *s, struct tally_err *err)
{
    struct tally_csv_options options = {.sheet = q->sheet, .header_row = q->header_row};

    if (tally_export_encoding(q->encoding, &options.encoding, err) != 0) {
        return -1;
    }
    if (tally_csv_open(out, q->input, &options, err) == 0) {
        return 0;
    }
    if (err->code == TALLY_E_CSV || err->code == TALLY_E_TEXT) {
        tally_export_look(q, s, NULL, err);
    }
    return -1;
}

int
tally_export_column(const struct tally_csv *csv, const char *name, size_t *out,
                    struct tally_err *err)
{
    ptrdiff_t i = tally_csv_find(csv, name);

    if (i < 0) {
        (void)tally_err_set(err, TALLY_E_MAPPING, "%s has no column '%s'",
                            tally_csv_path(csv), name);
        return tally_err_hint(err,
                              "column names are in the first row; spelling and capitals "
                              "must be the same");
    }
    *out = (size_t)i;
    return 0;
}

int
tally_export_ids(const struct tally_csv *csv, const struct tally_export_request *q,
                 const char *id_option, ptrdiff_t *id, size_t *alias, bool *has_aliases,
                 struct tally_err *err)
{
    size_t column = 0;

    *id = -1;
    *has_aliases = q->alias_of != NULL;
    if (q->id != NULL) {
        if (tally_export_column(csv, q->id, &column, err) != 0) {
            return -1;
        }
        *id = (ptrdiff_t)column;
    }
    if (q->alias_of == NULL) {
        return 0;
    }
    if (q->id == NULL) {
        (void)tally_err_set(err, TALLY_E_USAGE,
                            "--alias-of needs the column of ids that it points to");
        return tally_err_hint(err, "name it with %s COLUMN", id_option);
    }
    if (tally_export_column(csv, q->alias_of, alias, err) != 0) {
        return -1;
    }
    return *alias == (size_t)*id
               ? tally_err_set(err, TALLY_E_USAGE,
                               "--alias-of and the column of ids are one column")
               : 0;
}

int
tally_export_guess(struct tally_mapping *m, const struct tally_schema *s,
                   const struct tally_csv *csv, const struct tally_export_request *q,
                   struct tally_err *err)
{
    int status = tally_mapping_guess(m, s, csv, err);

    if (status != 0 && err->code == TALLY_E_MAPPING) {
        tally_export_look(q, s, csv, err);
    }
    return status;
}

static const char *
delimiter_word(char delimiter)
{
    static const struct {
        char delimiter;
        const char *word;
    } words[] = {{';', "semicolons"}, {'\t', "tabs"},  {'|', "bars"},
                 {'~', "tildes"},     {'^', "carets"}, {',', "commas"}};
    size_t i = 0;

    while (i + 1 < sizeof words / sizeof words[0] && words[i].delimiter != delimiter) {
        i++;
    }
    return words[i].word;
}

void
tally_export_say_notes(const struct tally_csv *csv)
{
    const struct tally_csv_notes *n = tally_csv_notes(csv);

    if (n->delimiter != '\0') {
        tally_say("The cells of %s are separated by %s.", tally_csv_path(csv),
                  delimiter_word(n->delimiter));
    }
    if (n->sheets > 1) {
        tally_say("Read sheet '%s', one of %zu (--sheet NAME reads another).", n->sheet,
                  n->sheets);
    }
    if (n->hidden_rows > 0) {
        tally_say("  rows hidden in the sheet, read as any other: %s",
                  tally_thousands(n->hidden_rows));
    }
    if (n->error_cells > 0) {
        tally_say("  cells with an error such as #N/A, taken as missing: %s",
                  tally_thousands(n->error_cells));
    }
    if (n->long_numbers > 0) {
        tally_say(
            "  numbers over 15 digits, which the spreadsheet has rounded: %s (export "
            "such columns as text)",
            tally_thousands(n->long_numbers));
    }
}

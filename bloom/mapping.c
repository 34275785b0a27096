/*
 * Mapping files: reading one against a schema and the columns of an export, and writing
 * one. Messages hold column and field names, which come from headers and agreements, and
 * never a cell.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/mapping.h"

#include "bloom/base/bytes.h"
#include "bloom/base/text.h"
#include "bloom/mapping_reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAPPING_BYTES_MAX (256u << 10)
#define LINE_MAX_BYTES    8192
#define NEAR_MAX          64 /* longest name that a nearest one is sought for */

/* A mapping file under reading. ${line} is a copy of the current line that parsing cuts
 * up. */
struct reader {
    const char *path;
    const struct tally_schema *schema;
    const struct tally_csv *csv;
    struct tally_mapping *mapping;
    size_t line_of[TALLY_SCHEMA_FIELDS_MAX]; /* line that names the field; 0: none yet */
    size_t number;                           /* of the current line, from 1 */
    char line[LINE_MAX_BYTES + 1];
};

static int TALLY_PRINTF(3, 4)
    complain(const struct reader *r, struct tally_err *err, const char *fmt, ...)
{
    char text[TALLY_ERR_TEXT];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return tally_err_set(err, TALLY_E_MAPPING, "mapping '%s': line %zu: %s", r->path,
                         r->number, text);
}

static size_t
min3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* ASCII only: names that differ in more than case and an accent are not near. */
static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Levenshtein distance without regard to case; names over NEAR_MAX are far from
 * everything. */
static size_t
edit_distance(const char *a, const char *b)
{
    size_t row[NEAR_MAX + 1];
    size_t la = strlen(a);
    size_t lb = strlen(b);

    if (la > NEAR_MAX || lb > NEAR_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= lb; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t above = row[j];

            row[j] = min3(above + 1, row[j - 1] + 1,
                          diagonal + (lower(a[i - 1]) != lower(b[j - 1])));
            diagonal = above;
        }
    }
    return row[lb];
}

/* Keeps the nearer of two candidates. */
static void
consider(const char *wanted, const char *name, const char **nearest, size_t *least)
{
    size_t distance = edit_distance(wanted, name);

    if (distance < *least) {
        *least = distance;
        *nearest = name;
    }
}

/* At most a third of the letters may differ for a name to be worth suggesting. */
static size_t
reach(const char *wanted)
{
    return 2 + strlen(wanted) / 3;
}

static int
unknown_column(const struct reader *r, const char *name, struct tally_err *err)
{
    const char *nearest = NULL;
    size_t least = reach(name);

    for (size_t i = 0; i < tally_csv_columns(r->csv); i++) {
        consider(name, tally_csv_column(r->csv, i), &nearest, &least);
    }
    complain(r, err, "'%s' has no column called '%.128s'", tally_csv_path(r->csv), name);
    if (nearest != NULL) {
        return tally_err_hint(err, "did you mean '%s'", nearest);
    }
    return tally_err_hint(err, "write the column's name as it stands in the first row");
}

static int
unknown_field(const struct reader *r, const char *name, struct tally_err *err)
{
    const char *nearest = NULL;
    size_t least = reach(name);

    for (size_t i = 0; i < r->schema->nfields; i++) {
        consider(name, r->schema->fields[i].name, &nearest, &least);
    }
    complain(r, err, "the schema has no field called '%.128s'", name);
    if (nearest != NULL) {
        return tally_err_hint(err, "did you mean '%s'", nearest);
    }
    return tally_err_hint(err, "a line reads 'field = column', the field first");
}

static char *
trimmed(char *text)
{
    size_t len;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t')) {
        text[--len] = '\0';
    }
    return text;
}

/* What may stand behind a name, and ends one without quotes. */
static const char SEPARATORS[] = "+|[";

/* Take a name in double quotes from ${at}, undoubling quotes in it, in place. NULL when
 * it does not end, or when something but a separator stands behind it. ${at} moves to
 * behind the separator, which goes to ${separator}; NUL at the end of the line. */
static char *
quoted_name(char **at, char *separator)
{
    char *name = *at + 1;
    char *out = name;
    char *in = name;

    while (*in != '\0' && (*in != '"' || in[1] == '"')) {
        in += *in == '"' ? 2 : 1;
        *out++ = in[-1];
    }
    if (*in != '"') {
        return NULL;
    }
    in++;
    in += strspn(in, " \t");
    if (*in != '\0' && strchr(SEPARATORS, *in) == NULL) {
        return NULL;
    }
    *separator = *in;
    *at = *in != '\0' ? in + 1 : in;
    *out = '\0';
    return name;
}

/* The next column name of ${at}, or NULL when its quotes do not close. */
static char *
next_name(char **at, char *separator)
{
    char *name;
    char *end;

    *at += strspn(*at, " \t");
    if (**at == '"') {
        return quoted_name(at, separator);
    }
    name = *at;
    end = name + strcspn(name, SEPARATORS);
    *separator = *end;
    *at = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return trimmed(name);
}

/* Parts of the last value of ${field}. */
static size_t
value_parts(const struct tally_mapping *m, size_t field)
{
    size_t n = 0;

    for (size_t i = m->nparts[field]; i > 0; i--) {
        n++;
        if (m->another[field][i - 1]) {
            break;
        }
    }
    return n;
}

static int
add_part(struct reader *r, size_t field, const char *name, bool another,
         struct tally_err *err)
{
    struct tally_mapping *m = r->mapping;
    ptrdiff_t column = tally_csv_find(r->csv, name);
    size_t n = m->nparts[field];

    if (name[0] == '\0') {
        return complain(r, err, "a column name is missing");
    }
    if (column < 0) {
        return unknown_column(r, name, err);
    }
    if (n == TALLY_MAPPING_COLUMNS ||
        (!another && value_parts(m, field) == TALLY_MAPPING_PARTS)) {
        return complain(r, err,
                        "a value is made of at most %d columns, and all values of a "
                        "field of %d",
                        TALLY_MAPPING_PARTS, TALLY_MAPPING_COLUMNS);
    }
    for (size_t i = 0; i < n; i++) {
        if (m->parts[field][i] == (size_t)column) {
            return complain(r, err, "column '%s' stands there twice", name);
        }
    }
    m->parts[field][n] = (size_t)column;
    m->another[field][n] = another;
    m->nparts[field]++;
    return 0;
}

/* A value is whole: its columns are behind it. */
static int
check_value(const struct reader *r, size_t field, struct tally_err *err)
{
    const struct tally_field *f = &r->schema->fields[field];
    size_t n = value_parts(r->mapping, field);

    if (f->type == TALLY_FIELD_DATE && n != 1 && n != 3) {
        complain(r, err, "a date is one column or three, not %zu", n);
        return tally_err_hint(err, "write '%s = day + month + year'", f->name);
    }
    return 0;
}

/* "split ;": a mark between the values of a cell. */
static int
read_split(struct reader *r, size_t field, char mark, struct tally_err *err)
{
    const struct tally_mapping *m = r->mapping;

    for (size_t i = 0; i < m->nparts[field]; i++) {
        if (i > 0 && !m->another[field][i]) {
            return complain(r, err, "joined columns cannot be split");
        }
    }
    r->mapping->split[field] = mark;
    return 0;
}

/* "before ,": the part of a cell that is meant. */
static int
read_part(struct reader *r, size_t field, char mark, char *which, struct tally_err *err)
{
    const struct tally_mapping *m = r->mapping;

    for (size_t i = 1; i < m->nparts[field]; i++) {
        if (!m->another[field][i]) {
            return complain(r, err, "of joined columns no part can be taken");
        }
    }
    if (m->before[field] != 0 || m->after[field] != 0) {
        return complain(r, err, "only one part can be taken");
    }
    which[field] = mark;
    return 0;
}

/* The mark behind the word ${word} of ${note}, which is one of a few; else 0. */
static char
mark_of(char *note, const char *word)
{
    const char *mark;

    if (strncmp(note, word, strlen(word)) != 0) {
        return 0;
    }
    mark = trimmed(note + strlen(word));
    return strlen(mark) == 1 && strchr("|;,/~^#*", mark[0]) != NULL ? mark[0] : 0;
}

static int
not_understood(const struct reader *r, size_t field, struct tally_err *err)
{
    complain(r, err, "what stands in brackets is not understood");
    if (r->schema->fields[field].type == TALLY_FIELD_DATE) {
        return tally_err_hint(err,
                              "write [dmy], [mdy] or [ymd], with years of two digits "
                              "[dmy, century 1930], and put a column name with [ in "
                              "double quotes");
    }
    return tally_err_hint(err, "write [split ;] with one of | ; , / ~ ^ # * for cells of "
                               "several values, [before ,] or [after ,] for a part of a "
                               "cell, and put a column name with [ in double quotes");
}

/* One note: what stands between two brackets. */
static int
read_note(struct reader *r, size_t field, char *note, struct tally_err *err)
{
    struct tally_mapping *m = r->mapping;
    char mark;

    if ((mark = mark_of(note, "split")) != 0) {
        return read_split(r, field, mark, err);
    }
    if ((mark = mark_of(note, "before")) != 0) {
        return read_part(r, field, mark, m->before, err);
    }
    if ((mark = mark_of(note, "after")) != 0) {
        return read_part(r, field, mark, m->after, err);
    }
    if (r->schema->fields[field].type == TALLY_FIELD_DATE &&
        tally_reading_parse(note, &m->readings[field])) {
        return 0;
    }
    return not_understood(r, field, err);
}

/* The notes behind the columns of a field, ${text} being what follows the first bracket.
 */
static int
read_notes(struct reader *r, size_t field, char *text, struct tally_err *err)
{
    while (text != NULL) {
        char *end = strchr(text, ']');
        char *rest;

        if (end == NULL) {
            return not_understood(r, field, err);
        }
        *end = '\0';
        rest = trimmed(end + 1);
        if (rest[0] != '\0' && rest[0] != '[') {
            return not_understood(r, field, err);
        }
        if (read_note(r, field, trimmed(text), err) != 0) {
            return -1;
        }
        text = rest[0] == '[' ? rest + 1 : NULL;
    }
    return 0;
}

static int
read_columns(struct reader *r, size_t field, char *text, struct tally_err *err)
{
    bool another = false;
    char separator;

    if (strcmp(text, "-") == 0) {
        return 0;
    }
    do {
        const char *name = next_name(&text, &separator);

        if (name == NULL) {
            return complain(r, err, "a name in double quotes does not end as it should");
        }
        if (add_part(r, field, name, another, err) != 0 ||
            (separator != '+' && check_value(r, field, err) != 0)) {
            return -1;
        }
        another = separator == '|';
    } while (separator == '+' || separator == '|');
    return separator == '[' ? read_notes(r, field, text, err) : 0;
}

static ptrdiff_t
find_field(const struct tally_schema *s, const char *name)
{
    for (size_t i = 0; i < s->nfields; i++) {
        if (strcmp(s->fields[i].name, name) == 0) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

static int
read_line(struct reader *r, struct tally_err *err)
{
    char *text = trimmed(r->line);
    char *equals = strchr(text, '=');
    const char *name;
    ptrdiff_t field;

    if (text[0] == '\0' || text[0] == '#') {
        return 0;
    }
    if (equals == NULL) {
        complain(r, err, "there is no = in it");
        return tally_err_hint(err, "a line reads 'field = column'");
    }
    *equals = '\0';
    name = trimmed(text);
    field = find_field(r->schema, name);
    if (field < 0) {
        return unknown_field(r, name, err);
    }
    if (r->line_of[field] != 0) {
        return complain(r, err, "field '%s' stands on line %zu already", name,
                        r->line_of[field]);
    }
    r->line_of[field] = r->number;
    return read_columns(r, (size_t)field, trimmed(equals + 1), err);
}

/* Every field must be spoken of, so that none is left out by oversight. */
static int
check_complete(const struct reader *r, struct tally_err *err)
{
    for (size_t i = 0; i < r->schema->nfields; i++) {
        if (r->line_of[i] == 0) {
            const char *name = r->schema->fields[i].name;

            tally_err_set(err, TALLY_E_MAPPING,
                          "mapping '%s' does not mention the field '%s'", r->path, name);
            return tally_err_hint(
                err,
                "add '%s = COLUMN', or '%s = -' when the file does not have "
                "it",
                name, name);
        }
    }
    return 0;
}

static int
read_lines(struct reader *r, const char *text, size_t len, struct tally_err *err)
{
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        size_t taken = end != NULL ? (size_t)(end - text) + 1 : len;
        size_t n = end != NULL ? taken - 1 : taken;

        r->number++;
        n -= n > 0 && text[n - 1] == '\r';
        if (n > LINE_MAX_BYTES) {
            return complain(r, err, "it is longer than %d bytes", LINE_MAX_BYTES);
        }
        if (memchr(text, '\0', n) != NULL ||
            !tally_text_valid((const uint8_t *)text, n)) {
            complain(r, err, "it is not UTF-8 text");
            return tally_err_hint(err, "save the mapping file as plain text in UTF-8");
        }
        memcpy(r->line, text, n);
        r->line[n] = '\0';
        if (read_line(r, err) != 0) {
            return -1;
        }
        text += taken;
        len -= taken;
    }
    return check_complete(r, err);
}

int
tally_mapping_load(struct tally_mapping *m, const char *path,
                   const struct tally_schema *s, const struct tally_csv *csv,
                   struct tally_err *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* that editors put in front of UTF-8 */
    struct tally_mapping read = {0};
    struct reader r = {.path = path, .schema = s, .csv = csv, .mapping = &read};
    uint8_t *data;
    size_t len;
    size_t skip;
    int rc;

    if (tally_file_read(path, MAPPING_BYTES_MAX, &data, &len, err) != 0) {
        return -1;
    }
    skip = len >= 3 && memcmp(data, mark, 3) == 0 ? 3 : 0;
    rc = read_lines(&r, (const char *)data + skip, len - skip, err);
    free(data);
    if (rc == 0) {
        *m = read;
    }
    return rc;
}

static bool
needs_quotes(const char *name)
{
    size_t len = strlen(name);

    return len == 0 || strcmp(name, "-") == 0 || strpbrk(name, "+|[\"") != NULL ||
           strchr(" \t", name[0]) != NULL || strchr(" \t", name[len - 1]) != NULL;
}

static int
append_name(struct tally_buf *b, const char *name, struct tally_err *err)
{
    if (!needs_quotes(name)) {
        return tally_buf_append(b, name, strlen(name), err);
    }
    if (tally_buf_append(b, "\"", 1, err) != 0) {
        return -1;
    }
    for (; *name != '\0'; name++) {
        size_t n = *name == '"' ? 2 : 1;

        if (tally_buf_append(b, n == 2 ? "\"\"" : name, n, err) != 0) {
            return -1;
        }
    }
    return tally_buf_append(b, "\"", 1, err);
}

static int
append_field(struct tally_buf *b, const struct tally_mapping *m, size_t field,
             const struct tally_date_reading *reading, const char *name,
             const struct tally_csv *csv, struct tally_err *err)
{
    size_t n = m->nparts[field];

    if (tally_buf_printf(b, err, "%s = %s", name, n == 0 ? "-" : "") != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        const char *separator = m->another[field][i] ? " | " : " + ";

        if ((i > 0 && tally_buf_append(b, separator, 3, err) != 0) ||
            append_name(b, tally_csv_column(csv, m->parts[field][i]), err) != 0) {
            return -1;
        }
    }
    if ((m->split[field] != 0 &&
         tally_buf_printf(b, err, " [split %c]", m->split[field]) != 0) ||
        (m->before[field] != 0 &&
         tally_buf_printf(b, err, " [before %c]", m->before[field]) != 0) ||
        (m->after[field] != 0 &&
         tally_buf_printf(b, err, " [after %c]", m->after[field]) != 0)) {
        return -1;
    }
    return tally_reading_append(b, reading, err);
}

char *
tally_mapping_text(const struct tally_mapping *m, const struct tally_schema *s,
                   const struct tally_csv *csv)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf b = {0};

    for (size_t i = 0; i < s->nfields; i++) {
        if (append_field(&b, m, i, &m->readings[i], s->fields[i].name, csv, &err) != 0 ||
            tally_buf_append(&b, "\n", 1, &err) != 0) {
            goto fail;
        }
    }
    if (tally_buf_append(&b, "", 1, &err) != 0) {
        goto fail;
    }
    return (char *)b.data; /* malloced by the buffer, and now the caller's */

fail:
    tally_buf_free(&b);
    return NULL;
}

char *
tally_mapping_line(const struct tally_mapping *m, size_t field,
                   const struct tally_date_reading *reading, const struct tally_schema *s,
                   const struct tally_csv *csv)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf b = {0};

    if (append_field(&b, m, field, reading, s->fields[field].name, csv, &err) != 0 ||
        tally_buf_append(&b, "", 1, &err) != 0) {
        tally_buf_free(&b);
        return NULL;
    }
    return (char *)b.data;
}

struct tally_cell
tally_mapping_part(const struct tally_mapping *m, size_t field, struct tally_cell value)
{
    char mark = m->before[field] != 0 ? m->before[field] : m->after[field];
    const uint8_t *at =
        mark != 0 && value.len > 0 ? memchr(value.data, mark, value.len) : NULL;
    size_t before = at != NULL ? (size_t)(at - value.data) : value.len;

    if (mark == 0) {
        return value;
    }
    if (m->before[field] != 0) {
        value.len = before;
    } else {
        before += at != NULL;
        value.data += before;
        value.len -= before;
    }
    return value;
}

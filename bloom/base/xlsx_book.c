/*
 * Which part of a workbook is the sheet that is wanted. Sheets are listed by name in the
 * workbook; where they stand is said by its relationships.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx_private.h"

#include "bloom/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PART_NAME_MAX     512
#define RELATIONSHIPS_MAX 16384u
#define SHOWN_NAME        64

struct sheet {
    char *name;
    char *id;
    char *part; /* NULL for a chart and the like */
    bool hidden;
};

struct reading {
    struct xlsx_book *book;
    char base[PART_NAME_MAX]; /* the part that relationships start from */
    char main[PART_NAME_MAX]; /* the workbook's */
    struct sheet *sheets;
    size_t nsheets;
    size_t cap;
    unsigned relationships;
};

static int
not_a_workbook(struct tally_err *err, const char *what)
{
    tally_err_set(err, TALLY_E_DATA, "%s", what);
    return tally_err_hint(err, XLSX_HINT_RESAVE);
}

/* Take the last folder off the path of ${len} bytes. */
static size_t
parent(const char *path, size_t len)
{
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    return len > 0 ? len - 1 : 0;
}

/* The part that ${target} is, seen from the part ${base}. */
static int
resolve(const char *base, const char *target, char out[PART_NAME_MAX],
        struct tally_err *err)
{
    size_t len = target[0] == '/' ? 0 : parent(base, strlen(base));

    memcpy(out, base, len);
    while (*target != '\0') {
        size_t n = strcspn(target, "/");

        if (n == 2 && memcmp(target, "..", 2) == 0) {
            len = parent(out, len);
        } else if (n > 0 && !(n == 1 && target[0] == '.')) {
            if (len + 1 + n >= PART_NAME_MAX) {
                return not_a_workbook(err, "the workbook has a part of too long a name");
            }
            if (len > 0) {
                out[len++] = '/';
            }
            memcpy(out + len, target, n);
            len += n;
        }
        target += n + (target[n] == '/');
    }
    out[len] = '\0';
    return 0;
}

/* Whether a relationship is of the kind ${kind}: the last word of its type. */
static bool
is_kind(const char *type, const char *kind)
{
    const char *last = strrchr(type, '/');

    return last != NULL && strcmp(last + 1, kind) == 0;
}

static int
keep(char **to, const char *text, struct tally_err *err)
{
    char *copy = strdup(text);

    if (copy == NULL) {
        return tally_err_nomem(err);
    }
    free(*to);
    *to = copy;
    return 0;
}

static int
keep_sheet_part(struct reading *r, const char *id, const char *part,
                struct tally_err *err)
{
    for (size_t i = 0; i < r->nsheets; i++) {
        if (strcmp(r->sheets[i].id, id) == 0 &&
            keep(&r->sheets[i].part, part, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
on_relationship(void *ctx, const char *name, const char *const *atts,
                struct tally_err *err)
{
    struct reading *r = ctx;
    const char *id = xlsx_attr(atts, "Id");
    const char *type = xlsx_attr(atts, "Type");
    const char *target = xlsx_attr(atts, "Target");
    const char *mode = xlsx_attr(atts, "TargetMode");
    char part[PART_NAME_MAX];

    if (strcmp(name, "Relationship") != 0 || id == NULL || type == NULL ||
        target == NULL || (mode != NULL && strcmp(mode, "External") == 0)) {
        return 0;
    }
    if (++r->relationships > RELATIONSHIPS_MAX) {
        return not_a_workbook(err, "the workbook has more parts than are read here");
    }
    if (resolve(r->base, target, part, err) != 0) {
        return -1;
    }
    if (is_kind(type, "officeDocument")) {
        strcpy(r->main, part);
    } else if (is_kind(type, "worksheet")) {
        return keep_sheet_part(r, id, part, err);
    } else if (is_kind(type, "sharedStrings")) {
        return keep(&r->book->strings, part, err);
    } else if (is_kind(type, "styles")) {
        return keep(&r->book->styles, part, err);
    }
    return 0;
}

static int
add_sheet(struct reading *r, const char *const *atts, struct tally_err *err)
{
    const char *name = xlsx_attr(atts, "name");
    const char *id = xlsx_attr(atts, "|id");
    const char *state = xlsx_attr(atts, "state");
    struct sheet *s;

    if (name == NULL || id == NULL) {
        return not_a_workbook(err, "the workbook lists a sheet without its name");
    }
    if (r->nsheets == TALLY_XLSX_SHEETS_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "the workbook has over %u sheets",
                             TALLY_XLSX_SHEETS_MAX);
    }
    if (r->nsheets == r->cap) {
        size_t cap = r->cap == 0 ? 16 : r->cap * 2;

        s = realloc(r->sheets, cap * sizeof *s);
        if (s == NULL) {
            return tally_err_nomem(err);
        }
        r->sheets = s;
        r->cap = cap;
    }
    s = &r->sheets[r->nsheets++];
    memset(s, 0, sizeof *s);
    s->hidden = state != NULL && strcmp(state, "visible") != 0;
    return keep(&s->name, name, err) != 0 || keep(&s->id, id, err) != 0 ? -1 : 0;
}

static int
on_workbook(void *ctx, const char *name, const char *const *atts, struct tally_err *err)
{
    struct reading *r = ctx;

    if (strcmp(name, "sheet") == 0) {
        return add_sheet(r, atts, err);
    }
    if (strcmp(name, "workbookPr") == 0) {
        r->book->date1904 = xlsx_attr_true(atts, "date1904");
    }
    return 0;
}

/* The relationships of a part stand beside it: a/b.xml has a/_rels/b.xml.rels. */
static int
read_relationships(struct reading *r, struct xlsx_zip *z, struct tally_err *err)
{
    static const struct xlsx_events events = {on_relationship, NULL, NULL};
    char part[PART_NAME_MAX + 16];
    size_t folder = parent(r->base, strlen(r->base));
    const char *file = r->base + folder + (r->base[folder] == '/');

    snprintf(part, sizeof part, "%.*s%s_rels/%s.rels", (int)folder, r->base,
             folder > 0 ? "/" : "", file);
    return xlsx_xml_run(z, part, TALLY_XLSX_SMALL_MAX, &events, r, err);
}

static int
read_workbook(struct reading *r, struct xlsx_zip *z, struct tally_err *err)
{
    static const struct xlsx_events events = {on_workbook, NULL, NULL};
    size_t len;

    if (!xlsx_zip_has(z, "_rels/.rels")) {
        return not_a_workbook(err, "this is a zip file, but not an .xlsx workbook");
    }
    if (read_relationships(r, z, err) != 0) {
        return -1;
    }
    len = strlen(r->main);
    if (len > 4 && strcasecmp(r->main + len - 4, ".bin") == 0) {
        return not_a_workbook(err, "a binary workbook (.xlsb) is not read here");
    }
    if (len == 0) {
        return not_a_workbook(err, "this is a zip file, but not an .xlsx workbook");
    }
    strcpy(r->base, r->main);
    if (xlsx_xml_run(z, r->base, TALLY_XLSX_SMALL_MAX, &events, r, err) != 0) {
        return -1;
    }
    return read_relationships(r, z, err);
}

static void
list_names(struct reading *r)
{
    char *list = r->book->names;
    char name[SHOWN_NAME];
    size_t len = 0;

    for (size_t i = 0; i < r->nsheets && len + SHOWN_NAME + 8 < sizeof r->book->names;
         i++) {
        tally_text_printable(r->sheets[i].name, name, sizeof name);
        len += (size_t)snprintf(list + len, sizeof r->book->names - len, "%s'%s'",
                                i == 0 ? "" : ", ", name);
    }
}

/* By name, in the same capitals or, as a spreadsheet program has it, in any. */
static const struct sheet *
find_sheet(const struct reading *r, const char *wanted)
{
    for (size_t i = 0; i < r->nsheets; i++) {
        if (strcmp(r->sheets[i].name, wanted) == 0) {
            return &r->sheets[i];
        }
    }
    for (size_t i = 0; i < r->nsheets; i++) {
        if (strcasecmp(r->sheets[i].name, wanted) == 0) {
            return &r->sheets[i];
        }
    }
    return NULL;
}

static const struct sheet *
first_sheet(const struct reading *r)
{
    for (size_t i = 0; i < r->nsheets; i++) {
        if (!r->sheets[i].hidden && r->sheets[i].part != NULL) {
            return &r->sheets[i];
        }
    }
    return NULL;
}

static int
choose(struct reading *r, const char *wanted, struct tally_err *err)
{
    const struct sheet *s = wanted == NULL ? first_sheet(r) : find_sheet(r, wanted);
    char name[SHOWN_NAME];

    if (r->nsheets == 0) {
        return not_a_workbook(err, "this is a zip file, but not an .xlsx workbook");
    }
    if (s == NULL && wanted == NULL) {
        tally_err_set(err, TALLY_E_DATA, "every sheet of the workbook is hidden");
        return tally_err_hint(err, "name the one to read with --sheet NAME");
    }
    list_names(r);
    if (s == NULL) {
        tally_err_set(err, TALLY_E_USAGE, "the workbook has no sheet '%s'", wanted);
        return tally_err_hint(err, "its sheets are %s", r->book->names);
    }
    tally_text_printable(s->name, name, sizeof name);
    if (s->part == NULL) {
        tally_err_set(err, TALLY_E_DATA,
                      "sheet '%s' is a chart, or its cells are missing", name);
        return tally_err_hint(err, "name another sheet with --sheet NAME");
    }
    r->book->sheets = r->nsheets;
    return keep(&r->book->sheet, name, err) != 0 ||
                   keep(&r->book->part, s->part, err) != 0
               ? -1
               : 0;
}

int
xlsx_book_load(struct xlsx_book *b, struct xlsx_zip *z, const char *wanted,
               struct tally_err *err)
{
    struct reading r = {.book = b};
    int status = -1;

    if (read_workbook(&r, z, err) == 0) {
        status = choose(&r, wanted, err);
    }
    for (size_t i = 0; i < r.nsheets; i++) {
        free(r.sheets[i].name);
        free(r.sheets[i].id);
        free(r.sheets[i].part);
    }
    free(r.sheets);
    return status;
}

void
xlsx_book_close(struct xlsx_book *b)
{
    free(b->sheet);
    free(b->part);
    free(b->strings);
    free(b->styles);
}

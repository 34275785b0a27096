/*
 * Number formats. A spreadsheet keeps a date as a number of days: only the format of the
 * cell says that it is one.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx_private.h"

#include <stdlib.h>
#include <string.h>

#define FORMATS 65536u

struct xlsx_styles {
    struct xlsx_format formats[FORMATS]; /* by number */
    uint16_t *cells;                     /* the format's number of each cell style */
    uint32_t count;
    uint32_t cap;
    bool in_formats; /* numFmts: elsewhere formats are those of conditions */
    bool in_cells;   /* cellXfs, not the named styles */
};

/* What the letters of a format ask for. */
struct letters {
    bool day; /* or year: certainly a date */
    bool month_or_minute;
    bool hour; /* or second */
    bool elapsed;
    bool other;     /* anything that is neither digits nor what may stand between them */
    unsigned zeros; /* digit places that are always shown */
};

/* Step over what a format shows as it is: quoted text, and the character that \, _ or *
 * takes with it. NULL when nothing of the kind stands at ${p}. */
static const char *
skip_literal(const char *p)
{
    if (*p == '"') {
        const char *end = strchr(p + 1, '"');

        return end == NULL ? p + strlen(p) : end + 1;
    }
    if (*p == '\\' || *p == '_' || *p == '*') {
        return p[1] == '\0' ? p + 1 : p + 2;
    }
    return NULL;
}

/* Step over [...]: a colour, a condition or a locale, but hours past 24 when it is a run
 * of h, m or s. */
static const char *
skip_bracket(const char *p, struct letters *l)
{
    const char *end = strchr(p, ']');

    if (strspn(p + 1, "hHmMsS") > 0 && p[1 + strspn(p + 1, "hHmMsS")] == ']') {
        l->hour = true;
        l->elapsed = true;
    }
    return end == NULL ? p + strlen(p) : end + 1;
}

static bool
starts_with(const char *p, const char *word)
{
    for (; *word != '\0'; p++, word++) {
        if ((*p | 0x20) != (*word | 0x20)) {
            return false;
        }
    }
    return true;
}

static void
take_letter(char c, struct letters *l)
{
    switch (c) {
    case 'd':
    case 'D':
    case 'y':
    case 'Y':
        l->day = true;
        break;
    case 'm':
    case 'M':
        l->month_or_minute = true;
        break;
    case 'h':
    case 'H':
    case 's':
    case 'S':
        l->hour = true;
        break;
    case '0':
        l->zeros++;
        break;
    case ' ':
    case '-':
        break;
    default:
        l->other = true;
        break;
    }
}

/* The first section of a format is the one for numbers of 0 and more. */
static struct letters
letters_of(const char *p)
{
    struct letters l = {false, false, false, false, false, 0};

    while (*p != '\0' && *p != ';') {
        const char *next = *p == '[' ? skip_bracket(p, &l) : skip_literal(p);

        if (next == NULL && starts_with(p, "general")) {
            next = p + 7;
            l.other = true;
        } else if (next == NULL && starts_with(p, "am/pm")) {
            next = p + 5;
        } else if (next == NULL && starts_with(p, "a/p")) {
            next = p + 3;
        } else if (next == NULL) {
            take_letter(*p, &l);
            next = p + 1;
        }
        p = next;
    }
    return l;
}

struct xlsx_format
xlsx_format_of(const char *code)
{
    struct letters l = letters_of(code);
    struct xlsx_format f = {XLSX_PLAIN, 0, false};

    if (l.day || (l.month_or_minute && !l.hour)) {
        f.kind = l.hour ? XLSX_DATE_TIME : XLSX_DATE;
    } else if (l.hour) {
        f.kind = XLSX_TIME;
        f.elapsed = l.elapsed;
    } else if (!l.other && l.zeros >= 2 && l.zeros <= 15) {
        f.zeros = (uint8_t)l.zeros;
    }
    return f;
}

/* Formats that have a number and no code in the file. 27 to 36 and 50 to 58 are dates, or
 * times, of East Asian versions. */
static void
set_built_in(struct xlsx_format *formats)
{
    static const struct {
        uint8_t first;
        uint8_t last;
        uint8_t kind;
    } ranges[] = {{14, 17, XLSX_DATE},      {18, 21, XLSX_TIME},
                  {22, 22, XLSX_DATE_TIME}, {27, 36, XLSX_DATE_TIME},
                  {45, 47, XLSX_TIME},      {50, 58, XLSX_DATE_TIME}};

    for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
        for (unsigned i = ranges[r].first; i <= ranges[r].last; i++) {
            formats[i].kind = ranges[r].kind;
        }
    }
    formats[46].elapsed = true;
}

static int
not_styles(struct tally_err *err)
{
    tally_err_set(err, TALLY_E_DATA,
                  "the workbook's styles are damaged, or more than are read here");
    return tally_err_hint(err, XLSX_HINT_RESAVE);
}

static int
add_cell_style(struct xlsx_styles *s, uint32_t format, struct tally_err *err)
{
    if (s->count == TALLY_XLSX_STYLES_MAX) {
        return not_styles(err);
    }
    if (s->count == s->cap) {
        uint32_t cap = s->cap == 0 ? 64 : s->cap * 2;
        uint16_t *cells = realloc(s->cells, cap * sizeof *cells);

        if (cells == NULL) {
            return tally_err_nomem(err);
        }
        s->cells = cells;
        s->cap = cap;
    }
    s->cells[s->count++] = (uint16_t)format;
    return 0;
}

static int
on_start(void *ctx, const char *name, const char *const *atts, struct tally_err *err)
{
    struct xlsx_styles *s = ctx;
    uint32_t number = 0;

    if (strcmp(name, "cellXfs") == 0) {
        s->in_cells = true;
    } else if (strcmp(name, "numFmts") == 0) {
        s->in_formats = true;
    } else if (strcmp(name, "xf") == 0 && s->in_cells) {
        return xlsx_attr_number(atts, "numFmtId", FORMATS - 1, &number) != 0
                   ? not_styles(err)
                   : add_cell_style(s, number, err);
    } else if (strcmp(name, "numFmt") == 0 && s->in_formats) {
        const char *code = xlsx_attr(atts, "formatCode");

        if (code == NULL || xlsx_attr(atts, "numFmtId") == NULL ||
            xlsx_attr_number(atts, "numFmtId", FORMATS - 1, &number) != 0) {
            return not_styles(err);
        }
        s->formats[number] = xlsx_format_of(code);
    }
    return 0;
}

static int
on_end(void *ctx, const char *name, struct tally_err *err)
{
    struct xlsx_styles *s = ctx;

    (void)err;
    if (strcmp(name, "cellXfs") == 0) {
        s->in_cells = false;
    } else if (strcmp(name, "numFmts") == 0) {
        s->in_formats = false;
    }
    return 0;
}

int
xlsx_styles_load(struct xlsx_styles **out, struct xlsx_zip *z, const char *part,
                 struct tally_err *err)
{
    static const struct xlsx_events events = {on_start, on_end, NULL};
    struct xlsx_styles *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return tally_err_nomem(err);
    }
    set_built_in(s->formats);
    if (xlsx_xml_run(z, part, TALLY_XLSX_SMALL_MAX, &events, s, err) != 0) {
        xlsx_styles_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

bool
xlsx_styles_get(const struct xlsx_styles *s, uint32_t i, struct xlsx_format *out)
{
    static const struct xlsx_format plain = {XLSX_PLAIN, 0, false};

    if (s == NULL) {
        *out = plain;
        return true;
    }
    if (i >= s->count) {
        *out = plain;
        return i == 0;
    }
    *out = s->formats[s->cells[i]];
    return true;
}

void
xlsx_styles_free(struct xlsx_styles *s)
{
    if (s != NULL) {
        free(s->cells);
        free(s);
    }
}

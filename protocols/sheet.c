/*
 * Provider sheets. Hiding and rounding are done here once, when a sheet is made; whatever
 * reads one sees no raw count.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/sheet.h"

#include "bloom/base/text.h"
#include "bloom/meta.h"
#include "protocols/calendar.h"
#include "protocols/paper.h"

#include <stdlib.h>
#include <string.h>

#define TEXTS_FILE_MAX 65536

static const char *const text_names[TALLY_SHEET_TEXTS] = {"population", "period",
                                                          "recorded", "cleaned"};
static const char *const stayed_names[TALLY_STAY_REASONS] = {
    [TALLY_STAYS_OPT_OUT] = "opted_out",
    [TALLY_STAYS_LISTED] = "excluded_by_list",
    [TALLY_STAYS_MARKED] = "excluded_by_mark",
};

const char *
tally_sheet_text_name(enum tally_sheet_text t)
{
    return text_names[t];
}

static int64_t
shown(uint64_t n)
{
    return n < TALLY_SHEET_MIN ? TALLY_SHEET_HIDDEN
                               : (int64_t)((n + TALLY_SHEET_ROUND / 2) /
                                           TALLY_SHEET_ROUND * TALLY_SHEET_ROUND);
}

/* Hide parts of a shown whole: those that are small, and where that is one alone, the
 * smallest other too. */
static void
hide_parts(const uint64_t *raw, int64_t *parts, size_t n)
{
    size_t hidden = 0;
    size_t least = n;

    for (size_t i = 0; i < n; i++) {
        parts[i] = shown(raw[i]);
        hidden += parts[i] == TALLY_SHEET_HIDDEN;
        if (parts[i] != TALLY_SHEET_HIDDEN && (least == n || raw[i] < raw[least])) {
            least = i;
        }
    }
    if (hidden == 1 && least < n) {
        parts[least] = TALLY_SHEET_HIDDEN;
    }
}

static void
make_field(struct tally_sheet_field *f, const char *name,
           const uint64_t reasons[TALLY_REASONS], uint64_t records)
{
    const uint64_t raw[3] = {
        reasons[TALLY_VALUE_OK] + reasons[TALLY_VALUE_REPAIRED],
        reasons[TALLY_VALUE_MISSING] + reasons[TALLY_VALUE_PLACEHOLDER],
        reasons[TALLY_VALUE_INVALID] + reasons[TALLY_VALUE_IMPOSSIBLE] +
            reasons[TALLY_VALUE_CHECK_DIGIT]};
    int64_t parts[3];
    int64_t whole = shown(records);

    hide_parts(raw, parts, 3);
    for (size_t i = 0; i < 3; i++) {
        if (whole == TALLY_SHEET_HIDDEN) {
            parts[i] = TALLY_SHEET_HIDDEN;
        } else if (parts[i] != TALLY_SHEET_HIDDEN) {
            parts[i] = (1000 * parts[i] + whole / 2) / whole;
            parts[i] = parts[i] > 999 ? 999 : parts[i]; /* all of them is not told */
        }
    }
    (void)strcpy(f->name, name);
    f->usable = parts[0];
    f->missing = parts[1];
    f->unusable = parts[2];
}

/* Records of the export are those that stayed and those that left. */
static void
make_counts(struct tally_sheet *s, const struct tally_encode_summary *sum)
{
    uint64_t rows = sum->records;
    size_t hidden = 0;

    s->records = shown(sum->records);
    for (int i = TALLY_STAYS_OPT_OUT; i < TALLY_STAY_REASONS; i++) {
        rows += sum->stayed[i];
        s->stayed[i] = shown(sum->stayed[i]);
        hidden += s->stayed[i] == TALLY_SHEET_HIDDEN;
    }
    s->stayed[TALLY_LEAVES] = TALLY_SHEET_HIDDEN;
    hidden += s->records == TALLY_SHEET_HIDDEN;
    s->rows = hidden == 1 ? TALLY_SHEET_HIDDEN : shown(rows);
    s->nothing_usable = shown(sum->empty_records);
    if (sum->records - sum->empty_records < TALLY_SHEET_MIN) {
        s->nothing_usable = TALLY_SHEET_HIDDEN;
    }
    if (s->dummies) {
        s->records = TALLY_SHEET_HIDDEN;
        s->rows = TALLY_SHEET_HIDDEN;
    }
}

void
tally_sheet_make(struct tally_sheet *out, const struct tally_encode_job *job,
                 const struct tally_encode_summary *sum)
{
    const struct tally_schema *schema = job->schema;

    memset(out, 0, sizeof *out);
    (void)strncpy(out->source, job->source, sizeof out->source - 1);
    tally_today(out->made);
    (void)strcpy(out->tool, TALLY_VERSION);
    (void)strcpy(out->schema_name, schema->name);
    memcpy(out->schema_digest, schema->digest, sizeof out->schema_digest);
    memcpy(out->delivery_id, sum->delivery, sizeof out->delivery_id);
    out->duplicates_possible = job->duplicates_possible;
    out->dummies = sum->dummies > 0;
    if (job->exclude != NULL) {
        out->opt_out_list = tally_exclude_counts(job->exclude, TALLY_STAYS_OPT_OUT).given;
        out->exclude_list = tally_exclude_counts(job->exclude, TALLY_STAYS_LISTED).given;
    }
    make_counts(out, sum);
    out->nfields = schema->nfields;
    for (size_t f = 0; f < schema->nfields; f++) {
        make_field(&out->fields[f], schema->fields[f].name, sum->reasons[f],
                   sum->records);
    }
}

/* Texts. */

static int
bad_line(const char *path, size_t line, const char *what, struct tally_err *err)
{
    tally_err_set(err, TALLY_E_DATA, "%s: line %zu: %s", path, line, what);
    return tally_err_hint(err, "lines are 'population = ...', 'period = ...', "
                               "'recorded = ...' and 'cleaned = ...'");
}

/* One line: cut at its "=". */
static int
take_line(struct tally_sheet *s, char *line, const char *path, size_t at,
          struct tally_err *err)
{
    char *value = strchr(line, '=');
    size_t t = 0;

    line += strspn(line, " \t");
    if (*line == '\0' || *line == '#') {
        return 0;
    }
    if (value == NULL) {
        return bad_line(path, at, "there is no = in it", err);
    }
    *value = '\0';
    line[strcspn(line, " \t")] = '\0';
    value += 1 + strspn(value + 1, " \t");
    while (t < TALLY_SHEET_TEXTS && strcmp(line, text_names[t]) != 0) {
        t++;
    }
    if (t == TALLY_SHEET_TEXTS) {
        return bad_line(path, at, "no text is called so", err);
    }
    if (s->texts[t][0] != '\0') {
        return bad_line(path, at, "the text is there already", err);
    }
    if (strlen(value) > TALLY_SHEET_TEXT_MAX) {
        return bad_line(path, at, "the text is too long: 400 bytes at most", err);
    }
    tally_text_printable(value, s->texts[t], sizeof s->texts[t]);
    return 0;
}

int
tally_sheet_read_texts(struct tally_sheet *s, const char *path, struct tally_err *err)
{
    uint8_t *text = NULL;
    size_t len = 0;
    size_t at = 1;
    int rc = 0;

    if (tally_file_read(path, TEXTS_FILE_MAX, &text, &len, err) != 0) {
        return -1;
    }
    for (char *line = (char *)text; rc == 0 && line != NULL; at++) {
        char *end = strchr(line, '\n');

        if (end != NULL) {
            *end = '\0';
        }
        line[strcspn(line, "\r")] = '\0';
        rc = take_line(s, line, path, at, err);
        line = end != NULL ? end + 1 : NULL;
    }
    free(text);
    return rc;
}

/* Writing. */

static void
set_shown(struct tally_jnode *o, const char *key, int64_t n)
{
    if (n == TALLY_SHEET_HIDDEN) {
        tally_jset_str(o, key, NULL);
    } else {
        tally_jset_int(o, key, n);
    }
}

static void
set_fields(struct tally_jnode *body, const struct tally_sheet *s)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t f = 0; f < s->nfields; f++) {
        struct tally_jnode *o = tally_jobject();

        tally_jset_str(o, "field", s->fields[f].name);
        set_shown(o, "usable", s->fields[f].usable);
        set_shown(o, "missing", s->fields[f].missing);
        set_shown(o, "unusable", s->fields[f].unusable);
        tally_jpush(list, o);
    }
    tally_jset(body, "fields_in_thousandths", list);
}

static struct tally_jnode *
body_of(const struct tally_sheet *s)
{
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_SHEET);

    tally_jset_str(body, "status", "aggregate");
    tally_jset_str(body, "recipient", "the parties to the linkage");
    tally_jset_str(body, "source", s->source);
    tally_jset_str(body, "made", s->made);
    tally_jset_str(body, "tool", s->tool);
    tally_jset_str(body, "schema", s->schema_name);
    tally_meta_set_hex(body, "schema_digest", s->schema_digest, sizeof s->schema_digest);
    tally_meta_set_hex(body, "delivery_id", s->delivery_id, sizeof s->delivery_id);
    tally_meta_set_hex(body, "agreement", s->agreement, sizeof s->agreement);
    tally_jset_int(body, "delivery", (int64_t)s->delivery);
    for (int t = 0; t < TALLY_SHEET_TEXTS; t++) {
        tally_jset_str(body, text_names[t], s->texts[t]);
    }
    tally_jset_bool(body, "people_twice", s->duplicates_possible);
    tally_jset_bool(body, "dummies", s->dummies);
    tally_jset_bool(body, "opt_out_list", s->opt_out_list);
    tally_jset_bool(body, "exclude_list", s->exclude_list);
    set_shown(body, "records_in_export", s->rows);
    for (int i = TALLY_STAYS_OPT_OUT; i < TALLY_STAY_REASONS; i++) {
        set_shown(body, stayed_names[i], s->stayed[i]);
    }
    set_shown(body, "records_sent", s->records);
    set_shown(body, "nothing_usable", s->nothing_usable);
    set_fields(body, s);
    return body;
}

int
tally_sheet_write(struct tally_outfile *f, const struct tally_sheet *s,
                  struct tally_secret *seed, struct tally_err *err)
{
    struct tally_jnode *body = body_of(s);
    char *text;
    int rc;

    if (seed != NULL) {
        return tally_paper_write(f, TALLY_PAPER_SHEET, body, seed, err);
    }
    text = tally_json_text(body, 2);
    tally_jfree(body);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_outfile_printf(f, err, "%s\n", text);
    free(text);
    return rc;
}

/* Reading. */

static int
take_shown(const struct tally_json *o, const char *key, int64_t max, int64_t *out,
           struct tally_err *err)
{
    struct tally_json v;

    if (tally_json_need(o, key, &v, err) != 0) {
        return -1;
    }
    if (tally_json_is_null(&v)) {
        *out = TALLY_SHEET_HIDDEN;
        return 0;
    }
    return tally_json_int(&v, 0, max, out, err);
}

static int
take_bool(const struct tally_json *o, const char *key, bool *out, struct tally_err *err)
{
    struct tally_json v;

    return tally_json_need(o, key, &v, err) != 0 ? -1 : tally_json_bool(&v, out, err);
}

static int
take_fields(const struct tally_json *body, struct tally_sheet *s, struct tally_err *err)
{
    struct tally_json list, o;

    if (tally_json_need(body, "fields_in_thousandths", &list, err) != 0 ||
        tally_json_length(&list, &s->nfields, err) != 0) {
        return -1;
    }
    if (s->nfields > TALLY_SCHEMA_FIELDS_MAX) {
        return tally_json_err(&list, err, TALLY_E_CORRUPT, "too many fields");
    }
    for (size_t i = 0; i < s->nfields; i++) {
        struct tally_sheet_field *f = &s->fields[i];

        if (tally_json_at(&list, i, &o, err) != 0 ||
            tally_meta_text(&o, "field", TALLY_NAME_MAX, f->name, err) != 0 ||
            take_shown(&o, "usable", 1000, &f->usable, err) != 0 ||
            take_shown(&o, "missing", 1000, &f->missing, err) != 0 ||
            take_shown(&o, "unusable", 1000, &f->unusable, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
take_counts(const struct tally_json *body, struct tally_sheet *s, struct tally_err *err)
{
    for (int i = TALLY_STAYS_OPT_OUT; i < TALLY_STAY_REASONS; i++) {
        if (take_shown(body, stayed_names[i], UINT32_MAX, &s->stayed[i], err) != 0) {
            return -1;
        }
    }
    s->stayed[TALLY_LEAVES] = TALLY_SHEET_HIDDEN;
    return take_shown(body, "records_in_export", UINT32_MAX, &s->rows, err) != 0 ||
                   take_shown(body, "records_sent", UINT32_MAX, &s->records, err) != 0
               ? -1
               : take_shown(body, "nothing_usable", UINT32_MAX, &s->nothing_usable, err);
}

static int
take_body(const struct tally_json *body, struct tally_sheet *s, struct tally_err *err)
{
    int64_t delivery = 0;

    for (int t = 0; t < TALLY_SHEET_TEXTS; t++) {
        if (tally_meta_text(body, text_names[t], TALLY_SHEET_TEXT_MAX, s->texts[t],
                            err) != 0) {
            return -1;
        }
    }
    if (tally_meta_text(body, "source", TALLY_NAME_MAX, s->source, err) != 0 ||
        tally_meta_text(body, "made", sizeof s->made - 1, s->made, err) != 0 ||
        tally_meta_text(body, "tool", TALLY_NAME_MAX, s->tool, err) != 0 ||
        tally_meta_text(body, "schema", TALLY_NAME_MAX, s->schema_name, err) != 0 ||
        tally_meta_hex(body, "schema_digest", s->schema_digest, TALLY_DIGEST_BYTES,
                       err) != 0 ||
        tally_meta_hex(body, "delivery_id", s->delivery_id, TALLY_DELIVERY_BYTES, err) !=
            0 ||
        tally_meta_hex(body, "agreement", s->agreement, TALLY_DIGEST_BYTES, err) != 0 ||
        tally_meta_count(body, "delivery", INT64_MAX, &delivery, err) != 0 ||
        take_bool(body, "people_twice", &s->duplicates_possible, err) != 0 ||
        take_bool(body, "dummies", &s->dummies, err) != 0 ||
        take_bool(body, "opt_out_list", &s->opt_out_list, err) != 0 ||
        take_bool(body, "exclude_list", &s->exclude_list, err) != 0 ||
        take_counts(body, s, err) != 0 || take_fields(body, s, err) != 0) {
        return tally_meta_failed(err);
    }
    s->delivery = (uint64_t)delivery;
    return 0;
}

static int
read_signed(struct tally_sheet *s, const char *path, struct tally_err *err)
{
    struct tally_paper p = {.doc = NULL};
    struct tally_json body;
    int rc = tally_paper_read(&p, path, TALLY_PAPER_SHEET, NULL, err);

    if (rc == 0) {
        body = tally_json_root(p.doc);
        rc = take_body(&body, s, err);
        s->is_signed = true;
        memcpy(s->key, p.key, sizeof s->key);
    }
    tally_paper_free(&p);
    return rc;
}

static int
read_plain(struct tally_sheet *s, const char *path, const uint8_t *text, size_t len,
           struct tally_err *err)
{
    struct tally_json_doc *doc = NULL;
    struct tally_json body;
    int rc = -1;

    if (tally_json_parse(&doc, path, text, len, err) == 0) {
        body = tally_json_root(doc);
        rc = tally_meta_fixed(&body, "tallystick",
                              tally_paper_kind_name(TALLY_PAPER_SHEET), err) != 0 ||
                     tally_meta_version(&body, path, 1, err) != 0
                 ? tally_meta_failed(err)
                 : take_body(&body, s, err);
    } else {
        rc = tally_meta_failed(err);
    }
    tally_json_doc_free(doc);
    return rc;
}

int
tally_sheet_read(struct tally_sheet *out, const char *path, struct tally_err *err)
{
    struct tally_sheet s = {.delivery = 0};
    uint8_t *text = NULL;
    size_t len = 0;
    int rc;

    if (tally_file_read(path, TALLY_PAPER_BYTES_MAX, &text, &len, err) != 0) {
        return -1;
    }
    rc = strstr((const char *)text, "\nsignature ") != NULL
             ? read_signed(&s, path, err)
             : read_plain(&s, path, text, len, err);
    free(text);
    if (rc == 0) {
        *out = s;
    }
    return rc;
}

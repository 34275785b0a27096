/*
 * A profile for reading: one page for the data owner, and the same as JSON. Field and
 * column names are shown, counts and shares, and nothing else of the file.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/profile.h"

#include "bloom/base/bytes.h"
#include "bloom/base/html.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_TEXT 48
#define STATUS      "aggregate about personal data"
#define AUDIENCE    "the data owner"

/* ${n} with commas between thousands. */
static void
number_text(uint64_t n, char out[NUMBER_TEXT])
{
    char plain[24];
    size_t len = (size_t)snprintf(plain, sizeof plain, "%" PRIu64, n);
    size_t o = 0;

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            out[o++] = ',';
        }
        out[o++] = plain[i];
    }
    out[o] = '\0';
}

/* An estimate with three figures, more of which would be chance. */
static void
about_text(uint64_t n, bool exact, char out[NUMBER_TEXT])
{
    char number[NUMBER_TEXT];
    uint64_t unit = 1;

    if (exact) {
        number_text(n, out);
        return;
    }
    while (n / unit >= 1000) {
        unit *= 10;
    }
    number_text((n + unit / 2) / unit * unit, number);
    (void)snprintf(out, NUMBER_TEXT, "about %.40s", number);
}

static const char *
type_text(const struct tally_profile_field *f)
{
    return tally_field_type_name(f->type);
}

static void
count_text(const struct tally_finding *f, char out[NUMBER_TEXT])
{
    char number[NUMBER_TEXT];

    number_text(f->count, number);
    (void)snprintf(out, NUMBER_TEXT, "%s%.38s", f->estimate ? "at least " : "", number);
}

/* A row of a table of findings, with the field's name in front unless it is NULL. */
static void
finding_row(struct tally_html *h, const char *field, const struct tally_finding *f)
{
    char count[NUMBER_TEXT], share[TALLY_SHARE_TEXT];
    const char *cells[] = {field, tally_check_label(f->check), count, share, NULL, NULL};

    count_text(f, count);
    tally_share_text(f->count, f->of, share);
    if (field != NULL) {
        cells[4] = f->action;
        tally_html_row(h, cells);
    } else {
        cells[4] = tally_verdict_name(f->verdict);
        cells[5] = f->action;
        tally_html_row(h, cells + 1);
    }
}

static void
rows_of_verdict(struct tally_html *h, const struct tally_profile *p, enum tally_verdict v)
{
    for (size_t i = 0; i < p->nfindings; i++) {
        if (p->findings[i].verdict == v) {
            finding_row(h, "whole file", &p->findings[i]);
        }
    }
    for (size_t f = 0; f < p->nfields; f++) {
        for (size_t i = 0; i < p->fields[f].nfindings; i++) {
            if (p->fields[f].findings[i].verdict == v) {
                finding_row(h, p->fields[f].name, &p->fields[f].findings[i]);
            }
        }
    }
}

static void
to_do(struct tally_html *h, const struct tally_profile *p, enum tally_verdict v,
      const char *heading, const char *caption, const char *none)
{
    static const char *const headers[] = {"Field", "What", "Records", "Share",
                                          "What to do"};

    tally_html_heading(h, 2, heading);
    if (tally_profile_count(p, v) == 0) {
        tally_html_para(h, "%s", none);
        return;
    }
    tally_html_table_begin(h, caption, 5, headers, 1u << 2 | 1u << 3);
    rows_of_verdict(h, p, v);
    tally_html_table_end(h);
}

static void
at_a_glance(struct tally_html *h, const struct tally_profile *p)
{
    char records[NUMBER_TEXT];

    number_text(p->records, records);
    tally_html_facts_begin(h);
    tally_html_fact(h, "File", "%s", p->file);
    tally_html_fact(h, "Records", "%s", records);
    if (p->has_aliases) {
        number_text(p->alias_rows, records);
        tally_html_fact(h, "Alias rows", "%s", records);
    }
    tally_html_fact(h, "Fields", "%zu, %s%s", p->nfields,
                    p->schema[0] != '\0' ? "of the schema " : "types guessed", p->schema);
    if (p->id_column[0] != '\0') {
        tally_html_fact(h, "Id column", "%s", p->id_column);
    }
    tally_html_fact(h, "To fix before encoding", "%zu",
                    tally_profile_count(p, TALLY_VERDICT_FIX));
    tally_html_fact(h, "To look at", "%zu", tally_profile_count(p, TALLY_VERDICT_LOOK));
    tally_html_facts_end(h);
    tally_html_para(h, "This page counts what the file holds. It shows no value of any "
                       "record. The counts are exact, small ones too, so that you can "
                       "find what they count: keep the page inside your organisation, "
                       "and apply disclosure control before anything of it goes out.");
}

static void
fields_table(struct tally_html *h, const struct tally_profile *p)
{
    static const char *const headers[] = {"Field",  "Column",           "Type",
                                          "Usable", "Different values", "Most frequent",
                                          "Bits",   "Verdict"};

    tally_html_heading(h, 2, "Fields");
    tally_html_table_begin(h, "Each field at a glance", 8, headers,
                           1u << 3 | 1u << 4 | 1u << 5 | 1u << 6);
    for (size_t i = 0; i < p->nfields; i++) {
        const struct tally_profile_field *f = &p->fields[i];
        char usable[TALLY_SHARE_TEXT], top[TALLY_SHARE_TEXT], distinct[NUMBER_TEXT];
        char bits[NUMBER_TEXT];
        const char *cells[] = {
            f->name,  f->columns, type_text(f), usable,
            distinct, top,        bits,         tally_verdict_name(f->verdict)};

        tally_share_text(f->usable, p->records, usable);
        tally_share_text(f->frequency.top, f->usable, top);
        about_text(f->frequency.distinct, f->frequency.exact, distinct);
        (void)snprintf(bits, sizeof bits, "%.1f", f->frequency.entropy_bits);
        tally_html_row(h, cells);
    }
    tally_html_table_end(h);
    tally_html_para(h,
                    "Most frequent is the share of the commonest value in the usable "
                    "ones. Bits (entropy) say how well a field tells people apart: "
                    "with one bit more, half as many people share a value.%s",
                    p->schema[0] != '\0'
                        ? ""
                        : " Without a schema the type of a column is guessed from its "
                          "name or its content; columns whose name is not that of a "
                          "usual identifying field are never asked to be fixed.");
}

static void
usable_chart(struct tally_html *h, const struct tally_profile *p)
{
    size_t n = p->nfields;
    const char **labels = calloc(n, sizeof *labels);
    const char **texts = calloc(n, sizeof *texts);
    double *values = calloc(n, sizeof *values);
    char(*shares)[TALLY_SHARE_TEXT] = calloc(n, sizeof *shares);

    if (labels != NULL && texts != NULL && values != NULL && shares != NULL) {
        for (size_t i = 0; i < n; i++) {
            tally_share_text(p->fields[i].usable, p->records, shares[i]);
            labels[i] = p->fields[i].name;
            texts[i] = shares[i];
            values[i] = (double)p->fields[i].usable;
        }
        tally_html_bars(h, "Records with a usable value", n, labels, values, texts);
    } else {
        tally_html_nomem(h);
    }
    free(labels);
    free(texts);
    free(values);
    free(shares);
}

static void
outcomes_table(struct tally_html *h, const struct tally_profile *p)
{
    const char *headers[1 + TALLY_REASONS] = {"Field"};
    unsigned numeric = 0;

    for (int r = 0; r < TALLY_REASONS; r++) {
        headers[1 + r] = tally_reason_name((enum tally_reason)r);
        numeric |= 1u << (1 + r);
    }
    tally_html_heading(h, 2, "What becomes of the values");
    tally_html_table_begin(h, "Values by outcome of normalisation", 1 + TALLY_REASONS,
                           headers, numeric);
    for (size_t i = 0; i < p->nfields; i++) {
        char texts[TALLY_REASONS][NUMBER_TEXT];
        const char *cells[1 + TALLY_REASONS] = {p->fields[i].name};

        for (int r = 0; r < TALLY_REASONS; r++) {
            number_text(p->fields[i].reasons[r], texts[r]);
            cells[1 + r] = texts[r];
        }
        tally_html_row(h, cells);
    }
    tally_html_table_end(h);
    tally_html_para(h, "Values that are ok or repaired are encoded. All others count as "
                       "missing: a record is encoded without them.");
}

static const char *const CHECK_HEADERS[] = {"What", "Records", "Share", "Verdict",
                                            "What to do"};

static void
whole_file(struct tally_html *h, const struct tally_profile *p)
{
    char compared[NUMBER_TEXT], groups[NUMBER_TEXT], largest[NUMBER_TEXT];

    tally_html_heading(h, 2, "The file as a whole");
    if (p->nfindings == 0) {
        tally_html_para(h, "No column has the name of an identifying field, so records "
                           "were not compared. Name a schema to have it done.");
        return;
    }
    tally_html_table_begin(h, "Records", 5, CHECK_HEADERS, 1u << 1 | 1u << 2);
    for (size_t i = 0; i < p->nfindings; i++) {
        finding_row(h, NULL, &p->findings[i]);
    }
    tally_html_table_end(h);
    number_text(p->compared, compared);
    number_text(p->in_groups, groups);
    number_text(p->largest, largest);
    if (p->in_groups > 0) {
        tally_html_para(h,
                        "%s records have two usable identifying fields besides sex and "
                        "were compared. %s of them share all their identifying fields "
                        "with another; the largest such group has %s.",
                        compared, groups, largest);
    } else {
        tally_html_para(h,
                        "%s records have two usable identifying fields besides sex and "
                        "were compared. No two are identical.",
                        compared);
    }
}

/* The names of the checks that found nothing, after what was found. */
static void
not_found(struct tally_html *h, const struct tally_profile_field *f)
{
    struct tally_buf names = {0};
    struct tally_err ignored = TALLY_ERR_INIT;
    int rc = 0;

    for (size_t i = 0; i < f->nfindings && rc == 0; i++) {
        if (f->findings[i].count == 0) {
            rc = tally_buf_printf(&names, &ignored, "%s%s", names.len > 0 ? "; " : "",
                                  tally_check_label(f->findings[i].check));
        }
    }
    if (rc != 0) {
        tally_html_nomem(h);
    } else if (names.len > 0) {
        tally_html_para(h, "Looked for and not found: %.*s.", (int)names.len,
                        (const char *)names.data);
    }
    tally_buf_free(&names);
}

static void
one_field(struct tally_html *h, const struct tally_profile_field *f)
{
    static const char *const sources[] = {"by the schema", "by the column's name",
                                          "by its content"};
    char distinct[NUMBER_TEXT], once[NUMBER_TEXT], rules[TALLY_RULES_TEXT];
    bool any = false;

    tally_html_heading(h, 3, f->name);
    about_text(f->frequency.distinct, f->frequency.exact, distinct);
    about_text(f->frequency.once, f->frequency.exact, once);
    tally_html_para(h,
                    "Type %s, %s. Different values: %s, of which in one record only: %s.",
                    type_text(f), sources[f->type_source], distinct, once);
    if (tally_rules_text(f->rules, rules) > 0) {
        tally_html_para(h, "Values by rule: %s.", rules);
    }
    for (size_t i = 0; i < f->nfindings; i++) {
        if (f->findings[i].count > 0) {
            if (!any) {
                tally_html_table_begin(h, "What was found", 5, CHECK_HEADERS,
                                       1u << 1 | 1u << 2);
            }
            any = true;
            finding_row(h, NULL, &f->findings[i]);
        }
    }
    if (any) {
        tally_html_table_end(h);
    }
    not_found(h, f);
}

static void
how_it_was_counted(struct tally_html *h, const struct tally_profile *p)
{
    bool exact = true;

    for (size_t i = 0; i < p->nfields; i++) {
        exact = exact && p->fields[i].frequency.exact;
    }
    tally_html_heading(h, 2, "How this was counted");
    tally_html_para(h,
                    "Every record was read once. Values were brought to one form by the "
                    "rules that encoding uses (version %d), then counted by a keyed "
                    "hash that was forgotten at the end. Whether a column holds another "
                    "type than its name says was looked at in the first 4,096 records "
                    "and in every sixteenth after them.",
                    TALLY_NORMALISER_VERSION);
    if (!exact) {
        tally_html_para(h,
                        "Fields with more different values than fit the memory were "
                        "counted by a sample of their values: what is marked 'about' is "
                        "an estimate, within about one per cent, and 'at least' a lower "
                        "bound that is short by at most one record in 256.");
    }
    tally_html_para(h, "A verdict follows from fixed thresholds. They fit an ordinary "
                       "population; yours may have good reasons to differ. The manual "
                       "(docs/profile.md) lists them all.");
}

int
tally_profile_html(struct tally_outfile *f, const struct tally_profile *p,
                   struct tally_err *err)
{
    struct tally_html *h = NULL;

    if (tally_html_begin(&h, f, "Profile of an export", STATUS, AUDIENCE, err) != 0) {
        return -1;
    }
    at_a_glance(h, p);
    to_do(h, p, TALLY_VERDICT_FIX, "Fix before encoding",
          "What would spoil the encodings", "Nothing needs fixing.");
    to_do(h, p, TALLY_VERDICT_LOOK, "Look at this", "What may be wrong",
          "Nothing stands out.");
    fields_table(h, p);
    usable_chart(h, p);
    outcomes_table(h, p);
    whole_file(h, p);
    tally_html_heading(h, 2, "Field by field");
    for (size_t i = 0; i < p->nfields; i++) {
        one_field(h, &p->fields[i]);
    }
    how_it_was_counted(h, p);
    return tally_html_end(h, err);
}

static struct tally_jnode *
findings_json(const struct tally_finding *list, size_t n)
{
    struct tally_jnode *a = tally_jarray();

    for (size_t i = 0; i < n; i++) {
        const struct tally_finding *f = &list[i];
        struct tally_jnode *o = tally_jobject();

        tally_jset_str(o, "check", tally_check_name(f->check));
        tally_jset_int(o, "count", (int64_t)f->count);
        tally_jset_int(o, "of", (int64_t)f->of);
        tally_jset_bool(o, "at_least", f->estimate);
        tally_jset_str(o, "verdict", tally_verdict_name(f->verdict));
        tally_jset_str(o, "what_to_do", f->action);
        tally_jpush(a, o);
    }
    return a;
}

static struct tally_jnode *
frequency_json(const struct tally_frequency *f)
{
    struct tally_jnode *o = tally_jobject();

    tally_jset_bool(o, "exact", f->exact);
    tally_jset_int(o, "distinct", (int64_t)f->distinct);
    tally_jset_int(o, "once", (int64_t)f->once);
    tally_jset_int(o, "most_frequent", (int64_t)f->top);
    tally_jset_real(o, "entropy_bits", f->entropy_bits);
    return o;
}

static struct tally_jnode *
field_json(const struct tally_profile_field *f)
{
    static const char *const sources[] = {"schema", "name", "content"};
    struct tally_jnode *o = tally_jobject();
    struct tally_jnode *reasons = tally_jobject();
    struct tally_jnode *rules = tally_jobject();

    for (int r = 0; r < TALLY_REASONS; r++) {
        tally_jset_int(reasons, tally_reason_name((enum tally_reason)r),
                       (int64_t)f->reasons[r]);
    }
    tally_jset_str(o, "field", f->name);
    tally_jset_str(o, "columns", f->columns);
    tally_jset_str(o, "type", type_text(f));
    tally_jset_str(o, "type_from", sources[f->type_source]);
    tally_jset_bool(o, "identifying", f->identifying);
    tally_jset_str(o, "verdict", tally_verdict_name(f->verdict));
    tally_jset_int(o, "usable", (int64_t)f->usable);
    for (int r = 1; r < TALLY_RULES; r++) {
        if (f->rules[r] > 0) {
            tally_jset_int(rules, tally_rule_name((enum tally_rule)r),
                           (int64_t)f->rules[r]);
        }
    }
    tally_jset(o, "outcomes", reasons);
    tally_jset(o, "rules", rules);
    tally_jset(o, "frequency", frequency_json(&f->frequency));
    tally_jset(o, "checks", findings_json(f->findings, f->nfindings));
    return o;
}

struct tally_jnode *
tally_profile_json(const struct tally_profile *p)
{
    struct tally_jnode *o = tally_jobject();
    struct tally_jnode *fields = tally_jarray();
    char digest[2 * TALLY_DIGEST_BYTES + 1];

    tally_hex_encode(p->digest, TALLY_DIGEST_BYTES, digest);
    tally_jset_str(o, "status", STATUS);
    tally_jset_str(o, "for", AUDIENCE);
    tally_jset_str(o, "file", p->file);
    tally_jset_str(o, "schema", p->schema[0] != '\0' ? p->schema : NULL);
    tally_jset_str(o, "schema_digest", p->schema[0] != '\0' ? digest : NULL);
    tally_jset_int(o, "normaliser_version", TALLY_NORMALISER_VERSION);
    tally_jset_int(o, "records", (int64_t)p->records);
    tally_jset_int(o, "alias_rows", (int64_t)p->alias_rows);
    tally_jset_int(o, "compared", (int64_t)p->compared);
    tally_jset_int(o, "in_groups_of_duplicates", (int64_t)p->in_groups);
    tally_jset_int(o, "largest_group", (int64_t)p->largest);
    tally_jset_int(o, "to_fix", (int64_t)tally_profile_count(p, TALLY_VERDICT_FIX));
    tally_jset_int(o, "to_look_at", (int64_t)tally_profile_count(p, TALLY_VERDICT_LOOK));
    for (size_t i = 0; i < p->nfields; i++) {
        tally_jpush(fields, field_json(&p->fields[i]));
    }
    tally_jset(o, "checks", findings_json(p->findings, p->nfindings));
    tally_jset(o, "fields", fields);
    return o;
}

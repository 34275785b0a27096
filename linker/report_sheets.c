/*
 * The report's provider sheets: each held against the run, then told.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report_page.h"

#include "bloom/base/bytes.h"
#include "linker/report_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int
check_signature(const struct report_numbers *r, const struct tally_sheet *s,
                struct tally_err *err)
{
    const struct tally_agreed_party *owner;

    if (r->agreement == NULL) {
        return 0;
    }
    owner = tally_agreement_source(r->agreement, s->source);
    if (owner == NULL || !s->is_signed ||
        (memcmp(s->key, owner->card.sign, sizeof s->key) != 0 &&
         memcmp(s->key, owner->first.sign, sizeof s->key) != 0) ||
        memcmp(s->agreement, r->agreement->digest, sizeof s->agreement) != 0) {
        return tally_err_set(err, TALLY_E_POLICY,
                             "the sheet of %s is not signed under this agreement by the "
                             "party that sends it",
                             s->source);
    }
    return 0;
}

int
tally_report_match_sheets(struct report_numbers *r, const struct tally_report_job *job,
                          struct tally_err *err)
{
    r->agreement = job->agreement;
    for (size_t i = 0; i < job->nsheets; i++) {
        const struct tally_sheet *s = &job->sheets[i];
        size_t at = 0;

        while (at < r->run->nsources &&
               memcmp(r->run->sources[at].delivery, s->delivery_id,
                      sizeof s->delivery_id) != 0) {
            at++;
        }
        if (at == r->run->nsources) {
            tally_err_set(err, r->agreement != NULL ? TALLY_E_POLICY : TALLY_E_DATA,
                          "the sheet of %s is of a delivery that this run did not link",
                          s->source);
            return tally_err_hint(err, "use the sheet that was written with the "
                                       "encodings, and the run that linked them");
        }
        if (r->sheets[at] != NULL) {
            return tally_err_set(err, TALLY_E_USAGE, "there are two sheets of %s",
                                 s->source);
        }
        if (check_signature(r, s, err) != 0) {
            return -1;
        }
        r->sheets[at] = s;
        r->nsheets++;
    }
    return 0;
}

struct report_text
tally_report_sheet_count(int64_t n)
{
    struct report_text t = {"[c]"};

    if (n != TALLY_SHEET_HIDDEN) {
        struct tally_count shown = tally_disclose((uint64_t)n);

        (void)snprintf(t.s, sizeof t.s, "%s", shown.text);
    }
    return t;
}

struct report_text
tally_report_sheet_share(int64_t thousandths)
{
    struct report_text t = {"[c]"};

    if (thousandths != TALLY_SHEET_HIDDEN) {
        (void)snprintf(t.s, sizeof t.s, "%" PRId64 ".%" PRId64 "%%", thousandths / 10,
                       thousandths % 10);
    }
    return t;
}

static void
put_fields(const struct page *p, const struct tally_sheet *s)
{
    static const char *const headers[] = {"Field", "Usable", "Missing", "Unusable"};
    char caption[160];

    (void)snprintf(caption, sizeof caption, "Completeness of the records of %s",
                   s->source);
    tally_html_table_begin(p->h, caption, 4, headers, 0xe);
    for (size_t f = 0; f < s->nfields; f++) {
        struct report_text usable = tally_report_sheet_share(s->fields[f].usable);
        struct report_text missing = tally_report_sheet_share(s->fields[f].missing);
        struct report_text unusable = tally_report_sheet_share(s->fields[f].unusable);

        tally_html_row(
            p->h, (const char *[]){s->fields[f].name, usable.s, missing.s, unusable.s});
    }
    tally_html_table_end(p->h);
}

static void
put_texts(const struct page *p, const struct tally_sheet *s)
{
    static const char *const names[TALLY_SHEET_TEXTS] = {
        "Whom the records are about", "What years, and what changed",
        "How identifiers were recorded", "What was cleaned before"};

    for (size_t t = 0; t < TALLY_SHEET_TEXTS; t++) {
        tally_html_fact(p->h, names[t], "%s",
                        s->texts[t][0] != '\0' ? s->texts[t] : "not stated");
    }
}

static void
put_stayed(const struct page *p, const struct tally_sheet *s)
{
    struct report_text opted_out =
        tally_report_sheet_count(s->stayed[TALLY_STAYS_OPT_OUT]);
    struct report_text listed = tally_report_sheet_count(s->stayed[TALLY_STAYS_LISTED]);
    struct report_text marked = tally_report_sheet_count(s->stayed[TALLY_STAYS_MARKED]);

    tally_html_fact(p->h, "Opted out", "%s",
                    s->opt_out_list ? opted_out.s : "no list was applied");
    tally_html_fact(p->h, "Excluded by list", "%s",
                    s->exclude_list ? listed.s : "no list was applied");
    tally_html_fact(p->h, "Excluded by a mark", "%s", marked.s);
}

static void
put_who(const struct page *p, const struct tally_sheet *s)
{
    const struct tally_agreed_party *owner =
        p->r->agreement != NULL ? tally_agreement_source(p->r->agreement, s->source)
                                : NULL;
    char hex[2 * TALLY_SIGN_PUBLIC_BYTES + 1];

    if (owner != NULL) {
        tally_html_fact(p->h, "Sent by", "%s (%s)", owner->card.name,
                        tally_party_rules(owner->card.kind)->label);
    }
    if (s->is_signed) {
        tally_hex_encode(s->key, sizeof s->key, hex);
        tally_html_fact(p->h, "Delivery",
                        "%" PRIu64 ", made on %s; sheet signed by the key %.16s...",
                        s->delivery, s->made, hex);
    } else {
        tally_html_fact(p->h, "Delivery", "made on %s; the sheet is not signed", s->made);
    }
}

static void
put_sheet(const struct page *p, const struct tally_sheet *s)
{
    struct report_text rows = tally_report_sheet_count(s->rows);
    struct report_text records = tally_report_sheet_count(s->records);
    struct report_text nothing = tally_report_sheet_count(s->nothing_usable);

    tally_html_facts_begin(p->h);
    put_who(p, s);
    put_texts(p, s);
    tally_html_fact(p->h, "Records in the export", "%s", rows.s);
    put_stayed(p, s);
    tally_html_fact(p->h, "Records sent", "%s%s", records.s,
                    s->dummies ? ", with dummy records among them" : "");
    tally_html_fact(p->h, "With nothing usable", "%s", nothing.s);
    tally_html_fact(p->h, "Can people stand in it twice?", "%s",
                    s->duplicates_possible ? "yes" : "no, says the owner");
    tally_html_facts_end(p->h);
    put_fields(p, s);
}

void
tally_report_put_sheets(const struct page *p)
{
    tally_html_para(
        p->h, "What each data owner says of its delivery. Shares are of the records "
              "sent. Missing values are empty or stand for \"not known\"; unusable "
              "ones break the rules of their type.");
    for (size_t s = 0; s < p->r->run->nsources; s++) {
        if (p->r->sheets[s] == NULL) {
            continue;
        }
        tally_html_heading(p->h, 3, p->r->names[s]);
        put_sheet(p, p->r->sheets[s]);
    }
    for (size_t s = 0; s < p->r->run->nsources; s++) {
        if (p->r->sheets[s] == NULL) {
            tally_html_para(p->h,
                            "There is no sheet of %s. Its owner writes one with tally "
                            "encode --provider-sheet.",
                            p->r->names[s]);
        }
    }
}

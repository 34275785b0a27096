/*
 * The report's flow of records, and where it answers what RECORD and GUILD ask for. The
 * items are told in our words.
 *   RECORD: Benchimol and others, "The REporting of studies Conducted using Observational
 *   Routinely-collected health Data (RECORD) statement", PLoS Medicine 12(10), 2015.
 *   GUILD: Gilbert and others, "GUILD: GUidance for Information about Linking Data sets",
 *   Journal of Public Health 40(1), 2018.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report_page.h"

#include "linker/report_text.h"

#include <string.h>

struct item {
    const char *item;
    const char *asked;
    const char *where;
};

static const struct item record_items[] = {
    {"RECORD 1.3", "Say in title or abstract that sources were linked",
     "Title: use it, or the sources' names, in yours"},
    {"RECORD 6.3", "Show the linkage process, with the number of people at each stage",
     "Records at each step"},
    {"RECORD 12.1", "Say what the investigators had access to",
     "The cohort: payload under pseudonyms, and no identifier"},
    {"RECORD 12.2", "Describe how data were cleaned", "Provider sheets"},
    {"RECORD 12.3",
     "Say at what level sources were linked, how, and how linkage quality was judged",
     "Linker's sheet: person level; How the threshold was set, and how sure it is"},
    {"RECORD 13.1",
     "Tell how the people of the study came to be those: by data quality, availability "
     "and linkage",
     "Records at each step"},
    {"RECORD 19.1", "Discuss what the data, and errors in them, mean for the results",
     "Who is linked less often; What this page does not tell you"},
    {"RECORD 22.1", "Say how protocol and code can be had",
     "Linker's sheet: version and digest of the schema"},
};

static const struct item guild_items[] = {
    {"1. Data provision", "Whom the records are about, of what years, and what changed",
     "Provider sheets"},
    {"1. Data provision", "How identifiers were recorded, cleaned and checked",
     "Provider sheets"},
    {"1. Data provision", "Completeness and quality of identifiers; who was left out",
     "Provider sheets: completeness, opt-outs, exclusions"},
    {"2. Data linkage", "Identifiers used, how they were processed, and the algorithm",
     "Linker's sheet"},
    {"2. Data linkage", "Thresholds, and why they lie where they do",
     "How the threshold was set, and how sure it is"},
    {"2. Data linkage", "Rates of false and of missed matches, and how they are known",
     "How the threshold was set, and how sure it is; If the thresholds were others"},
    {"2. Data linkage", "Certainty of each link",
     "How sure the links are; match strength "
     "in the cohort"},
    {"3. Analysis", "Characteristics of linked and of unlinked records",
     "Who is linked less often"},
    {"3. Analysis", "How results change with linkage error",
     "If the thresholds were others; ranges of counts in released tables"},
    {"4. Reporting", "A flow diagram, and the items of RECORD",
     "Records at each step; What RECORD asks for"},
};

static void
put_items(const struct page *p, const char *caption, const struct item *items, size_t n)
{
    static const char *const headers[] = {"Item", "What is asked for",
                                          "Where it is in this report"};

    tally_html_table_begin(p->h, caption, 3, headers, 0);
    for (size_t i = 0; i < n; i++) {
        tally_html_row(p->h,
                       (const char *[]){items[i].item, items[i].asked, items[i].where});
    }
    tally_html_table_end(p->h);
}

void
tally_report_put_record(const struct page *p)
{
    tally_html_para(
        p->h, "RECORD is the reporting guideline for studies of routinely collected "
              "health data (Benchimol and others, PLoS Medicine 12(10), 2015). Its "
              "items on linkage, in our words:");
    put_items(p, "RECORD items", record_items,
              sizeof record_items / sizeof record_items[0]);
}

void
tally_report_put_guild(const struct page *p)
{
    tally_html_para(
        p->h, "GUILD says what data providers, linkers and analysts should tell about "
              "linked data (Gilbert and others, Journal of Public Health 40(1), "
              "2018). Its steps, in our words:");
    put_items(p, "GUILD items", guild_items, sizeof guild_items / sizeof guild_items[0]);
}

/** What stands for source ${s} in the column of the cohort. */
static const char *
cohort_rows(const struct report_numbers *r, size_t s)
{
    for (size_t c = 0; r->has_cohort && c < r->cohort.nsources; c++) {
        if (strcmp(r->cohort.names[c], r->names[s]) == 0) {
            return r->cohort.rows[c].text;
        }
    }
    return r->has_cohort ? "not in it" : "no cohort";
}

#define FLOW_STEPS 5

/** What came through each step, by source; ${rows} and ${sent} hold texts of sheets. */
struct flow {
    struct report_text rows;
    struct report_text sent;
    const char *texts[FLOW_STEPS];
};

static void
fill_flow(const struct report_numbers *r, size_t s, struct flow *f)
{
    const struct tally_sheet *sheet = r->sheets[s];

    f->rows = (struct report_text){"no sheet"};
    f->sent = f->rows;
    if (sheet != NULL) {
        f->rows = tally_report_sheet_count(sheet->rows);
        f->sent = tally_report_sheet_count(sheet->records);
    }
    f->texts[0] = f->rows.s;
    f->texts[1] = f->sent.s;
    f->texts[2] = r->sources[s].records.text;
    f->texts[3] = r->sources[s].linked.text;
    f->texts[4] = cohort_rows(r, s);
}

/** The diagram, of few sources. */
static void
put_diagram(const struct page *p, const struct flow *flows)
{
    static const char *const steps[FLOW_STEPS] = {"In the export", "Sent", "Compared",
                                                  "Linked", "In the cohort"};
    const size_t n = p->r->run->nsources;
    const char *texts[FLOW_STEPS * TALLY_REPORT_NAMES];

    for (size_t step = 0; step < FLOW_STEPS; step++) {
        for (size_t s = 0; s < n; s++) {
            texts[step * n + s] = flows[s].texts[step];
        }
    }
    tally_html_flow(p->h, "Flow of records",
                    p->r->has_cohort ? FLOW_STEPS : FLOW_STEPS - 1, steps, n, p->r->names,
                    texts);
}

void
tally_report_put_flow(const struct page *p)
{
    static const char *const headers[] = {"Source",   "In the export", "Sent",
                                          "Compared", "Linked",        "In the cohort"};
    const size_t n = p->r->run->nsources;
    struct flow flows[TALLY_REPORT_NAMES];
    struct flow one;

    tally_html_para(p->h,
                    "How many records of each source came through each step: from the "
                    "export, without those who opted out or are excluded, to the cohort. "
                    "Records are compared when they arrived and were not withdrawn. The "
                    "cohort has linked and unlinked records.");
    if (n <= TALLY_REPORT_NAMES) {
        for (size_t s = 0; s < n; s++) {
            fill_flow(p->r, s, &flows[s]);
        }
        put_diagram(p, flows);
    }
    tally_html_table_begin(p->h, "Records at each step", 6, headers, 0x3e);
    for (size_t s = 0; s < n; s++) {
        fill_flow(p->r, s, &one);
        tally_html_row(p->h, (const char *[]){p->r->names[s], one.texts[0], one.texts[1],
                                              one.texts[2], one.texts[3], one.texts[4]});
    }
    tally_html_table_end(p->h);
}

/*
 * The report as a page. It prints what linker/report_counts.c lets through; nothing here
 * sees a raw count about people.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report.h"

#include "linker/report_page.h"
#include "linker/report_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void
put_introduction(const struct page *p)
{
    const struct tally_store_run *run = p->r->run;
    struct report_text date = tally_report_date(run->started);

    if (p->r->dedup) {
        tally_html_para(
            p->h,
            "This page describes run %lld, started on %s. The records of one source "
            "were compared with each other to find those of the same person.",
            (long long)run->id, date.s);
    } else {
        tally_html_para(
            p->h,
            "This page describes run %lld, started on %s. The records of %zu sources "
            "were compared to find those of the same person.",
            (long long)run->id, date.s, run->nsources);
    }
    tally_html_para(
        p->h, "The comparison used keyed encodings. The linker held no names, dates "
              "of birth or addresses.");
    tally_html_para(
        p->h,
        "Counts under %d are not shown. They appear as [c], and so do counts from "
        "which a hidden one could be worked out. All other counts are rounded to "
        "the nearest %d, counts of links more coarsely, so they may not add up.",
        TALLY_DISCLOSE_MIN, TALLY_DISCLOSE_ROUND);
}

/** "0.8123", or the range over all pairs of sources. */
static struct report_text
threshold_range(const struct report_numbers *r)
{
    uint32_t lo = UINT32_MAX;
    uint32_t hi = 0;
    struct report_text t = {"none"};
    struct report_text from;
    struct report_text to;

    for (size_t i = 0; i < r->npairs; i++) {
        uint32_t v = r->pairs[i].c->threshold_ppm;

        lo = v < lo ? v : lo;
        hi = v > hi ? v : hi;
    }
    if (r->npairs > 0) {
        from = tally_report_score(lo);
        to = tally_report_score(hi);
        if (strcmp(from.s, to.s) == 0) {
            return to;
        }
        snprintf(t.s, sizeof t.s, "%.20s to %.20s", from.s, to.s);
    }
    return t;
}

static void
put_confidence(const struct page *p)
{
    static const char name[] = "Confidence in the threshold";
    const struct report_numbers *r = p->r;

    if (r->nlow_confidence == 0) {
        tally_html_fact(p->h, name, "ordinary");
    } else if (r->npairs == 1) {
        tally_html_fact(p->h, name,
                        "low: see how the threshold was set before you use the "
                        "results");
    } else {
        tally_html_fact(
            p->h, name,
            "low for %zu of %zu pairs of sources: see how the threshold was set "
            "before you use the results",
            r->nlow_confidence, r->npairs);
    }
}

/** "12,345 people (34.8%)", without the share when it is hidden. */
static void
put_people(struct tally_html *h, const char *name, const struct tally_count *people,
           const struct tally_count *share)
{
    if (share->suppressed) {
        tally_html_fact(h, name, "%s people", people->text);
    } else {
        tally_html_fact(h, name, "%s people (%s)", people->text, share->text);
    }
}

static void
put_summary(const struct page *p)
{
    const struct report_numbers *r = p->r;
    struct tally_html *h = p->h;
    struct report_text wrong = tally_report_percent(1 - r->precision);
    struct report_text threshold = threshold_range(r);

    tally_html_facts_begin(h);
    tally_html_fact(h, "Records compared", "%s, from %zu source%s", r->records.text,
                    r->run->nsources, r->dedup ? "" : "s");
    tally_html_fact(h, "People found", "%s", r->people.text);
    put_people(h, r->dedup ? "With two records or more" : "Seen by two sources or more",
               &r->linked, &r->share);
    tally_html_fact(h, r->dedup ? "With one record" : "Seen by one source only",
                    "%s people", r->unlinked.text);
    tally_html_fact(h, "Links", "%s pairs of records", r->links.text);
    tally_html_fact(h, "Links estimated to be wrong", "%s", wrong.s);
    tally_html_fact(h, "Threshold (score)", "%s", threshold.s);
    put_confidence(p);
    tally_html_facts_end(h);
}

static void
put_sources(const struct page *p)
{
    static const char *const headers[] = {"Source", "Records", "Linked", "Not linked",
                                          "Share linked"};
    const struct report_numbers *r = p->r;

    tally_html_para(
        p->h, "%s",
        r->dedup ? "A record is linked when the source holds another record of the "
                   "same person."
                 : "A record is linked when another source holds a record of the "
                   "same person. One that is not linked need not be a mistake: the "
                   "person may be known to one source only.");
    tally_html_table_begin(p->h, "Records of each source", 5, headers, 0x1e);
    for (size_t s = 0; s < r->run->nsources; s++) {
        const struct report_source *src = &r->sources[s];

        tally_html_row(p->h,
                       (const char *[]){r->names[s], src->records.text, src->linked.text,
                                        src->unlinked.text, src->share.text});
    }
    tally_html_table_end(p->h);
}

static void
put_upset(const struct page *p)
{
    const struct report_overlaps *o = &p->r->overlaps;
    unsigned long long masks[TALLY_REPORT_OVERLAPS];
    double values[TALLY_REPORT_OVERLAPS];
    const char *texts[TALLY_REPORT_OVERLAPS];

    for (size_t i = 0; i < o->n; i++) {
        masks[i] = o->list[i].mask;
        values[i] = (double)o->list[i].people.value;
        texts[i] = o->list[i].people.text;
    }
    tally_html_upset(p->h, "People by the sources that have seen them",
                     p->r->run->nsources, p->r->names, o->n, masks, values, texts);
}

static void
put_overlap(const struct page *p)
{
    if (p->r->overlaps.n == 0) {
        tally_html_para(p->h, "No combination of sources has enough people to be shown.");
        return;
    }
    tally_html_para(
        p->h,
        "Each column is a combination of sources, marked by filled dots. The bar "
        "above it is the number of people seen by exactly those sources. "
        "Combinations that are missing have fewer than %d people, or are left out "
        "to protect one that has.",
        TALLY_DISCLOSE_MIN);
    put_upset(p);
}

static void
put_sizes(const struct page *p)
{
    const struct report_numbers *r = p->r;
    char labels[TALLY_REPORT_SIZES][32];
    const char *names[TALLY_REPORT_SIZES];
    const char *texts[TALLY_REPORT_SIZES];
    double values[TALLY_REPORT_SIZES];

    for (size_t i = 0; i < r->nsizes; i++) {
        const struct report_size *s = &r->sizes[i];

        snprintf(labels[i], sizeof labels[i], "%u record%s%s", s->records,
                 s->records == 1 ? "" : "s", s->or_more ? " or more" : "");
        names[i] = labels[i];
        texts[i] = s->people.text;
        values[i] = (double)s->people.value;
    }
    tally_html_para(p->h, "%s",
                    r->dedup
                        ? "How many records of the source were taken to be one person."
                        : "How many records, over all sources, were taken to be one "
                          "person.");
    tally_html_bars(p->h, "People by number of records", r->nsizes, names, values, texts);
}

/** The names of a combination of the cohort. */
static struct report_text
combination(const struct report_cohort *c, uint64_t mask)
{
    const char *names[TALLY_SOURCES_MAX];
    size_t n = 0;

    for (size_t s = 0; s < c->nsources; s++) {
        if ((mask >> s & 1) != 0) {
            names[n++] = c->names[s];
        }
    }
    return tally_report_names(names, n, TALLY_SOURCES_MAX + 1);
}

static void
put_cohort_overlaps(const struct page *p)
{
    static const char *const headers[] = {"Seen by exactly", "People"};
    const struct report_cohort *c = &p->r->cohort;

    if (c->overlaps.n == 0) {
        return;
    }
    tally_html_table_begin(
        p->h, "People of the cohort by the sources that have seen them", 2, headers, 2);
    for (size_t i = 0; i < c->overlaps.n; i++) {
        struct report_text names = combination(c, c->overlaps.list[i].mask);

        tally_html_row(p->h, (const char *[]){names.s, c->overlaps.list[i].people.text});
    }
    tally_html_table_end(p->h);
}

static void
put_cohort(const struct page *p)
{
    static const char *const headers[] = {"Source", "Rows"};
    const struct report_cohort *c = &p->r->cohort;

    tally_html_para(p->h,
                    "The cohort is what analysts work with: the people for whom at least "
                    "one source sent payload. Records without payload are left out, so "
                    "its counts can be smaller than those above.");
    tally_html_facts_begin(p->h);
    tally_html_fact(p->h, "People", "%s", c->people.text);
    put_people(p->h, "Seen by two sources or more", &c->linked, &c->share);
    tally_html_facts_end(p->h);
    tally_html_table_begin(p->h, "Rows of payload of each source", 2, headers, 2);
    for (size_t s = 0; s < c->nsources; s++) {
        tally_html_row(p->h, (const char *[]){c->names[s], c->rows[s].text});
    }
    tally_html_table_end(p->h);
    put_cohort_overlaps(p);
}

static void
put_encoding_facts(const struct page *p)
{
    const struct tally_store_run *run = p->r->run;

    if (strspn(run->schema_digest, "0") == strlen(run->schema_digest)) {
        tally_html_fact(p->h, "Schema", "not stated: the filters came as clkhash JSON");
        tally_html_fact(p->h, "Encoding", "a Bloom filter for each record, %u bits long",
                        run->bits);
        return;
    }
    tally_html_fact(p->h, "Schema", "%s, profile %s", run->schema_name, run->profile);
    tally_html_fact(p->h, "Digest of the schema", "%s", run->schema_digest);
    tally_html_fact(p->h, "Encoding",
                    "a keyed Bloom filter for each record, %u bits long", run->bits);
    tally_html_fact(p->h, "Hardening", "%s", run->hardening);
}

static void
put_method(const struct page *p)
{
    const struct tally_store_run *run = p->r->run;
    struct report_text compared = tally_report_about(p->r->compared);
    struct report_text took = tally_report_duration(run->seconds);

    tally_html_heading(p->h, 3, "Method");
    tally_html_facts_begin(p->h);
    put_encoding_facts(p);
    tally_html_fact(p->h, "Comparison",
                    "every record with every other, by Dice coefficient");
    tally_html_fact(p->h, "Pairs compared", "%s", compared.s);
    tally_html_fact(
        p->h, "Assignment", "%s",
        strcmp(run->assign, "many") == 0
            ? "many: every pair at or above the threshold is a link"
        : strcmp(run->assign, "optimal") == 0
            ? "optimal: a record has at most one link to each other source, and where "
              "records compete the links with the greatest sum of scores stand"
            : "one-to-one: a record has at most one link to each other source");
    if (!isnan(run->min_probability)) {
        struct report_text least = tally_report_percent(run->min_probability);

        tally_html_fact(p->h, "Least probability", "links of less than %s were dropped",
                        least.s);
    }
    tally_html_fact(p->h, "Time taken", "%s", took.s);
    tally_html_fact(p->h, "Version of Tallystick", "%s", run->version);
    tally_html_facts_end(p->h);
}

static void
put_agreement(const struct page *p)
{
    const struct tally_agreement *a = p->r->agreement;

    if (a == NULL) {
        return;
    }
    tally_html_heading(p->h, 3, "Agreement");
    tally_html_facts_begin(p->h);
    tally_html_fact(p->h, "Reference", "%s: %s", a->reference, a->title);
    tally_html_fact(p->h, "Purpose", "%s", a->purpose_words);
    tally_html_fact(p->h, "Linked by", "%s",
                    tally_agreement_with(a, TALLY_AS_LINKER)->card.name);
    tally_html_fact(p->h, "Share of false links aimed at", "%.1f%%", 100 * a->fdr);
    tally_html_fact(p->h, "In force", "from %s to %s", a->dates.starts, a->dates.expires);
    tally_html_facts_end(p->h);
}

/** Which records were found in no other source, and which could not be. */
static void
put_unlinked(const struct page *p)
{
    static const char *const headers[] = {"Source", "Not linked", "With nothing usable"};

    tally_html_heading(p->h, 3, "Who could not be linked");
    tally_html_para(
        p->h, "A record that is not linked has no other that scores high enough, or "
              "lost it to one that scores higher. One with nothing usable cannot be "
              "found by anybody; only its owner knows.");
    tally_html_table_begin(p->h, "Records that were not linked", 3, headers, 6);
    for (size_t s = 0; s < p->r->run->nsources; s++) {
        const struct tally_sheet *sheet = p->r->sheets[s];
        struct report_text nothing = {"no sheet"};

        if (sheet != NULL) {
            nothing = tally_report_sheet_count(sheet->nothing_usable);
        }
        tally_html_row(p->h, (const char *[]){p->r->names[s],
                                              p->r->sources[s].unlinked.text, nothing.s});
    }
    tally_html_table_end(p->h);
}

static void
put_linkers_sheet(const struct page *p)
{
    tally_html_para(p->h, "What the linker says of its work.");
    put_agreement(p);
    put_method(p);
    put_unlinked(p);
}

static void
put_lights(const struct page *p)
{
    tally_html_para(p->h,
                    "Each light follows from the rule that stands with it. The rules are "
                    "Tallystick's; a partnership may judge otherwise.");
    tally_html_lights_begin(p->h);
    for (size_t i = 0; i < p->r->nlights; i++) {
        const struct report_light *l = &p->r->lights[i];

        tally_html_light(p->h, l->light, l->name, l->rule, l->found);
    }
    tally_html_lights_end(p->h);
}

static void
put_limits(const struct page *p)
{
    struct tally_html *h = p->h;

    tally_html_heading(h, 3, "Which links are wrong");
    tally_html_para(
        h, "Some are, and some true matches are missing. A missing match makes one "
           "person look like two, so shares linked are too low where names and dates "
           "were recorded badly.");
    tally_html_heading(h, 3, "Whether linkage works equally well for everyone");
    tally_html_para(
        h, "It often works less well for people who move, change their name, or "
           "whose name is spelt in several ways. Before you report results by sex, "
           "age or ethnic group, compare links with known matches by group, with "
           "tally evaluate.");
    tally_html_heading(h, 3, "Anything about one person");
    tally_html_para(
        h, "This page is made of rounded counts. The encodings, the store, the link "
           "map and the cohort behind it are personal data, not anonymous data.");
    tally_html_heading(h, 3, "How it compares with other pages");
    tally_html_para(h,
                    "Two reports on nearly the same people can give small counts away by "
                    "their difference. Check this page against what has been released "
                    "before, then release it.");
}

static void
make_title(const struct report_numbers *r, char *out, size_t cap)
{
    struct report_text names =
        tally_report_names(r->names, r->run->nsources, TALLY_REPORT_NAMES);

    snprintf(out, cap, "%s: %s", r->dedup ? "Deduplication report" : "Linkage report",
             names.s);
}

/* Sections in order; ${when} NULL: always. */

static bool
has_several_sources(const struct report_numbers *r)
{
    return !r->dedup;
}

static bool
has_cohort(const struct report_numbers *r)
{
    return r->has_cohort;
}

static bool
has_groups(const struct report_numbers *r)
{
    return r->cohort.ngroups > 0;
}

static bool
has_moves(const struct report_numbers *r)
{
    return r->nmoves > 1;
}

static const struct {
    const char *heading;
    void (*put)(const struct page *p);
    bool (*when)(const struct report_numbers *r);
} sections[] = {
    {"Red, amber, green", put_lights, NULL},
    {"Summary", put_summary, NULL},
    {"Provider sheets", tally_report_put_sheets, NULL},
    {"Sources", put_sources, NULL},
    {"How the sources overlap", put_overlap, has_several_sources},
    {"Records of each person", put_sizes, NULL},
    {"Linker's sheet", put_linkers_sheet, NULL},
    {"Scores and threshold", tally_report_put_scores, NULL},
    {"How the threshold was set, and how sure it is", tally_report_put_threshold, NULL},
    {"If the thresholds were others", tally_report_put_moves, has_moves},
    {"How sure the links are", tally_report_put_bands, NULL},
    {"Who is linked less often", tally_report_put_groups, has_groups},
    {"The cohort", put_cohort, has_cohort},
    {"Records at each step", tally_report_put_flow, NULL},
    {"What RECORD asks for", tally_report_put_record, NULL},
    {"What GUILD asks for", tally_report_put_guild, NULL},
    {"What this page does not tell you", put_limits, NULL},
};
#define SECTIONS (sizeof sections / sizeof sections[0])

static void
put_sections(const struct page *p)
{
    const char *headings[SECTIONS];
    size_t n = 0;

    for (size_t i = 0; i < SECTIONS; i++) {
        if (sections[i].when == NULL || sections[i].when(p->r)) {
            headings[n++] = sections[i].heading;
        }
    }
    tally_html_contents(p->h, headings, n);
    for (size_t i = 0; i < SECTIONS; i++) {
        if (sections[i].when == NULL || sections[i].when(p->r)) {
            tally_html_heading(p->h, 2, sections[i].heading);
            sections[i].put(p);
        }
    }
}

int
tally_report_html(struct tally_outfile *f, const struct tally_report_job *job,
                  struct tally_err *err)
{
    struct report_numbers *r = NULL;
    struct page p = {NULL, NULL};
    char title[600];
    int rc = -1;

    if (tally_report_numbers(&r, job, err) != 0) {
        return -1;
    }
    make_title(r, title, sizeof title);
    if (tally_html_begin(
            &p.h, f, title, "aggregate",
            "the parties to the linkage, and whoever checks what they release",
            err) == 0) {
        p.r = r;
        put_introduction(&p);
        put_sections(&p);
        rc = tally_html_end(p.h, err);
    }
    tally_report_numbers_free(r);
    return rc;
}

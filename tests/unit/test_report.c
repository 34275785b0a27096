/*
 * The report: every section is there, no raw count is, and what is hidden in one place
 * cannot be worked out from another.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/base/json.h"
#include "linker/report.h"

/** A run made up from how many people there are in each combination of three sources. */
struct made {
    struct tally_store_run run;
    struct tally_cohort_facts cohort;
    struct tally_calibration calibrations[3];
    uint64_t masks[7];
    uint64_t people[7];
    struct tally_cohort_group group;
    struct tally_sheet sheets[2];
    struct tally_report_job job;
};

static void
make_histogram(struct tally_calibration *c)
{
    for (size_t i = 600; i < TALLY_HISTOGRAM_BINS; i++) {
        c->histogram[i] = i < 680 ? 23 : i < 900 ? 0 : 17;
        c->false_histogram[i] = i < 680 ? 22.4 : 0.001;
    }
    c->threshold_ppm = 812345;
    c->floor_ppm = 600000;
}

/** ${counts} are people in police; health; police and health; education; ...: by mask
 * from 1 on. */
static void
make_run(struct made *m, const uint64_t counts[7])
{
    static const char *const names[] = {"police", "health", "education"};
    struct tally_store_run *r = &m->run;
    size_t pair = 0;

    memset(m, 0, sizeof *m);
    r->id = 12;
    strcpy(r->started, "2024-11-05T09:41:00Z");
    strcpy(r->version, "0.1.0");
    strcpy(r->schema_name, "uk-standard");
    strcpy(r->profile, "strict");
    memset(r->schema_digest, 'd', 64);
    strcpy(r->assign, "one-to-one");
    r->bits = 2048;
    snprintf(r->hardening, sizeof(r->hardening), "diffusion of 6 bits into each of 2048");
    r->fdr = 0.02;
    r->min_probability = (double)NAN;
    r->seconds = 65;
    r->nsources = 3;
    for (size_t s = 0; s < 3; s++) {
        strcpy(r->sources[s].name, names[s]);
    }
    for (uint64_t mask = 1; mask < 8; mask++) {
        uint64_t n = counts[mask - 1];
        unsigned bits = (unsigned)__builtin_popcountll(mask);

        for (size_t s = 0; s < 3; s++) {
            r->sources[s].records += (mask >> s & 1) * n;
            r->sources[s].linked += bits > 1 ? (mask >> s & 1) * n : 0;
        }
        r->nclusters += n;
        r->sizes[bits - 1] += n;
        if (n > 0) {
            m->masks[r->noverlaps] = mask;
            m->people[r->noverlaps++] = n;
        }
    }
    r->nsizes = 3;
    r->overlap_masks = m->masks;
    r->overlap_people = m->people;
    r->calibrations = m->calibrations;
    for (uint32_t a = 0; a < 3; a++) {
        for (uint32_t b = a + 1; b < 3; b++) {
            struct tally_calibration *c = &m->calibrations[pair++];

            c->source_a = a;
            c->source_b = b;
            c->how = TALLY_THRESHOLD_DECOYS;
            c->links = counts[(1 << a | 1 << b) - 1] + counts[6];
            c->candidates = 3 * c->links;
            c->false_links = (double)c->links / 64;
            c->estimated_precision = 1 - 1.0 / 64;
            c->rivals = 449;
            c->twins = 49;
            c->household = 100;
            c->precision_low = .98;
            c->precision_high = .99;
            c->estimated_recall = 0.91;
            make_histogram(c);
            r->nlinks += c->links;
            r->compared += r->sources[a].records * r->sources[b].records;
        }
    }
    r->ncalibrations = pair;
    r->bands[0] = r->nlinks;
    m->job.run = &m->run;
    m->job.cohort = &m->cohort;
    m->cohort.nsources = 3;
    m->cohort.people = r->nclusters;
    m->cohort.noverlaps = r->noverlaps;
    m->cohort.overlap_masks = m->masks;
    m->cohort.overlap_people = m->people;
    for (size_t s = 0; s < 3; s++) {
        strcpy(m->cohort.names[s], names[s]);
        m->cohort.rows[s] = r->sources[s].records;
        m->cohort.linked_rows[s] = r->sources[s].linked;
        memset(r->sources[s].delivery, (int)s + 1, sizeof r->sources[s].delivery);
    }
}

/** Sheets of police, with an opt-out list, and of health. */
static void
add_sheets(struct made *m)
{
    for (size_t i = 0; i < 2; i++) {
        struct tally_sheet *s = &m->sheets[i];

        memset(s, 0, sizeof *s);
        strcpy(s->source, m->run.sources[i].name);
        memcpy(s->delivery_id, m->run.sources[i].delivery, sizeof s->delivery_id);
        strcpy(s->made, "2024-11-04");
        strcpy(s->texts[TALLY_SHEET_POPULATION], "people arrested");
        s->opt_out_list = i == 0;
        s->rows = 20000;
        s->records = 19000;
        s->nothing_usable = TALLY_SHEET_HIDDEN;
        s->nfields = 1;
        strcpy(s->fields[0].name, "postcode");
        s->fields[0].usable = 950 - 51 * (int)i;
        s->fields[0].missing = TALLY_SHEET_HIDDEN;
        s->fields[0].unusable = TALLY_SHEET_HIDDEN;
    }
    m->job.sheets = m->sheets;
    m->job.nsheets = 2;
}

/** Rows of police by role, of suspects, victims and witnesses: they are all its rows. */
static void
add_group(struct made *m, const uint64_t rows[3], const uint64_t linked[3])
{
    static const char *const roles[] = {"suspect", "victim", "witness"};

    memset(&m->group, 0, sizeof m->group);
    strcpy(m->group.column, "role");
    m->group.nvalues = 3;
    m->cohort.rows[0] = 0;
    m->cohort.linked_rows[0] = 0;
    for (size_t v = 0; v < 3; v++) {
        strcpy(m->group.values[v].text, roles[v]);
        m->group.values[v].rows = rows[v];
        m->group.values[v].linked = linked[v];
        m->cohort.rows[0] += rows[v];
        m->cohort.linked_rows[0] += linked[v];
    }
    m->run.sources[0].records = m->cohort.rows[0];
    m->run.sources[0].linked = m->cohort.linked_rows[0];
    m->cohort.ngroups = 1;
    m->cohort.groups = &m->group;
}

typedef int writer(struct tally_outfile *f, const struct tally_report_job *job,
                   struct tally_err *err);

/** What ${write} makes of it, as text to be freed. */
static char *
render_job(writer *write, const struct tally_report_job *job)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;
    char path[] = "/tmp/tally-test-report-XXXXXX";
    int fd = mkstemp(path);
    uint8_t *data = NULL;
    size_t len;

    assert_true(fd >= 0);
    close(fd);
    if (tally_outfile_open(&f, path, 0600, true, &err) != 0 || write(f, job, &err) != 0 ||
        tally_outfile_commit(&f, 1, &err) != 0 ||
        tally_file_read(path, 16 << 20, &data, &len, &err) != 0) {
        fail_msg("%s", err.text);
    }
    tally_outfile_free(f);
    unlink(path);
    return (char *)data;
}

static char *
render(writer *write, const struct tally_store_run *run,
       const struct tally_cohort_facts *cohort)
{
    const struct tally_report_job job = {.run = run, .cohort = cohort};

    return render_job(write, &job);
}

static struct tally_json_doc *
render_json(const struct made *m, bool with_cohort)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_json_doc *doc = NULL;
    char *text = render(tally_report_json, &m->run, with_cohort ? &m->cohort : NULL);

    assert_int_equal(tally_json_parse(&doc, "report", text, strlen(text), &err), 0);
    free(text);
    return doc;
}

static struct tally_json
member(struct tally_json obj, const char *key)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_json j;

    assert_int_equal(tally_json_need(&obj, key, &j, &err), 0);
    return j;
}

static size_t
length(struct tally_json list)
{
    struct tally_err err = TALLY_ERR_INIT;
    size_t n;

    assert_int_equal(tally_json_length(&list, &n, &err), 0);
    return n;
}

static struct tally_json
element(struct tally_json list, size_t i)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_json j;

    assert_int_equal(tally_json_at(&list, i, &j, &err), 0);
    return j;
}

/** A count of the report: -1 when it is hidden. Whatever is shown must be 10 or more and
 * rounded. */
static int64_t
count(struct tally_json obj, const char *key)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_json j = member(obj, key);
    int64_t v = -1;

    if (!tally_json_is_null(&j)) {
        assert_int_equal(tally_json_int(&j, 10, INT64_MAX, &v, &err), 0);
        assert_int_equal(v % 5, 0);
    }
    return v;
}

static const char *
text_of(struct tally_json j)
{
    struct tally_err err = TALLY_ERR_INIT;
    const char *s = NULL;

    assert_int_equal(tally_json_str(&j, 1000, &s, &err), 0);
    return s;
}

/** The figures of the overlap list by mask, -1 for combinations that are not listed. */
static void
overlaps_by_mask(struct tally_json list, int64_t out[8])
{
    for (size_t i = 0; i < 8; i++) {
        out[i] = -1;
    }
    for (size_t i = 0; i < length(list); i++) {
        struct tally_json o = element(list, i);
        struct tally_json names = member(o, "sources");
        unsigned mask = 0;

        for (size_t s = 0; s < length(names); s++) {
            const char *name = text_of(element(names, s));

            mask |= strcmp(name, "police") == 0 ? 1 : strcmp(name, "health") == 0 ? 2 : 4;
        }
        out[mask] = count(o, "people");
        assert_true(out[mask] > 0);
    }
}

/** total = sum of the overlaps whose mask has all of ${with} and ${least} to ${most}
 * bits: never exactly one hidden. */
static void
assert_closed(int64_t total, const int64_t overlaps[8], unsigned with, int least,
              int most)
{
    int hidden = total < 0;
    int members = 1;

    for (unsigned mask = 1; mask < 8; mask++) {
        int bits = __builtin_popcount(mask);

        if ((mask & with) == with && bits >= least && bits <= most) {
            members++;
            hidden += overlaps[mask] < 0;
        }
    }
    if (hidden == 1 && members > 1) {
        fail_msg("one of %d figures is hidden alone", members);
    }
}

static void
assert_nothing_given_away(const struct made *m)
{
    struct tally_json_doc *doc = render_json(m, true);
    struct tally_json root = tally_json_root(doc);
    struct tally_json sources = member(root, "sources");
    struct tally_json cohort = member(root, "cohort");
    int64_t run_overlaps[8];
    int64_t cohort_overlaps[8];

    overlaps_by_mask(member(root, "overlaps"), run_overlaps);
    overlaps_by_mask(member(cohort, "overlaps"), cohort_overlaps);
    assert_closed(count(root, "people"), run_overlaps, 0, 1, 3);
    assert_closed(count(root, "people_seen_by_several"), run_overlaps, 0, 2, 3);
    assert_closed(count(cohort, "people"), cohort_overlaps, 0, 1, 3);
    for (unsigned s = 0; s < 3; s++) {
        struct tally_json src = element(sources, s);
        int64_t records = count(src, "records");
        int64_t linked = count(src, "linked");
        int64_t unlinked = count(src, "not_linked");

        assert_int_not_equal((records < 0) + (linked < 0) + (unlinked < 0), 1);
        assert_closed(linked, run_overlaps, 1u << s, 2, 3);
        assert_closed(unlinked, run_overlaps, 1u << s, 1, 1);
    }
    for (unsigned mask = 1; mask < 8; mask++) {
        assert_int_equal(run_overlaps[mask] < 0, cohort_overlaps[mask] < 0);
    }
    tally_json_doc_free(doc);
}

static const uint64_t ordinary[7] = {9123, 6011, 4211, 7203, 3007, 2804, 1893};

static void
every_section_is_on_the_page(void **state)
{
    static const char *const wanted[] = {
        "Linkage report: police, health and education",
        "Status: aggregate",
        "run 12, started on 5 November 2024, 09:41 UTC",
        ">Red, amber, green<",
        "2 of 3 sources have a sheet.",
        "The least complete is postcode of health: 89.9% usable.",
        "1 of 3 owners say that a list was applied.",
        "role of police: suspect 70.0% linked, victim 90.0%.",
        ">Summary<",
        ">Provider sheets<",
        "people arrested",
        "There is no sheet of education.",
        ">Linker&#39;s sheet<",
        ">Who could not be linked<",
        ">If the thresholds were others<",
        ">Who is linked less often<",
        "68.6% to 71.4%",
        ">Records at each step<",
        "RECORD 13.1",
        "Gilbert and others",
        "98.0% to 99.0%",
        ">Match, possible, no match<",
        ">Links that call for a second look<",
        "<td class=\"n\">450</td><td class=\"n\">[c]</td><td class=\"n\">100</td>",
        ">People found<",
        ">Seen by two sources or more<",
        ">Sources<",
        ">How the sources overlap<",
        ">Records of each person<",
        ">Scores and threshold<",
        "threshold 0.8123",
        ">How the threshold was set, and how sure it is<",
        "Learnt from decoys",
        "at most 2.0% of links are wrong",
        "98.4%",
        ">How sure the links are<",
        ">The cohort<",
        ">Method<",
        "uk-standard, profile strict",
        "diffusion of 6 bits into each of 2048",
        "1 minute 5 seconds",
        ">What this page does not tell you<",
        "not anonymous",
    };
    static struct made m;
    char *page;

    (void)state;
    make_run(&m, ordinary);
    add_sheets(&m);
    add_group(&m, (const uint64_t[]){4000, 6000, 100},
              (const uint64_t[]){2800, 5400, 80});
    page = render_job(tally_report_html, &m.job);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (strstr(page, wanted[i]) == NULL) {
            fail_msg("the page lacks: %s", wanted[i]);
        }
    }
    free(page);
}

static void
the_cohort_has_a_section_only_when_it_is_given(void **state)
{
    static struct made m;
    char *page;

    (void)state;
    make_run(&m, ordinary);
    page = render(tally_report_html, &m.run, NULL);
    assert_null(strstr(page, ">The cohort<"));
    free(page);
}

static void
no_raw_count_is_on_the_page(void **state)
{
    static const char *const raw[] = {"9,123", "9123",  "6,011", "4,211", "7,203",
                                      "3,007", "2,804", "1,893", ">23<",  ">17<"};
    static struct made m;
    char *page;
    char compared[32];

    (void)state;
    make_run(&m, ordinary);
    page = render(tally_report_html, &m.run, &m.cohort);
    for (size_t i = 0; i < sizeof raw / sizeof raw[0]; i++) {
        if (strstr(page, raw[i]) != NULL) {
            fail_msg("the page shows %s", raw[i]);
        }
    }
    free(page);
    /* The product of two file sizes has their exact sizes as factors. */
    page = render(tally_report_json, &m.run, NULL);
    snprintf(compared, sizeof compared, "%llu", (unsigned long long)m.run.compared);
    assert_null(strstr(page, compared));
    free(page);
}

static void
a_small_overlap_hides_what_would_give_it_away(void **state)
{
    static const uint64_t counts[7] = {9123, 6011, 4211, 7203, 3007, 2804, 4};
    struct tally_json_doc *doc;
    int64_t overlaps[8];
    static struct made m;

    (void)state;
    make_run(&m, counts);
    assert_nothing_given_away(&m);
    doc = render_json(&m, false);
    overlaps_by_mask(member(tally_json_root(doc), "overlaps"), overlaps);
    assert_int_equal(overlaps[7], -1);
    assert_int_equal(overlaps[1], 9125);
    tally_json_doc_free(doc);
}

static void
nobody_and_one_person_look_the_same(void **state)
{
    /* Every total that one person more goes into is rounded to the same. */
    static const uint64_t nobody[7] = {9125, 6010, 4210, 7203, 3005, 2805, 0};
    static const uint64_t one[7] = {9125, 6010, 4210, 7203, 3005, 2805, 1};
    static struct made m;
    char *first;
    char *second;

    (void)state;
    make_run(&m, nobody);
    memset(m.calibrations, 0, sizeof m.calibrations);
    m.run.ncalibrations = 0;
    m.run.nlinks = 10000;
    m.run.bands[0] = 10000;
    m.run.compared = 1000000;
    first = render(tally_report_html, &m.run, NULL);
    make_run(&m, one);
    m.run.ncalibrations = 0;
    m.run.nlinks = 10000;
    m.run.bands[0] = 10000;
    m.run.compared = 1000000;
    second = render(tally_report_html, &m.run, NULL);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void
nothing_is_given_away_whatever_the_counts(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15ull;
    static struct made m;

    (void)state;
    for (size_t round = 0; round < 400; round++) {
        uint64_t counts[7];

        for (size_t i = 0; i < 7; i++) {
            uint64_t scale;

            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            scale = (seed >> 40) % 4;
            counts[i] = (seed >> 45) % (scale == 0   ? 3
                                        : scale == 1 ? 15
                                        : scale == 2 ? 80
                                                     : 5000);
        }
        make_run(&m, counts);
        assert_nothing_given_away(&m);
    }
}

static void
an_empty_run_is_all_hidden(void **state)
{
    static const uint64_t counts[7] = {0};
    struct tally_json_doc *doc;
    struct tally_json root;
    static struct made m;

    (void)state;
    make_run(&m, counts);
    memset(m.calibrations[0].histogram, 0, sizeof m.calibrations[0].histogram);
    m.run.ncalibrations = 1;
    doc = render_json(&m, true);
    root = tally_json_root(doc);
    assert_int_equal(count(root, "people"), -1);
    assert_int_equal(count(root, "records"), -1);
    assert_int_equal(length(member(root, "overlaps")), 0);
    tally_json_doc_free(doc);
    free(render(tally_report_html, &m.run, &m.cohort));
}

static void
a_deduplication_says_so(void **state)
{
    static const uint64_t one[1] = {1};
    static const uint64_t people[1] = {9012};
    struct tally_json_doc *doc;
    struct tally_json sizes;
    static struct made m;
    char *page;

    (void)state;
    make_run(&m, ordinary);
    m.run.nsources = 1;
    m.run.ncalibrations = 1;
    m.calibrations[0].source_b = 0;
    m.calibrations[0].how = TALLY_THRESHOLD_VALLEY;
    m.calibrations[0].low_confidence = true;
    m.calibrations[0].estimated_precision = (double)NAN;
    m.calibrations[0].false_links = (double)NAN;
    m.calibrations[0].precision_low = (double)NAN;
    m.calibrations[0].precision_high = (double)NAN;
    strcpy(m.calibrations[0].note, "no decoys in a source with <duplicates>");
    m.run.sources[0].records = 10000;
    m.run.sources[0].linked = 1923;
    memcpy(m.masks, one, sizeof one);
    memcpy(m.people, people, sizeof people);
    m.run.noverlaps = 1;
    m.run.nclusters = 9012;
    memset(m.run.sizes, 0, sizeof m.run.sizes);
    m.run.sizes[0] = 8077;
    m.run.sizes[1] = 888;
    m.run.sizes[2] = 41;
    m.run.sizes[3] = 6;
    m.run.nsizes = 4;
    page = render(tally_report_html, &m.run, NULL);
    assert_non_null(strstr(page, "Deduplication report: police"));
    assert_null(strstr(page, "between the two sources that find least"));
    assert_null(strstr(page, "id=\"how-the-sources-overlap\""));
    assert_non_null(strstr(page, "cannot be said"));
    assert_non_null(strstr(page, "Low confidence for police: no decoys in a source with "
                                 "&lt;duplicates&gt;."));
    free(page);
    /* Sizes end in a row that pools the few. */
    doc = render_json(&m, false);
    sizes = member(tally_json_root(doc), "records_of_a_person");
    assert_int_equal(length(sizes), 3);
    assert_int_equal(count(element(sizes, 2), "people"), 45);
    tally_json_doc_free(doc);
}

static void
bars_hide_small_bins_and_a_lone_one_takes_another_with_it(void **state)
{
    struct tally_json_doc *doc;
    struct tally_json bars;
    static struct made m;
    size_t hidden = 0;

    (void)state;
    make_run(&m, ordinary);
    memset(m.calibrations[0].histogram, 0, sizeof m.calibrations[0].histogram);
    for (size_t i = 600; i < TALLY_HISTOGRAM_BINS; i++) {
        m.calibrations[0].histogram[i] = 100;
    }
    for (size_t i = 950; i < 960; i++) {
        m.calibrations[0].histogram[i] = 0;
    }
    m.calibrations[0].histogram[950] = 9;
    doc = render_json(&m, false);
    bars =
        member(element(member(tally_json_root(doc), "pairs_of_sources"), 0), "histogram");
    assert_int_equal(length(bars), 40);
    for (size_t i = 0; i < 40; i++) {
        hidden += count(element(bars, i), "pairs") < 0;
    }
    /* The bin of 9 and another; and as that may lie below the threshold, one above it
     * too. */
    assert_in_range(hidden, 2, 3);
    assert_int_equal(count(element(bars, 35), "pairs"), -1);
    assert_int_equal(count(element(bars, 39), "pairs"), 1100);
    tally_json_doc_free(doc);
}

static void
notes_are_read_with_care_whatever_the_confidence(void **state)
{
    static struct made m;
    char *page;

    (void)state;
    make_run(&m, ordinary);
    for (size_t i = 0; i < 3; i++) {
        m.calibrations[i].low_confidence = i == 0;
        strcpy(m.calibrations[i].note, "no link is accepted");
    }
    page = render(tally_report_html, &m.run, NULL);
    assert_non_null(strstr(page, "low for 1 of 3 pairs of sources"));
    assert_non_null(strstr(page, "between the two sources that find least, by the shape of "
                                 "the scores alone: low confidence."));
    assert_non_null(
        strstr(page, "Low confidence for police and health: no link is accepted."));
    assert_non_null(strstr(page, "For police and education: no link is accepted."));
    free(page);
}

/** Of ${total} and the three parts it is the sum of, never one alone is hidden. */
static void
assert_group_closed(int64_t total, struct tally_json values, const char *key)
{
    int hidden = 3 - (int)length(values) + (total < 0);

    for (size_t v = 0; v < length(values); v++) {
        hidden += count(element(values, v), key) < 0;
    }
    assert_int_not_equal(hidden, 1);
}

/** Subgroups: neither in a row of the table nor down a column, whatever the counts. */
static void
subgroups_give_nothing_away(void **state)
{
    uint64_t seed = 12345;
    static struct made m;
    size_t told = 0;

    (void)state;
    for (size_t round = 0; round < 300; round++) {
        uint64_t rows[3], linked[3];
        struct tally_json_doc *doc;
        struct tally_json groups, values, police;

        for (size_t v = 0; v < 3; v++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            linked[v] = (seed >> 40) % ((seed >> 50) % 3 == 0 ? 12 : 900);
            rows[v] = linked[v] + (seed >> 30) % ((seed >> 55) % 3 == 0 ? 12 : 900);
        }
        make_run(&m, ordinary);
        add_group(&m, rows, linked);
        doc = render_json(&m, true);
        police = element(member(tally_json_root(doc), "sources"), 0);
        groups = member(tally_json_root(doc), "linked_by_group");
        if (length(groups) == 1) {
            values = member(element(groups, 0), "values");
            told++;
            assert_group_closed(count(police, "records"), values, "records");
            assert_group_closed(count(police, "linked"), values, "linked");
            assert_group_closed(count(police, "not_linked"), values, "not_linked");
            for (size_t v = 0; v < length(values); v++) {
                struct tally_json value = element(values, v);

                assert_int_not_equal((count(value, "records") < 0) +
                                         (count(value, "linked") < 0) +
                                         (count(value, "not_linked") < 0),
                                     1);
            }
        }
        tally_json_doc_free(doc);
    }
    assert_in_range(told, 150, 300);
}

static void
sheets_must_be_of_the_deliveries_linked(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;
    static struct made m;

    (void)state;
    make_run(&m, ordinary);
    add_sheets(&m);
    assert_int_equal(
        tally_outfile_open(&f, "/tmp/tally-test-report.html", 0600, true, &err), 0);
    m.sheets[1].delivery_id[3] ^= 1;
    assert_int_equal(tally_report_html(f, &m.job, &err), -1);
    assert_int_equal(err.code, TALLY_E_DATA);
    memcpy(m.sheets[1].delivery_id, m.sheets[0].delivery_id, TALLY_DELIVERY_BYTES);
    err = (struct tally_err)TALLY_ERR_INIT;
    assert_int_equal(tally_report_html(f, &m.job, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    tally_outfile_free(f);
}

/** The lights that are not green in ${json}, as "name=light;" one after another. */
static void
lights_of(const struct made *m, char *out, size_t cap)
{
    char *text = render_job(tally_report_json, &m->job);
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_json_doc *doc = NULL;
    struct tally_json lights;

    assert_int_equal(tally_json_parse(&doc, "report", text, strlen(text), &err), 0);
    lights = member(tally_json_root(doc), "lights");
    assert_int_equal(length(lights), 11);
    out[0] = '\0';
    for (size_t i = 0; i < length(lights); i++) {
        const char *light = text_of(member(element(lights, i), "light"));
        size_t used = strlen(out);

        assert_true(strlen(text_of(member(element(lights, i), "rule"))) > 20);
        if (strcmp(light, "green") != 0) {
            snprintf(out + used, cap - used, "%s=%s;",
                     text_of(member(element(lights, i), "name")), light);
        }
    }
    tally_json_doc_free(doc);
    free(text);
}

static void
lights_follow_their_rules(void **state)
{
    static struct made m;
    char lights[800];

    (void)state;
    make_run(&m, ordinary);
    for (size_t i = 0; i < 3; i++) {
        m.calibrations[i].matches = 5000;
    }
    m.job.cohort = NULL;
    lights_of(&m, lights, sizeof lights);
    assert_string_equal(lights, "Provider sheets=red;Completeness of identifiers=grey;"
                                "Opt-outs and exclusions=grey;True matches found=amber;"
                                "Evenness of linkage=grey;");
    add_sheets(&m);
    strcpy(m.run.hardening, "none");
    m.calibrations[1].how = TALLY_THRESHOLD_VALLEY;
    m.calibrations[1].low_confidence = true;
    m.calibrations[1].sensitivity = .02;
    m.calibrations[1].possible = 4000;
    m.calibrations[2].false_links = 3000;
    m.calibrations[2].estimated_recall = .7;
    lights_of(&m, lights, sizeof lights);
    assert_string_equal(lights,
                        "Provider sheets=amber;Completeness of identifiers=amber;"
                        "Opt-outs and exclusions=amber;Hardening of the encodings=red;"
                        "How thresholds were set=amber;Confidence in thresholds=amber;"
                        "Links expected to be wrong=red;True matches found=red;"
                        "Sensitivity to the threshold=amber;Links in doubt=red;"
                        "Evenness of linkage=grey;");
}

static void
a_cohort_of_other_sources_is_refused(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;
    static struct made m;

    (void)state;
    make_run(&m, ordinary);
    strcpy(m.cohort.names[1], "fire");
    assert_int_equal(
        tally_outfile_open(&f, "/tmp/tally-test-report.html", 0600, true, &err), 0);
    assert_int_equal(
        tally_report_html(
            f, &(const struct tally_report_job){.run = &m.run, .cohort = &m.cohort},
            &err),
        -1);
    assert_int_equal(err.code, TALLY_E_DATA);
    tally_outfile_free(f);
}

static void
the_same_run_gives_the_same_bytes(void **state)
{
    static struct made m;
    char *first;
    char *second;

    (void)state;
    make_run(&m, ordinary);
    first = render(tally_report_html, &m.run, &m.cohort);
    second = render(tally_report_html, &m.run, &m.cohort);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void
sixty_four_sources_fit(void **state)
{
    struct tally_store_run *r = calloc(1, sizeof *r);
    uint64_t *masks = calloc(500, sizeof *masks);
    uint64_t *people = calloc(500, sizeof *people);
    char *page;

    (void)state;
    assert_non_null(r);
    assert_non_null(masks);
    assert_non_null(people);
    r->nsources = 64;
    r->min_probability = 0.5;
    for (size_t s = 0; s < 64; s++) {
        snprintf(r->sources[s].name, sizeof r->sources[s].name, "source%zu", s);
        r->sources[s].records = 1000;
        r->sources[s].linked = 500;
    }
    for (size_t i = 0; i < 500; i++) {
        masks[i] = 1ull << (i % 64) | 1ull << (i * 7 % 64) | 1ull << 63;
        people[i] = 600 - i;
        r->nclusters += people[i];
    }
    r->noverlaps = 500;
    r->overlap_masks = masks;
    r->overlap_people = people;
    r->sizes[1] = r->nclusters;
    r->nsizes = 2;
    page = render(tally_report_html, r, NULL);
    assert_non_null(strstr(page, "Linkage report: 64 sources"));
    free(page);
    free(masks);
    free(people);
    free(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_section_is_on_the_page),
        cmocka_unit_test(the_cohort_has_a_section_only_when_it_is_given),
        cmocka_unit_test(no_raw_count_is_on_the_page),
        cmocka_unit_test(a_small_overlap_hides_what_would_give_it_away),
        cmocka_unit_test(nobody_and_one_person_look_the_same),
        cmocka_unit_test(nothing_is_given_away_whatever_the_counts),
        cmocka_unit_test(an_empty_run_is_all_hidden),
        cmocka_unit_test(a_deduplication_says_so),
        cmocka_unit_test(bars_hide_small_bins_and_a_lone_one_takes_another_with_it),
        cmocka_unit_test(notes_are_read_with_care_whatever_the_confidence),
        cmocka_unit_test(subgroups_give_nothing_away),
        cmocka_unit_test(sheets_must_be_of_the_deliveries_linked),
        cmocka_unit_test(lights_follow_their_rules),
        cmocka_unit_test(a_cohort_of_other_sources_is_refused),
        cmocka_unit_test(the_same_run_gives_the_same_bytes),
        cmocka_unit_test(sixty_four_sources_fit),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}

/*
 * The report's sections on scores, thresholds, and how sure the links are.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report_page.h"

#include "linker/report_text.h"

#include <math.h>
#include <stdio.h>

#define CHARTS_MOST 10 /* pairs of sources with a picture of their scores */
#define HOWS        5

static const char *const about_how[HOWS] = {
    [TALLY_THRESHOLD_GIVEN] = "Set by the operator: the score was chosen beforehand and "
                              "not learnt from this data.",
    [TALLY_THRESHOLD_DECOYS] = "Learnt from decoys: a source that is free of duplicates "
                               "holds nobody twice, so records "
                               "in it that look alike are certainly different people. "
                               "They show how often different "
                               "people score high by chance. The threshold is the lowest "
                               "score from which on the share "
                               "of links expected to be wrong stays within the target.",
    [TALLY_THRESHOLD_VALLEY] =
        "Learnt from the shape of the scores: a source that may hold people twice has no "
        "decoys. The threshold lies in the valley between the scores of chance matches "
        "and those of true ones. Check it against duplicates you know of before you rely "
        "on it.",
    [TALLY_THRESHOLD_GROUPS] =
        "Learnt from groups of records: people may stand several times in these sources, "
        "so no record is certain to be somebody else. But two groups that are each sure "
        "to be one person are mostly two people. How often they would join at a score "
        "shows how often links there are wrong. Check it against duplicates you know of "
        "before you rely on it.",
    [TALLY_THRESHOLD_FALLBACK] =
        "A cautious default: there was too little data to learn a threshold from.",
};
static const char *const short_how[HOWS] = {
    [TALLY_THRESHOLD_GIVEN] = "set by the operator",
    [TALLY_THRESHOLD_DECOYS] = "learnt from decoys",
    [TALLY_THRESHOLD_VALLEY] = "learnt from the shape of the scores",
    [TALLY_THRESHOLD_GROUPS] = "learnt from groups of records",
    [TALLY_THRESHOLD_FALLBACK] = "default",
};

static struct report_text
pair_name(const struct page *p, const struct report_pair *pair)
{
    const char *names[] = {p->r->names[pair->c->source_a],
                           p->r->names[pair->c->source_b]};

    return tally_report_names(names, p->r->dedup ? 1 : 2, TALLY_REPORT_NAMES);
}

/** The bars of ${s} and what is expected of chance; true when there is anything to show
 * of that. */
static bool
fill_series(const struct report_histogram *s, double *series)
{
    bool chance = false;

    for (size_t i = 0; i < s->n; i++) {
        const struct tally_count *pairs = &s->pairs[i];
        const struct tally_count *by_chance = &s->false_pairs[i];

        series[i] = pairs->suppressed ? (double)NAN : (double)pairs->value;
        series[s->n + i] = by_chance->suppressed ? (double)NAN : (double)by_chance->value;
        chance |= !by_chance->suppressed;
    }
    return chance;
}

static void
put_histogram(const struct page *p, const struct report_pair *pair)
{
    static const char *const names[] = {"Best matches", "Expected by chance"};
    const struct report_histogram *s = &pair->scores;
    struct report_text threshold = tally_report_score(pair->c->threshold_ppm);
    struct report_text who = pair_name(p, pair);
    char title[600];
    char mark[64];
    double series[2 * TALLY_REPORT_BINS];
    struct tally_html_chart chart = {
        .title = title,
        .x_label = "Score of the pair",
        .y_label = "Pairs of records",
        .n = s->n,
        .x = s->from,
        .series = series,
        .names = names,
        .mark = (double)pair->c->threshold_ppm / 1e6,
        .mark_label = mark,
    };

    chart.nseries = fill_series(s, series) ? 2 : 1;
    snprintf(title, sizeof title, "Scores of the best matches: %s", who.s);
    snprintf(mark, sizeof mark, "threshold %.20s", threshold.s);
    tally_html_histogram(p->h, &chart);
}

void
tally_report_put_scores(const struct page *p)
{
    size_t drawn = 0;

    tally_html_para(
        p->h,
        "Two encodings score 1 when all their bits agree. Bars count, by score, the "
        "pairs of records that are each other's best match. True matches gather on "
        "the right, chance matches on the left. A pair below the threshold is not a "
        "link. Bars of fewer than %d pairs are not drawn.",
        TALLY_DISCLOSE_MIN);
    for (size_t i = 0; i < p->r->npairs && drawn < CHARTS_MOST; i++) {
        if (p->r->pairs[i].scores.any) {
            put_histogram(p, &p->r->pairs[i]);
            drawn++;
        }
    }
    if (drawn == 0) {
        tally_html_para(p->h, "No score has enough pairs to be shown.");
    } else if (drawn == CHARTS_MOST && p->r->npairs > CHARTS_MOST) {
        tally_html_para(p->h, "The first %d pairs of sources are drawn, out of %zu.",
                        CHARTS_MOST, p->r->npairs);
    }
}

static struct report_text
precision_interval(const struct report_pair *pair)
{
    struct report_text t = {"cannot be said"};
    struct report_text low = tally_report_percent(pair->c->precision_low);
    struct report_text high = tally_report_percent(pair->c->precision_high);

    if (!isnan(pair->precision) && !isnan(pair->c->precision_low)) {
        snprintf(t.s, sizeof t.s, "%.40s to %.40s", low.s, high.s);
    }
    return t;
}

static void
put_table(const struct page *p)
{
    static const char *const headers[] = {"Sources",
                                          "Threshold",
                                          "How it was set",
                                          "Links",
                                          "Estimated precision",
                                          "95% interval",
                                          "Estimated recall",
                                          "Confidence"};

    tally_html_table_begin(p->h, "Threshold and estimates by pair of sources", 8, headers,
                           0x7a);
    for (size_t i = 0; i < p->r->npairs; i++) {
        const struct report_pair *pair = &p->r->pairs[i];
        struct report_text who = pair_name(p, pair);
        struct report_text threshold = tally_report_score(pair->c->threshold_ppm);
        struct report_text precision = tally_report_percent(pair->precision);
        struct report_text recall = tally_report_percent(pair->recall);
        struct report_text interval = precision_interval(pair);

        tally_html_row(
            p->h, (const char *[]){who.s, threshold.s, short_how[pair->c->how],
                                   pair->links.text, precision.s, interval.s, recall.s,
                                   pair->c->low_confidence ? "low" : "ordinary"});
    }
    tally_html_table_end(p->h);
}

static void
put_after(const struct page *p)
{
    static const char *const headers[] = {"Sources", "Links looked at again",
                                          "Estimated precision", "95% interval",
                                          "Estimated recall"};
    bool any = false;

    for (size_t i = 0; i < p->r->npairs; i++) {
        const struct report_pair *pair = &p->r->pairs[i];
        struct report_text who = pair_name(p, pair);

        if (pair->after == NULL) {
            continue;
        }
        if (!any) {
            tally_html_para(p->h, "A second round asked the data owners for more about "
                                  "uncertain pairs and other records. This is what the "
                                  "answers make of the links above.");
            tally_html_table_begin(p->h, "The same estimates after review", 5, headers,
                                   0x1e);
            any = true;
        }
        struct report_text share =
            tally_report_percent((double)pair->after->checked / (double)pair->c->links);
        struct report_text precision = tally_report_percent(pair->after->precision);
        struct report_text low = tally_report_percent(pair->after->precision_low);
        struct report_text high = tally_report_percent(pair->after->precision_high);
        struct report_text recall = tally_report_percent(pair->after->recall);
        struct report_text interval;

        snprintf(interval.s, sizeof interval.s, "%.40s to %.40s", low.s, high.s);
        tally_html_row(p->h, (const char *[]){who.s, share.s, precision.s, interval.s,
                                              recall.s});
    }
    if (any) {
        tally_html_table_end(p->h);
    }
}

/** A score from which on, or that none is so sure. */
static struct report_text
from_score(uint32_t ppm)
{
    struct report_text never = {"no score"};

    return ppm > TALLY_PPM ? never : tally_report_score(ppm);
}

static void
put_ranges(const struct page *p)
{
    static const char *const headers[] = {"Sources", "Possible from", "Threshold",
                                          "Match from",
                                          "Further links that are possible"};

    tally_html_para(
        p->h,
        "From the score of a match up a link is sure (probability %.2f or "
        "more), from that of the possible ones up it is in doubt (%.2f or "
        "more). Counts in tables come with what they would be under these two.",
        TALLY_BAND_MATCH, TALLY_BAND_POSSIBLE);
    tally_html_table_begin(p->h, "Match, possible, no match", 5, headers, 0x1e);
    for (size_t i = 0; i < p->r->npairs; i++) {
        const struct report_pair *pair = &p->r->pairs[i];
        struct report_text who = pair_name(p, pair);
        struct report_text low = from_score(pair->c->low_ppm);
        struct report_text threshold = tally_report_score(pair->c->threshold_ppm);
        struct report_text high = from_score(pair->c->high_ppm);

        tally_html_row(p->h, (const char *[]){who.s, low.s, threshold.s, high.s,
                                              pair->further.text});
    }
    tally_html_table_end(p->h);
}

static void
put_flags(const struct page *p)
{
    static const char *const headers[] = {"Sources", "With a rival", "Like twins",
                                          "Like a household"};

    tally_html_para(
        p->h,
        "Links that call for a second look: another record was nearly as good a "
        "partner, or the two records may be of twins or of one household rather "
        "than of one person, which shows where the schema has views of those "
        "fields. Counts under %d are not shown here.",
        5 * TALLY_DISCLOSE_MIN);
    tally_html_table_begin(p->h, "Links that call for a second look", 4, headers, 0xe);
    for (size_t i = 0; i < p->r->npairs; i++) {
        const struct report_pair *pair = &p->r->pairs[i];
        struct report_text who = pair_name(p, pair);

        tally_html_row(p->h, (const char *[]){who.s, pair->rivals.text, pair->twins.text,
                                              pair->household.text});
    }
    tally_html_table_end(p->h);
}

static void
put_notes(const struct page *p)
{
    bool any = false;

    for (size_t i = 0; i < p->r->npairs; i++) {
        const struct report_pair *pair = &p->r->pairs[i];
        struct report_text who = pair_name(p, pair);
        bool has_note = pair->c->note[0] != '\0';

        if (!pair->c->low_confidence && !has_note) {
            continue;
        }
        if (!any) {
            tally_html_heading(p->h, 3, "Read with care");
            any = true;
        }
        tally_html_para(p->h, "%s%s%s%s.",
                        pair->c->low_confidence ? "Low confidence for " : "For ", who.s,
                        has_note ? ": " : "", pair->c->note);
    }
}

static void
put_how(const struct page *p)
{
    bool used[HOWS] = {false};

    for (size_t i = 0; i < p->r->npairs; i++) {
        used[p->r->pairs[i].c->how] = true;
    }
    for (size_t how = 0; how < HOWS; how++) {
        if (used[how]) {
            tally_html_para(p->h, "%s", about_how[how]);
        }
    }
    if (used[TALLY_THRESHOLD_DECOYS]) {
        struct report_text target = tally_report_percent(p->r->run->fdr);

        tally_html_para(p->h,
                        "The target of this run is that at most %s of links are wrong.",
                        target.s);
    }
}

void
tally_report_put_threshold(const struct page *p)
{
    put_how(p);
    put_table(p);
    put_after(p);
    tally_html_para(p->h,
                    "Precision is the share of links that are right. Recall is the share "
                    "of true matches that were found. The interval is where precision "
                    "lies in nineteen of twenty runs, as far as decoys show false links. "
                    "All are estimates from the data, "
                    "not counts against known true matches. Recall is always of low "
                    "confidence: it rests on the shape of the scores alone.");
    put_ranges(p);
    put_flags(p);
    put_notes(p);
}

void
tally_report_put_bands(const struct page *p)
{
    static const char *const headers[] = {"Probability that the link is right", "Links"};

    tally_html_para(p->h,
                    "Each link has an estimated probability of being right. Analysts get "
                    "it with every person, as match strength.");
    tally_html_table_begin(p->h, "Links by estimated probability", 2, headers, 2);
    for (size_t b = 0; b < p->r->nbands; b++) {
        tally_html_row(p->h,
                       (const char *[]){tally_report_band_names[b], p->r->bands[b].text});
    }
    tally_html_table_end(p->h);
}

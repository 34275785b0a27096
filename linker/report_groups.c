/*
 * The report's section on who is linked less often, and what moving the thresholds does.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report_page.h"

#include "linker/report_text.h"

#include <math.h>
#include <stdio.h>

static const int moves[TALLY_REPORT_MOVES] = {-40, -20, 0, 20, 40};

/** Links at and above ${bin}, and the false ones expected among them. */
static void
count_from(const struct tally_calibration *c, int bin, double *links, double *wrong)
{
    for (int i = bin < 0 ? 0 : bin; i < TALLY_HISTOGRAM_BINS; i++) {
        *links += (double)c->histogram[i];
        *wrong += c->false_histogram[i];
    }
}

/** All thresholds moved by ${by} thousandths; false where that is below what was looked
 * at. */
static bool
at_move(const struct report_numbers *r, int by, double *links, double *wrong)
{
    for (size_t i = 0; i < r->npairs; i++) {
        const struct tally_calibration *c = r->pairs[i].c;
        int bin = (int)(c->threshold_ppm / 1000) + by;

        if (isnan(c->estimated_precision)) {
            continue; /* its curve holds candidates, or next to no links */
        }
        if (bin < (int)(c->floor_ppm / 1000)) {
            return false;
        }
        count_from(c, bin, links, wrong);
    }
    return *links > 0;
}

void
tally_report_move(struct report_numbers *r)
{
    double here = 0;
    double wrong = 0;

    if (r->links.suppressed || !at_move(r, 0, &here, &wrong) || here < 1000) {
        return; /* of few links a change of one could be read off */
    }
    for (size_t i = 0; i < TALLY_REPORT_MOVES; i++) {
        struct report_move *m = &r->moves[r->nmoves];
        double links = 0;
        double expected = 0;

        if (at_move(r, moves[i], &links, &expected)) {
            m->by = moves[i];
            m->change = nearbyint(100 * (links / here - 1)) / 100;
            m->wrong = fmin(1, expected / links);
            r->nmoves++;
        }
    }
}

void
tally_report_put_moves(const struct page *p)
{
    static const char *const headers[] = {"All thresholds moved by", "Links",
                                          "Estimated to be wrong"};

    tally_html_para(
        p->h, "How much the results hang on where the thresholds lie. If the shares "
              "change much, repeat an analysis with other thresholds.");
    tally_html_table_begin(p->h, "Links under other thresholds", 3, headers, 6);
    for (size_t i = 0; i < p->r->nmoves; i++) {
        const struct report_move *m = &p->r->moves[i];
        struct report_text wrong = tally_report_percent(m->wrong);
        char by[32], change[32] = "as here";

        (void)snprintf(by, sizeof by, "%+.2f", m->by / 1000.0);
        if (m->by != 0) {
            (void)snprintf(change, sizeof change, "%+.0f%%", 100 * m->change);
        }
        tally_html_row(p->h, (const char *[]){m->by == 0 ? "0" : by, change, wrong.s});
    }
    tally_html_table_end(p->h);
}

static void
put_group(const struct page *p, const struct report_group *g)
{
    static const char *const headers[] = {"Value",      "Records",      "Linked",
                                          "Not linked", "Share linked", "95% interval"};
    char caption[700];

    (void)snprintf(caption, sizeof caption, "%s: %s", g->source, g->column);
    tally_html_table_begin(p->h, caption, 6, headers, 0x3e);
    for (size_t v = 0; v < g->nvalues; v++) {
        const struct report_value *value = &g->values[v];
        char interval[48] = "[c]";

        if (!isnan(value->interval.share)) {
            (void)snprintf(interval, sizeof interval, "%.1f%% to %.1f%%",
                           100 * value->interval.low, 100 * value->interval.high);
        }
        tally_html_row(
            p->h, (const char *[]){value->text[0] != '\0' ? value->text : "(empty)",
                                   value->rows.text, value->linked.text,
                                   value->unlinked.text, value->share.text, interval});
    }
    tally_html_table_end(p->h);
}

void
tally_report_put_groups(const struct page *p)
{
    const struct report_cohort *c = &p->r->cohort;

    tally_html_para(
        p->h,
        "Records by the payload columns that hold at most %d values, linked against not "
        "linked. Groups that are linked less often may be known to fewer agencies, or be "
        "missed more often: people whose names are spelt in many ways, who move, or "
        "whose "
        "records are incomplete. Values of fewer than %d records are not listed.",
        TALLY_COHORT_VALUES_MAX, TALLY_DISCLOSE_MIN);
    for (size_t g = 0; g < c->ngroups; g++) {
        put_group(p, &c->groups[g]);
    }
}

/*
 * The page of an audit: what was tried, who could do it, what it got, what that means and
 * what it does not.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "bloom/base/html.h"

#define CELL 192

static void
share_text(char out[CELL], double share)
{
    if (isnan(share)) {
        (void)snprintf(out, CELL, "-");
    } else {
        (void)snprintf(out, CELL, "%.*f %%", share < .01 && share > 0 ? 3 : 1,
                       100 * share);
    }
}

static void
verdict(struct tally_html *h, const struct tally_audit_job *job,
        const struct tally_audit_result *r)
{
    tally_html_heading(h, 2, "Verdict");
    if (!r->attacked) {
        tally_html_para(h,
                        "There is no verdict: graph matching (A3) and known pairs (A4), "
                        "for which the budget is, were not run.");
        return;
    }
    tally_html_para(
        h,
        r->broken
            ? "The budget is broken. Graph matching or known pairs re-identified more "
              "than %.3g %% of the records that could be: do not let this file leave."
            : "The budget is kept. Graph matching and known pairs re-identified at "
              "most %.3g %% of the records that could be, at these settings.",
        100 * job->budget);
}

static void
setting(struct tally_html *h, const struct tally_audit_job *job,
        const struct tally_audit_result *r)
{
    static const char *const knowing[] = {
        "not known: claims that an attack has checked against itself count as right",
        "from the ids given", "from the key: equal encodings are of one person"};
    const struct tally_enc_info *info = tally_encfile_info(job->file);

    tally_html_facts_begin(h);
    tally_html_fact(h, "Encodings",
                    "%" PRIu64 " of source %s, profile %s, %" PRIu32 " bits", r->records,
                    info->source, info->profile[0] != '\0' ? info->profile : "not stated",
                    info->bits);
    tally_html_fact(h, "Under attack",
                    "%" PRIu64 " records, by someone with a list of %" PRIu64
                    " people; %" PRIu64 " records are of people on the list",
                    r->victims, r->people, r->overlap);
    tally_html_fact(h, "What is right", "%s", knowing[r->knowing]);
    tally_html_fact(h, "Seed", "%" PRIu64, job->seed);
    tally_html_facts_end(h);
}

static void
attack_row(struct tally_html *h, enum tally_audit_attack a,
           const struct tally_audit_outcome *o, double budget)
{
    const struct tally_audit_about *about = tally_audit_about(a);
    char name[CELL], got[CELL], share[CELL], low[CELL], high[CELL], floor[CELL];
    char interval[2 * CELL + 8];
    char limit[CELL] = "none";
    const char *cells[7] = {name, about->by, got, share, interval, floor, limit};

    (void)snprintf(name, sizeof name, "%s %s", about->id, about->name);
    if (!o->ran) {
        (void)snprintf(got, sizeof got, "not run: %s", o->why_not);
        cells[3] = cells[4] = cells[5] = "-";
        tally_html_row(h, cells);
        return;
    }
    (void)snprintf(got, sizeof got,
                   "%" PRIu64 " right of %" PRIu64 " claimed, %" PRIu64 " possible",
                   o->correct, o->claimed, o->possible);
    share_text(share, o->success.share);
    share_text(low, o->success.low);
    share_text(high, o->success.high);
    share_text(floor, o->floor);
    (void)snprintf(interval, sizeof interval, "%s to %s", low, high);
    if (about->budgeted) {
        (void)snprintf(limit, sizeof limit, "%.3g %%: %s", 100 * budget,
                       o->broken ? "broken" : "kept");
    }
    tally_html_row(h, cells);
}

static void
attacks(struct tally_html *h, const struct tally_audit_job *job,
        const struct tally_audit_result *r)
{
    static const char *const headers[] = {"attack",  "who could do it", "got",
                                          "success", "95 % interval",   "by guessing",
                                          "budget"};

    tally_html_heading(h, 2, "What was tried, and what it got");
    tally_html_table_begin(h, "Attacks", 7, headers, 0x38);
    for (int a = 0; a < TALLY_AUDIT_ATTACKS; a++) {
        attack_row(h, (enum tally_audit_attack)a, &r->attacks[a], job->budget);
    }
    tally_html_table_end(h);
}

static void
meaning(struct tally_html *h, const struct tally_audit_result *r)
{
    tally_html_heading(h, 2, "What this means");
    for (int a = 0; a < TALLY_AUDIT_ATTACKS; a++) {
        const struct tally_audit_outcome *o = &r->attacks[a];
        const struct tally_audit_about *about =
            tally_audit_about((enum tally_audit_attack)a);
        char share[CELL], low[CELL], high[CELL];

        if (o->ran) {
            share_text(share, o->success.share);
            share_text(low, o->success.low);
            share_text(high, o->success.high);
            tally_html_para(
                h,
                "%s (%s), at these settings, re-identified %s (95 %% interval "
                "%s to %s). Success means: %s.",
                about->id, about->source, share, low, high, about->means);
        }
    }
    tally_html_heading(h, 2, "What this does not mean");
    tally_html_para(h,
                    "The encodings remain pseudonymised personal data. These attacks, at "
                    "these settings, on this file, got what is stated: other attacks, a "
                    "better list, more people or more computing may get more.");
    tally_html_para(h, "The evidence for diffusion is experimental and ends at 50,000 "
                       "people, where t = 5 let 3.5 %% be re-identified (published).");
    tally_html_para(h, "A linker who colludes with one holder of the key re-identifies "
                       "everybody, whatever stands here (A1).");
}

static void
leaks(struct tally_html *h, const struct tally_audit_result *r)
{
    static const char *const headers[] = {"view", "measure", "value", "look for"};

    tally_html_heading(h, 2, "What the file gives away by itself");
    tally_html_table_begin(h, "Static leakage", 4, headers, 0x4);
    for (size_t v = 0; v < r->nviews; v++) {
        const struct tally_audit_static *s = &r->leaks[v];
        const struct {
            const char *name;
            double value;
            const char *look_for;
        } rows[] = {
            {"share of unique encodings", s->unique, "near 1"},
            {"largest group of equal encodings", (double)s->largest_group,
             "1, or duplicates in the source"},
            {"share in groups of 3 or more", s->frequent,
             "above 0: common values can be told by their number"},
            {"rarest bit is set in", s->frequency_low, "near .5 after diffusion"},
            {"commonest bit is set in", s->frequency_high, "near .5 after diffusion"},
            {"Gini of bit frequencies", s->gini, "near 0"},
            {"mean entropy of a bit", s->entropy, "near 1 after diffusion"},
            {"largest phi of two columns", s->largest_phi, "near 0"},
            {"pairs of columns that move together (phi > .95)", (double)s->linked, "0"},
            {"records that one is alike to beyond chance", s->neighbours,
             "below 3: graph matching feeds on them"},
            {"correlation of set bits with tokens", s->token_correlation, "near 0"},
        };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            char value[CELL];
            const char *cells[4] = {r->views[v], rows[i].name, value, rows[i].look_for};

            if (isnan(rows[i].value)) {
                (void)snprintf(value, sizeof value, "not known");
            } else {
                (void)snprintf(value, sizeof value, "%.4g", rows[i].value);
            }
            tally_html_row(h, cells);
        }
    }
    tally_html_table_end(h);
}

int
tally_audit_page(struct tally_outfile *f, const struct tally_audit_job *job,
                 const struct tally_audit_result *r, struct tally_err *err)
{
    struct tally_html *h = NULL;

    if (tally_html_begin(&h, f, "Audit of encodings", "aggregate",
                         "the data owner, and who signs for information governance",
                         err) != 0) {
        return -1;
    }
    verdict(h, job, r);
    setting(h, job, r);
    attacks(h, job, r);
    meaning(h, r);
    leaks(h, r);
    return tally_html_end(h, err);
}

/*
 * The judgements of a report: red, amber, green, each by a rule that is told with it. The
 * rules are this project's; where they bite is said in docs/protocols/report.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report_impl.h"

#include "linker/report_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** Add a light; what was found follows. */
static char *
add(struct report_numbers *r, enum tally_light light, const char *name, const char *rule)
{
    struct report_light *l = &r->lights[r->nlights++];

    l->light = light;
    l->name = name;
    l->rule = rule;
    return l->found;
}

#define FOUND sizeof(((struct report_light *)0)->found)

/** Green up to ${green}, amber up to ${amber}, red above; grey for NAN. */
static enum tally_light
at_most(double v, double green, double amber)
{
    return isnan(v)     ? TALLY_LIGHT_GREY
           : v <= green ? TALLY_LIGHT_GREEN
           : v <= amber ? TALLY_LIGHT_AMBER
                        : TALLY_LIGHT_RED;
}

static void
judge_sheets(struct report_numbers *r)
{
    enum tally_light light = r->nsheets == r->run->nsources ? TALLY_LIGHT_GREEN
                             : r->nsheets > 0               ? TALLY_LIGHT_AMBER
                                                            : TALLY_LIGHT_RED;

    (void)snprintf(add(r, light, "Provider sheets",
                       "green when every source has the sheet of the delivery that was "
                       "linked, amber when some have, red when none has"),
                   FOUND, "%zu of %zu sources have a sheet.", r->nsheets,
                   r->run->nsources);
}

static void
judge_completeness(struct report_numbers *r)
{
    const struct tally_sheet_field *worst = NULL;
    const char *source = "";
    enum tally_light light;
    char *found;

    for (size_t s = 0; s < r->run->nsources; s++) {
        for (size_t f = 0; r->sheets[s] != NULL && f < r->sheets[s]->nfields; f++) {
            const struct tally_sheet_field *field = &r->sheets[s]->fields[f];

            if (field->usable != TALLY_SHEET_HIDDEN &&
                (worst == NULL || field->usable < worst->usable)) {
                worst = field;
                source = r->names[s];
            }
        }
    }
    light = worst == NULL ? TALLY_LIGHT_GREY
                          : at_most(1 - (double)worst->usable / 1000, .05, .2);
    found =
        add(r, light, "Completeness of identifiers",
            "green when at least 95% of the values of every field of every source are "
            "usable, amber from 80%, red below; grey without sheets");
    if (worst == NULL) {
        (void)snprintf(found, FOUND, "Not known.");
    } else {
        (void)snprintf(found, FOUND, "The least complete is %s of %s: %.1f%% usable.",
                       worst->name, source, (double)worst->usable / 10);
    }
}

static void
judge_objections(struct report_numbers *r)
{
    size_t applied = 0;
    enum tally_light light;

    for (size_t s = 0; s < r->run->nsources; s++) {
        applied += r->sheets[s] != NULL &&
                   (r->sheets[s]->opt_out_list || r->sheets[s]->exclude_list);
    }
    light = r->nsheets == 0               ? TALLY_LIGHT_GREY
            : applied == r->run->nsources ? TALLY_LIGHT_GREEN
            : applied > 0                 ? TALLY_LIGHT_AMBER
                                          : TALLY_LIGHT_RED;
    (void)snprintf(add(r, light, "Opt-outs and exclusions",
                       "green when every owner says that a list was applied to this "
                       "delivery, amber when some do, red when none does; grey without "
                       "sheets"),
                   FOUND, "%zu of %zu owners say that a list was applied.", applied,
                   r->run->nsources);
}

static void
judge_hardening(struct report_numbers *r)
{
    const char *text = r->run->hardening;
    enum tally_light light = strcmp(text, "none") == 0         ? TALLY_LIGHT_RED
                             : strcmp(text, "not stated") == 0 ? TALLY_LIGHT_GREY
                                                               : TALLY_LIGHT_GREEN;

    (void)snprintf(add(r, light, "Hardening of the encodings",
                       "green with hardening, red without; grey when it is not stated"),
                   FOUND, "%s.", text);
}

static void
judge_thresholds(struct report_numbers *r)
{
    enum tally_light light = r->npairs > 0 ? TALLY_LIGHT_GREEN : TALLY_LIGHT_GREY;
    size_t learnt = 0;

    for (size_t i = 0; i < r->npairs; i++) {
        if (r->pairs[i].c->how == TALLY_THRESHOLD_DECOYS) {
            learnt++;
        } else if (r->pairs[i].c->how == TALLY_THRESHOLD_FALLBACK) {
            light = TALLY_LIGHT_RED;
        } else if (light == TALLY_LIGHT_GREEN) {
            light = TALLY_LIGHT_AMBER;
        }
    }
    (void)snprintf(add(r, light, "How thresholds were set",
                       "green when all were learnt from decoys, red when one is the "
                       "default for too little data, amber otherwise"),
                   FOUND, "%zu of %zu were learnt from decoys.", learnt, r->npairs);
}

static void
judge_confidence(struct report_numbers *r)
{
    enum tally_light light = r->npairs == 0                    ? TALLY_LIGHT_GREY
                             : r->nlow_confidence == 0         ? TALLY_LIGHT_GREEN
                             : r->nlow_confidence == r->npairs ? TALLY_LIGHT_RED
                                                               : TALLY_LIGHT_AMBER;

    (void)snprintf(add(r, light, "Confidence in thresholds",
                       "green when none is of low confidence, red when all are, amber "
                       "otherwise"),
                   FOUND, "%zu of %zu pairs of sources are of low confidence.",
                   r->nlow_confidence, r->npairs);
}

static void
judge_precision(struct report_numbers *r)
{
    double target = r->run->fdr > 0 ? r->run->fdr : .02;
    struct report_text wrong = tally_report_percent(1 - r->precision);
    struct report_text least = tally_report_percent(1 - r->precision_high);
    struct report_text most = tally_report_percent(1 - r->precision_low);
    double share = 1 - (isnan(r->after.estimate) ? r->precision : r->after.estimate);
    char *found = add(r, at_most(share, target, 2 * target),
                      "Links expected to be wrong",
                      "green up to the target of the run, amber up to twice that, red "
                      "above; grey when it cannot be said");

    if (!isnan(r->after.estimate)) {
        wrong = tally_report_percent(1 - r->after.estimate);
        least = tally_report_percent(1 - r->after.high);
        most = tally_report_percent(1 - r->after.low);
        (void)snprintf(found, FOUND,
                       "%.40s after review (%.40s to %.40s); the target is %.1f%%.",
                       wrong.s, least.s, most.s, 100 * target);
    } else if (isnan(r->precision_low)) {
        (void)snprintf(found, FOUND, "%.40s; the target is %.1f%%.", wrong.s,
                       100 * target);
    } else {
        (void)snprintf(found, FOUND, "%.40s (%.40s to %.40s); the target is %.1f%%.",
                       wrong.s, least.s, most.s, 100 * target);
    }
}

static void
judge_recall(struct report_numbers *r)
{
    double least = (double)NAN;
    char *found;

    for (size_t i = 0; i < r->npairs; i++) {
        if (!isnan(r->pairs[i].recall)) {
            least = isnan(least) ? r->pairs[i].recall : fmin(least, r->pairs[i].recall);
        }
    }
    found = add(r, at_most(1 - least, .05, .15), "True matches found",
                "green when at least 95% are estimated to be found between every "
                "two sources, amber from 85%, red below; grey when it cannot be "
                "said");
    if (isnan(least)) {
        (void)snprintf(found, FOUND, "Not known.");
        return;
    }
    (void)snprintf(found, FOUND,
                   "An estimated %.40s%s, by the shape of the scores alone: low "
                   "confidence. Matches that score like strangers are not counted.",
                   tally_report_percent(least).s,
                   r->npairs > 1 ? " between the two sources that find least" : "");
}

static void
judge_sensitivity(struct report_numbers *r)
{
    double most = (double)NAN;
    struct report_text text;

    for (size_t i = 0; i < r->npairs; i++) {
        most = isnan(most) ? r->pairs[i].c->sensitivity
                           : fmax(most, r->pairs[i].c->sensitivity);
    }
    text = tally_report_percent(most);
    (void)snprintf(add(r, at_most(most, .01, .05), "Sensitivity to the threshold",
                       "what the estimated F1 loses when a threshold moves by a tenth of "
                       "its way: green up to 1%, amber up to 5%, red above"),
                   FOUND, "%.40s at most.", text.s);
}

static void
judge_doubt(struct report_numbers *r)
{
    double matches = 0;
    double possible = 0;
    double share;
    char *found;

    for (size_t i = 0; i < r->npairs; i++) {
        matches += (double)r->pairs[i].c->matches;
        possible += (double)r->pairs[i].c->possible;
    }
    /* To whole per cent, of many: no count of people can be got from it. */
    share = r->links.suppressed || matches + possible < 1000
                ? (double)NAN
                : nearbyint(100 * possible / (matches + possible)) / 100;
    found = add(r, at_most(share, .05, .15), "Links in doubt",
                "pairs of a probability between .2 and .95, of those of .2 and more: "
                "green up to 5%, amber up to 15%, red above; grey for fewer than 1,000");
    if (isnan(share)) {
        (void)snprintf(found, FOUND, "Cannot be said.");
    } else {
        (void)snprintf(found, FOUND, "%.0f%%.", 100 * share);
    }
}

static void
judge_evenness(struct report_numbers *r)
{
    const struct report_group *worst = NULL;
    double gap = 0;
    bool any = false;
    char *found;

    for (size_t g = 0; g < r->cohort.ngroups; g++) {
        const struct report_group *group = &r->cohort.groups[g];
        const struct report_value *low = &group->values[group->lowest];
        const struct report_value *high = &group->values[group->highest];

        any |= group->lowest != group->highest;
        if (low->interval.high < high->interval.low &&
            high->interval.share - low->interval.share > gap) {
            gap = high->interval.share - low->interval.share;
            worst = group;
        }
    }
    found = add(r, any ? at_most(gap, .05, 1) : TALLY_LIGHT_GREY, "Evenness of linkage",
                "the greatest difference in the share linked between two values of a "
                "column whose 95% intervals do not overlap: green up to 5 points, amber "
                "above, never red, for it may be real; grey without a cohort with such "
                "columns");
    if (worst != NULL) {
        (void)snprintf(found, FOUND, "%.60s of %.60s: %.60s %s linked, %.60s %s.",
                       worst->column, worst->source, worst->values[worst->lowest].text,
                       worst->values[worst->lowest].share.text,
                       worst->values[worst->highest].text,
                       worst->values[worst->highest].share.text);
    } else {
        (void)snprintf(found, FOUND, "%s",
                       any ? "No two values differ beyond chance." : "Not known.");
    }
}

void
tally_report_judge(struct report_numbers *r)
{
    judge_sheets(r);
    judge_completeness(r);
    judge_objections(r);
    judge_hardening(r);
    judge_thresholds(r);
    judge_confidence(r);
    judge_precision(r);
    judge_recall(r);
    judge_sensitivity(r);
    judge_doubt(r);
    judge_evenness(r);
}

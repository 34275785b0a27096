/*
 * The page of a release: who, why and by which rules, then the tables.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/release_page.h"

#include "bloom/base/html.h"
#include "linker/disclose.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX                                                                      \
    8 /* levels that are set side by side; more stand below each other                   \
       */
#define CELL_TEXT 112

const char *
tally_release_measure(const struct tally_table *t)
{
    return t->measure == TALLY_COUNT_PEOPLE    ? "people"
           : t->measure == TALLY_COUNT_RECORDS ? "records"
                                               : t->column;
}

const char *
tally_release_level(const struct tally_counted *c, size_t d, size_t i)
{
    return i == c->dims[d].nlevels ? "all" : c->dims[d].labels[i];
}

/* "1,230 (1,220 to 1,240)", "[c]". */
static void
print_cell(const struct tally_released_cell *c, char out[CELL_TEXT])
{
    char value[32], low[32], high[32];

    tally_disclose_thousands(c->value, value);
    tally_disclose_thousands(c->low, low);
    tally_disclose_thousands(c->high, high);
    if (!c->shown) {
        (void)snprintf(out, CELL_TEXT, "[c]");
    } else if (c->low == c->high) {
        (void)snprintf(out, CELL_TEXT, "%s", value);
    } else {
        (void)snprintf(out, CELL_TEXT, "%s (%s to %s)", value, low, high);
    }
}

static void
put_head(struct tally_html *h, const struct tally_release *r,
         const struct tally_release_head *head)
{
    const struct tally_profile_rules *rules = &r->job->rules;
    char people[32];

    if (head->draft) {
        tally_html_para(h, "Draft, not released. Do not publish it or pass it on: it is "
                           "for the output checker, who has not approved it yet.");
    }
    if (head->project == NULL) {
        tally_html_para(h, "Made in a pilot, outside any agreement. Do not publish it.");
    }
    tally_html_facts_begin(h);
    tally_html_fact(h, "Project", "%s",
                    head->project != NULL ? head->project : "a pilot without agreement");
    if (head->purpose != NULL) {
        tally_html_fact(h, "Purpose", "%s", head->purpose);
    }
    tally_html_fact(h, "People", "analyst: %s; approved by: %s",
                    head->analyst != NULL ? head->analyst : "not named",
                    head->approved != NULL ? head->approved : "nobody");
    tally_html_fact(h, "Setting", "on the analyst's own machine, by tallystick %s, on %s",
                    TALLY_VERSION, head->day);
    tally_html_fact(h, "Data", "pseudonymised and linked; withdrawn people left out");
    if (r->people > 0) {
        tally_disclose_thousands(r->people, people);
        tally_html_fact(h, "People in the cohort", "%s", people);
    }
    tally_html_fact(h, "Output",
                    "profile %s (%s): counts under %u hidden%s, the rest to the nearest "
                    "%u; %s",
                    rules->name, rules->label, rules->threshold,
                    rules->zeros ? ", 0 included" : "", rules->rounding,
                    head->number > 0 ? "checked together with all releases before it"
                                     : "not checked against other releases");
    if (head->number > 0 && !head->draft) {
        tally_html_fact(h, "Release", "number %" PRIu64 " of the ledger", head->number);
    }
    tally_html_facts_end(h);
    tally_html_para(
        h,
        "[c] stands for a figure that is hidden because it is small, or because a "
        "small one could be worked out from it. Figures are rounded, so they may not "
        "add up%s.",
        rules->sums_of_shown ? "; totals are of the figures shown" : "");
    tally_html_para(
        h,
        "A range in brackets says what a figure would be at least and at most if links "
        "were taken as certain earlier or later: under the high and the low thresholds "
        "of linkage. It is widened outward. No range: it makes no difference to the "
        "rounded figure.");
}

/* The name of dimension ${d}. */
static const char *
dim_name(const struct tally_release *r, const struct tally_released_table *t, size_t d)
{
    return r->job->spec->dims[t->table->dims[d]].name;
}

/* Whom a table leaves out, so that totals of tables by other dimensions differ. How many
 * they are is not told: nobody has checked that figure. */
static void
put_left_out(struct tally_html *h, const struct tally_release *r,
             const struct tally_released_table *t)
{
    char names[TALLY_TABLES_DIMS_MAX * 128] = "";
    size_t at = 0;

    for (size_t d = 0; d < t->counted->ndims && at < sizeof names; d++) {
        if (!t->counted->dims[d].others) {
            at += (size_t)snprintf(names + at, sizeof names - at, "%s%s",
                                   at > 0 ? ", or " : "", dim_name(r, t, d));
        }
    }
    if (at > 0) {
        tally_html_para(h,
                        "Not counted: whoever has none of the categories shown of %s, as "
                        "where it was not recorded. Totals of tables by other things "
                        "differ by them.",
                        names);
    }
}

/* A row a cell. */
static void
put_list(struct tally_html *h, const struct tally_release *r,
         const struct tally_released_table *t)
{
    const struct tally_counted *c = t->counted;
    const char *cells[TALLY_TABLES_DIMS_MAX + 1];
    char text[CELL_TEXT];

    for (size_t d = 0; d < c->ndims; d++) {
        cells[d] = dim_name(r, t, d);
    }
    cells[c->ndims] = tally_release_measure(t->table);
    tally_html_table_begin(h, t->table->title, c->ndims + 1, cells, 1u << c->ndims);
    for (size_t i = 0; i < c->ncells; i++) {
        size_t at[TALLY_TABLES_DIMS_MAX];

        tally_counted_levels(c, i, at);
        for (size_t d = 0; d < c->ndims; d++) {
            cells[d] = tally_release_level(c, d, at[d]);
        }
        print_cell(&t->cells[i], text);
        cells[c->ndims] = text;
        tally_html_row(h, cells);
    }
    tally_html_table_end(h);
}

/* The last dimension side by side. */
static void
put_crossed(struct tally_html *h, const struct tally_release *r,
            const struct tally_released_table *t)
{
    const struct tally_counted *c = t->counted;
    size_t last = c->ndims - 1, wide = c->dims[last].nlevels + 1;
    const char *cells[TALLY_TABLES_DIMS_MAX + COLUMNS_MAX + 1];
    char texts[COLUMNS_MAX + 1][CELL_TEXT];

    for (size_t d = 0; d < last; d++) {
        cells[d] = dim_name(r, t, d);
    }
    for (size_t k = 0; k < wide; k++) {
        cells[last + k] = tally_release_level(c, last, k);
    }
    tally_html_table_begin(h, t->table->title, last + wide, cells,
                           ((1u << wide) - 1) << last);
    for (size_t i = 0; i < c->ncells; i += wide) {
        size_t at[TALLY_TABLES_DIMS_MAX];

        tally_counted_levels(c, i, at);
        for (size_t d = 0; d < last; d++) {
            cells[d] = tally_release_level(c, d, at[d]);
        }
        for (size_t k = 0; k < wide; k++) {
            print_cell(&t->cells[i + k], texts[k]);
            cells[last + k] = texts[k];
        }
        tally_html_row(h, cells);
    }
    tally_html_table_end(h);
}

int
tally_release_page(struct tally_outfile *f, const struct tally_release *r,
                   const struct tally_release_head *head, struct tally_err *err)
{
    struct tally_html *h = NULL;

    if (tally_html_begin(&h, f, r->job->spec->title, "aggregate",
                         head->draft             ? "the output checker alone"
                         : head->project != NULL ? "whom the agreement lets have it"
                                                 : "the pilot alone",
                         err) != 0) {
        return -1;
    }
    put_head(h, r, head);
    for (size_t i = 0; i < r->ntables; i++) {
        const struct tally_released_table *t = &r->tables[i];
        size_t n = t->counted->ndims;

        tally_html_heading(h, 2, t->table->title);
        if (t->table->rows) {
            tally_html_para(h,
                            "%s.csv has a row a person. Every combination in it is held "
                            "by at least %u people.",
                            t->table->name, r->job->rules.threshold);
            continue;
        }
        tally_html_para(h, "Counts of %s.", tally_release_measure(t->table));
        put_left_out(h, r, t);
        if (n >= 2 && t->counted->dims[n - 1].nlevels <= COLUMNS_MAX) {
            put_crossed(h, r, t);
        } else {
            put_list(h, r, t);
        }
    }
    return tally_html_end(h, err);
}

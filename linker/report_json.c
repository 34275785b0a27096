/*
 * The report as JSON: the figures of the page, null for what is not shown.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report.h"

#include "bloom/base/json.h"
#include "linker/report_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** The names of a combination. */
static struct tally_jnode *
names_of(const char *const *names, size_t n, uint64_t mask)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t s = 0; s < n; s++) {
        if ((mask >> s & 1) != 0) {
            tally_jpush_str(list, names[s]);
        }
    }
    return list;
}

/** A count, or null: there is no call for null but a text that is not there. */
static void
set_count(struct tally_jnode *n, const char *key, const struct tally_count *c)
{
    if (c->suppressed) {
        tally_jset_str(n, key, NULL);
    } else {
        tally_jset_int(n, key, (int64_t)c->value);
    }
}

static void
set_share(struct tally_jnode *n, const char *key, const struct tally_count *c)
{
    tally_jset_real(n, key, c->suppressed ? (double)NAN : (double)c->value / 1000);
}

static double
round_to(double v, double steps)
{
    return isnan(v) ? v : nearbyint(v * steps) / steps;
}

static void
set_run(struct tally_jnode *root, const struct report_numbers *r)
{
    const struct tally_store_run *run = r->run;
    struct tally_jnode *n = tally_jobject();

    tally_jset_int(n, "id", run->id);
    tally_jset_str(n, "started", run->started);
    tally_jset_real(n, "seconds", run->seconds);
    tally_jset_str(n, "tool_version", run->version);
    tally_jset_str(n, "schema", run->schema_name);
    tally_jset_str(n, "profile", run->profile);
    tally_jset_str(n, "schema_digest", run->schema_digest);
    tally_jset_int(n, "bits", run->bits);
    tally_jset_str(n, "hardening", run->hardening);
    tally_jset_str(n, "assign", run->assign);
    tally_jset_real(n, "fdr_target", run->fdr);
    tally_jset_real(n, "min_probability", run->min_probability);
    tally_jset_int(n, "pairs_compared_about", (int64_t)r->compared);
    tally_jset(root, "run", n);
}

static void
set_sources(struct tally_jnode *root, const struct report_numbers *r)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t s = 0; s < r->run->nsources; s++) {
        const struct report_source *src = &r->sources[s];
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "name", r->names[s]);
        set_count(n, "records", &src->records);
        set_count(n, "linked", &src->linked);
        set_count(n, "not_linked", &src->unlinked);
        set_share(n, "share_linked", &src->share);
        tally_jpush(list, n);
    }
    tally_jset(root, "sources", list);
}

static void
set_overlaps(struct tally_jnode *parent, const char *const *names, size_t nnames,
             const struct report_overlaps *o)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < o->n; i++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset(n, "sources", names_of(names, nnames, o->list[i].mask));
        set_count(n, "people", &o->list[i].people);
        tally_jpush(list, n);
    }
    tally_jset(parent, "overlaps", list);
}

static void
set_sizes(struct tally_jnode *root, const struct report_numbers *r)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < r->nsizes; i++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset_int(n, "records", r->sizes[i].records);
        tally_jset_bool(n, "or_more", r->sizes[i].or_more);
        set_count(n, "people", &r->sizes[i].people);
        tally_jpush(list, n);
    }
    tally_jset(root, "records_of_a_person", list);
}

static void
set_bands(struct tally_jnode *root, const struct report_numbers *r)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t b = 0; b < r->nbands; b++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "probability", tally_report_band_names[b]);
        set_count(n, "links", &r->bands[b]);
        tally_jpush(list, n);
    }
    tally_jset(root, "links_by_probability", list);
}

static struct tally_jnode *
histogram(const struct report_histogram *h)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < h->n; i++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset_real(n, "from", h->from[i]);
        set_count(n, "pairs", &h->pairs[i]);
        set_count(n, "expected_by_chance", &h->false_pairs[i]);
        tally_jpush(list, n);
    }
    return list;
}

/* What second rounds make of links. */
static struct tally_jnode *
after_review(const struct tally_store_reviewed *r)
{
    struct tally_jnode *n = tally_jobject();

    tally_jset_real(n, "estimated_precision", round_to(r->precision, 1000));
    tally_jset_real(n, "estimated_precision_low", round_to(r->precision_low, 1000));
    tally_jset_real(n, "estimated_precision_high", round_to(r->precision_high, 1000));
    if (!isnan(r->recall)) {
        tally_jset_real(n, "estimated_recall", round_to(r->recall, 1000));
    }
    return n;
}

static void
set_pairs(struct tally_jnode *root, const struct report_numbers *r)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < r->npairs; i++) {
        const struct report_pair *p = &r->pairs[i];
        struct tally_jnode *n = tally_jobject();

        tally_jset(n, "sources",
                   names_of(r->names, r->run->nsources,
                            1ull << p->c->source_a | 1ull << p->c->source_b));
        tally_jset_str(n, "threshold_set_by", tally_threshold_how_name(p->c->how));
        tally_jset_real(n, "threshold", (double)p->c->threshold_ppm / 1e6);
        tally_jset_real(n, "floor", (double)p->c->floor_ppm / 1e6);
        tally_jset_real(n, "possible_from", (double)p->c->low_ppm / 1e6);
        tally_jset_real(n, "match_from", (double)p->c->high_ppm / 1e6);
        set_count(n, "further_links", &p->further);
        set_count(n, "links_with_a_rival", &p->rivals);
        set_count(n, "links_like_twins", &p->twins);
        set_count(n, "links_like_a_household", &p->household);
        set_count(n, "candidates", &p->candidates);
        set_count(n, "links", &p->links);
        tally_jset_real(n, "estimated_precision", round_to(p->precision, 1000));
        tally_jset_real(n, "estimated_precision_low",
                        isnan(p->precision) ? p->precision
                                            : round_to(p->c->precision_low, 1000));
        tally_jset_real(n, "estimated_precision_high",
                        isnan(p->precision) ? p->precision
                                            : round_to(p->c->precision_high, 1000));
        tally_jset_real(n, "estimated_recall", round_to(p->recall, 1000));
        if (p->after != NULL) {
            tally_jset(n, "after_review", after_review(p->after));
        }
        tally_jset_bool(n, "low_confidence", p->c->low_confidence);
        tally_jset_str(n, "note", p->c->note);
        tally_jset_real(n, "histogram_width", p->scores.width);
        tally_jset(n, "histogram", histogram(&p->scores));
        tally_jpush(list, n);
    }
    tally_jset(root, "pairs_of_sources", list);
}

static void
set_cohort(struct tally_jnode *root, const struct report_numbers *r)
{
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *list = tally_jarray();

    set_count(n, "people", &r->cohort.people);
    set_count(n, "people_seen_by_several", &r->cohort.linked);
    set_share(n, "share_seen_by_several", &r->cohort.share);
    for (size_t s = 0; s < r->cohort.nsources; s++) {
        struct tally_jnode *row = tally_jobject();

        tally_jset_str(row, "name", r->cohort.names[s]);
        set_count(row, "rows", &r->cohort.rows[s]);
        tally_jpush(list, row);
    }
    tally_jset(n, "sources", list);
    set_overlaps(n, r->cohort.names, r->cohort.nsources, &r->cohort.overlaps);
    tally_jset(root, "cohort", n);
}

static void
set_shown(struct tally_jnode *n, const char *key, int64_t v)
{
    if (v == TALLY_SHEET_HIDDEN) {
        tally_jset_str(n, key, NULL);
    } else {
        tally_jset_int(n, key, v);
    }
}

static struct tally_jnode *
sheet_fields(const struct tally_sheet *s)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t f = 0; f < s->nfields; f++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "field", s->fields[f].name);
        set_shown(n, "usable", s->fields[f].usable);
        set_shown(n, "missing", s->fields[f].missing);
        set_shown(n, "unusable", s->fields[f].unusable);
        tally_jpush(list, n);
    }
    return list;
}

static void
set_sheets(struct tally_jnode *root, const struct report_numbers *r)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < r->run->nsources; i++) {
        const struct tally_sheet *s = r->sheets[i];
        struct tally_jnode *n = tally_jobject();

        if (s == NULL) {
            tally_jfree(n);
            continue;
        }
        tally_jset_str(n, "source", r->names[i]);
        tally_jset_str(n, "made", s->made);
        tally_jset_bool(n, "signed", s->is_signed);
        for (int t = 0; t < TALLY_SHEET_TEXTS; t++) {
            tally_jset_str(n, tally_sheet_text_name((enum tally_sheet_text)t),
                           s->texts[t]);
        }
        set_shown(n, "records_in_export", s->rows);
        tally_jset_bool(n, "opt_out_list", s->opt_out_list);
        tally_jset_bool(n, "exclude_list", s->exclude_list);
        set_shown(n, "opted_out", s->stayed[TALLY_STAYS_OPT_OUT]);
        set_shown(n, "excluded_by_list", s->stayed[TALLY_STAYS_LISTED]);
        set_shown(n, "excluded_by_mark", s->stayed[TALLY_STAYS_MARKED]);
        set_shown(n, "records_sent", s->records);
        set_shown(n, "nothing_usable", s->nothing_usable);
        tally_jset(n, "fields_in_thousandths", sheet_fields(s));
        tally_jpush(list, n);
    }
    tally_jset(root, "provider_sheets", list);
}

static void
set_moves(struct tally_jnode *root, const struct report_numbers *r)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < r->nmoves; i++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset_real(n, "thresholds_moved_by", r->moves[i].by / 1000.0);
        tally_jset_real(n, "links_change", r->moves[i].change);
        tally_jset_real(n, "estimated_wrong", round_to(r->moves[i].wrong, 1000));
        tally_jpush(list, n);
    }
    tally_jset(root, "other_thresholds", list);
}

static struct tally_jnode *
group_values(const struct report_group *g)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t v = 0; v < g->nvalues; v++) {
        const struct report_value *value = &g->values[v];
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "value", value->text);
        set_count(n, "records", &value->rows);
        set_count(n, "linked", &value->linked);
        set_count(n, "not_linked", &value->unlinked);
        set_share(n, "share_linked", &value->share);
        tally_jset_real(n, "low", round_to(value->interval.low, 1000));
        tally_jset_real(n, "high", round_to(value->interval.high, 1000));
        tally_jpush(list, n);
    }
    return list;
}

static void
set_groups(struct tally_jnode *root, const struct report_numbers *r)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t g = 0; g < r->cohort.ngroups; g++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "source", r->cohort.groups[g].source);
        tally_jset_str(n, "column", r->cohort.groups[g].column);
        tally_jset(n, "values", group_values(&r->cohort.groups[g]));
        tally_jpush(list, n);
    }
    tally_jset(root, "linked_by_group", list);
}

static void
set_lights(struct tally_jnode *root, const struct report_numbers *r)
{
    static const char *const words[] = {
        [TALLY_LIGHT_GREEN] = "green",
        [TALLY_LIGHT_AMBER] = "amber",
        [TALLY_LIGHT_RED] = "red",
        [TALLY_LIGHT_GREY] = "grey",
    };
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < r->nlights; i++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "light", words[r->lights[i].light]);
        tally_jset_str(n, "name", r->lights[i].name);
        tally_jset_str(n, "rule", r->lights[i].rule);
        tally_jset_str(n, "found", r->lights[i].found);
        tally_jpush(list, n);
    }
    tally_jset(root, "lights", list);
}

static struct tally_jnode *
build(const struct report_numbers *r)
{
    struct tally_jnode *root = tally_jobject();

    tally_jset_str(root, "format", "tallystick report");
    tally_jset_int(root, "version", 1);
    tally_jset_str(root, "status", "aggregate");
    tally_jset_int(root, "counts_null_under", TALLY_DISCLOSE_MIN);
    tally_jset_int(root, "counts_rounded_to", TALLY_DISCLOSE_ROUND);
    set_run(root, r);
    set_count(root, "records", &r->records);
    set_count(root, "people", &r->people);
    set_count(root, r->dedup ? "people_with_several_records" : "people_seen_by_several",
              &r->linked);
    set_share(root, r->dedup ? "share_with_several_records" : "share_seen_by_several",
              &r->share);
    set_count(root, "links", &r->links);
    tally_jset_real(root, "estimated_precision", round_to(r->precision, 1000));
    tally_jset_bool(root, "low_confidence", r->nlow_confidence > 0);
    tally_jset_real(root, "estimated_precision_low", round_to(r->precision_low, 1000));
    tally_jset_real(root, "estimated_precision_high", round_to(r->precision_high, 1000));
    if (!isnan(r->after.estimate)) {
        const struct tally_store_reviewed all = {.precision = r->after.estimate,
                                                 .precision_low = r->after.low,
                                                 .precision_high = r->after.high,
                                                 .recall = (double)NAN};

        tally_jset(root, "after_review", after_review(&all));
    }
    set_lights(root, r);
    set_sheets(root, r);
    set_sources(root, r);
    set_overlaps(root, r->names, r->run->nsources, &r->overlaps);
    set_sizes(root, r);
    set_bands(root, r);
    set_pairs(root, r);
    set_moves(root, r);
    if (r->has_cohort) {
        set_cohort(root, r);
        set_groups(root, r);
    }
    return root;
}

int
tally_report_json(struct tally_outfile *f, const struct tally_report_job *job,
                  struct tally_err *err)
{
    struct report_numbers *r = NULL;
    struct tally_jnode *root;
    char *text;
    int rc;

    if (tally_report_numbers(&r, job, err) != 0) {
        return -1;
    }
    root = build(r);
    text = tally_json_text(root, 2);
    tally_jfree(root);
    tally_report_numbers_free(r);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_outfile_write(f, text, strlen(text), err);
    if (rc == 0) {
        rc = tally_outfile_write(f, "\n", 1, err);
    }
    free(text);
    return rc;
}

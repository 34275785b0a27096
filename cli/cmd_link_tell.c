/*
 * What 'tally link' says of a run, in words and as JSON.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_link.h"

#include <math.h>

static void
say_calibration(const struct tally_link_job *job, const struct tally_calibration *c)
{
    const char *a = job->sources[c->source_a].name;
    const char *b = job->sources[c->source_b].name;

    tally_say("  %s%s%s: %s links from score %.4f (%s)", a,
              c->source_a == c->source_b ? "" : " - ",
              c->source_a == c->source_b ? "" : b, tally_thousands(c->links),
              c->threshold_ppm / 1e6, tally_threshold_how_name(c->how));
    if (!isnan(c->estimated_precision)) {
        tally_say("    about %.1f %% of them expected to be false (%.1f to %.1f %%)%s",
                  100 * (1 - c->estimated_precision), 100 * (1 - c->precision_high),
                  100 * (1 - c->precision_low),
                  c->low_confidence ? "; low confidence" : "");
    } else if (!isnan(c->precision_low)) {
        tally_say("    too few to say how many are false (%.1f to %.1f %%)",
                  100 * (1 - c->precision_high), 100 * (1 - c->precision_low));
    } else {
        tally_say("    how many are false cannot be said from the data");
    }
    tally_say("    matches from %.4f up; %s further links would come from %.4f up",
              c->high_ppm / 1e6, tally_thousands(c->further), c->low_ppm / 1e6);
    if (c->rivals > 0) {
        tally_say("    %s links have a rival at or above the threshold",
                  tally_thousands(c->rivals));
    }
    if (c->twins + c->household > 0) {
        tally_say("    of twins or of one household, as far as views show: %s and %s",
                  tally_thousands(c->twins), tally_thousands(c->household));
    }
    if (c->note[0] != '\0') {
        tally_say("    %s", c->note);
    }
}

static void
say_summary(const struct tally_link_job *job, const struct tally_link_result *r)
{
    uint64_t records = 0;

    for (size_t i = 0; i < r->nsources; i++) {
        records += r->nrecords[i];
    }
    tally_say("Linked %s records of %zu source%s: %s links, %s clusters, %.1f s.",
              tally_thousands(records), r->nsources, r->nsources == 1 ? "" : "s",
              tally_thousands(r->nlinks), tally_thousands(r->nclusters), r->seconds);
    if (r->miss_probability > 0) {
        tally_say("  A pair at the lowest score looked at is missed once in %s million "
                  "times (--exact: never).",
                  tally_thousands((uint64_t)(1e-6 / r->miss_probability)));
    }
    for (size_t i = 0; i < r->nsources; i++) {
        if (tally_encfile_info(job->sources[i].enc)->dummies) {
            tally_say(
                "  The records of '%s' include dummies: its counts are too high, and "
                "the analyst's are right.",
                job->sources[i].name);
        }
    }
    for (size_t i = 0; i < r->ncalibrations; i++) {
        say_calibration(job, &r->calibrations[i]);
    }
}

static struct tally_jnode *
calibration_json(const struct tally_link_job *job, const struct tally_calibration *c)
{
    struct tally_jnode *o = tally_jobject();

    tally_jset_str(o, "source_a", job->sources[c->source_a].name);
    tally_jset_str(o, "source_b", job->sources[c->source_b].name);
    tally_jset_real(o, "threshold", c->threshold_ppm / 1e6);
    tally_jset_real(o, "threshold_low", c->low_ppm / 1e6);
    tally_jset_real(o, "threshold_high", c->high_ppm / 1e6);
    tally_jset_str(o, "how", tally_threshold_how_name(c->how));
    tally_jset_int(o, "links", (int64_t)c->links);
    tally_jset_real(o, "estimated_precision", c->estimated_precision);
    tally_jset_real(o, "precision_low", c->precision_low);
    tally_jset_real(o, "precision_high", c->precision_high);
    tally_jset_real(o, "estimated_recall", c->estimated_recall);
    tally_jset_real(o, "sensitivity", c->sensitivity);
    tally_jset_int(o, "matches", (int64_t)c->matches);
    tally_jset_int(o, "possible", (int64_t)c->possible);
    tally_jset_int(o, "further", (int64_t)c->further);
    tally_jset_int(o, "rivals", (int64_t)c->rivals);
    tally_jset_int(o, "twins", (int64_t)c->twins);
    tally_jset_int(o, "household", (int64_t)c->household);
    tally_jset_bool(o, "low_confidence", c->low_confidence);
    tally_jset_str(o, "note", c->note);
    return o;
}

static void
say_replaced(const struct tally_link_outcome *d)
{
    for (size_t i = 0; i < d->files->n; i++) {
        const struct tally_store_replaced *x = &d->replaced[i];

        if (d->files->stored[i].replaces != 0) {
            tally_say("  '%s' takes the place of its delivery before: %s records are in "
                      "both, %s are new, %s are gone.",
                      d->files->names[i], tally_thousands(x->kept),
                      tally_thousands(x->fresh), tally_thousands(x->gone));
        }
    }
}

static struct tally_jnode *
replaced_json(const struct tally_link_outcome *d)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < d->files->n; i++) {
        if (d->files->stored[i].replaces != 0) {
            struct tally_jnode *o = tally_jobject();

            tally_jset_str(o, "source", d->files->names[i]);
            tally_jset_int(o, "in_both", (int64_t)d->replaced[i].kept);
            tally_jset_int(o, "new", (int64_t)d->replaced[i].fresh);
            tally_jset_int(o, "gone", (int64_t)d->replaced[i].gone);
            tally_jpush(list, o);
        }
    }
    return list;
}

static void
say_series(const struct tally_link_outcome *d)
{
    if (d->files->left_out > 0) {
        tally_say("  %s withdrawn records were left out.",
                  tally_thousands(d->files->left_out));
    }
    if (d->files->series.run != 0) {
        tally_say("  Continues run %lld: %s clusters merged into others, %s split; %s "
                  "records changed their cluster.",
                  (long long)d->files->series.run, tally_thousands(d->changes.merges),
                  tally_thousands(d->changes.splits),
                  tally_thousands(d->changes.records));
    }
    say_replaced(d);
}

static int
print_as_json(const struct tally_link_outcome *d, struct tally_err *err)
{
    const struct tally_link_job *job = d->job;
    const struct tally_link_result *r = d->r;
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *list = tally_jarray();

    tally_jset_int(n, "links", (int64_t)r->nlinks);
    tally_jset_int(n, "clusters", (int64_t)r->nclusters);
    tally_jset_int(n, "large_clusters", (int64_t)r->large_clusters);
    tally_jset_int(n, "cut_bridges", (int64_t)r->split_clusters);
    tally_jset_int(n, "compared", (int64_t)r->compared);
    tally_jset_real(n, "miss_probability", r->miss_probability);
    tally_jset_real(n, "seconds", r->seconds);
    for (size_t i = 0; i < r->ncalibrations; i++) {
        tally_jpush(list, calibration_json(job, &r->calibrations[i]));
    }
    tally_jset(n, "calibrations", list);
    if (d->run != 0) {
        tally_jset_int(n, "run", d->run);
    }
    if (d->files->series.run != 0) {
        tally_jset_int(n, "continues", d->files->series.run);
        tally_jset_int(n, "merged_clusters", (int64_t)d->changes.merges);
        tally_jset_int(n, "split_clusters", (int64_t)d->changes.splits);
        tally_jset_int(n, "moved_records", (int64_t)d->changes.records);
        tally_jset(n, "replaced", replaced_json(d));
    }
    if (!isnan(d->after.estimate)) {
        struct tally_jnode *after = tally_jobject();

        tally_jset_real(after, "estimated_precision", d->after.estimate);
        tally_jset_real(after, "precision_low", d->after.low);
        tally_jset_real(after, "precision_high", d->after.high);
        tally_jset(n, "after_review", after);
    }
    tally_jset_int(n, "withdrawn_records", (int64_t)d->files->left_out);
    return tally_print_json(n, err);
}

/* Files of ours that were made by other rules or with another key are refused; these can
 * not be. */
static void
warn_of_legacy(const struct tally_link_job *job)
{
    if (tally_encfile_info(job->sources[0].enc)->legacy && job->nsources > 1) {
        tally_say("  warning: clkhash JSON says nothing of schema and secret: if the "
                  "sources used different ones, links are missing or false");
    }
}

int
tally_link_tell(const struct tally_link_outcome *d, struct tally_err *err)
{
    say_summary(d->job, d->r);
    if (!isnan(d->after.estimate)) {
        tally_say("  After review about %.1f %% of all links are expected to be false (%.1f "
                  "to %.1f %%).",
                  100 * (1 - d->after.estimate), 100 * (1 - d->after.high),
                  100 * (1 - d->after.low));
    } else if (d->unsaid) {
        tally_say("  What second rounds said of links is dropped: it cannot be held "
                  "against those of this run.");
    }
    say_series(d);
    warn_of_legacy(d->job);
    return d->q->json ? print_as_json(d, err) : 0;
}

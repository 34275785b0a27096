/*
 * What tuning found, as text and as JSON. Every figure is of synthetic people, and both
 * say so.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_schema_tune.h"

#ifdef TALLY_ROLE_ALL

#include <math.h>
#include <stdio.h>

#include "benchmarks/tune.h"
#include "bloom/base/bytes.h"
#include "cli/cli.h"

static const char people_note[] =
    "for synthetic people, not for yours: real records have other errors";
static const char exposure_note[] =
    "static measures of one file: not an attack, and no audit verdict";

/* A share as .9876, in one of eight rotating static buffers; - when it cannot be said. */
static const char *
share(double x)
{
    static char ring[8][16];
    static unsigned next;
    char *out = ring[next++ % 8];

    (void)snprintf(out, sizeof ring[0], isnan(x) ? "-" : "%.4f", x);
    return out;
}

static void
print_quality(const char *name, const struct tally_tune_quality *q)
{
    const struct tally_tune_range *ranges[] = {&q->precision, &q->recall, &q->f1};

    printf("  %-17s", name);
    for (size_t i = 0; i < 3; i++) {
        printf("  %s (%s to %s)", share(ranges[i]->mean), share(ranges[i]->low),
               share(ranges[i]->high));
    }
    putchar('\n');
}

static const char *
outcome_text(enum tally_tune_outcome outcome)
{
    switch (outcome) {
    case TALLY_TUNE_NOTHING:
        return "No other weights gained more than noise: the starter weights stand.";
    case TALLY_TUNE_UNCONFIRMED:
        return "What gained in the search gains nothing certain on fresh people: the "
               "starter weights stand.";
    case TALLY_TUNE_BETTER:
        break;
    }
    return "The tuned weights are better on fresh people too: they are the schema.";
}

static void
print_comparison(const struct tally_tune_result *r)
{
    printf("Expected quality at the tool's own threshold: mean of %d fresh populations "
           "(lowest to highest)\n"
           "  %-17s  %-25s  %-25s  %s\n",
           TALLY_TUNE_HELD_OUT, "", "precision", "recall", "F1");
    print_quality("starter weights", &r->before);
    if (r->outcome != TALLY_TUNE_NOTHING) {
        print_quality("weights found", &r->found);
        printf("  Gain in F1: %+.4f (95 %% interval %+.4f to %+.4f)\n", r->gain.mean,
               r->gain.low, r->gain.high);
    }
    printf("  In the search, keys alone move the mean F1 by %.4f (standard error): gains "
           "below %.4f\n  were not followed.\n"
           "  %s\n",
           r->noise, r->least_gain, outcome_text(r->outcome));
}

static const char *
worth_text(const struct tally_tune_field *f)
{
    if (f->sources < 2) {
        return "one source only";
    }
    if (!f->measured) {
        return "the only field";
    }
    return f->worth.low > 0 ? "worth it" : f->worth.high < 0 ? "does harm" : "uncertain";
}

static void
print_fields(const struct tally_tune_result *r)
{
    printf("\nFields: weight, and what the links are without the field\n"
           "  %-16s %7s %7s  %9s %7s %7s  %s\n",
           "field", "starter", "chosen", "precision", "recall", "F1",
           "F1 it adds (95 % interval)");
    for (size_t i = 0; i < r->schema->nfields; i++) {
        const struct tally_field *s = &r->schema->fields[i];
        const struct tally_tune_field *f = &r->fields[i];

        printf("  %-16s %7g %7g", s->name, f->starter_weight, s->weight);
        if (f->measured) {
            printf("  %9s %7s %7s  %+.4f (%+.4f to %+.4f)",
                   share(f->without.precision.mean), share(f->without.recall.mean),
                   share(f->without.f1.mean), f->worth.mean, f->worth.low, f->worth.high);
        }
        printf("  %s\n", worth_text(f));
    }
}

static void
print_hardening_row(const struct tally_tune_result *r, uint32_t t,
                    const struct tally_tune_quality *q, const char *note)
{
    printf("  %3u %8.2f  %9s %7s %7s%s\n", (unsigned)t,
           t * tally_schema_expected_fill(r->schema), share(q->precision.mean),
           share(q->recall.mean), share(q->f1.mean), note);
}

/* In ascending t, with the schema's own among the others. */
static void
print_hardening(const struct tally_tune_result *r)
{
    uint32_t own = tally_tune_diffusion(r->schema);
    bool done = false;

    if (r->nhardening == 0) {
        return;
    }
    printf("\nHardening: the chosen weights with other diffusion t (more t * fill, "
           "harder to attack)\n"
           "  %3s %8s  %9s %7s %7s\n",
           "t", "t * fill", "precision", "recall", "F1");
    for (size_t i = 0; i <= r->nhardening; i++) {
        if (!done && (i == r->nhardening || r->hardening[i].t > own)) {
            print_hardening_row(r, own,
                                r->outcome == TALLY_TUNE_BETTER ? &r->found : &r->before,
                                "  the schema");
            done = true;
        }
        if (i < r->nhardening) {
            print_hardening_row(r, r->hardening[i].t, &r->hardening[i].quality,
                                r->hardening[i].t == 0 ? "  not hardened" : "");
        }
    }
}

static void
print_exposure_row(const char *name, double before, double after)
{
    printf("  %-52s %8s %8s\n", name, share(before), share(after));
}

static void
print_exposure(const struct tally_tune_result *r)
{
    const struct tally_exposure *a = &r->exposure_before;
    const struct tally_exposure *b = &r->exposure;

    printf("\nExposure of %s's %s encodings (%s)\n  %-52s %8s %8s\n", r->exposed_source,
           tally_thousands(a->records), exposure_note, "", "starter", "chosen");
    print_exposure_row("share of encodings that are unique", a->unique, b->unique);
    printf("  %-52s %8s %8s\n", "largest group of equal encodings",
           tally_thousands(a->largest_group), tally_thousands(b->largest_group));
    print_exposure_row("share of records that set the rarest bit", a->frequency_low,
                       b->frequency_low);
    print_exposure_row("share of records that set the commonest bit", a->frequency_high,
                       b->frequency_high);
    print_exposure_row("spread of bit frequencies (Gini; 0 is even)", a->gini, b->gini);
    print_exposure_row("correlation of set bits with number of tokens",
                       a->token_correlation, b->token_correlation);
    print_exposure_row("t * expected fill", a->t_fill, b->t_fill);
}

static void
print_text(const struct tally_tune_job *job, const struct tally_tune_result *r)
{
    printf("Tuned on %s synthetic people of ", tally_thousands(job->people));
    for (size_t i = 0; i < job->nsources; i++) {
        printf("%s%s", i > 0 ? ", " : "", job->sources[i]);
    }
    printf(" (seed %llu, profile %s, %s runs)\nAll figures are %s.\n\n",
           (unsigned long long)job->seed, job->profile, tally_thousands(r->runs),
           people_note);
    print_comparison(r);
    if (fabs(r->schema->fill - r->starter->fill) > 1e-9) {
        printf("  Chosen fill %g with diffusion t %u (starter: %g, %u)\n",
               r->schema->fill, (unsigned)tally_tune_diffusion(r->schema),
               r->starter->fill, (unsigned)tally_tune_diffusion(r->starter));
    }
    print_fields(r);
    print_hardening(r);
    print_exposure(r);
}

static struct tally_jnode *
range_node(const struct tally_tune_range *r)
{
    struct tally_jnode *n = tally_jobject();

    tally_jset_real(n, "mean", r->mean);
    tally_jset_real(n, "low", r->low);
    tally_jset_real(n, "high", r->high);
    return n;
}

static struct tally_jnode *
quality_node(const struct tally_tune_quality *q)
{
    struct tally_jnode *n = tally_jobject();

    tally_jset(n, "precision", range_node(&q->precision));
    tally_jset(n, "recall", range_node(&q->recall));
    tally_jset(n, "f1", range_node(&q->f1));
    return n;
}

static struct tally_jnode *
gain_node(const struct tally_tune_gain *g)
{
    const struct tally_tune_range r = {g->mean, g->low, g->high};

    return range_node(&r);
}

static struct tally_jnode *
fields_node(const struct tally_tune_result *r)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < r->schema->nfields; i++) {
        const struct tally_field *s = &r->schema->fields[i];
        const struct tally_tune_field *f = &r->fields[i];
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "field", s->name);
        tally_jset_real(n, "starter_weight", f->starter_weight);
        tally_jset_real(n, "weight", s->weight);
        tally_jset_int(n, "bits_per_token", s->bits_per_token);
        tally_jset_int(n, "sources", (int64_t)f->sources);
        if (f->measured) {
            tally_jset(n, "without", quality_node(&f->without));
            tally_jset(n, "f1_added", gain_node(&f->worth));
        }
        tally_jset_str(n, "verdict", worth_text(f));
        tally_jpush(list, n);
    }
    return list;
}

static struct tally_jnode *
hardening_node(const struct tally_tune_result *r)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < r->nhardening; i++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset_int(n, "t", r->hardening[i].t);
        tally_jset_real(n, "t_fill",
                        r->hardening[i].t * tally_schema_expected_fill(r->schema));
        tally_jset(n, "quality", quality_node(&r->hardening[i].quality));
        tally_jpush(list, n);
    }
    return list;
}

static struct tally_jnode *
exposure_node(const struct tally_exposure *e)
{
    struct tally_jnode *n = tally_jobject();

    tally_jset_int(n, "records", (int64_t)e->records);
    tally_jset_real(n, "unique", e->unique);
    tally_jset_int(n, "largest_group", (int64_t)e->largest_group);
    tally_jset_real(n, "frequency_low", e->frequency_low);
    tally_jset_real(n, "frequency_high", e->frequency_high);
    tally_jset_real(n, "gini", e->gini);
    tally_jset_real(n, "token_correlation", e->token_correlation);
    tally_jset_real(n, "t_fill", e->t_fill);
    return n;
}

static struct tally_jnode *
people_node(const struct tally_tune_job *job, const struct tally_tune_result *r)
{
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *sources = tally_jarray();

    for (size_t i = 0; i < job->nsources; i++) {
        tally_jpush_str(sources, job->sources[i]);
    }
    tally_jset_str(n, "kind", "synthetic");
    tally_jset_str(n, "note", people_note);
    tally_jset_int(n, "people", (int64_t)job->people);
    tally_jset_int(n, "seed", (int64_t)job->seed);
    tally_jset(n, "sources", sources);
    tally_jset_int(n, "searched", TALLY_TUNE_SEARCHED);
    tally_jset_int(n, "held_out", TALLY_TUNE_HELD_OUT);
    tally_jset_int(n, "true_pairs_held_out", (int64_t)r->pairs_held_out);
    return n;
}

static struct tally_jnode *
schema_node(const struct tally_schema *s)
{
    struct tally_jnode *n = tally_jobject();
    char hex[2 * TALLY_DIGEST_BYTES + 1];

    tally_hex_encode(s->digest, sizeof s->digest, hex);
    tally_jset_str(n, "name", s->name);
    tally_jset_str(n, "profile", s->profile);
    tally_jset_real(n, "fill", s->fill);
    tally_jset_int(n, "diffusion_t", tally_tune_diffusion(s));
    tally_jset_str(n, "digest", hex);
    return n;
}

static int
print_json(const struct tally_tune_job *job, const struct tally_tune_result *r,
           struct tally_err *err)
{
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *exposure = tally_jobject();

    tally_jset(n, "population", people_node(job, r));
    tally_jset_str(n, "outcome", tally_tune_outcome_name(r->outcome));
    tally_jset(n, "schema", schema_node(r->schema));
    tally_jset_int(n, "runs", (int64_t)r->runs);
    tally_jset_real(n, "noise", r->noise);
    tally_jset_real(n, "least_gain", r->least_gain);
    tally_jset(n, "starter", quality_node(&r->before));
    tally_jset(n, "found", quality_node(&r->found));
    tally_jset(n, "gain", gain_node(&r->gain));
    tally_jset(n, "fields", fields_node(r));
    tally_jset(n, "hardening", hardening_node(r));
    tally_jset_str(exposure, "note", exposure_note);
    tally_jset_str(exposure, "source", r->exposed_source);
    tally_jset(exposure, "starter", exposure_node(&r->exposure_before));
    tally_jset(exposure, "chosen", exposure_node(&r->exposure));
    tally_jset(n, "exposure", exposure);
    return tally_print_json(n, err);
}

int
tally_schema_tune_print(const struct tally_tune_job *job,
                        const struct tally_tune_result *r, bool json,
                        struct tally_err *err)
{
    if (json) {
        return print_json(job, r, err);
    }
    print_text(job, r);
    return 0;
}

#endif

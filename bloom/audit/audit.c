/*
 * The audit: static leakage, then each attack in each view, counted and judged.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit.h"

#include <inttypes.h>
#include <math.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bloom/audit/audit_private.h"
#include "bloom/kernels/kernels.h"

static const struct tally_audit_about about[TALLY_AUDIT_ATTACKS] = {
    {"A1", "key drill", "dictionary look-up with the linkage key",
     "anyone who holds the linkage key, a partner's staff included",
     "what the loss of the key would cost: no hardening helps against it", false},
    {"A2", "frequency alignment", "Christen, Schnell, Vatsalan and Ranbaduge, PAKDD 2017",
     "the linker, or a thief of the file, with a public list and no key",
     "encodings that equal many others were named by how common they are", false},
    {"A3", "graph matching", "after Vidanage, Christen, Ranbaduge and Schnell, CIKM 2020",
     "the linker, or a thief of the file, with a list of much the same people and no key",
     "records were found by how they resemble all others", true},
    {"A4", "known pairs",
     "naive Bayes and graph matching from granted pairs, after the neural attack of "
     "2023 to 2024",
     "the linker, or a thief of the file, who knows some of the people in it and no key",
     "records of other people than those known were found", true},
    {"A5", "pattern mining", "Christen, Vidanage, Ranbaduge and Schnell, PAKDD 2018",
     "the linker, or a thief of the file, with a public list and no key",
     "bits of frequent pieces of names were found, and people by them", false},
    {"A6", "key reuse across projects", "comparison with another project's encodings",
     "the linker of two projects, or a thief of both files",
     "records are alike in both files, so that one key served both and they can be "
     "joined",
     false},
};

const struct tally_audit_about *
tally_audit_about(enum tally_audit_attack a)
{
    return &about[a];
}

static double
now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Multiplications of the embedding for each pair of bits, at the price of products. */
#define SPECTRUM 1e5

/* Products of 16-bit numbers a second and thread, by trying. */
static double
products_a_second(void)
{
    enum { ROWS = TALLY_PRODUCTS_ROWS, K = 512, TIMES = 64 };
    static alignas(TALLY_ROW_ALIGN) int16_t a[ROWS * K];
    static alignas(TALLY_ROW_ALIGN) int32_t out[ROWS * ROWS];
    const struct tally_kernel *k = tally_kernel_best();
    double best = 1;

    for (int round = 0; round < 4; round++) {
        double t = now();

        for (int time = 0; time < TIMES; time++) {
            k->products(a, a, K, out);
        }
        t = now() - t;
        best = t < best ? t : best;
    }
    return (double)ROWS * ROWS * K * TIMES / fmax(best, 1e-6);
}

/* What an attack multiplies for each pair of records, at most; and holds for each. */
static void
cost_of(enum tally_audit_attack a, uint32_t bits, double *each_pair, double *each_record)
{
    const double run = 9000; /* sixteen rounds of refinement and a check, at most */

    *each_pair = bits / 8.0;
    *each_record = bits / 8.0;
    if (a == TALLY_A3_GRAPH) {
        *each_pair = 9 * run + 2500;
        *each_record = 6.0 * 1000;
    } else if (a == TALLY_A4_KNOWN) {
        *each_pair = run + 16.0 * TALLY_AUDIT_RECORDS * TALLY_AUDIT_KNOWN + 2.0 * bits;
        *each_record = 6.0 * bits + 6000;
    } else if (a == TALLY_A5_PATTERN) {
        *each_pair = 1000;
        *each_record = 6.0 * 512;
    }
}

static void
say_cost(const struct tally_audit_run *r, enum tally_audit_attack a, size_t against,
         size_t views)
{
    uint32_t bits = tally_encfile_info(r->job->file)->bits;
    double each_pair, each_record, seconds, mib;
    char text[256];

    if (r->job->say == NULL) {
        return;
    }
    cost_of(a, bits, &each_pair, &each_record);
    seconds = (double)views *
              ((double)r->nvictims * (double)against * each_pair +
               (a == TALLY_A3_GRAPH ? SPECTRUM * bits * bits : 0)) /
              products_a_second() / tally_pool_threads(r->job->pool);
    mib = ((double)(r->nvictims + against) * each_record + 10.0 * bits * bits) / 1048576;
    (void)snprintf(text, sizeof text,
                   "%s %s: %zu encodings against %zu%s, up to %.0f s, about %.0f MiB",
                   about[a].id, about[a].name, r->nvictims, against,
                   views > 1 ? " in each view" : "", ceil(2 * seconds + 1),
                   ceil(mib + 1));
    r->job->say(r->job->say_ctx, text);
}

/* One view, and what the attacks are shown of it. */
struct stage {
    struct tally_audit_run *run;
    size_t view;
    struct tally_audit_rows victims;
    struct tally_audit_rows people;
    struct tally_audit_rows real;
    struct tally_audit_tokens tokens;
    struct tally_audit_scene scene;
};

static void
strike(struct stage *s)
{
    tally_audit_rows_free(&s->victims);
    tally_audit_rows_free(&s->people);
    tally_audit_rows_free(&s->real);
    tally_audit_tokens_free(&s->tokens);
}

static int
set_stage(struct stage *s, struct tally_audit_run *r, size_t view, struct tally_err *err)
{
    const struct tally_audit_job *job = r->job;

    memset(s, 0, sizeof *s);
    s->run = r;
    s->view = view;
    if (tally_audit_rows_take(&s->victims, job->file, view, r->victims, r->nvictims,
                              err) != 0) {
        return -1;
    }
    if (job->people != NULL &&
        (tally_audit_rows_take(&s->people, r->mine, view, r->people, r->npeople, err) !=
             0 ||
         tally_audit_tokens_of(job->people, view, r->people, r->npeople, &s->tokens,
                               err) != 0)) {
        return -1;
    }
    if (r->real != NULL &&
        tally_audit_rows_take(&s->real, r->real, view, r->people, r->npeople, err) != 0) {
        return -1;
    }
    s->scene = (struct tally_audit_scene){.victims = &s->victims,
                                          .people = &s->people,
                                          .tokens = &s->tokens,
                                          .granted = r->granted,
                                          .seed = job->seed,
                                          .pool = job->pool,
                                          .progress = job->progress};
    return 0;
}

/* A claim is right when the person named has the same values in the view as the person it
 * is: whoever that is cannot be told from them by anyone. */
static bool
is_right(const struct stage *s, size_t victim, uint32_t person)
{
    uint32_t who = s->run->who[victim];

    return who != TALLY_AUDIT_NONE &&
           (who == person || tally_audit_rows_equal(&s->people, who, person));
}

static void
count_claims(const struct stage *s, enum tally_audit_attack a,
             const struct tally_audit_claims *c, struct tally_audit_outcome *o)
{
    bool known = s->run->out->knowing != TALLY_KNOWN_NOT && a != TALLY_A6_REUSE;

    for (size_t v = 0; v < c->n; v++) {
        bool granted = a == TALLY_A4_KNOWN && s->run->granted[v] != TALLY_AUDIT_NONE;
        bool could = known ? s->run->who[v] != TALLY_AUDIT_NONE : s->victims.ones[v] > 0;

        o->possible += could && !granted;
        if (c->person[v] == TALLY_AUDIT_NONE) {
            continue;
        }
        o->claimed++;
        o->sure += c->sure[v];
        o->correct += known ? is_right(s, v, c->person[v]) : c->sure[v];
    }
    o->correct = o->correct < o->possible ? o->correct : o->possible;
}

static int
launch(struct stage *s, enum tally_audit_attack a, struct tally_audit_claims *c,
       struct tally_err *err)
{
    struct tally_audit_scene keyed = s->scene;
    size_t natoms;

    switch (a) {
    case TALLY_A1_KEY:
        keyed.people = &s->real;
        return tally_attack_key(&keyed, c, err);
    case TALLY_A2_FREQUENCY:
        return tally_attack_frequency(&s->scene, c, err);
    case TALLY_A3_GRAPH:
        return tally_attack_graph(&s->scene, c, err);
    case TALLY_A4_KNOWN:
        return tally_attack_known(&s->scene, c, err);
    case TALLY_A5_PATTERN:
        return tally_attack_pattern(&s->scene, c, &natoms, err);
    case TALLY_A6_REUSE:
    case TALLY_AUDIT_ATTACKS:
        break;
    }
    return tally_err_set(err, TALLY_E_BUG, "no such attack in a view");
}

static void
judge(const struct tally_audit_run *r, enum tally_audit_attack a, double guess,
      struct tally_audit_outcome *o)
{
    o->ran = true;
    o->success = tally_interval_share(o->correct, o->possible);
    o->floor = guess;
    o->broken = about[a].budgeted && o->possible > 0 && o->success.share > r->job->budget;
}

/* Run attack ${a} in this view; the view in which it gets most is kept. */
static int
attack_view(struct stage *s, enum tally_audit_attack a, struct tally_err *err)
{
    struct tally_audit_outcome *kept = &s->run->out->attacks[a];
    struct tally_audit_outcome o = {0};
    struct tally_audit_claims c = {0};
    double started = now();
    int rc;

    tally_progress_begin(s->run->job->progress, about[a].name, "rows", 0);
    rc = launch(s, a, &c, err);
    tally_progress_end(s->run->job->progress);
    if (rc == 0) {
        count_claims(s, a, &c, &o);
        judge(s->run, a, 1 / (double)s->run->npeople, &o);
        (void)snprintf(o.view, sizeof o.view, "%s", s->run->out->views[s->view]);
        o.seconds = now() - started + kept->seconds;
        if (!kept->ran || o.success.share > kept->success.share) {
            *kept = o;
        }
        kept->seconds = o.seconds;
    }
    tally_audit_claims_free(&c);
    return rc;
}

/* NULL when the inputs of ${a} are there, else what is missing. */
static const char *
missing_for(const struct tally_audit_run *r, enum tally_audit_attack a)
{
    if ((r->job->wanted >> a & 1) == 0) {
        return "not asked for";
    }
    if (a == TALLY_A6_REUSE) {
        return r->job->other != NULL ? NULL : "needs the encodings of another project";
    }
    if (r->job->people == NULL) {
        return "needs a population";
    }
    if (a == TALLY_A1_KEY) {
        return r->real != NULL ? NULL : "needs the key";
    }
    if (r->nvictims < 2 || r->npeople < 2) {
        return "needs two encodings and two people at least";
    }
    return a == TALLY_A4_KNOWN && r->ngranted == 0
               ? "needs the truth or the key, so that pairs can be granted"
               : NULL;
}

/* Whether set bits give away how many tokens there are, in records whose person is
 * known. */
static int
correlate_tokens(const struct stage *s, struct tally_err *err)
{
    uint32_t *tokens = malloc((s->victims.n + 1) * sizeof *tokens);

    if (tokens == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t v = 0; v < s->victims.n; v++) {
        uint32_t p = s->run->who[v];

        tokens[v] = p == TALLY_AUDIT_NONE ? TALLY_AUDIT_NONE
                                          : s->tokens.first[p + 1] - s->tokens.first[p];
    }
    s->run->out->leaks[s->view].token_correlation =
        tally_audit_token_correlation(&s->victims, tokens);
    free(tokens);
    return 0;
}

static int
attack_all_views(struct tally_audit_run *r, struct tally_err *err)
{
    for (size_t v = 0; v < r->out->nviews; v++) {
        struct stage s;
        int rc = set_stage(&s, r, v, err);

        if (rc == 0) {
            rc = correlate_tokens(&s, err);
        }
        for (int a = 0; rc == 0 && a < TALLY_A6_REUSE; a++) {
            if (missing_for(r, (enum tally_audit_attack)a) == NULL) {
                if (v == 0) {
                    say_cost(r, (enum tally_audit_attack)a, r->npeople, r->out->nviews);
                }
                rc = attack_view(&s, (enum tally_audit_attack)a, err);
            }
        }
        strike(&s);
        if (rc != 0) {
            return -1;
        }
    }
    return 0;
}

/* All records of ${e}, or as many as are compared, at even steps. */
static int
take_other(const struct tally_audit_run *r, struct tally_audit_rows *out,
           struct tally_err *err)
{
    size_t n = (size_t)tally_encfile_info(r->job->other)->records;
    size_t some = n < r->job->records ? n : r->job->records;
    uint32_t *records = calloc(some + 1, sizeof *records);
    int rc;

    if (records == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < some; i++) {
        records[i] = (uint32_t)((double)i * (double)n / (double)some);
    }
    rc = tally_audit_rows_take(out, r->job->other, 0, records, some, err);
    free(records);
    return rc;
}

static int
attack_reuse(struct tally_audit_run *r, struct tally_err *err)
{
    struct tally_audit_outcome *o = &r->out->attacks[TALLY_A6_REUSE];
    struct stage s = {.run = r};
    struct tally_audit_claims c = {0};
    double started = now();
    int rc = -1;

    if (tally_encfile_info(r->job->other)->bits !=
        tally_encfile_info(r->job->file)->bits) {
        o->why_not = "encodings of other lengths have no bits to compare";
        return 0;
    }
    if (tally_audit_rows_take(&s.victims, r->job->file, 0, r->victims, r->nvictims,
                              err) == 0 &&
        take_other(r, &s.people, err) == 0) {
        s.scene = (struct tally_audit_scene){.victims = &s.victims,
                                             .people = &s.people,
                                             .pool = r->job->pool,
                                             .progress = r->job->progress};
        say_cost(r, TALLY_A6_REUSE, s.people.n, 1);
        tally_progress_begin(r->job->progress, about[TALLY_A6_REUSE].name, "rows",
                             s.victims.n);
        rc = tally_attack_reuse(&s.scene, &c, err);
        tally_progress_end(r->job->progress);
    }
    if (rc == 0) {
        count_claims(&s, TALLY_A6_REUSE, &c, o);
        judge(r, TALLY_A6_REUSE, 0, o);
        o->seconds = now() - started;
        (void)snprintf(o->view, sizeof o->view, "%s", r->out->views[0]);
    }
    tally_audit_claims_free(&c);
    strike(&s);
    return rc;
}

/* Static leakage is of all records of the file, each view by itself. */
static int
measure_leaks(struct tally_audit_run *r, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(r->job->file);

    r->out->nviews = info->nviews;
    for (size_t v = 0; v < info->nviews; v++) {
        struct tally_audit_rows rows = {
            .n = (size_t)info->views[v].rows, .bits = info->bits, .stride = info->stride};

        rows.matrix = (uint8_t *)tally_encfile_view_matrix(r->job->file, v);
        rows.ones = (uint32_t *)tally_encfile_view_popcounts(r->job->file, v);
        (void)snprintf(r->out->views[v], sizeof r->out->views[v], "%s",
                       info->views[v].name);
        if (tally_audit_static_measure(&rows, NULL, r->job->pool, &r->out->leaks[v],
                                       err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
run_all(struct tally_audit_run *r, struct tally_err *err)
{
    if (measure_leaks(r, err) != 0 || tally_audit_prepare(r, err) != 0) {
        return -1;
    }
    for (int a = 0; a < TALLY_AUDIT_ATTACKS; a++) {
        r->out->attacks[a].why_not = missing_for(r, (enum tally_audit_attack)a);
    }
    if (r->job->people != NULL && attack_all_views(r, err) != 0) {
        return -1;
    }
    if (r->out->attacks[TALLY_A6_REUSE].why_not == NULL && attack_reuse(r, err) != 0) {
        return -1;
    }
    for (int a = 0; a < TALLY_AUDIT_ATTACKS; a++) {
        const struct tally_audit_outcome *o = &r->out->attacks[a];

        r->out->attacked = r->out->attacked || (o->ran && about[a].budgeted);
        r->out->broken = r->out->broken || o->broken;
    }
    return 0;
}

int
tally_audit(const struct tally_audit_job *job, struct tally_audit_result *out,
            struct tally_err *err)
{
    struct tally_audit_run r = {.job = job, .out = out};
    int rc;

    memset(out, 0, sizeof *out);
    rc = run_all(&r, err);
    tally_audit_release(&r);
    return rc;
}

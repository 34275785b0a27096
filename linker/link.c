/*
 * A run: sources checked, candidates joined, thresholds decided, clusters grown.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link.h"
#include "linker/link_impl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int
check_numbers(const struct tally_link_job *job, struct tally_err *err)
{
    if (job->nsources == 0 || job->nsources > TALLY_SOURCES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "linking takes 1 to %d sources, not %zu",
                             TALLY_SOURCES_MAX, job->nsources);
    }
    if (job->threshold_ppm > TALLY_PPM) {
        return tally_err_set(err, TALLY_E_USAGE, "a threshold is at most 1");
    }
    if (!(job->min_probability >= 0 && job->min_probability <= 1)) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "the least probability lies between 0 and 1");
    }
    if (!(job->fdr >= 0 && job->fdr < 1)) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "the share of false links aimed at lies between 0 and 1");
    }
    return 0;
}

static int
check_sources(const struct tally_link_job *job, struct tally_err *err)
{
    for (size_t i = 0; i < job->nsources; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(job->sources[i].name, job->sources[j].name) == 0) {
                return tally_err_set(err, TALLY_E_USAGE, "two sources are called '%s'",
                                     job->sources[i].name);
            }
        }
        if (i > 0 &&
            tally_enc_compatible(tally_encfile_info(job->sources[0].enc),
                                 tally_encfile_info(job->sources[i].enc), err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Views to link on: those that have a row in some source. The first of none. */
static void
choose_views(struct link_run *run)
{
    size_t nviews = tally_encfile_info(run->job->sources[0].enc)->nviews;

    for (size_t i = 1; i < run->job->nsources; i++) {
        size_t other = tally_encfile_info(run->job->sources[i].enc)->nviews;

        nviews = other < nviews ? other : nviews;
    }
    for (size_t v = 0; v < nviews; v++) {
        uint64_t rows = 0;

        for (size_t i = 0; i < run->job->nsources; i++) {
            rows += tally_encfile_info(run->job->sources[i].enc)->views[v].rows;
        }
        if (rows > 0) {
            run->views[run->nviews++] = v;
        }
    }
    run->nviews = run->nviews == 0 ? 1 : run->nviews;
}

static int
take_sources(struct link_run *run, struct tally_err *err)
{
    uint64_t total = 0;

    for (size_t i = 0; i < run->job->nsources; i++) {
        const struct tally_encfile *enc = run->job->sources[i].enc;
        const struct tally_enc_info *info = tally_encfile_info(enc);
        struct link_source *s = &run->sources[i];

        if (info->records >= UINT32_MAX - total) {
            return tally_err_set(err, TALLY_E_LIMIT, "more than %u records in all",
                                 UINT32_MAX);
        }
        if (link_records_take(run, s, enc, err) != 0) {
            return -1;
        }
        s->clean = !info->duplicates_possible;
        run->start[i] = (uint32_t)total;
        total += info->records;
        run->start[i + 1] = (uint32_t)total;
    }
    return 0;
}

/* All pairs of sources in ascending order, or the only source with itself. In one-to-one
 * linking a record may have several partners only in a source where people may stand
 * twice. */
static int
take_pairs(struct link_run *run, struct tally_err *err)
{
    size_t n = run->job->nsources;
    size_t npairs = n == 1 ? 1 : n * (n - 1) / 2;

    run->pairs = calloc(npairs, sizeof *run->pairs);
    if (run->pairs == NULL) {
        return tally_err_nomem(err);
    }
    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t b = n == 1 ? 0 : a + 1; b < n; b++) {
            struct link_pair *p = &run->pairs[run->npairs++];

            p->a = a;
            p->b = b;
            p->decoys = a != b && (run->sources[a].clean || run->sources[b].clean);
            p->rule = (struct tally_assign_rule){
                .na = run->sources[a].n,
                .nb = run->sources[b].n,
                .many_a = run->many || a == b || !run->sources[b].clean,
                .many_b = run->many || a == b || !run->sources[a].clean};
        }
    }
    return 0;
}

static void
run_free(struct link_run *run)
{
    for (size_t i = 0; i < run->npairs; i++) {
        free(run->pairs[i].links);
        free(run->pairs[i].chosen);
        free(run->pairs[i].edges);
        free(run->pairs[i].best_a);
        free(run->pairs[i].best_b);
        free(run->pairs[i].further);
        free(run->pairs[i].met);
        free(run->pairs[i].rows.list);
    }
    for (size_t i = 0; i < TALLY_SOURCES_MAX; i++) {
        free(run->sources[i].inside);
        free(run->sources[i].met);
        free(run->sources[i].rows.list);
        for (size_t v = 0; v < run->nviews; v++) {
            free(run->sources[i].views[v].first_row);
            free(run->sources[i].views[v].record_of);
            free(run->sources[i].views[v].rarity);
            tally_blanks_free(&run->sources[i].views[v].blanks);
        }
    }
    free(run->pairs);
    free(run);
}

static int
run_steps(struct link_run *run, struct tally_link_result *r, struct tally_err *err)
{
    choose_views(run);
    if (take_sources(run, err) != 0 || link_forced_check(run, err) != 0 ||
        take_pairs(run, err) != 0 ||
        (run->nviews == 1 ? link_candidates(run, err) : link_weigh(run, err)) != 0) {
        return -1;
    }
    r->calibrations = calloc(run->npairs, sizeof *r->calibrations);
    if (r->calibrations == NULL) {
        return tally_err_nomem(err);
    }
    r->ncalibrations = run->npairs;
    return link_decide(run, r->calibrations, err) != 0 ? -1 : link_clusters(run, r, err);
}

static double
seconds_since(const struct timespec *start)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) +
           (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

int
tally_link_run(const struct tally_link_job *job, struct tally_link_result *out,
               struct tally_err *err)
{
    struct tally_link_result r = {0};
    struct link_run *run;
    struct timespec start;
    int status;

    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    if (check_numbers(job, err) != 0 || check_sources(job, err) != 0) {
        return -1;
    }
    run = calloc(1, sizeof *run);
    if (run == NULL) {
        return tally_err_nomem(err);
    }
    run->job = job;
    run->many = job->assign == TALLY_ASSIGN_MANY;
    status = run_steps(run, &r, err);
    r.compared = run->compared;
    r.miss_probability = run->miss_probability;
    run_free(run);
    if (status != 0) {
        tally_link_result_free(&r);
        return -1;
    }
    r.seconds = seconds_since(&start);
    *out = r;
    return 0;
}

void
tally_link_result_free(struct tally_link_result *r)
{
    if (r == NULL) {
        return;
    }
    for (size_t i = 0; i < TALLY_SOURCES_MAX; i++) {
        free(r->cluster[i]);
        free(r->strength[i]);
        free(r->part[i]);
        free(r->wider[i]);
    }
    free(r->links);
    free(r->further);
    free(r->reasons);
    free(r->views);
    free(r->calibrations);
    *r = (struct tally_link_result){0};
}

/*
 * The quality suite: its sets one after the other.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/quality_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const tally_quality_profiles[TALLY_QUALITY_PROFILES] = {"plain", "standard",
                                                                    "strict", "group"};

static bool
wanted(const char *only, const char *name)
{
    return only == NULL || strcmp(only, name) == 0;
}

static int
check_job(const struct tally_quality_job *job, struct tally_err *err)
{
    bool set = false;

    for (size_t i = 0; tally_quality_set(i) != NULL; i++) {
        set = set || wanted(job->set, tally_quality_set(i));
    }
    if (!set) {
        (void)tally_err_set(err, TALLY_E_USAGE, "there is no set of that name");
        return tally_err_hint(err, "docs/quality.md lists the sets");
    }
    TALLY_INVARIANT(job->populations >= 1 &&
                    job->populations <= TALLY_QUALITY_POPULATIONS);
    TALLY_INVARIANT(job->keys >= 1 && job->keys <= TALLY_QUALITY_KEYS_MAX);
    return 0;
}

static int
run_ready(const struct quality_ready *r, const struct tally_quality_job *job,
          struct tally_err *err)
{
    struct tally_quality_row reference;
    struct tally_quality_row row;

    if (quality_reference(r, &reference, err) != 0 ||
        job->measured(job->ctx, &reference, NULL, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < (job->profile == NULL ? TALLY_QUALITY_PROFILES : 1); i++) {
        const char *profile =
            job->profile == NULL ? tally_quality_profiles[i] : job->profile;

        if (quality_profile(r, job, profile, &row, err) != 0 ||
            job->measured(job->ctx, &row, &reference, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A set, or one population of it, and the folder it lies in. */
struct population {
    struct tally_workdir dir;
    struct quality_ready ready;
};

/* ${n} populations; of a set that is not synthetic the only one there is. */
static int
prepare(struct population *p, struct quality_ready *more, size_t n,
        const struct quality_set *set, const struct tally_quality_job *job,
        struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct tally_quality_job of = *job;

        of.seed += i;
        if (tally_workdir_make(&p[i].dir, "tally-bench", err) != 0 ||
            quality_prepare(&p[i].ready, &of, set, &p[i].dir, err) != 0) {
            return -1;
        }
        if (i > 0) {
            more[i - 1] = p[i].ready;
        }
    }
    p[0].ready.more = more;
    p[0].ready.nmore = n - 1;
    return 0;
}

static int
run_set(const struct quality_set *set, const struct tally_quality_job *job,
        struct tally_err *err)
{
    size_t n = set->folder == NULL ? job->populations : 1;
    struct population *p = calloc(n, sizeof *p);
    struct quality_ready *more = calloc(n, sizeof *more);
    int rc = p == NULL || more == NULL ? tally_err_nomem(err) : 0;

    if (rc == 0) {
        tally_progress_begin(job->progress, set->name, "runs",
                             (job->profile == NULL ? TALLY_QUALITY_PROFILES : 1) *
                                 job->keys);
        rc = prepare(p, more, n, set, job, err);
        if (rc == 0) {
            rc = run_ready(&p[0].ready, job, err);
        }
        tally_progress_end(job->progress);
    }
    for (size_t i = 0; p != NULL && i < n; i++) {
        quality_ready_free(&p[i].ready);
        tally_workdir_remove(&p[i].dir);
    }
    free(more);
    free(p);
    return rc != 0 ? tally_err_wrap(err, "set %s", set->name) : 0;
}

int
tally_quality(const struct tally_quality_job *job, struct tally_err *err)
{
    const struct quality_set *set;

    if (check_job(job, err) != 0) {
        return -1;
    }
    for (size_t i = 0; (set = quality_set_at(i)) != NULL; i++) {
        if (!wanted(job->set, set->name)) {
            continue;
        }
        if (quality_is_there(job, set)) {
            if (run_set(set, job, err) != 0) {
                return -1;
            }
        } else if (job->set != NULL) {
            (void)tally_err_set(err, TALLY_E_NO_FILE, "the set %s is not there",
                                set->name);
            return tally_err_hint(
                err, "name the folder that holds data/%s in TALLY_SHARED", set->folder);
        } else {
            job->skipped(job->ctx, set->name);
        }
    }
    return 0;
}

const struct tally_quality_gap *
tally_quality_gap(const struct tally_quality_row *row, const char *column)
{
    for (size_t i = 0; i < row->ngaps; i++) {
        if (strcmp(row->gaps[i].column, column) == 0) {
            return &row->gaps[i];
        }
    }
    return NULL;
}

static void
set_quality(struct tally_jnode *o, const struct tally_quality_row *row)
{
    struct tally_interval precision = tally_measures_precision(&row->at);

    tally_jset_real(o, "precision", row->at.precision);
    tally_jset_real(o, "precision_low", precision.low);
    tally_jset_real(o, "precision_high", precision.high);
    tally_jset_real(o, "recall", row->at.recall);
    tally_jset_real(o, "f1", row->at.f1);
    tally_jset_real(o, "f_star", row->at.f_star);
    tally_jset_real(o, "f1_best", row->f1_best);
    tally_jset_real(o, "threshold", row->threshold);
    tally_jset_int(o, "links", (int64_t)(row->at.tp + row->at.fp));
    tally_jset_int(o, "true_pairs", (int64_t)(row->at.tp + row->at.fn));
    tally_jset_real(o, "b3_f1", row->clusters.b3_f1);
}

static void
set_gaps(struct tally_jnode *o, const struct tally_quality_row *row)
{
    struct tally_jnode *gaps = tally_jarray();

    for (size_t i = 0; i < row->ngaps; i++) {
        const struct tally_quality_gap *g = &row->gaps[i];
        struct tally_jnode *j = tally_jobject();

        tally_jset_str(j, "column", g->column);
        tally_jset_str(j, "lowest", g->lowest);
        tally_jset_str(j, "highest", g->highest);
        tally_jset_real(j, "recall_gap", g->recall.share);
        tally_jset_real(j, "recall_gap_low", g->recall.low);
        tally_jset_real(j, "recall_gap_high", g->recall.high);
        tally_jpush(gaps, j);
    }
    tally_jset(o, "gaps", gaps);
}

struct tally_jnode *
tally_quality_json(const struct tally_quality_row *row,
                   const struct tally_quality_row *reference)
{
    struct tally_jnode *o = tally_jobject();
    struct tally_jnode *r = tally_jobject();

    tally_jset_str(o, "set", row->set);
    tally_jset_str(o, "profile", row->profile);
    set_quality(o, row);
    tally_jset_real(o, "estimated_precision", row->estimated_precision);
    tally_jset_real(o, "estimated_precision_low", row->estimated_low);
    tally_jset_real(o, "estimated_precision_high", row->estimated_high);
    tally_jset_str(o, "how", row->how);
    tally_jset_int(o, "keys", row->keys);
    tally_jset_real(o, "f1_low", row->f1_low);
    tally_jset_real(o, "f1_high", row->f1_high);
    tally_jset_real(o, "f1_tenth", row->f1_tenth);
    tally_jset_real(o, "cpu_seconds", row->cpu_seconds);
    set_gaps(o, row);
    set_quality(r, reference);
    tally_jset_real(r, "pairs_completeness", reference->blocking.completeness);
    tally_jset_real(r, "reduction_ratio", reference->blocking.reduction);
    set_gaps(r, reference);
    tally_jset(o, "reference", r);
    return o;
}

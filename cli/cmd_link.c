/*
 * tally link: encodings of one, two or many sources to links, clusters and a link map.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_link.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bloom/keyfile.h"
#include "cli/cmd_link_governed.h"
#include "linker/review_store.h"

#define NOT_GIVEN UINT32_MAX /* of a share in parts per million */

/* The payload part of a delivery is of one source: a link map refuses two, but that would
 * be told after the linking. */
static int
check_deliveries(const struct tally_link_files *s, struct tally_err *err)
{
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (memcmp(tally_encfile_info(s->files[i])->delivery,
                       tally_encfile_info(s->files[j])->delivery,
                       TALLY_DELIVERY_BYTES) == 0) {
                (void)tally_err_set(err, TALLY_E_USAGE,
                                    "sources %s and %s are the same delivery",
                                    s->names[j], s->names[i]);
                return tally_err_hint(err, "leave --linkmap out to link a file with "
                                           "itself");
            }
        }
    }
    return 0;
}

static int
assign_word(const char *word, enum tally_assign *out, struct tally_err *err)
{
    *out = TALLY_ASSIGN_ONE_TO_ONE;
    if (word == NULL || tally_assign_of(word, out)) {
        return 0;
    }
    return tally_err_set(err, TALLY_E_USAGE, "--assign is one-to-one, optimal or many");
}

/* The release key of a series: given, or kept beside the store, or for this run alone. */
struct release_key {
    char path[4096]; /* empty when it is for this run alone */
    bool made;       /* the file was made for this run, and goes again when that fails */
    struct tally_secret *secret;
};

static bool
is_there(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

static int
find_release_key(const struct tally_link_request *q, struct release_key *k,
                 struct tally_err *err)
{
    const char *name = q->release_key != NULL ? q->release_key : q->store;
    const char *end = q->release_key != NULL ? "" : ".release-key";

    if (q->linkmap == NULL || name == NULL) {
        return 0;
    }
    return tally_path_format(k->path, err, "%s%s", name, end);
}

/* Called once the store is locked, so that no other run takes a key that goes again. */
static int
read_release_key(const struct tally_link_request *q, struct release_key *k,
                 struct tally_err *err)
{
    if (k->path[0] == '\0') {
        if (tally_secret_create(&k->secret, TALLY_KEY_BYTES, err) != 0) {
            return -1;
        }
        tally_random(tally_secret_open(k->secret), TALLY_KEY_BYTES);
        tally_secret_close(k->secret);
        return 0;
    }
    if (q->release_key == NULL && !is_there(k->path)) {
        if (tally_keyfile_create(k->path, TALLY_KEY_RELEASE, false, err) != 0) {
            return -1;
        }
        k->made = true;
    }
    return tally_keyfile_read(k->path, TALLY_KEY_RELEASE, &k->secret, err);
}

/* A key or a store that cannot be used would otherwise be told after all the linking. */
static int
check_key_and_store(const struct tally_link_request *q, struct tally_err *err)
{
    struct release_key key = {.made = false};
    struct tally_store *store = NULL;

    if (find_release_key(q, &key, err) != 0 ||
        (key.path[0] != '\0' && (q->release_key != NULL || is_there(key.path)) &&
         read_release_key(q, &key, err) != 0)) {
        return -1;
    }
    tally_secret_free(key.secret);
    if (q->store != NULL && is_there(q->store) &&
        tally_store_open(&store, q->store, true, err) != 0) {
        return -1;
    }
    tally_store_close(store);
    return 0;
}

/* Ids for a run that no store keeps: they serve this link map alone. */
static void
number_clusters(int64_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ids[i] = (int64_t)i;
    }
}

static int
read_replaced(struct tally_link_outcome *d, struct tally_store *store,
              struct tally_err *err)
{
    for (uint32_t i = 0; i < d->files->n; i++) {
        if (d->files->stored[i].replaces != 0 &&
            tally_store_replaced(store, d->run, i, &d->replaced[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* What second rounds say of the run, once it is recorded. */
static int
read_after(struct tally_link_outcome *d, struct tally_store *store, struct tally_err *err)
{
    struct tally_store_run *r = calloc(1, sizeof *r);
    int rc;

    if (r == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_store_read_run(store, d->run, r, err);
    if (rc == 0) {
        d->after = tally_store_reviewed_precision(r);
        tally_store_run_free(r);
        rc = isnan(d->after.estimate) ? tally_review_any(store, &d->unsaid, err) : 0;
    }
    free(r);
    return rc;
}

static int
record_run(struct tally_link_outcome *d, struct tally_store **store, int64_t *ids,
           struct tally_err *err)
{
    const struct tally_store_how how = {.previous = d->files->series.run,
                                        .files = d->files->stored,
                                        .withdrawn = d->files->again.data,
                                        .nwithdrawn =
                                            d->files->again.len / TALLY_TOKEN_BYTES,
                                        .agreement = d->q->agreement};

    number_clusters(ids, d->r->nclusters);
    if (d->q->store == NULL) {
        return 0;
    }
    return tally_store_open(store, d->q->store, true, err) != 0 ||
                   tally_store_add_run(*store, d->job, d->r, &how, &d->run, ids, err) !=
                       0 ||
                   tally_review_calibrate(*store, d->run, err) != 0 ||
                   tally_store_changes(*store, d->run, &d->changes, err) != 0
               ? -1
           : read_replaced(d, *store, err) != 0 ? -1
                                                : read_after(d, *store, err);
}

/* The store gives the cluster ids behind the pseudonyms; its transaction ends once the
 * files are written, and only then do they appear. */
static int
deliver(struct tally_link_outcome *d, struct tally_link_outputs *outputs,
        struct tally_err *err)
{
    int64_t *ids = calloc(d->r->nclusters + 1, sizeof *ids);
    struct tally_store *store = NULL;
    struct release_key key = {.made = false};
    int status = -1;

    if (ids == NULL) {
        return tally_err_nomem(err);
    }
    if (find_release_key(d->q, &key, err) == 0 && record_run(d, &store, ids, err) == 0 &&
        (d->q->linkmap == NULL || read_release_key(d->q, &key, err) == 0) &&
        tally_link_outputs_write(outputs, d->q, d->job, d->r, key.secret, ids, err) ==
            0 &&
        (store == NULL || tally_store_commit(store, err) == 0)) {
        key.made = false; /* the recorded run needs it */
        status = tally_link_outputs_commit(outputs, err);
    }
    if (key.made) {
        (void)unlink(key.path);
    }
    tally_store_close(store);
    tally_secret_free(key.secret);
    free(ids);
    return status;
}

static int
link_sources(const struct tally_link_request *q, struct tally_link_job *job,
             const struct tally_link_files *s, struct tally_link_outputs *outputs,
             struct tally_err *err)
{
    struct tally_link_result result = {0};
    struct tally_link_outcome d = {.q = q, .job = job, .files = s, .r = &result};
    int status = -1;

    d.after.estimate = d.after.low = d.after.high = (double)NAN;
    if (tally_link_run(job, &result, err) == 0 && deliver(&d, outputs, err) == 0) {
        status = tally_link_tell(&d, err);
    }
    tally_link_result_free(&result);
    return status;
}

static int
check_request(struct tally_link_request *q, struct tally_link_job *job, uint32_t fdr,
              uint32_t probability, struct tally_err *err)
{
    bool files = q->links || q->clusters || q->linkmap || q->store || q->explain;

    if (q->json && !files) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--json needs -o, --clusters, --linkmap, --explain "
                             "or --store, as links go to standard output");
    }
    if (job->threshold_ppm == 0 || fdr == 0) {
        (void)tally_err_set(err, TALLY_E_USAGE, "--%s must be above 0",
                            fdr == 0 ? "fdr" : "threshold");
        return tally_err_hint(err, "leave it out for the usual way");
    }
    if (q->add && q->store == NULL) {
        return tally_err_set(err, TALLY_E_USAGE, "--%s goes with --store FILE",
                             q->replace ? "replace" : "add");
    }
    if (q->release_key != NULL && q->linkmap == NULL) {
        return tally_err_set(err, TALLY_E_USAGE, "--release-key goes with --linkmap");
    }
    q->links_to_stdout = !files;
    /* 0 is what a job says of an option that was not given. */
    job->threshold_ppm = job->threshold_ppm == NOT_GIVEN ? 0 : job->threshold_ppm;
    job->fdr = fdr == NOT_GIVEN ? 0 : fdr / 1e6;
    job->min_probability = probability / 1e6;
    return assign_word(q->assign, &job->assign, err);
}

/* What a run of the series was asked goes on, unless it is asked something else. */
static void
take_over(const struct tally_link_request *q, const struct tally_store_series *series,
          struct tally_link_job *job)
{
    bool asked = q->assign != NULL || job->threshold_ppm != 0 || job->fdr > 0 ||
                 job->min_probability > 0;

    if (series->run == 0 || asked) {
        return;
    }
    job->assign = series->assign;
    job->threshold_ppm = series->threshold_ppm;
    job->min_probability = series->min_probability;
    /* Nobody asked for a default, and with more sources it is another. */
    if (series->fdr < tally_link_fdr_default(series->nsources) ||
        series->fdr > tally_link_fdr_default(series->nsources)) {
        job->fdr = series->fdr;
    }
}

/* With the lists of pairs that are linked or kept apart. */
static int
link_listed(const struct tally_link_request *q, struct tally_link_job *job,
            const struct tally_link_files *s, struct tally_link_outputs *outputs,
            struct tally_err *err)
{
    struct tally_forced *must = NULL;
    struct tally_forced *must_not = NULL;
    int status = -1;

    if ((q->must == NULL ||
         tally_link_list_read(q->must, job, &must, &job->nmust, err) == 0) &&
        (q->must_not == NULL ||
         tally_link_list_read(q->must_not, job, &must_not, &job->nmust_not, err) == 0) &&
        tally_link_add_known(q, job, s, &must, &job->nmust, &must_not, &job->nmust_not,
                             err) == 0) {
        job->must = must;
        job->must_not = must_not;
        status = link_sources(q, job, s, outputs, err);
    }
    free(must);
    free(must_not);
    return status;
}

static int
link_files(struct tally_link_request *q, struct tally_link_job *job,
           const struct tally_operands *files, struct tally_err *err)
{
    struct tally_link_files *s = calloc(1, sizeof *s); /* too large for the stack */
    struct tally_link_outputs outputs = {0};
    int status = -1;

    if (s == NULL) {
        return tally_err_nomem(err);
    }
    if (check_key_and_store(q, err) == 0 &&
        tally_link_files_open(s, q, files, err) == 0 &&
        (q->linkmap == NULL || check_deliveries(s, err) == 0) &&
        tally_link_outputs_open(&outputs, q, files, err) == 0 &&
        tally_work_begin(&q->work, err) == 0 && tally_link_files_settle(s, q, err) == 0) {
        job->sources = s->list;
        job->nsources = s->n;
        job->pool = q->work.pool;
        job->progress = &q->work.progress;
        take_over(q, &s->series, job);
        status = link_listed(q, job, s, &outputs, err);
    }
    tally_work_end(&q->work);
    tally_link_outputs_free(&outputs);
    tally_link_files_close(s);
    free(s);
    return status;
}

/* Take the last run of the series back. */
static int
undo(const struct tally_link_request *q, const struct tally_operands *files,
     struct tally_err *err)
{
    struct tally_store *store = NULL;
    int64_t run = 0;
    int status = -1;

    if (q->store == NULL || files->n != 0 || q->add || q->replace || q->links ||
        q->clusters || q->linkmap) {
        return tally_err_set(err, TALLY_E_USAGE, "--undo takes --store FILE alone");
    }
    if (tally_store_open(&store, q->store, false, err) != 0) {
        return -1; /* one that is not there is not made */
    }
    tally_store_close(store);
    store = NULL;
    if (tally_store_open(&store, q->store, true, err) == 0 &&
        tally_store_undo(store, &run, err) == 0) {
        tally_say("Run %lld is undone: the one before it is the latest again.",
                  (long long)run);
        status = 0;
    }
    tally_store_close(store);
    return status;
}

static int
explain_stored(const struct tally_link_request *q, struct tally_err *err)
{
    if (q->links || q->clusters || q->linkmap || q->must || q->must_not) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--explain of a store takes --store FILE alone");
    }
    if (tally_opt_spare(q->explain, (const char *const[]){q->store}, 1, err) != 0) {
        return -1;
    }
    return tally_link_explain_stored(q->store, q->explain, q->force, err);
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct tally_link_request q = {0};
    struct tally_link_job job = {.threshold_ppm = NOT_GIVEN};
    struct tally_governed g = TALLY_GOVERNED_INIT;
    uint32_t fdr = NOT_GIVEN;
    uint32_t probability = 0;
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_SHARE("threshold", "DICE", job.threshold_ppm,
                        "accept from this score (default: learnt)"),
        TALLY_OPT_SHARE("fdr", "F", fdr,
                        "most false links (default 0.05; one file 0.15, three 0.02)"),
        TALLY_OPT_SHARE("min-probability", "P", probability,
                        "drop links below this probability"),
        TALLY_OPT_TEXT("assign", "RULE", q.assign,
                       "one-to-one (default), optimal (greatest sum) or many"),
        TALLY_OPT_OUTPUT("FILE", q.links, "links.csv to write"),
        TALLY_OPT_TEXT("clusters", "FILE", q.clusters, "clusters.csv to write"),
        TALLY_OPT_TEXT("linkmap", "FILE", q.linkmap,
                       "link map to write, for the analyst"),
        TALLY_OPT_TEXT("store", "FILE", q.store, "record the run in this database"),
        TALLY_OPT_FLAG("add", q.add,
                       "the files join the store's last run; --undo takes a run back"),
        TALLY_OPT_FLAG("replace", q.replace,
                       "--add, and a source's new delivery takes the place of its last"),
        TALLY_OPT_FLAG("undo", q.undo, NULL),
        TALLY_OPT_TEXT("release-key", "FILE", q.release_key,
                       "key of the pseudonyms (default: beside the store)"),
        TALLY_OPT_TEXT(
            "explain", "FILE", q.explain,
            "what each link rests on, CSV or .json; of the store without files"),
        TALLY_OPT_TEXT("must-link", "FILE", q.must,
                       "pairs that are one person; --must-not-link FILE: that are not"),
        TALLY_OPT_TEXT("must-not-link", "FILE", q.must_not, NULL),
        TALLY_OPT_FLAG("exact", job.exact,
                       "compare whole filters, where a pair could be given up early"),
        TALLY_OPTS_GOVERNED_AS(g, NULL),
        TALLY_OPT_FLAG("force", q.force,
                       "replace output that exists; --json prints the result as JSON"),
        TALLY_OPT_FLAG("json", q.json, NULL),
        TALLY_OPT_THREADS(q.work),
        TALLY_OPT_PROGRESS(q.work),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (q.undo) {
        return undo(&q, &files, err);
    }
    if (q.explain != NULL && q.store != NULL && files.n == 0 && !q.add && !q.replace &&
        g.path == NULL) {
        return explain_stored(&q, err);
    }
    if (g.path != NULL && files.n == 0 && fdr == NOT_GIVEN && probability == 0) {
        return tally_link_governed(&q, &job, &g, link_files, err);
    }
    q.add = q.add || q.replace;
    if (check_request(&q, &job, fdr, probability, err) != 0) {
        return -1;
    }
    return link_files(&q, &job, &files, err);
}

const struct tally_verb tally_verb_link = {
    "link", "link encodings, or find duplicates in one file",
    "[NAME=]A.enc [B.enc ...] -o links.csv [--store run.db] [--linkmap M]",
    "  tally link police.enc health.enc --store run.db --linkmap links.map -o "
    "links.csv\n",
    run};

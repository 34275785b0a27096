/*
 * tally review export, import, undo: second-round evidence for uncertain pairs, asked of
 * the data owners and weighed.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_review.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bloom/meta.h"

static int
make_folder(const char *dir, bool *made, struct tally_err *err)
{
    *made = mkdir(dir, 0700) == 0;
    return *made || errno == EEXIST
               ? 0
               : tally_err_errno(err, TALLY_E_IO, "cannot make the folder %s", dir);
}

static int
write_request(const struct tally_review_plan *p, size_t list, struct tally_outfile **f,
              const char *path, bool force, struct tally_err *err)
{
    struct tally_review r = p->request;

    r.own = list;
    r.tokens = p->tokens[list];
    return tally_outfile_open(f, path, 0600, force, err) == 0
               ? tally_review_write(*f, &r, err)
               : -1;
}

int
tally_review_write_all(const struct tally_review_plan *p, char (*paths)[4096], bool force,
                       struct tally_store *store, struct tally_err *err)
{
    struct tally_outfile *files[TALLY_REVIEW_SOURCES_MAX] = {NULL};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < p->request.nlists; i++) {
        rc = write_request(p, i, &files[i], paths[i], force, err);
    }
    if (rc == 0) {
        rc = tally_store_commit(store, err) == 0
                 ? tally_outfile_commit(files, p->request.nlists, err)
                 : -1;
    }
    for (size_t i = 0; i < p->request.nlists; i++) {
        tally_outfile_free(files[i]);
    }
    return rc;
}

static int
export_plain(const struct tally_review_request *q, const struct tally_review_plan *p,
             struct tally_store *store, struct tally_err *err)
{
    char(*paths)[4096] = calloc(TALLY_REVIEW_SOURCES_MAX, sizeof *paths);
    int rc = paths != NULL ? 0 : tally_err_nomem(err);

    for (size_t i = 0; rc == 0 && i < p->request.nlists; i++) {
        rc = tally_path_format(paths[i], err, "%s/%s.ask", q->out,
                               p->request.lists[i].source);
    }
    if (rc == 0) {
        rc = tally_review_write_all(p, paths, q->force, store, err);
    }
    for (size_t i = 0; rc == 0 && i < p->request.nlists; i++) {
        tally_say("Wrote %s", paths[i]);
    }
    free(paths);
    return rc;
}

static int
tell_plan(const struct tally_review_request *q, const struct tally_review_plan *p,
          struct tally_err *err)
{
    struct tally_jnode *root, *lists;

    tally_say("%s of %s uncertain pairs can be asked about%s.",
              tally_thousands(p->npairs), tally_thousands(p->nuncertain),
              p->npairs < p->nuncertain ? ", as nine other records stand beside each" : "");
    if (q->sample > 0) {
        tally_say("  %s matches drawn by chance are asked about too.",
                  tally_thousands(p->nsampled));
    }
    for (size_t i = 0; i < p->request.nlists; i++) {
        tally_say("  %s: %s records, %s of them because of these pairs",
                  p->request.lists[i].source,
                  tally_thousands(p->request.lists[i].records),
                  tally_thousands(p->uncertain[i]));
    }
    if (!q->json) {
        return 0;
    }
    root = tally_jobject();
    lists = tally_jarray();
    tally_jset_int(root, "review", p->review);
    tally_jset_int(root, "uncertain_pairs", (int64_t)p->nuncertain);
    tally_jset_int(root, "pairs", (int64_t)p->npairs);
    tally_jset_int(root, "sampled_matches", (int64_t)p->nsampled);
    for (size_t i = 0; i < p->request.nlists; i++) {
        struct tally_jnode *one = tally_jobject();

        tally_jset_str(one, "source", p->request.lists[i].source);
        tally_jset_int(one, "records", (int64_t)p->request.lists[i].records);
        tally_jset_int(one, "uncertain", (int64_t)p->uncertain[i]);
        tally_jpush(lists, one);
    }
    tally_jset(root, "lists", lists);
    return tally_print_json(root, err);
}

static int
export_requests(const struct tally_review_request *q, struct tally_err *err)
{
    struct tally_governed g = q->governed;
    struct tally_review_plan *p = calloc(1, sizeof *p);
    struct tally_store *store = NULL;
    struct tally_review_terms t = {.records_max = q->records_max, .sample = q->sample};
    bool made = false;
    int rc = -1;

    if (p == NULL) {
        return tally_err_nomem(err);
    }
    if ((q->dry_run || tally_opt_need(q->out, "-o DIR", err) == 0) &&
        (g.path == NULL || tally_review_begin_governed(&g, &t, err) == 0) &&
        tally_store_open(&store, q->store, true, err) == 0 &&
        tally_review_choose(store, &t, p, err) == 0 &&
        (q->dry_run || make_folder(q->out, &made, err) == 0)) {
        rc = q->dry_run       ? 0
             : g.path != NULL ? tally_review_export_governed(q, &g, p, t.number, store, err)
                              : export_plain(q, p, store, err);
        rc = rc == 0 ? tell_plan(q, p, err) : -1;
    }
    if (made && rc != 0) {
        (void)rmdir(q->out);
    }
    tally_review_plan_free(p);
    tally_store_close(store);
    tally_governed_close(&g);
    free(p);
    return rc;
}

/* What is thought of all links of the run, and what was before. */
static void
say_links(const struct tally_review_result *r)
{
    const struct tally_precision *was = &r->links_before, *is = &r->links_after;

    if (isnan(is->estimate)) {
        return;
    }
    tally_say("  Of all links of the run about %.1f %% are expected to be false (%.1f to "
              "%.1f %%); the answers say something of %.0f %% of them.",
              100 * (1 - is->estimate), 100 * (1 - is->high), 100 * (1 - is->low),
              100 * r->share_checked);
    if (!isnan(was->estimate)) {
        tally_say("  Before, that was %.1f %% (%.1f to %.1f %%).",
                  100 * (1 - was->estimate), 100 * (1 - was->high), 100 * (1 - was->low));
    }
}

static void
set_precision(struct tally_jnode *root, const char *name, const struct tally_precision *p)
{
    struct tally_jnode *n = tally_jobject();

    tally_jset_real(n, "estimated_precision", p->estimate);
    tally_jset_real(n, "precision_low", p->low);
    tally_jset_real(n, "precision_high", p->high);
    tally_jset(root, name, n);
}

static int
tell_result(const struct tally_review_request *q, const struct tally_review_result *r,
            struct tally_err *err)
{
    struct tally_jnode *root;

    tally_say("Review %lld of run %lld: of %s pairs %s match, %s do not, %s stay open.",
              (long long)r->review, (long long)r->run, tally_thousands(r->npairs),
              tally_thousands(r->matches), tally_thousands(r->no_matches),
              tally_thousands(r->undecided + r->missing));
    if (!isnan(r->expected_before)) {
        tally_say("  About %.0f of them were expected to be true by the run, %.0f now.",
                  r->expected_before, r->expected_after);
    }
    if (!isnan(r->precision)) {
        tally_say("  Of those that match, about %.1f %% are expected to be true.",
                  100 * r->precision);
    }
    say_links(r);
    tally_say(q->dry_run
                  ? "  A dry run: nothing of it is recorded."
                  : "  The next 'link --store' goes by it; 'review undo' takes it back.");
    if (!q->json) {
        return 0;
    }
    root = tally_jobject();
    tally_jset_int(root, "review", r->review);
    tally_jset_int(root, "run", r->run);
    tally_jset_int(root, "pairs", (int64_t)r->npairs);
    tally_jset_int(root, "matches", (int64_t)r->matches);
    tally_jset_int(root, "no_matches", (int64_t)r->no_matches);
    tally_jset_int(root, "undecided", (int64_t)r->undecided);
    tally_jset_int(root, "missing", (int64_t)r->missing);
    tally_jset_real(root, "expected_before", r->expected_before);
    tally_jset_real(root, "expected_after", r->expected_after);
    tally_jset_real(root, "estimated_precision", r->precision);
    tally_jset_int(root, "random_pairs", (int64_t)r->strangers);
    tally_jset_int(root, "other_links_checked", (int64_t)r->beside);
    set_precision(root, "links_before", &r->links_before);
    set_precision(root, "links_after", &r->links_after);
    return tally_print_json(root, err);
}

int
tally_review_keep(const struct tally_review_request *q, struct tally_store *store,
                  const struct tally_review_result *r, struct tally_err *err)
{
    return q->dry_run || tally_store_commit(store, err) == 0 ? tell_result(q, r, err)
                                                             : -1;
}

static int
import_plain(const struct tally_review_request *q, struct tally_store *store,
             char *const *paths, size_t n, struct tally_err *err)
{
    struct tally_encfile *open[TALLY_REVIEW_SOURCES_MAX] = {NULL};
    struct tally_review_result r;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = tally_encfile_open(&open[i], paths[i], err);
    }
    if (rc == 0) {
        rc = tally_review_score(store, (const struct tally_encfile *const *)open, n, &r,
                                err);
    }
    rc = rc == 0 ? tally_review_keep(q, store, &r, err) : -1;
    for (size_t i = 0; i < n; i++) {
        tally_encfile_close(open[i]);
    }
    return rc;
}

static int
import_answers(const struct tally_review_request *q, char *const *paths, size_t n,
               struct tally_err *err)
{
    struct tally_store *store = NULL;
    int rc;

    if (n < 1 || n > TALLY_REVIEW_SOURCES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "give the answers of all sources asked, in one call");
    }
    /* One that is not there is not made. */
    if (tally_store_open(&store, q->store, false, err) != 0) {
        return -1;
    }
    tally_store_close(store);
    store = NULL;
    if (tally_store_open(&store, q->store, true, err) != 0) {
        return -1;
    }
    rc = q->governed.path != NULL ? tally_review_import_governed(q, store, paths, n, err)
                                  : import_plain(q, store, paths, n, err);
    tally_store_close(store);
    return rc;
}

static int
undo(const struct tally_review_request *q, struct tally_err *err)
{
    struct tally_store *store = NULL;
    int64_t review = 0;
    int rc = -1;

    if (tally_store_open(&store, q->store, false, err) != 0) {
        return -1;
    }
    tally_store_close(store);
    store = NULL;
    if (tally_store_open(&store, q->store, true, err) == 0 &&
        tally_review_undo(store, &review, err) == 0) {
        tally_say("Review %lld is taken back: link again, and its pairs are as uncertain "
                  "as before.",
                  (long long)review);
        rc = 0;
    }
    tally_store_close(store);
    return rc;
}

static int
act(const struct tally_review_request *q, const struct tally_operands *files,
    struct tally_err *err)
{
    const char *what = files->n > 0 ? files->list[0] : "";

    if (tally_opt_need(q->store, "--store run.db", err) != 0) {
        return -1;
    }
    if (strcmp(what, "export") == 0 && files->n == 1) {
        return export_requests(q, err);
    }
    if (strcmp(what, "import") == 0) {
        return import_answers(q, files->list + 1, files->n - 1, err);
    }
    if (strcmp(what, "undo") == 0 && files->n == 1) {
        return undo(q, err);
    }
    return tally_err_set(err, TALLY_E_USAGE,
                         "say 'review export', 'review import ANSWER ...' or 'review "
                         "undo'");
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct tally_review_request q = {.governed = TALLY_GOVERNED_INIT,
                                     .records_max = UINT32_MAX};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("store", "FILE", q.store,
                       "the run's database, whose latest run it is about"),
        TALLY_OPT_OUTPUT("DIR", q.out, "export: folder for the requests"),
        TALLY_OPT_NUMBER("records-max", "N", q.records_max, 10, UINT32_MAX,
                         "export: records in a list, at most"),
        TALLY_OPT_NUMBER("sample", "N", q.sample, 1, UINT32_MAX,
                         "export: ask about N sure links too, to judge all links"),
        TALLY_OPTS_GOVERNED(q.governed),
        TALLY_OPT_FLAG("dry-run", q.dry_run, "tell, and change nothing"),
        TALLY_OPT_FORCE(q.force),
        TALLY_OPT_JSON(q.json),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    return files.help ? 0 : act(&q, &files, err);
}

const struct tally_verb tally_verb_review = {
    "review", "ask data owners for more about uncertain pairs, and weigh it",
    "export --store run.db -o DIR | import ANSWER ... | undo",
    "  tally review export --store run.db -o asked\n"
    "  tally review import police.answer health.answer --store run.db\n"
    "  Each data owner answers its request with 'tally encode --review'.\n",
    run};

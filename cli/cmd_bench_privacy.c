/*
 * tally bench privacy: what attacks get, by encoding, size and overlap.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_bench.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "benchmarks/privacy.h"

struct request {
    struct tally_privacy_job job;
    struct tally_privacy_table table;
    struct tally_work work;
    const char *table_path;
    const char *plot;
    bool json;
    char data[PATH_MAX];
};

static void
say(void *ctx, const char *text)
{
    (void)ctx;
    tally_say("%s", text);
}

static int
write_file(const struct request *q, const char *path,
           int (*write)(const struct tally_privacy_table *, struct tally_outfile *,
                        struct tally_err *),
           struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    int rc = -1;

    if (tally_outfile_open(&f, path, 0644, true, err) == 0 &&
        write(&q->table, f, err) == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    return rc;
}

/* After each cell: what was measured stays measured. */
static int
keep(void *ctx, struct tally_err *err)
{
    const struct request *q = ctx;

    return q->table_path == NULL ? 0
                                 : write_file(q, q->table_path, tally_privacy_csv, err);
}

static void
find_data(struct request *q)
{
    const char *given = getenv("TALLY_SHARED");
    struct stat st;

    (void)snprintf(q->data, sizeof q->data, "%s/data",
                   given != NULL && given[0] != '\0' ? given : "../shared");
    q->job.data = stat(q->data, &st) == 0 && S_ISDIR(st.st_mode) ? q->data : NULL;
    if (q->job.data == NULL) {
        tally_say("No data in %s: F1 is not measured. TALLY_SHARED names the folder that "
                  "holds data/.",
                  q->data);
    }
}

static int
print_json(const struct request *q, struct tally_err *err)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t i = 0; i < q->table.n; i++) {
        const struct tally_privacy_cell *c = &q->table.cells[i];
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "encoding", c->encoding);
        tally_jset_str(n, "measure", c->measure);
        tally_jset_int(n, "people", (int64_t)c->people);
        tally_jset_real(n, "overlap", c->overlap_ppm / 1e6);
        tally_jset_real(n, "value", c->value);
        tally_jset_real(n, "low", c->low);
        tally_jset_real(n, "high", c->high);
        tally_jset_real(n, "seconds", c->seconds);
        tally_jpush(list, n);
    }
    return tally_print_json(list, err);
}

static int
run_suite(struct request *q, bool without_f1, struct tally_err *err)
{
    int rc = -1;

    if (tally_privacy_table_read(&q->table, q->table_path, err) == 0 &&
        tally_work_begin(&q->work, err) == 0) {
        if (!without_f1) {
            find_data(q);
        }
        q->job.table = &q->table;
        q->job.pool = q->work.pool;
        q->job.progress = &q->work.progress;
        q->job.say = say;
        q->job.keep = keep;
        q->job.ctx = q;
        rc = tally_privacy(&q->job, err);
    }
    tally_work_end(&q->work);
    if (rc == 0 && q->plot != NULL) {
        rc = write_file(q, q->plot, tally_privacy_svg, err);
    }
    if (rc == 0) {
        rc = q->json ? print_json(q, err)
                     : write_file(q, NULL, tally_privacy_markdown, err);
    }
    tally_privacy_table_free(&q->table);
    return rc;
}

static const struct tally_verb verb = {
    "bench privacy", "what attacks get, by encoding, size and overlap: takes hours",
    "[--table FILE] [--encoding E] [--people N] [--json]",
    "  tally bench privacy --table privacy.csv --encoding standard --people 1000\n"
    "The same again goes on where it stopped: cells in the table are not run twice.\n",
    NULL};

int
tally_bench_privacy(int argc, char **argv, struct tally_err *err)
{
    struct request q = {.job = {.seed = 1}};
    struct tally_operands files;
    bool without_f1 = false;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("table", "FILE", q.table_path,
                       "CSV to keep results in, cell by cell, and to go on from"),
        TALLY_OPT_TEXT("encoding", "E", q.job.encoding,
                       "only this, for instance standard or \"diffusion t=4\""),
        TALLY_OPT_NUMBER("people", "N", q.job.people, 0, 20000,
                         "only this size: 1000, 5000, 10000 or 20000"),
        TALLY_OPT_SHARE("overlap", "SHARE", q.job.overlap_ppm,
                        "only this overlap: 0.2, 0.5 or 1"),
        TALLY_OPT_FLAG("without-f1", without_f1,
                       "leave out the quality of profiles on sets of records"),
        TALLY_OPT_TEXT("plot", "FILE", q.plot, "SVG picture to write"),
        TALLY_OPT_NUMBER("seed", "S", q.job.seed, 0, INT64_MAX,
                         "of people and keys (default 1)"),
        TALLY_OPT_JSON(q.json),
        TALLY_OPT_THREADS(q.work),
        TALLY_OPT_PROGRESS(q.work),
        TALLY_OPT_END};

    if (tally_opt_parse(&verb, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 0) {
        return tally_err_set(err, TALLY_E_USAGE, "bench privacy takes options only");
    }
    return run_suite(&q, without_f1, err);
}

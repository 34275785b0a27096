/*
 * tally bench speed: how fast this build encodes, joins and links.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_bench.h"

#include <stdio.h>

#include "benchmarks/speed.h"
#include "bloom/kernels/kernels.h"

struct request {
    struct tally_speed_job job;
    struct tally_work work;
    uint64_t runs;
    bool json;
    bool said_header;
    struct tally_jnode *rows;
};

static struct tally_jnode *
row_json(const struct request *q, const struct tally_speed_row *row)
{
    struct tally_jnode *o = tally_jobject();

    tally_jset_str(o, "what", row->what);
    tally_jset_str(o, "how", row->how);
    tally_jset_int(o, "records", (int64_t)row->records);
    tally_jset_int(o, "work", (int64_t)row->speed.work);
    tally_jset_int(o, "kept", (int64_t)row->speed.kept);
    tally_jset_str(o, "kernel", tally_kernel_best()->name);
    tally_jset_int(o, "threads", tally_pool_threads(q->work.pool));
    tally_jset_int(o, "runs", (int64_t)q->runs);
    tally_jset_real(o, "median_seconds", row->speed.seconds);
    tally_jset_real(o, "median_cpu_seconds", row->speed.cpu_seconds);
    tally_jset_real(o, "per_second", (double)row->speed.work / row->speed.seconds);
    tally_jset_real(o, "per_cpu_second",
                    (double)row->speed.work / row->speed.cpu_seconds);
    return o;
}

static int
measured(void *ctx, const struct tally_speed_row *row, struct tally_err *err)
{
    struct request *q = ctx;

    (void)err;
    if (q->json) {
        tally_jpush(q->rows, row_json(q, row));
        return 0;
    }
    if (!q->said_header) {
        printf("%-7s %-28s %10s %10s %10s %16s\n", "what", "how", "records", "seconds",
               "CPU s", "a CPU-second");
        q->said_header = true;
    }
    printf("%-7s %-28s %10zu %10.3f %10.3f %16s\n", row->what, row->how, row->records,
           row->speed.seconds, row->speed.cpu_seconds,
           tally_thousands((uint64_t)((double)row->speed.work / row->speed.cpu_seconds)));
    (void)fflush(stdout);
    return 0;
}

static int
run_suite(struct request *q, struct tally_err *err)
{
    int rc = -1;

    if (tally_work_begin(&q->work, err) == 0) {
        q->rows = q->json ? tally_jarray() : NULL;
        q->job.runs = (unsigned)q->runs;
        q->job.pool = q->work.pool;
        q->job.progress = &q->work.progress;
        q->job.measured = measured;
        q->job.ctx = q;
        rc = tally_speed_suite(&q->job, err);
    }
    if (rc == 0 && q->json) {
        rc = tally_print_json(q->rows, err);
        q->rows = NULL;
    }
    tally_work_end(&q->work);
    tally_jfree(q->rows);
    return rc;
}

static const struct tally_verb verb = {
    "bench speed", "how fast this build encodes, joins and links",
    "[--records N] [--runs N] [--json]",
    "  tally bench speed --records 100000 --runs 5 --threads 2\n"
    "Work is records encoded or pairs compared; medians of the runs are told.\n",
    NULL};

int
tally_bench_speed(int argc, char **argv, struct tally_err *err)
{
    struct request q = {.runs = 3, .job = {.records = 30000}};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_NUMBER("records", "N", q.job.records, 1000, 1000000,
                         "people made up, and filters a side (default 30000)"),
        TALLY_OPT_NUMBER("runs", "N", q.runs, 1, TALLY_SPEED_RUNS_MAX,
                         "runs, of which the median is told (default 3)"),
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
        return tally_err_set(err, TALLY_E_USAGE, "bench speed takes options only");
    }
    return run_suite(&q, err);
}

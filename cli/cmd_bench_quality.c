/*
 * tally bench quality: how good links are, on sets with known truth.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_bench.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "benchmarks/quality.h"
#include "benchmarks/quality_table.h"

struct request {
    struct tally_quality_job job;
    struct tally_work work;
    const char *table_path;
    const char *page;
    bool json;
    bool said_header;
    uint64_t keys;
    uint64_t populations;
    char data[PATH_MAX];
    struct tally_quality_table *table;
    struct tally_jnode *rows; /* for --json */
};

static bool
is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The data of the checkout that this command was built in: two folders above it. */
static void
beside_command(char out[PATH_MAX])
{
    char self[PATH_MAX - 32];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;

    out[0] = '\0';
    if (n <= 0) {
        return;
    }
    self[n] = '\0';
    slash = strrchr(self, '/');
    *slash = '\0';
    (void)snprintf(out, PATH_MAX, "%s/../../shared/data", self);
}

/* TALLY_SHARED, else shared/ beside the working folder or the checkout. */
static void
find_data(struct request *q)
{
    const char *given = getenv("TALLY_SHARED");

    if (given != NULL && given[0] != '\0') {
        (void)snprintf(q->data, sizeof q->data, "%s/data", given);
    } else {
        (void)snprintf(q->data, sizeof q->data, "../shared/data");
        if (!is_folder(q->data)) {
            beside_command(q->data);
        }
    }
    q->job.data = is_folder(q->data) ? q->data : NULL;
    if (q->job.data == NULL) {
        tally_say("No data in %s: only synthetic sets are measured. TALLY_SHARED names "
                  "the folder that holds data/.",
                  given != NULL && given[0] != '\0' ? given : "../shared");
    }
}

static void
skipped(void *ctx, const char *set)
{
    (void)ctx;
    tally_say("skipped: the set %s is not there", set);
}

static void
print_row(struct request *q, const struct tally_quality_row *row)
{
    if (!q->said_header) {
        printf("%-22s %-9s %7s %7s %7s %7s %7s %10s %8s\n", "set", "profile", "P", "R",
               "F1", "best F1", "est. P", "threshold", "CPU s");
        q->said_header = true;
    }
    printf("%-22s %-9s %7.4f %7.4f %7.4f %7.4f ", row->set,
           row->profile == NULL ? "(clear)" : row->profile, row->at.precision,
           row->at.recall, row->at.f1, row->f1_best);
    if (isnan(row->estimated_precision)) {
        printf("%7s", "-");
    } else {
        printf("%7.4f", row->estimated_precision);
    }
    printf(" %10.4f %8.1f\n", row->threshold, row->cpu_seconds);
    (void)fflush(stdout);
}

static int
measured(void *ctx, const struct tally_quality_row *row,
         const struct tally_quality_row *reference, struct tally_err *err)
{
    struct request *q = ctx;

    if (!q->json) {
        print_row(q, row);
    } else if (row->profile != NULL) {
        tally_jpush(q->rows, tally_quality_json(row, reference));
    }
    return tally_quality_table_put(q->table, row, err);
}

/* Table and page appear together. */
static int
write_files(const struct request *q, struct tally_err *err)
{
    struct tally_outfile *files[2] = {NULL, NULL};
    size_t n = 0;
    int rc = 0;

    if (q->table_path != NULL) {
        rc = tally_outfile_open(&files[n++], q->table_path, 0644, true, err) != 0 ||
                     tally_quality_table_write(q->table, files[0], err) != 0
                 ? -1
                 : 0;
    }
    if (rc == 0 && q->page != NULL) {
        rc = tally_outfile_open(&files[n++], q->page, 0644, true, err) != 0 ||
                     tally_quality_table_page(q->table, q->page, files[n - 1], err) != 0
                 ? -1
                 : 0;
    }
    if (rc == 0 && n > 0) {
        rc = tally_outfile_commit(files, n, err);
    }
    tally_outfile_free(files[0]);
    tally_outfile_free(files[1]);
    return rc;
}

static void
say_floor(void *ctx, const char *text)
{
    (void)ctx;
    tally_say("missed: %s", text);
}

static int
finish(struct request *q, struct tally_err *err)
{
    size_t missed;

    if (write_files(q, err) != 0) {
        return -1;
    }
    if (q->json) {
        struct tally_jnode *rows = q->rows;

        q->rows = NULL;
        if (tally_print_json(rows, err) != 0) {
            return -1;
        }
    }
    missed = tally_quality_table_floors(q->table, say_floor, NULL);
    if (missed > 0) {
        return tally_err_set(err, TALLY_E_ANSWER_NO,
                             "%zu of the recorded floors %s missed", missed,
                             missed == 1 ? "is" : "are");
    }
    return 0;
}

static int
run_suite(struct request *q, struct tally_err *err)
{
    int rc = -1;

    if (tally_quality_table_open(&q->table, q->table_path, err) == 0 &&
        tally_work_begin(&q->work, err) == 0) {
        find_data(q);
        q->rows = q->json ? tally_jarray() : NULL;
        q->job.keys = (unsigned)q->keys;
        q->job.populations = (unsigned)q->populations;
        q->job.pool = q->work.pool;
        q->job.progress = &q->work.progress;
        q->job.skipped = skipped;
        q->job.measured = measured;
        q->job.ctx = q;
        rc = tally_quality(&q->job, err) == 0 ? finish(q, err) : -1;
    }
    tally_work_end(&q->work);
    tally_jfree(q->rows);
    tally_quality_table_free(q->table);
    return rc;
}

static const struct tally_verb verb = {
    "bench quality", "links of sets with known truth, at the tool's own threshold",
    "[--set NAME] [--profile P] [--keys N] [--json]",
    "  tally bench quality --set febrl4_half --profile standard --keys 3\n"
    "Sets are looked for in shared/data beside the checkout, or in $TALLY_SHARED/data.\n",
    NULL};

int
tally_bench_quality(int argc, char **argv, struct tally_err *err)
{
    struct request q = {.keys = 1, .populations = 1, .job = {.seed = 1}};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("set", "NAME", q.job.set, "only this set"),
        TALLY_OPT_TEXT("profile", "P", q.job.profile,
                       "plain, standard, strict or group (default: all)"),
        TALLY_OPT_NUMBER("keys", "N", q.keys, 1, TALLY_QUALITY_KEYS_MAX,
                         "keys to try; the median counts (default 1)"),
        TALLY_OPT_NUMBER("people", "N", q.job.people, 100, 1000000,
                         "people in a synthetic set"),
        TALLY_OPT_NUMBER("populations", "N", q.populations, 1, TALLY_QUALITY_POPULATIONS,
                         "synthetic people to take gaps over (default 1)"),
        TALLY_OPT_NUMBER("seed", "S", q.job.seed, 0, INT64_MAX,
                         "of keys and synthetic people (default 1)"),
        TALLY_OPT_TEXT("table", "FILE", q.table_path,
                       "CSV to keep: rows of this run take the place of old ones"),
        TALLY_OPT_OUTPUT("PAGE", q.page,
                         "page whose marked tables are made anew: docs/quality.md"),
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
        return tally_err_set(err, TALLY_E_USAGE, "bench quality takes options only");
    }
    return run_suite(&q, err);
}

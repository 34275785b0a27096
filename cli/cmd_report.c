/*
 * tally report: one page about a run, disclosure-controlled.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "linker/report.h"
#include "protocols/agreement_sign.h"
#include "protocols/calendar.h"

struct request {
    const char *store;
    const char *cohort;
    const char *sheets; /* files with commas between */
    const char *agreement;
    const char *out;
    uint64_t run;
    bool force;
    bool json;
};

static int
write_report(const struct request *q, const struct tally_report_job *job,
             struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    int status = -1;

    if (q->out != NULL) {
        if (tally_outfile_open(&f, q->out, 0644, q->force, err) == 0 &&
            tally_report_html(f, job, err) == 0 &&
            tally_outfile_commit(&f, 1, err) == 0) {
            tally_say(
                "Wrote %s. Counts under 10 are not shown; the others are rounded to 5.",
                q->out);
            status = 0;
        }
        tally_outfile_free(f);
        if (status != 0) {
            return -1;
        }
    }
    if (!q->json) {
        return 0;
    }
    f = NULL;
    status = -1;
    if (tally_outfile_open(&f, NULL, 0644, false, err) == 0 &&
        tally_report_json(f, job, err) == 0 && tally_outfile_commit(&f, 1, err) == 0) {
        status = 0;
    }
    tally_outfile_free(f);
    return status;
}

/* Read the sheets that the option lists. */
static int
read_sheets(const struct request *q, struct tally_sheet **out, size_t *n,
            struct tally_err *err)
{
    char **list = NULL;
    size_t count = 0;
    int rc = 0;

    if (q->sheets == NULL) {
        return 0;
    }
    if (tally_opt_list(q->sheets, TALLY_SOURCES_MAX, &list, &count, err) != 0) {
        return -1;
    }
    *out = calloc(count, sizeof **out);
    if (*out == NULL) {
        rc = tally_err_nomem(err);
    }
    for (; rc == 0 && *n < count; ++*n) {
        rc = tally_sheet_read(&(*out)[*n], list[*n], err);
    }
    tally_opt_list_free(list, count);
    return rc;
}

/* Only what all have signed, and while it is in force, says whose sheets are whose. */
static int
open_agreement(const char *path, struct tally_agreement **out, struct tally_err *err)
{
    char today[TALLY_DAY];

    tally_today(today);
    return path == NULL ? 0 : tally_agreement_open(out, path, today, err);
}

static int
make(const struct request *q, struct tally_err *err)
{
    struct tally_store *store = NULL;
    struct tally_store_run run = {0};
    struct tally_cohort_facts cohort = {0};
    struct tally_agreement *agreement = NULL;
    struct tally_sheet *sheets = NULL;
    struct tally_report_job job = {.run = &run};
    int status = -1;

    if (tally_store_open(&store, q->store, false, err) == 0 &&
        tally_store_read_run(store, (int64_t)q->run, &run, err) == 0 &&
        (q->cohort == NULL || tally_cohort_read(q->cohort, &cohort, err) == 0) &&
        open_agreement(q->agreement, &agreement, err) == 0 &&
        read_sheets(q, &sheets, &job.nsheets, err) == 0) {
        job.cohort = q->cohort != NULL ? &cohort : NULL;
        job.sheets = sheets;
        job.agreement = agreement;
        status = write_report(q, &job, err);
    }
    free(sheets);
    tally_agreement_free(agreement);
    tally_cohort_facts_free(&cohort);
    tally_store_run_free(&run);
    tally_store_close(store);
    return status;
}

static int
run_verb(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct request q = {0};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("store", "FILE", q.store,
                       "the run record of 'tally link --store'"),
        TALLY_OPT_TEXT("cohort", "FILE", q.cohort, "the cohort, to report it as well"),
        TALLY_OPT_TEXT("sheets", "FILE,...", q.sheets,
                       "provider sheets of the sources, from 'tally encode'"),
        TALLY_OPT_TEXT("agreement", "A", q.agreement,
                       "the agreement that the sheets are signed under"),
        TALLY_OPT_NUMBER("run", "N", q.run, 1, INT64_MAX,
                         "which run of the store (default: the latest)"),
        TALLY_OPT_OUTPUT("FILE", q.out, "the HTML page to write"),
        TALLY_OPT_FORCE(q.force),
        TALLY_OPT_JSON(q.json),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 0) {
        return tally_err_set(err, TALLY_E_USAGE, "report takes --store, not files");
    }
    if (tally_opt_need(q.store, "--store FILE", err) != 0 ||
        tally_opt_need(q.out != NULL || q.json ? "" : NULL, "-o FILE or --json", err) !=
            0 ||
        tally_opt_spare(q.out, (const char *const[]){q.store, q.cohort}, 2, err) != 0) {
        return -1;
    }
    return make(&q, err);
}

const struct tally_verb tally_verb_report = {
    "report", "write a one-page report of a run",
    "--store run.db [--cohort cohort.db] [--sheets ...] -o report.html",
    "  tally report --store run.db --cohort cohort.db \\\n"
    "      --sheets police.json,health.json -o report.html\n",
    run_verb};

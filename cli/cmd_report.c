/*
 * tally report: one page about a run, disclosure-controlled.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "linker/report.h"

struct request {
    const char *store;
    const char *cohort;
    const char *out;
    uint64_t run;
    bool force;
    bool json;
};

static int
write_report(const struct request *q, const struct tally_store_run *run,
             const struct tally_cohort_facts *cohort, struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    int status = -1;

    if (q->out != NULL) {
        if (tally_outfile_open(&f, q->out, 0644, q->force, err) == 0 &&
            tally_report_html(f, run, cohort, err) == 0 &&
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
        tally_report_json(f, run, cohort, err) == 0 &&
        tally_outfile_commit(&f, 1, err) == 0) {
        status = 0;
    }
    tally_outfile_free(f);
    return status;
}

static int
make(const struct request *q, struct tally_err *err)
{
    struct tally_store *store = NULL;
    struct tally_store_run run = {0};
    struct tally_cohort_facts cohort = {0};
    int status = -1;

    if (tally_store_open(&store, q->store, false, err) == 0 &&
        tally_store_read_run(store, (int64_t)q->run, &run, err) == 0 &&
        (q->cohort == NULL || tally_cohort_read(q->cohort, &cohort, err) == 0)) {
        status = write_report(q, &run, q->cohort != NULL ? &cohort : NULL, err);
    }
    free(cohort.overlap_masks);
    free(cohort.overlap_people);
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
        {.name = "store",
         .arg = "FILE",
         .help = "the run record of 'tally link --store'",
         .text = &q.store},
        {.name = "cohort",
         .arg = "FILE",
         .help = "the cohort, to report it as well",
         .text = &q.cohort},
        {.name = "run",
         .arg = "N",
         .help = "which run of the store (default: the latest)",
         .number = &q.run,
         .min = 1,
         .max = INT64_MAX},
        {.name = "output",
         .letter = 'o',
         .arg = "FILE",
         .help = "the HTML page to write",
         .text = &q.out},
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
    "--store run.db [--cohort cohort.db] -o report.html",
    "  tally report --store run.db --cohort cohort.db -o report.html\n", run_verb};

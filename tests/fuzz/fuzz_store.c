/*
 * Fuzz: stores. A good one in which cells, rows and bytes are changed, through all that
 * reads it, and one of what writes into it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report.h"
#include "linker/review_store.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_database.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A refusal has a code and says why; it is never a fault of the program. */
static bool
well(int rc, struct tally_err *err)
{
    FUZZ_MUST(rc == 0 || (err->text[0] != '\0' && err->code != TALLY_E_BUG));
    *err = (struct tally_err)TALLY_ERR_INIT;
    return rc == 0;
}

static int
explained(void *ctx, const struct tally_store_explained *x, struct tally_err *err)
{
    (void)err;
    *(size_t *)ctx +=
        strlen(x->source_a) + strlen(x->source_b) + x->token_a[15] + x->token_b[15];
    for (size_t i = 0; i < x->nviews; i++) {
        *(size_t *)ctx += strlen(x->view_names[i]);
    }
    return 0;
}

static void
report(const struct tally_store_run *run)
{
    struct tally_report_job job = {.run = run};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;

    FUZZ_MUST(tally_outfile_open(&f, "/tally-fuzz/report", 0600, true, &err) == 0);
    (void)well(tally_report_html(f, &job, &err), &err);
    (void)well(tally_report_json(f, &job, &err), &err);
    tally_outfile_free(f);
}

static void
read_series(struct tally_store *s, const struct tally_store_series *series)
{
    struct tally_store_known *known = NULL;
    struct tally_successor *successors = NULL;
    struct tally_store_changes changes;
    struct tally_store_replaced replaced;
    struct tally_err err = TALLY_ERR_INIT;
    size_t n;

    FUZZ_MUST(series->nsources <= TALLY_SOURCES_MAX);
    (void)well(tally_store_known(s, series->run, &known, &n, &err), &err);
    free(known);
    (void)well(tally_store_successions(s, series->run, &successors, &n, &err), &err);
    free(successors);
    (void)well(tally_store_changes(s, series->run, &changes, &err), &err);
    (void)well(tally_store_replaced(s, series->run, 0, &replaced, &err), &err);
}

static void
read_all(struct tally_store *s)
{
    struct tally_store_series *series = calloc(1, sizeof *series);
    struct tally_store_run *run = calloc(1, sizeof *run);
    struct tally_store_known *decided = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *withdrawn = NULL;
    uint64_t number;
    size_t n = 0;

    FUZZ_MUST(series != NULL && run != NULL);
    if (well(tally_store_series(s, series, &err), &err)) {
        read_series(s, series);
    }
    (void)well(tally_store_withdrawn(s, &withdrawn, &n, &err), &err);
    free(withdrawn);
    (void)well(tally_review_waiting(s, &number, &err), &err);
    (void)well(tally_review_decisions(s, &decided, &n, &err), &err);
    free(decided);
    n = 0;
    (void)well(tally_store_explain(s, 0, explained, &n, &err), &err);
    if (well(tally_store_read_run(s, 0, run, &err), &err)) {
        (void)tally_store_reviewed_precision(run);
        report(run);
        tally_store_run_free(run);
    }
    free(run);
    free(series);
}

static void
choose(struct tally_store *s)
{
    const struct tally_review_terms terms = {.sample = 5};
    struct tally_review_plan *plan = calloc(1, sizeof *plan);
    struct tally_err err = TALLY_ERR_INIT;

    FUZZ_MUST(plan != NULL);
    (void)well(tally_review_choose(s, &terms, plan, &err), &err);
    tally_review_plan_free(plan);
    free(plan);
}

static void
write_one(struct tally_store *s, unsigned which)
{
    static const uint8_t token[TALLY_TOKEN_BYTES];
    struct tally_store_withdrawal gone;
    struct tally_err err = TALLY_ERR_INIT;
    int64_t number;

    switch (which) {
    case 0:
        (void)well(tally_store_undo(s, &number, &err), &err);
        break;
    case 1:
        (void)well(tally_review_undo(s, &number, &err), &err);
        break;
    case 2:
        (void)well(tally_store_withdraw(s, token, 1, false, &gone, &err), &err);
        break;
    default:
        choose(s);
        break;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *path = fuzz_database("store.db", data, len);
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_store *s = NULL;

    if (well(tally_store_open(&s, path, false, &err), &err)) {
        read_all(s);
        tally_store_close(s);
    } else {
        FUZZ_MUST(len > 0); /* the good one */
    }
    if (well(tally_store_open(&s, path, true, &err), &err)) {
        write_one(s, len > 0 ? data[len - 1] % 4u : 0);
        tally_store_close(s);
    }
    return 0;
}

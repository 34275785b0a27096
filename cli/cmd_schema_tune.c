/*
 * tally schema tune: try weights on synthetic people before anyone signs. It needs
 * encoder, linker and synthetic people at once, which only the full command has.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_schema_tune.h"

#include "cli/cli.h"

#ifdef TALLY_ROLE_ALL

#include <stdlib.h>
#include <string.h>

#include "benchmarks/tune.h"
#include "bloom/base/file.h"

struct request {
    struct tally_tune_job job;
    const char *sources;
    const char *out;
    bool force;
    bool json;
    struct tally_work work;
};

static void
say_cost(void *ctx, const struct tally_tune_cost *c)
{
    const struct tally_tune_job *job = ctx;

    tally_say("Tuning on synthetic people: %d populations of %s, %s records each.",
              TALLY_TUNE_SEARCHED + TALLY_TUNE_HELD_OUT, tally_thousands(job->people),
              tally_thousands(c->records));
    tally_say(
        "This takes from %s to %s runs of encoding and linking, at the speed of the "
        "first one %s to %s seconds.",
        tally_thousands(c->runs_least), tally_thousands(c->runs_most),
        tally_thousands(1 + (uint64_t)(c->seconds_of_run * (double)c->runs_least)),
        tally_thousands(1 + (uint64_t)(c->seconds_of_run * (double)c->runs_most)));
    if (c->pairs < 500) {
        tally_say("  warning: only %s true pairs to go by: take more --people",
                  tally_thousands(c->pairs));
    }
}

static int
write_schema(const struct tally_schema *s, struct tally_outfile *f, struct tally_err *err)
{
    char *text = tally_schema_text(s, 2);
    int status = -1;

    if (text == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_outfile_printf(f, err, "%s\n", text) == 0) {
        status = tally_outfile_commit(&f, 1, err);
    }
    free(text);
    return status;
}

static void
warn(void *ctx, const char *text)
{
    (void)ctx;
    tally_say("  warning: %s", text);
}

/* The output is opened first: it may be refused, and the search takes minutes. */
static int
tune(struct request *q, struct tally_err *err)
{
    struct tally_tune_result r = {0};
    struct tally_outfile *f = NULL;
    int status = -1;

    if ((q->out == NULL || tally_outfile_open(&f, q->out, 0644, q->force, err) == 0) &&
        tally_tune(&q->job, &r, err) == 0 &&
        (f == NULL || write_schema(r.schema, f, err) == 0)) {
        status = tally_schema_tune_print(&q->job, &r, q->json, err);
    }
    if (status == 0) {
        (void)tally_schema_warnings(r.schema, warn, NULL);
    }
    if (status == 0 && q->out != NULL) {
        tally_say("Wrote the schema to %s. Every data owner must use this same file.",
                  q->out);
    } else if (status == 0) {
        tally_say("The schema was not written: give -o FILE for that.");
    }
    tally_outfile_free(f);
    tally_tune_result_free(&r);
    return status;
}

static int
begin(struct request *q, struct tally_err *err)
{
    char **list = NULL;
    size_t n = 0;
    int status = -1;

    if (tally_opt_list(q->sources, TALLY_TUNE_SOURCES_MAX, &list, &n, err) != 0) {
        return -1;
    }
    q->job.sources = (const char *const *)list;
    q->job.nsources = n;
    q->job.announce = say_cost;
    q->job.announce_ctx = &q->job;
    if (tally_work_begin(&q->work, err) == 0) {
        q->job.pool = q->work.pool;
        q->job.progress = &q->work.progress;
        status = tune(q, err);
    }
    tally_work_end(&q->work);
    tally_opt_list_free(list, n);
    return status;
}

static const struct tally_verb help = {
    "schema tune", "find weights for a schema on synthetic people",
    "--fields A,B,... [-o S]",
    "  tally schema tune --fields forename,surname,date_of_birth,sex,postcode,address "
    "\\\n"
    "      --sources police,health,education -o schema.json\n"
    "  All figures are for people who do not exist; see docs/tuning.md.\n",
    NULL};

int
tally_schema_tune(int argc, char **argv, struct tally_err *err)
{
    struct request q = {.job = {.people = 5000, .seed = 1}};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("fields", "A,B,...", q.job.fields,
                       "fields the partners share, as for 'schema new'"),
        TALLY_OPT_TEXT("profile", "P", q.job.profile,
                       "standard (default), strict or plain"),
        TALLY_OPT_TEXT("sources", "A,B,...", q.sources,
                       "kinds of partners (default: police,health,education)"),
        TALLY_OPT_NUMBER("people", "N", q.job.people, TALLY_TUNE_PEOPLE_MIN,
                         TALLY_TUNE_PEOPLE_MAX, "people in a population (default: 5000)"),
        TALLY_OPT_NUMBER("seed", "S", q.job.seed, 0, INT64_MAX,
                         "same seed, same result (default: 1)"),
        TALLY_OPT_OUTPUT("S", q.out, "the schema to write (default: only report)"),
        TALLY_OPT_FORCE(q.force),
        TALLY_OPT_JSON(q.json),
        TALLY_OPT_THREADS(q.work),
        TALLY_OPT_PROGRESS(q.work),
        TALLY_OPT_END};

    if (tally_opt_parse(&help, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 0) {
        (void)tally_err_set(err, TALLY_E_USAGE, "schema tune takes options only");
        return tally_err_hint(err, "it makes its own synthetic people and needs no file");
    }
    if (tally_opt_need(q.job.fields, "--fields A,B,...", err) != 0) {
        return -1;
    }
    q.job.profile = q.job.profile != NULL ? q.job.profile : "standard";
    q.sources = q.sources != NULL ? q.sources : "police,health,education";
    return begin(&q, err);
}

#else

int
tally_schema_tune(int argc, char **argv, struct tally_err *err)
{
    (void)argc;
    (void)argv;
    (void)tally_err_set(err, TALLY_E_USAGE, "%s cannot tune a schema", tally_program());
    return tally_err_hint(err, "the full command 'tally' has 'schema tune': it needs no "
                               "data of yours, so it can run anywhere");
}

#endif

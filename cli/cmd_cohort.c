/*
 * tally cohort: link map and payload parts into one cohort file.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>

#include "cli/cmd_cohort_governed.h"

static void
print_text(const struct tally_cohort_job *job, const struct tally_cohort_summary *s)
{
    tally_say("Wrote %s: %s people, %s of them seen by two sources or more.", job->out,
              tally_thousands(s->people), tally_thousands(s->linked_people));
    for (size_t i = 0; i < s->nsources; i++) {
        tally_say("  %s: %s rows", s->sources[i].name,
                  tally_thousands(s->sources[i].rows));
        if (s->sources[i].no_payload + s->sources[i].no_link > 0) {
            tally_say("    left out: %s without payload, %s not in the link map",
                      tally_thousands(s->sources[i].no_payload),
                      tally_thousands(s->sources[i].no_link));
        }
    }
    if (job->canaries != NULL) {
        tally_say("Every canary was linked as it must be; their %s rows are left out.",
                  tally_thousands(s->canaries));
    }
    tally_say("It is pseudonymised personal data: for the analyst only, and not to be "
              "published.");
}

static int
print_as_json(const struct tally_cohort_summary *s, struct tally_err *err)
{
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *sources = tally_jarray();

    tally_jset_int(n, "people", (int64_t)s->people);
    tally_jset_int(n, "linked_people", (int64_t)s->linked_people);
    tally_jset_int(n, "canaries", (int64_t)s->canaries);
    for (size_t i = 0; i < s->nsources; i++) {
        struct tally_jnode *o = tally_jobject();

        tally_jset_str(o, "source", s->sources[i].name);
        tally_jset_int(o, "rows", (int64_t)s->sources[i].rows);
        tally_jset_int(o, "no_payload", (int64_t)s->sources[i].no_payload);
        tally_jset_int(o, "no_link", (int64_t)s->sources[i].no_link);
        tally_jpush(sources, o);
    }
    tally_jset(n, "sources", sources);
    return tally_print_json(n, err);
}

static int
build(struct tally_cohort_job *job, void *ctx, struct tally_err *err)
{
    const bool *json = ctx;
    struct tally_cohort_summary summary;
    int status = tally_cohort_build(job, &summary, err);

    if (status == 0 && *json) {
        status = print_as_json(&summary, err);
    } else if (status == 0) {
        print_text(job, &summary);
    }
    return status;
}

static int
build_from(struct tally_cohort_job *job, const char *payloads, struct tally_governed *g,
           bool json, struct tally_err *err)
{
    char **list = NULL;
    int status;

    if (tally_opt_list(payloads, TALLY_SOURCES_MAX, &list, &job->npayloads, err) != 0) {
        return -1;
    }
    job->payloads = (const char *const *)list;
    status = g->path != NULL ? tally_cohort_governed(job, g, build, &json, err)
                             : build(job, &json, err);
    tally_opt_list_free(list, job->npayloads);
    return status;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct tally_work w = {0};
    struct tally_cohort_job job = {0};
    struct tally_governed g = TALLY_GOVERNED_INIT;
    const char *payloads = NULL;
    bool json = false;
    struct tally_operands files;
    int status = -1;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("linkmap", "FILE", job.linkmap, "the link map from the linker"),
        TALLY_OPT_TEXT("payload", "A.pay,...", payloads,
                       "the payload parts from the data owners"),
        TALLY_OPT_OUTPUT("FILE", job.out, "the cohort (SQLite) to write"),
        TALLY_OPT_TEXT("csv", "DIR", job.csv_dir,
                       "also write person.csv and one CSV a source"),
        TALLY_OPT_TEXT("canaries", "FILE", job.canaries,
                       "invented people the link map is tested by: source,token,person"),
        TALLY_OPTS_GOVERNED(g),
        TALLY_OPT_FORCE(job.force),
        TALLY_OPT_JSON(json),
        TALLY_OPT_PROGRESS(w),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 0) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "cohort takes --linkmap and --payload, not files");
    }
    if (tally_opt_need(job.linkmap, "--linkmap FILE", err) != 0 ||
        tally_opt_need(payloads, "--payload A.pay,...", err) != 0 ||
        tally_opt_need(job.out, "-o FILE", err) != 0) {
        return -1;
    }
    if (tally_work_begin(&w, err) == 0) {
        job.progress = &w.progress;
        status = build_from(&job, payloads, &g, json, err);
    }
    tally_work_end(&w);
    return status;
}

const struct tally_verb tally_verb_cohort = {
    "cohort", "join link map and payload parts into a cohort",
    "--linkmap M --payload A.pay,B.pay -o cohort.db [--csv DIR]",
    "  tally cohort --linkmap links.map --payload police.pay,health.pay -o cohort.db\n"
    "  sqlite3 cohort.db 'SELECT count(*) FROM person WHERE sources > 1'\n",
    run};

/*
 * tally release: tables of a cohort through disclosure control.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linker/release_write.h"
#include "protocols/calendar.h"

struct request {
    const char *cohort;
    const char *tables;
    const char *profile;
    const char *show;
    const char *out;
    uint64_t threshold;
    uint32_t strong_ppm;
    bool list;
    bool dry_run;
    bool force;
    bool json;
};

static int
list_specs(void)
{
    const struct tally_tables_ready *r;

    for (size_t i = 0; (r = tally_tables_ready(i)) != NULL; i++) {
        printf("%-20s %s\n", r->name, r->what);
    }
    return 0;
}

static int
show_spec(const char *name, struct tally_err *err)
{
    const struct tally_tables_ready *r;

    for (size_t i = 0; (r = tally_tables_ready(i)) != NULL; i++) {
        if (strcmp(r->name, name) == 0) {
            printf("%s", r->text);
            return 0;
        }
    }
    (void)tally_err_set(err, TALLY_E_USAGE, "there is no spec '%s'", name);
    return tally_err_hint(err, "'tally release --list' names them");
}

/* The profile, and a threshold that may only be higher than its own. */
static int
choose_rules(const struct request *q, struct tally_profile_rules *out,
             struct tally_err *err)
{
    const char *name = q->profile != NULL ? q->profile : "ons";
    const struct tally_profile_rules *p = tally_profile_find(name);

    if (p == NULL) {
        tally_err_set(err, TALLY_E_USAGE, "there is no profile '%s'", name);
        return tally_err_hint(err, "choose ons, nhs-hes, opensafely, ukllc or acro");
    }
    *out = *p;
    if (q->threshold > 0 && q->threshold < p->threshold) {
        tally_err_set(err, TALLY_E_POLICY,
                      "profile %s hides counts under %u: the threshold cannot be lower",
                      name, p->threshold);
        return tally_err_hint(err, "choose another profile, or leave --threshold out");
    }
    if (q->threshold > 0) {
        out->threshold = (uint32_t)q->threshold;
    }
    return 0;
}

static void
tell(const struct request *q, const struct tally_release *r)
{
    tally_say("%s %zu tables under profile %s, threshold %u, rounding %u.",
              q->dry_run ? "Would release" : "Released", r->ntables, r->job->rules.name,
              r->job->rules.threshold, r->job->rules.rounding);
    for (size_t i = 0; i < r->ntables; i++) {
        const struct tally_released_table *t = &r->tables[i];

        tally_say("  %s: %zu of %zu figures shown", t->table->name, t->nshown,
                  t->counted->ncells);
    }
    if (!q->dry_run) {
        tally_say("Read %s/release.html.", q->out);
    }
}

static int
write_files(const struct request *q, const struct tally_release *r,
            const struct tally_release_head *head, struct tally_err *err)
{
    struct tally_release_files files = {.n = 0};
    int rc = -1;

    if (tally_release_files(&files, r, head, q->out, q->force, err) == 0) {
        rc = tally_release_files_commit(&files, err);
    }
    tally_release_files_end(&files);
    return rc;
}

static int
release(const struct request *q, const struct tally_tables *spec, struct tally_err *err)
{
    struct tally_release_job job = {
        .cohort = q->cohort, .spec = spec, .strong = q->strong_ppm / 1e6};
    struct tally_release_head head = {.number = 0};
    struct tally_release *r = NULL;
    int rc = -1;

    tally_today(head.day);
    if (choose_rules(q, &job.rules, err) == 0 && tally_release_make(&r, &job, err) == 0 &&
        (q->dry_run || write_files(q, r, &head, err) == 0)) {
        rc = q->json ? tally_print_json(tally_release_json(r, &head), err) : 0;
        if (!q->json) {
            tell(q, r);
        }
    }
    tally_release_free(r);
    return rc;
}

static int
run_release(const struct request *q, struct tally_err *err)
{
    struct tally_tables *spec = NULL;
    int rc;

    if (q->list) {
        return list_specs();
    }
    if (q->show != NULL) {
        return show_spec(q->show, err);
    }
    if (tally_opt_need(q->cohort, "--cohort FILE", err) != 0 ||
        tally_opt_need(q->tables, "--tables SPEC", err) != 0 ||
        tally_opt_need(q->dry_run ? "" : q->out, "-o DIR", err) != 0 ||
        tally_tables_load(&spec, q->tables, err) != 0) {
        return -1;
    }
    rc = release(q, spec, err);
    tally_tables_free(spec);
    return rc;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct request q = {.strong_ppm = 900000};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        {.name = "cohort",
         .arg = "FILE",
         .help = "the cohort of 'tally cohort'",
         .text = &q.cohort},
        {.name = "tables",
         .arg = "SPEC",
         .help = "what to count: a file, or a name of --list",
         .text = &q.tables},
        {.name = "list", .help = "name the specs that come with this", .flag = &q.list},
        {.name = "show", .arg = "NAME", .help = "print one of them", .text = &q.show},
        {.name = "profile",
         .arg = "NAME",
         .help = "ons (default), nhs-hes, opensafely, ukllc, acro",
         .text = &q.profile},
        {.name = "threshold",
         .arg = "N",
         .help = "hide counts under N; never less than the profile's",
         .number = &q.threshold,
         .min = 1,
         .max = 1000},
        {.name = "strong",
         .arg = "P",
         .help = "ranges: links under this are doubtful (default: 0.9)",
         .ppm = &q.strong_ppm},
        {.name = "output",
         .letter = 'o',
         .arg = "DIR",
         .help = "folder for tables, release.html and release.json",
         .text = &q.out},
        {.name = "dry-run", .help = "say what would be shown", .flag = &q.dry_run},
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
        return tally_err_set(err, TALLY_E_USAGE, "release takes --cohort, not files");
    }
    return run_release(&q, err);
}

const struct tally_verb tally_verb_release = {
    "release", "release tables through disclosure control",
    "--cohort cohort.db --tables SPEC -o DIR",
    "  tally release --cohort cohort.db --tables strategic-needs -o release-1\n", run};

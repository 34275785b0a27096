/*
 * tally synth: a synthetic population and each source's view of it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>

#include "benchmarks/synth.h"

#define SOURCES_MAX 16

static int
make(struct tally_synth_job *job, struct tally_work *w, struct tally_err *err)
{
    struct tally_synth_summary summary;

    job->progress = &w->progress;
    if (tally_synth(job, &summary, err) != 0) {
        return -1;
    }
    tally_say("Made %s synthetic people in %s. Nobody in it exists.",
              tally_thousands(summary.people), job->out);
    for (size_t i = 0; i < job->nsources; i++) {
        tally_say("  %s.csv: %s records", job->sources[i],
                  tally_thousands(summary.records[i]));
    }
    tally_say("  truth.csv and truth_groups.csv: who is who, for 'tally evaluate'");
    return 0;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct tally_work w = {0};
    struct tally_synth_job job = {.seed = 1};
    const char *sources = NULL;
    char **list = NULL;
    struct tally_operands files;
    int status = -1;
    const struct tally_opt opts[] = {
        TALLY_OPT_NUMBER("people", "N", job.people, 0, 20000000,
                         "how many people live in the population"),
        TALLY_OPT_TEXT("sources", "A,B,...", sources,
                       "police, health, education, or other names"),
        TALLY_OPT_NUMBER("seed", "S", job.seed, 0, INT64_MAX,
                         "same seed, same bytes (default 1)"),
        TALLY_OPT_TEXT("scenario", "NAME", job.scenario,
                       "usual, clean, dirty, missing, married, care or names"),
        TALLY_OPT_OUTPUT("DIR", job.out, "folder to write to, made when it is not there"),
        TALLY_OPT_FORCE(job.force),
        TALLY_OPT_PROGRESS(w),
        TALLY_OPT_END};

    job.people = UINT64_MAX;
    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 0) {
        return tally_err_set(err, TALLY_E_USAGE, "synth takes options only, not files");
    }
    if (tally_opt_need(job.people == UINT64_MAX ? NULL : "", "--people N", err) != 0 ||
        tally_opt_need(sources, "--sources A,B,...", err) != 0 ||
        tally_opt_need(job.out, "-o DIR", err) != 0 ||
        tally_opt_list(sources, SOURCES_MAX, &list, &job.nsources, err) != 0) {
        return -1;
    }
    job.sources = (const char *const *)list;
    if (tally_work_begin(&w, err) == 0) {
        status = make(&job, &w, err);
    }
    tally_work_end(&w);
    tally_opt_list_free(list, job.nsources);
    return status;
}

const struct tally_verb tally_verb_synth = {
    "synth", "make a synthetic population with known truth",
    "--people N --sources A,B,... -o DIR",
    "  tally synth --people 20000 --sources police,health,education --seed 1 -o people\n",
    run};

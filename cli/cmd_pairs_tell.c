/*
 * What 'tally pairs' says of a run: a line to the person, --json, --stats.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_pairs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static void
say(const struct tally_candidates_job *job, const struct tally_pairs_summary *s)
{
    uint64_t records = 0;

    for (size_t i = 0; i < job->nsources; i++) {
        records += tally_candidate_source_records(job->sources[i]);
    }
    tally_say("Found %s pairs in %s records of %zu source%s, %s pairs compared, %.1f s.",
              tally_thousands(s->pairs), tally_thousands(records), job->nsources,
              job->nsources == 1 ? "" : "s", tally_thousands(s->find.compared),
              s->load_seconds + s->find.setup_seconds + s->find.join_seconds +
                  s->write_seconds);
    if (job->recall_ppm > 0) {
        tally_say("  By %u tables of %u bits: a pair at the threshold is found with a "
                  "chance of %.3f at least.",
                  s->find.lsh.tables, s->find.lsh.bits,
                  floor(s->find.lsh.recall * 1000) / 1000);
    }
    if (job->by_keys) {
        tally_say(
            "  By equal match keys: of %s pairs of some records, compared with all, "
            "%s were found.",
            tally_thousands(s->find.sampled), tally_thousands(s->find.sampled_found));
    }
    if (s->groups > 0) {
        tally_say("  %s groups.", tally_thousands(s->groups));
    }
}

static struct tally_jnode *
lsh(const struct tally_lsh_plan *plan)
{
    struct tally_jnode *o = tally_jobject();

    tally_jset_int(o, "tables", plan->tables);
    tally_jset_int(o, "bits", plan->bits);
    tally_jset_int(o, "differing", plan->differing);
    tally_jset_real(o, "recall", plan->recall);
    return o;
}

static struct tally_jnode *
result(const struct tally_pairs_request *q, const struct tally_candidates_job *job,
       const struct tally_pairs_summary *s)
{
    struct tally_jnode *o = tally_jobject();
    struct tally_jnode *n = tally_jarray();

    for (size_t i = 0; i < job->nsources; i++) {
        tally_jpush_int(n, (int64_t)tally_candidate_source_records(job->sources[i]));
    }
    tally_jset(o, "n", n);
    tally_jset_int(o, "bits", tally_candidate_source_bits(job->sources[0]));
    tally_jset_str(o, "similarity",
                   job->similarity == TALLY_SIMILARITY_DICE ? "dice" : "smc");
    tally_jset_real(o, "threshold", job->threshold_ppm / 1e6);
    tally_jset_int(o, "k", job->k);
    tally_jset_int(o, "pairs", (int64_t)s->pairs);
    if (q->groups != NULL) {
        tally_jset_int(o, "groups", (int64_t)s->groups);
    }
    tally_jset_int(o, "compared", (int64_t)s->find.compared);
    if (job->recall_ppm > 0) {
        tally_jset(o, "lsh", lsh(&s->find.lsh));
    }
    if (job->by_keys) {
        tally_jset_int(o, "sampled", (int64_t)s->find.sampled);
        tally_jset_int(o, "sampled_found", (int64_t)s->find.sampled_found);
    }
    return o;
}

static double
cpu_seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One line of JSON on standard error. */
static int
print_stats(const struct tally_pairs_request *q, const struct tally_candidates_job *job,
            const struct tally_pairs_summary *s, struct tally_err *err)
{
    struct tally_jnode *o = result(q, job, s);
    double work = s->find.setup_seconds + s->find.join_seconds;
    struct rusage usage;
    char *text;

    (void)getrusage(RUSAGE_SELF, &usage);
    tally_jset_real(o, "load_seconds", s->load_seconds);
    tally_jset_real(o, "setup_seconds", s->find.setup_seconds);
    tally_jset_real(o, "join_seconds", s->find.join_seconds);
    tally_jset_real(o, "write_seconds", s->write_seconds);
    tally_jset_real(o, "cpu_seconds", cpu_seconds());
    tally_jset_int(o, "pairs_per_second",
                   work > 0 ? (int64_t)((double)s->find.compared / work) : 0);
    tally_jset_str(o, "kernel", s->find.kernel);
    tally_jset_str(o, "sketch", s->find.sketch);
    tally_jset_int(o, "sketch_bytes", s->find.sketch_bytes);
    if (s->find.amx_of_full > 0) {
        tally_jset_real(o, "amx_part_of_full_rate", s->find.amx_of_full);
    }
    tally_jset_int(o, "threads", tally_pool_threads(job->pool));
    tally_jset_int(o, "peak_mb", usage.ru_maxrss / 1024);
    text = tally_json_text(o, 0);
    tally_jfree(o);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    tally_say("%s", text);
    free(text);
    return 0;
}

int
tally_pairs_tell(const struct tally_pairs_request *q,
                 const struct tally_candidates_job *job,
                 const struct tally_pairs_summary *s, struct tally_err *err)
{
    if (q->stats) {
        if (print_stats(q, job, s, err) != 0) {
            return -1;
        }
    } else {
        say(job, s);
    }
    return q->json ? tally_print_json(result(q, job, s), err) : 0;
}

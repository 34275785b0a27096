/*
 * tally pairs: every candidate pair of two or more sources, or within one, and the groups
 * they make.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_pairs.h"

#include <string.h>
#include <time.h>

#include "bloom/schema.h"
#include "linker/join.h"
#include "protocols/pairfile.h"
#include "protocols/pairfile_csv.h"

#define NOT_GIVEN UINT32_MAX /* of a share in parts per million */

struct sources {
    struct tally_candidate_source *list[TALLY_CANDIDATE_SOURCES_MAX];
    size_t n;
};

static double
now_seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int
open_sources(struct sources *s, const struct tally_operands *files, uint32_t bits,
             struct tally_err *err)
{
    for (; s->n < files->n; s->n++) {
        if (tally_candidate_source_open(&s->list[s->n], files->list[s->n], bits, err) !=
            0) {
            return -1;
        }
    }
    return 0;
}

static void
close_sources(struct sources *s)
{
    for (size_t i = 0; i < s->n; i++) {
        tally_candidate_source_close(s->list[i]);
    }
}

static int
find_and_write(const struct tally_pairs_request *q,
               const struct tally_candidates_job *job,
               struct tally_pairs_outputs *outputs, struct tally_pairs_summary *s,
               struct tally_err *err)
{
    struct tally_candidates *found = NULL;
    double start;
    int status = -1;

    if (tally_candidates_find(&found, job, &s->find, err) == 0) {
        start = now_seconds();
        status = tally_pairs_outputs_write(outputs, q, job, found, s, err);
        s->write_seconds = now_seconds() - start;
    }
    tally_candidates_free(found);
    return status == 0 ? tally_pairs_tell(q, job, s, err) : -1;
}

static int
pair_files(struct tally_pairs_request *q, struct tally_candidates_job job,
           const struct tally_operands *files, struct tally_err *err)
{
    struct sources sources = {.n = 0};
    struct tally_pairs_outputs outputs = {NULL, NULL};
    struct tally_pairs_summary s = {0};
    double start = now_seconds();
    int status = -1;

    if (tally_pairs_outputs_open(&outputs, q, files, err) == 0 &&
        open_sources(&sources, files, (uint32_t)q->bits, err) == 0 &&
        tally_work_begin(&q->work, err) == 0) {
        s.load_seconds = now_seconds() - start;
        job.sources = sources.list;
        job.nsources = sources.n;
        job.beside = q->pairs;
        job.pool = q->work.pool;
        job.progress = &q->work.progress;
        status = find_and_write(q, &job, &outputs, &s, err);
    }
    tally_work_end(&q->work);
    tally_pairs_outputs_free(&outputs);
    close_sources(&sources);
    return status;
}

/* Pairs become CSV, and CSV becomes pairs: the first bytes tell which it is. */
static int
convert(const struct tally_pairs_request *q, const struct tally_operands *files,
        struct tally_err *err)
{
    struct tally_pairs_outputs outputs = {NULL, NULL};
    struct tally_pairfile *in = NULL;
    uint64_t pairs = 0;
    bool is_pairs;
    int status = -1;

    if (files->n != 1) {
        return tally_err_set(err, TALLY_E_USAGE, "--convert takes one file, not %zu",
                             files->n);
    }
    is_pairs = tally_pairfile_open(&in, files->list[0], err) == 0;
    tally_pairfile_close(in);
    if (!is_pairs && err->code != TALLY_E_FORMAT) {
        return -1;
    }
    if (tally_pairs_outputs_open(&outputs, q, files, err) == 0 &&
        (is_pairs ? tally_pairfile_to_csv(files->list[0], outputs.pairs, &pairs, err)
                  : tally_pairfile_from_csv(files->list[0], outputs.pairs, &pairs,
                                            err)) == 0) {
        status = tally_outfile_commit(&outputs.pairs, 1, err);
    }
    tally_pairs_outputs_free(&outputs);
    if (status == 0) {
        tally_say("Converted %s pairs.", tally_thousands(pairs));
    }
    return status;
}

static int
similarity_word(const char *word, enum tally_similarity *out, struct tally_err *err)
{
    *out = TALLY_SIMILARITY_DICE;
    if (word == NULL || strcmp(word, "dice") == 0) {
        return 0;
    }
    if (strcmp(word, "smc") == 0) {
        *out = TALLY_SIMILARITY_SMC;
        return 0;
    }
    return tally_err_set(err, TALLY_E_USAGE, "--similarity is dice or smc");
}

static int
check_request(const struct tally_pairs_request *q, struct tally_candidates_job *job,
              const struct tally_operands *files, struct tally_err *err)
{
    if (job->threshold_ppm == NOT_GIVEN || job->threshold_ppm == 0) {
        (void)tally_err_set(err, TALLY_E_USAGE,
                            job->threshold_ppm == 0 ? "--threshold must be above 0"
                                                    : "--threshold is needed");
        return tally_err_hint(err, "for instance --threshold 0.8");
    }
    if (files->n == 0 || files->n > TALLY_CANDIDATE_SOURCES_MAX) {
        (void)tally_err_set(err, TALLY_E_USAGE, "pairs takes 1 to %d files, not %zu",
                            TALLY_CANDIDATE_SOURCES_MAX, files->n);
        return tally_err_hint(err, "one file alone is compared with itself");
    }
    if (q->json && q->pairs == NULL && q->groups == NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--json needs -o or --groups, as pairs go to standard "
                             "output");
    }
    if (job->recall_ppm == 0 || job->recall_ppm == TALLY_PPM) {
        (void)tally_err_set(err, TALLY_E_USAGE, "--lsh lies above 0 and below 1");
        return tally_err_hint(err, "leave it out to find every pair");
    }
    if (job->by_keys && job->recall_ppm != NOT_GIVEN) {
        return tally_err_set(err, TALLY_E_USAGE, "--blocks and --lsh exclude each other");
    }
    job->recall_ppm = job->recall_ppm == NOT_GIVEN ? 0 : job->recall_ppm;
    job->k = (uint32_t)q->k;
    return similarity_word(q->similarity, &job->similarity, err);
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct tally_pairs_request q = {.rule = {.merge_ppm = TALLY_PPM}};
    struct tally_candidates_job job = {.threshold_ppm = NOT_GIVEN,
                                       .recall_ppm = NOT_GIVEN};
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_SHARE("threshold", "T", job.threshold_ppm,
                        "pairs of this score and above, exactly"),
        {.name = "best",
         .letter = 'k',
         .arg = "K",
         .help = "of each record the K best, by anonlink's rule",
         .number = &q.k,
         .min = 1,
         .max = UINT32_MAX},
        TALLY_OPT_TEXT("similarity", "S", q.similarity,
                       "dice (default) or smc: simple matching"),
        TALLY_OPT_SHARE("lsh", "RECALL", job.recall_ppm,
                        "hash instead: find pairs with this chance at least"),
        TALLY_OPT_FLAG("blocks", job.by_keys,
                       "look among records with an equal match key only"),
        TALLY_OPT_NUMBER("bits", "N", q.bits, 1, TALLY_BITS_MAX,
                         "files are raw filters of N bits and nothing else"),
        TALLY_OPT_OUTPUT("FILE", q.pairs, "pairs.bin to write"),
        TALLY_OPT_TEXT("groups", "FILE", q.groups,
                       "greedy groups of records to write, as JSON"),
        TALLY_OPT_SHARE("merge", "M", q.rule.merge_ppm,
                        "share of pairs that merges two groups (default 1)"),
        TALLY_OPT_FLAG("once", q.rule.once, "a group holds one record of a source"),
        TALLY_OPT_FLAG("stats", q.stats,
                       "print sizes and times as JSON on standard error"),
        TALLY_OPT_FLAG("convert", q.convert,
                       "one file: pairs.bin to CSV, or CSV to pairs.bin"),
        TALLY_OPT_FORCE(q.force),
        TALLY_OPT_JSON(q.json),
        TALLY_OPT_THREADS(q.work),
        TALLY_OPT_PROGRESS(q.work),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (q.convert) {
        return convert(&q, &files, err);
    }
    if (check_request(&q, &job, &files, err) != 0) {
        return -1;
    }
    return pair_files(&q, job, &files, err);
}

const struct tally_verb tally_verb_pairs = {
    "pairs", "find every pair of records at or above a score",
    "A.enc [B.enc ...] --threshold T -o pairs.bin",
    "  tally pairs a.clk b.clk --bits 1024 --threshold 0.8 -o pairs.bin --stats\n", run};

/*
 * tally audit: attacks on one's own encodings, and what they leak by themselves.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/audit/audit.h"
#include "bloom/clks.h"
#include "bloom/keyfile.h"
#include "cli/cmd_audit_clkhash.h"
#include "cli/cmd_schema_clkhash.h"
#include "cli/export.h"

#define RECORDS_LEAST 10
#define RECORDS_MOST  100000

/* What the command line said, and what is opened for it. */
struct request {
    struct tally_work work;
    const char *file;
    const char *other;
    const char *schema;
    const char *population;
    const char *truth;
    const char *key;
    const char *map;
    const char *id;
    const char *attacks;
    const char *out;
    const char *encoding;
    const char *sheet;
    uint64_t seed;
    uint64_t records;
    uint32_t budget_ppm;
    uint32_t known_ppm;
    bool force;
    bool json;
    struct tally_encfile *enc;
    struct tally_encfile *enc_other;
    struct tally_schema *loaded;
    struct tally_clkhash_schema *clkhash;
    struct tally_audit_other legacy;
    struct tally_secret *secret;
};

static void
close_request(struct request *q)
{
    tally_encfile_close(q->enc);
    tally_encfile_close(q->enc_other);
    tally_schema_free(q->loaded);
    tally_audit_close_clkhash(q->clkhash);
    tally_secret_free(q->secret);
    tally_work_end(&q->work);
}

static void
say(void *ctx, const char *text)
{
    (void)ctx;
    tally_say("%s", text);
}

/* "A3,A4" as bits; all when there is none. */
static int
wanted_attacks(const char *text, unsigned *out, struct tally_err *err)
{
    char **list = NULL;
    size_t n = 0;
    int rc = 0;

    *out = (1u << TALLY_AUDIT_ATTACKS) - 1;
    if (text == NULL) {
        return 0;
    }
    if (tally_opt_list(text, TALLY_AUDIT_ATTACKS, &list, &n, err) != 0) {
        return -1;
    }
    *out = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        int a = 0;

        while (a < TALLY_AUDIT_ATTACKS &&
               strcmp(list[i], tally_audit_about((enum tally_audit_attack)a)->id) != 0) {
            a++;
        }
        if (a == TALLY_AUDIT_ATTACKS) {
            rc =
                tally_err_set(err, TALLY_E_USAGE,
                              "--attacks takes names from A1 to A6, with commas between");
        } else {
            *out |= 1u << a;
        }
    }
    tally_opt_list_free(list, n);
    return rc;
}

static int
check_request(struct request *q, const struct tally_operands *files,
              struct tally_err *err)
{
    if (files->n == 0 || files->n > 2) {
        (void)tally_err_set(err, TALLY_E_USAGE,
                            "audit takes one encodings file, and perhaps another "
                            "project's, not %zu",
                            files->n);
        return tally_err_hint(err, "'%s audit --help' shows an example", tally_program());
    }
    q->file = files->list[0];
    q->other = files->n == 2 ? files->list[1] : NULL;
    if ((q->schema == NULL) != (q->population == NULL)) {
        (void)tally_err_set(err, TALLY_E_USAGE, "--schema and --population go together");
        return tally_err_hint(err,
                              "leave both out for what the file gives away by itself");
    }
    if (q->population == NULL && (q->truth != NULL || q->key != NULL || q->map != NULL)) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--truth, --key and --map need --population");
    }
    if (q->population != NULL && strcmp(q->population, "-") == 0) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "the population is read more than once: give a file");
    }
    return tally_opt_spare(q->out,
                           (const char *const[]){q->file, q->other, q->schema,
                                                 q->population, q->truth, q->key, q->map},
                           7, err);
}

/* By a schema of ours, or by one of clkhash. */
static int
open_schema(struct request *q, struct tally_audit_source *people, struct tally_err *err)
{
    bool clkhash = false;

    if (q->schema == NULL) {
        return 0;
    }
    if (tally_clkhash_given(q->schema, &clkhash, err) != 0) {
        return -1;
    }
    if (!clkhash) {
        return tally_schema_load(&q->loaded, q->schema, err);
    }
    if (q->map != NULL || q->encoding != NULL || q->sheet != NULL) {
        return tally_err_set(
            err, TALLY_E_USAGE,
            "--map, --input-encoding and --sheet do not go with a clkhash "
            "schema: the population is CSV in the schema's columns");
    }
    people->other = &q->legacy;
    return tally_audit_open_clkhash(q->schema, &q->clkhash, &q->legacy, err);
}

static int
open_inputs(struct request *q, struct tally_audit_source *people, struct tally_err *err)
{
    people->path = q->population;
    people->map = q->map;
    people->options.sheet = q->sheet;
    if (tally_export_encoding(q->encoding, &people->options.encoding, err) != 0 ||
        tally_encodings_open(&q->enc, q->file, err) != 0 ||
        (q->other != NULL && tally_encodings_open(&q->enc_other, q->other, err) != 0) ||
        open_schema(q, people, err) != 0 ||
        (q->key != NULL &&
         tally_keyfile_read(q->key, TALLY_KEY_LINKAGE, &q->secret, err) != 0) ||
        tally_work_begin(&q->work, err) != 0) {
        return -1;
    }
    people->schema = q->loaded;
    people->pool = q->work.pool;
    people->progress = &q->work.progress;
    return 0;
}

static void
print_leaks(const struct tally_audit_result *r)
{
    for (size_t v = 0; v < r->nviews; v++) {
        const struct tally_audit_static *s = &r->leaks[v];

        printf("What view %s gives away by itself (%s encodings)\n", r->views[v],
               tally_thousands(s->rows));
        printf("  unique %.4f, largest group of equals %s, in groups of 3 or more %.4f\n",
               s->unique, tally_thousands(s->largest_group), s->frequent);
        printf("  a bit is set in %.3f to %.3f of records, Gini %.3f, entropy %.3f\n",
               s->frequency_low, s->frequency_high, s->gini, s->entropy);
        printf("  columns: largest phi %.3f, pairs that move together %s\n",
               s->largest_phi, tally_thousands(s->linked));
        printf("  records: alike beyond chance to %.2f others of %s\n", s->neighbours,
               tally_thousands(s->compared));
        printf("  set bits %.0f to %.0f, mean %.1f", s->ones_low, s->ones_high,
               s->ones_mean);
        if (isnan(s->token_correlation)) {
            printf("\n");
        } else {
            printf("; correlation with number of tokens %.3f\n", s->token_correlation);
        }
    }
}

static void
print_attacks(const struct tally_audit_result *r)
{
    for (int a = 0; a < TALLY_AUDIT_ATTACKS; a++) {
        const struct tally_audit_outcome *o = &r->attacks[a];
        const struct tally_audit_about *about =
            tally_audit_about((enum tally_audit_attack)a);

        if (!o->ran) {
            printf("%s %s: not run: %s\n", about->id, about->name, o->why_not);
            continue;
        }
        printf("%s %s: %s right of %s claimed, %s possible: %.2f %% (%.2f to %.2f), "
               "guessing %.3f %%, %.0f s%s\n",
               about->id, about->name, tally_thousands(o->correct),
               tally_thousands(o->claimed), tally_thousands(o->possible),
               100 * o->success.share, 100 * o->success.low, 100 * o->success.high,
               100 * o->floor, o->seconds, o->broken ? ": budget broken" : "");
    }
}

static void
print_text(const struct request *q, const struct tally_audit_result *r)
{
    print_leaks(r);
    print_attacks(r);
    if (r->knowing == TALLY_KNOWN_NOT && r->attacked) {
        printf("Without --truth or --key, what an attack is sure of counts as right.\n");
    }
    if (!r->attacked) {
        printf("No verdict: A3 and A4, for which the budget is, were not run.\n");
    } else {
        printf("Verdict: %s (budget %.3g %% for A3 and A4). The encodings remain "
               "pseudonymised personal data.\n",
               r->broken ? "fail" : "pass", q->budget_ppm / 1e4);
    }
}

static int
write_page(struct tally_outfile *page, const struct tally_audit_job *job,
           const struct tally_audit_result *r, struct tally_err *err)
{
    if (page == NULL) {
        return 0;
    }
    return tally_audit_page(page, job, r, err) == 0 ? tally_outfile_commit(&page, 1, err)
                                                    : -1;
}

static int
audit(struct request *q, struct tally_audit_job *job, struct tally_err *err)
{
    struct tally_audit_source people = {0};
    struct tally_audit_result *r = calloc(1, sizeof *r);
    struct tally_outfile *page = NULL;
    int rc = -1;

    if (r == NULL) {
        return tally_err_nomem(err);
    }
    if ((q->out == NULL || tally_outfile_open(&page, q->out, 0644, q->force, err) == 0) &&
        open_inputs(q, &people, err) == 0) {
        job->file = q->enc;
        job->other = q->enc_other;
        job->people = q->population != NULL ? &people : NULL;
        job->key = q->secret;
        job->pool = q->work.pool;
        job->progress = &q->work.progress;
        rc = tally_audit(job, r, err);
    }
    if (rc == 0) {
        rc = write_page(page, job, r, err);
    }
    if (rc == 0 && q->json) {
        rc = tally_print_json(tally_audit_json(job, r), err);
    } else if (rc == 0) {
        print_text(q, r);
    }
    if (rc == 0 && r->broken) {
        rc = tally_err_set(err, TALLY_E_ANSWER_NO,
                           "an attack re-identified more than the budget allows");
        (void)tally_err_hint(err, "use a stronger profile before this file leaves");
    }
    tally_outfile_free(page);
    free(r);
    return rc;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct request q = {.seed = 1,
                        .records = TALLY_AUDIT_RECORDS,
                        .budget_ppm = (uint32_t)(TALLY_AUDIT_BUDGET * 1e6),
                        .known_ppm = (uint32_t)(TALLY_AUDIT_KNOWN * 1e6),
                        .id = "id"};
    struct tally_audit_job job = {0};
    struct tally_operands files;
    const char *id = NULL;
    int rc;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("schema", "S", q.schema, "the schema they were encoded with"),
        TALLY_OPT_TEXT("population", "FILE", q.population,
                       "the attacker's list of people, CSV or workbook"),
        TALLY_OPT_TEXT("map", "MAP", q.map,
                       "its columns (default: guessed); also --input-encoding, --sheet"),
        TALLY_OPT_TEXT("truth", "FILE", q.truth,
                       "id_1,id_2: id in the encodings, id in the population"),
        TALLY_OPT_TEXT("id", "COLUMN", id, "of ids in the population (default: id)"),
        TALLY_OPT_TEXT("key", "KEY", q.key, "linkage key: runs A1, and finds the truth"),
        TALLY_OPT_SHARE("budget", "SHARE", q.budget_ppm,
                        "re-identified at most by A3, A4 (default 0.01)"),
        TALLY_OPT_SHARE("known", "SHARE", q.known_ppm,
                        "of the overlap granted to A4 (default 0.05)"),
        TALLY_OPT_TEXT("attacks", "A3,...", q.attacks,
                       "only these (default: all that can run)"),
        TALLY_OPT_NUMBER("records", "N", q.records, RECORDS_LEAST, RECORDS_MOST,
                         "sample of each side, at most (default 10000)"),
        TALLY_OPT_NUMBER("seed", "N", q.seed, 0, UINT64_MAX,
                         "of samples and of the attacker's key (default 1)"),
        TALLY_OPT_OUTPUT("FILE", q.out, "HTML page to write"),
        TALLY_OPT_TEXT("input-encoding", "E", q.encoding, NULL),
        TALLY_OPT_TEXT("sheet", "NAME", q.sheet, NULL),
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
    if (check_request(&q, &files, err) != 0 ||
        wanted_attacks(q.attacks, &job.wanted, err) != 0) {
        return -1;
    }
    job.truth = q.truth;
    job.id_column = id != NULL ? id : q.id;
    job.seed = q.seed;
    job.records = (size_t)q.records;
    job.budget = q.budget_ppm / 1e6;
    job.known = q.known_ppm / 1e6;
    job.say = say;
    rc = audit(&q, &job, err);
    close_request(&q);
    return rc;
}

const struct tally_verb tally_verb_audit = {
    "audit", "attack one's own encodings before they leave",
    "OUT.enc|clks.json [OTHER.enc] [--schema S --population P.csv]",
    "  tally audit police.enc --schema schema.json --population police.csv \\\n"
    "      --key linkage.key -o audit.html\n",
    run};

/*
 * tally encode: an export in, an encodings file (and a payload part) out.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_encode.h"

#include <string.h>

#include "cli/cmd_encode_governed.h"
#include "cli/cmd_schema_clkhash.h"

static int
encode(struct tally_encode_request *q, struct tally_encode_job *job,
       struct tally_err *err)
{
    struct tally_encode_inputs in = {0};
    struct tally_encode_summary sum;
    int status = -1;

    if (tally_encode_check_sheet(q, job, err) == 0 &&
        tally_encode_open(q, &in, job, err) == 0 &&
        tally_work_begin(&q->work, err) == 0) {
        job->pool = q->work.pool;
        job->progress = &q->work.progress;
        status = tally_encode(job, &sum, err);
        if (status == 0 && q->sheet != NULL && !job->dry_run) {
            status = tally_encode_write_sheet(q, job, &sum, NULL, 0, q->sheet, err);
        }
        if (status == 0 && q->json) {
            status = tally_encode_print_json(job, &sum, err);
        } else if (status == 0 && job->dry_run) {
            tally_encode_say_dry_run(job, &sum);
        } else if (status == 0) {
            tally_encode_say(job, &sum);
            tally_encode_say_files(job);
            if (q->review != NULL) {
                tally_encode_say_review(&in, &sum);
            }
            if (q->sheet != NULL) {
                tally_say("Wrote %s: aggregate; for the parties to the linkage.",
                          q->sheet);
            }
        }
    }
    tally_work_end(&q->work);
    tally_encode_close(&in);
    return status;
}

/* A clkhash schema brings its own rules for columns, secret and output. */
static int
encode_clkhash(struct tally_encode_request *q, const struct tally_encode_job *job,
               struct tally_err *err)
{
    int status;

    if (q->key != NULL || q->map != NULL || q->payload != NULL || q->id != NULL ||
        q->export.encoding != NULL || q->export.sheet != NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--key, --map, --id, --payload, --input-encoding and "
                             "--sheet do not go with a clkhash schema");
    }
    if (q->record_id != NULL || q->export.alias_of != NULL || q->opt_out != NULL ||
        q->exclude != NULL || q->exclude_where != NULL ||
        q->exclude_aliases_where != NULL || job->dry_run) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "aliases, opt-outs, exclusions and --dry-run do not go with "
                             "a clkhash schema");
    }
    if (q->format != NULL && strcmp(q->format, "clkhash-json") != 0) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "a clkhash schema gives --format clkhash-json only");
    }
    q->clkhash.input = q->export.input;
    q->clkhash.schema = q->schema;
    q->clkhash.out = job->out;
    q->clkhash.force = job->force;
    q->clkhash.json = q->json;
    q->clkhash.progress = &q->work.progress;
    status = tally_opt_need(job->out, "-o OUT.json", err);
    if (status == 0) {
        status = tally_work_begin(&q->work, err);
    }
    if (status == 0) {
        status = tally_encode_clkhash(&q->clkhash, err);
    }
    tally_work_end(&q->work);
    return status;
}

/* No output replaces what the run reads, the key above all, nor the other output. */
static int
check_outputs(const struct tally_encode_request *q, const struct tally_encode_job *job,
              const char *input, struct tally_err *err)
{
    const char *const reads[] = {input, q->schema, q->key, q->map, q->review, q->tokens};
    const size_t n = sizeof reads / sizeof *reads;

    if (tally_opt_spare(job->out, reads, n, err) != 0 ||
        tally_opt_spare(q->sheet, reads, n, err) != 0 ||
        tally_opt_spare(q->sheet, (const char *const[]){job->out, job->payload_out}, 2,
                        err) != 0) {
        return -1;
    }
    if (job->payload_out == NULL) {
        return 0;
    }
    return tally_opt_spare(job->payload_out, reads, n, err) != 0
               ? -1
               : tally_path_distinct(job->out, job->payload_out, err);
}

static int
check_request(const struct tally_encode_request *q, const struct tally_encode_job *job,
              const struct tally_operands *files, struct tally_err *err)
{
    if (files->n != 1) {
        (void)tally_err_set(err, TALLY_E_USAGE, "encode takes one file, not %zu",
                            files->n);
        return tally_err_hint(err,
                              "encode each source by itself; '-' reads standard input");
    }
    if (tally_opt_need(q->schema, "--schema S", err) != 0 ||
        tally_opt_need(q->key, "--key KEY", err) != 0 ||
        tally_opt_need(job->out, "-o OUT.enc", err) != 0) {
        return -1;
    }
    if (q->clkhash.secret_file != NULL || q->clkhash.header != NULL ||
        q->clkhash.no_validate) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--secret-file, --header and --no-validate go with a "
                             "clkhash schema, which this is not");
    }
    if (q->about != NULL && q->sheet == NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--about FILE needs --provider-sheet FILE");
    }
    if (q->payload != NULL && job->payload_out == NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--payload COL,... needs --payload-out FILE");
    }
    return check_outputs(q, job, files->list[0], err);
}

/* What a command line says. */
struct asked {
    struct tally_encode_request request;
    struct tally_encode_job job;
    struct tally_governed governed;
    struct tally_operands files;
    uint64_t dummies;
    uint64_t part_size;
};

static int
parse(struct asked *a, const struct tally_verb *v, int argc, char **argv,
      struct tally_err *err)
{
    struct tally_encode_request *q = &a->request;
    struct tally_encode_job *job = &a->job;
    struct tally_governed *g = &a->governed;
    /* Options without a line of their own are told beside a kindred one: help fits a
     * screen. */
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT(
            "schema", "S", q->schema,
            "the agreed schema; or --agreement A --identity DIR, see the guide"),
        TALLY_OPTS_GOVERNED_AS(*g, NULL),
        TALLY_OPT_NUMBER("part-size", "BYTES", a->part_size, 0, INT64_MAX, NULL),
        TALLY_OPT_TEXT("key", "KEY", q->key, "the linkage key file"),
        TALLY_OPT_TEXT("map", "MAP", q->map, "lines 'field = column' (default: guessed)"),
        TALLY_OPT_TEXT(
            "source", "NAME", q->source,
            "its name (default: the file's); --provider-sheet FILE tells of it"),
        TALLY_OPT_TEXT("provider-sheet", "FILE", q->sheet, NULL),
        TALLY_OPT_TEXT("about", "FILE", q->about, NULL),
        TALLY_OPT_TEXT("duplicates", "WORD", q->duplicates,
                       "can a person be in it twice? none (default), possible"),
        TALLY_OPT_TEXT("id", "COLUMN", q->id,
                       "keep this id: pilots only; --record-id COLUMN keeps it here"),
        TALLY_OPT_TEXT("record-id", "COLUMN", q->record_id, NULL),
        TALLY_OPT_TEXT("alias-of", "COLUMN", q->export.alias_of,
                       "in rows of aliases: the id of the main row"),
        TALLY_OPT_TEXT("opt-out", "FILE", q->opt_out,
                       "list of people who stay; --exclude FILE is another"),
        TALLY_OPT_TEXT("exclude", "FILE", q->exclude, NULL),
        TALLY_OPT_TEXT("exclude-where", "COL=V,...", q->exclude_where,
                       "marks of people who stay; or --exclude-aliases-where COL=V,..."),
        TALLY_OPT_TEXT("exclude-aliases-where", "COL=V,...", q->exclude_aliases_where,
                       NULL),
        TALLY_OPT_TEXT("payload", "COL,...", q->payload,
                       "for the analyst, in --payload-out FILE; --dummies N adds N %"),
        TALLY_OPT_TEXT("payload-out", "FILE", job->payload_out, NULL),
        TALLY_OPT_NUMBER("dummies", "N", a->dummies, 0, TALLY_DUMMIES_MAX, NULL),
        TALLY_OPT_TEXT("input-encoding", "E", q->export.encoding,
                       "utf-8 (default) or windows-1252; workbooks: --sheet NAME"),
        TALLY_OPT_TEXT("sheet", "NAME", q->export.sheet, NULL),
        TALLY_OPT_NUMBER("header-row", "N", q->export.header_row, 1,
                         TALLY_EXPORT_HEADER_ROW_MAX, NULL),
        TALLY_OPT_OUTPUT("OUT", job->out, "the encodings file to write"),
        TALLY_OPT_FLAG("dry-run", job->dry_run,
                       "tell what would leave, and write nothing"),
        TALLY_OPT_TEXT("format", "F", q->format, NULL),
        TALLY_OPT_TEXT("secret-file", "FILE", q->clkhash.secret_file, NULL),
        TALLY_OPT_TEXT("header", "WORD", q->clkhash.header, NULL),
        TALLY_OPT_FLAG("no-validate", q->clkhash.no_validate, NULL),
        TALLY_OPT_FLAG("force", job->force,
                       "replace output that exists; --json prints the result as JSON"),
        TALLY_OPT_FLAG("json", q->json, NULL),
        TALLY_OPT_TEXT("review", "REQUEST", q->review, NULL),
        TALLY_OPT_TEXT("tokens", "MAP", q->tokens, NULL),
        TALLY_OPT_NUMBER("threads", "N", q->work.threads, 1, TALLY_THREADS_MAX,
                         "threads (default: all); --progress auto, plain, json or none"),
        TALLY_OPT_TEXT("progress", "STYLE", q->work.progress_style, NULL),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &a->files, err) != 0) {
        return -1;
    }
    q->dummies_given = a->dummies <= TALLY_DUMMIES_MAX;
    job->dummies = q->dummies_given ? (unsigned)a->dummies : 0;
    q->export.input = a->files.n == 1 ? a->files.list[0] : NULL;
    return 0;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct asked a = {.governed = TALLY_GOVERNED_INIT, .dummies = UINT64_MAX};
    struct tally_encode_request *q = &a.request;
    bool clkhash = false;

    if (parse(&a, v, argc, argv, err) != 0) {
        return -1;
    }
    if (a.files.help) {
        return 0;
    }
    if (a.files.n == 1 && q->schema != NULL &&
        tally_clkhash_given(q->schema, &clkhash, err) != 0) {
        return -1;
    }
    if (clkhash) {
        return encode_clkhash(q, &a.job, err);
    }
    if (a.files.n == 1 && a.governed.path != NULL && q->review != NULL) {
        return tally_encode_answer(q, &a.job, &a.governed, err);
    }
    if (a.files.n == 1 && a.governed.path != NULL) {
        return tally_encode_governed(q, &a.job, &a.governed, a.part_size, err);
    }
    if (check_request(q, &a.job, &a.files, err) != 0) {
        return -1;
    }
    return encode(q, &a.job, err);
}

const struct tally_verb tally_verb_encode = {
    "encode", "encode an export into a file for the linker",
    "FILE.csv|.tsv|.xlsx|- --schema S --key KEY -o OUT.enc",
    "  tally encode police.csv --schema schema.json --key project.key \\\n"
    "      --payload offence_category --payload-out police.pay -o police.enc\n"
    "With a clkhash schema: --secret-file FILE [--header yes|no|ignore] "
    "[--no-validate]\n",
    run};

/*
 * tally encode with a clkhash schema: the same bits as clkhash, in its own file format.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_encode_clkhash.h"

#include "cli/cli.h"
#include "cli/cmd_schema_clkhash.h"

#ifdef TALLY_LEGACY

#include <stdlib.h>
#include <string.h>

#include "bloom/base/file.h"
#include "bloom/clkhash_encode.h"

#define SECRET_MAX (1u << 20)

static int
header_mode(const char *word, enum tally_clkhash_header *out, struct tally_err *err)
{
    static const char *const words[] = {"yes", "no", "ignore"};

    *out = TALLY_CLKHASH_HEADER_YES;
    for (size_t i = 0; word != NULL && i < 3; i++) {
        if (strcmp(word, words[i]) == 0) {
            *out = (enum tally_clkhash_header)i;
            return 0;
        }
    }
    return word == NULL
               ? 0
               : tally_err_set(err, TALLY_E_USAGE, "--header is yes, no or ignore");
}

/* The exact bytes of the file: clkhash takes any, none among them. */
static int
read_secret(const char *path, struct tally_secret **out, struct tally_err *err)
{
    uint8_t *data = NULL;
    size_t len = 0;
    int status = 0;

    if (tally_file_read_private(path, SECRET_MAX, &data, &len, err) != 0) {
        return -1;
    }
    if (len > 0) {
        status = tally_secret_create(out, len, err);
    }
    if (len > 0 && status == 0) {
        memcpy(tally_secret_open(*out), data, len);
        tally_secret_close(*out);
        if (data[len - 1] == '\n') {
            tally_say("  warning: the secret ends with a line end, which is part of it");
        }
    }
    tally_wipe(data, len);
    free(data);
    return status;
}

static int
say_result(const struct tally_clkhash_request *q,
           const struct tally_clkhash_summary *summary, struct tally_err *err)
{
    struct tally_jnode *n;

    if (q->json) {
        n = tally_jobject();
        tally_jset_int(n, "records", (int64_t)summary->records);
        tally_jset_real(n, "mean_fill", summary->mean_fill);
        return tally_print_json(n, err);
    }
    tally_say("Encoded %s records by a clkhash schema, %.0f %% of bits set.",
              tally_thousands(summary->records), 100 * summary->mean_fill);
    tally_say("Wrote %s: pseudonymised; in the order of the rows, and open to attack by "
              "anyone who can guess the secret.",
              q->out);
    return 0;
}

static int
run_job(const struct tally_clkhash_request *q, struct tally_clkhash_job *job,
        struct tally_err *err)
{
    struct tally_clkhash_schema *schema = NULL;
    struct tally_clkhash_summary summary;
    int status = -1;

    if (tally_clkhash_schema_load(&schema, q->schema, err) == 0) {
        tally_clkhash_say_warnings(schema);
        job->schema = schema;
        status = tally_clkhash_encode(job, &summary, err);
    }
    tally_clkhash_schema_free(schema);
    return status == 0 ? say_result(q, &summary, err) : -1;
}

int
tally_encode_clkhash(const struct tally_clkhash_request *q, struct tally_err *err)
{
    struct tally_clkhash_job job = {.input = q->input, .out = q->out, .force = q->force};
    struct tally_secret *secret = NULL;
    int status;

    job.no_validation = q->no_validate;
    job.progress = q->progress;
    if (q->secret_file == NULL) {
        (void)tally_err_set(err, TALLY_E_USAGE, "--secret-file FILE is needed");
        return tally_err_hint(err, "a clkhash schema is used with a secret, whose exact "
                                   "bytes the file holds");
    }
    if (header_mode(q->header, &job.header, err) != 0 ||
        tally_opt_spare(q->out,
                        (const char *const[]){q->input, q->schema, q->secret_file}, 3,
                        err) != 0 ||
        read_secret(q->secret_file, &secret, err) != 0) {
        return -1;
    }
    job.secret = secret;
    status = run_job(q, &job, err);
    tally_secret_free(secret);
    return status;
}

#else

int
tally_encode_clkhash(const struct tally_clkhash_request *q, struct tally_err *err)
{
    return tally_clkhash_left_out(q->schema, err);
}

#endif

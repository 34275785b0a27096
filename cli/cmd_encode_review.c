/*
 * tally encode --review: the answer to a linker's request of a second round.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_encode_governed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/kept.h"

static int
check_request(const struct tally_encode_request *q, const struct tally_encode_inputs *in,
              struct tally_err *err)
{
    const struct tally_review *r = tally_review_of(in->review);
    const char *source = r->lists[r->own].source;

    if (q->payload != NULL || q->id != NULL || q->format != NULL || q->sheet != NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--payload, --id, --format and --provider-sheet do not go "
                             "with --review");
    }
    if (q->source != NULL && strcmp(q->source, source) != 0) {
        return tally_err_set(err, TALLY_E_POLICY,
                             "%s: asks for records of '%s', not '%s'", q->review, source,
                             q->source);
    }
    return memcmp(r->schema, in->schema->digest, sizeof r->schema) == 0
               ? 0
               : tally_err_set(err, TALLY_E_SCHEMA_MISMATCH,
                               "%s: asks about encodings made under another schema",
                               q->review);
}

/* Schema and key of this request in the place of those of the linkage. */
static int
replace(struct tally_encode_inputs *in, struct tally_err *err)
{
    struct tally_schema *schema = NULL;
    struct tally_secret *key = NULL;

    if (tally_review_schema(in->schema, &schema, err) != 0) {
        return -1;
    }
    tally_schema_free(in->schema);
    in->schema = schema;
    if (tally_review_key(in->key, tally_review_of(in->review)->digest, &key, err) != 0) {
        return -1;
    }
    tally_secret_free(in->key);
    in->key = key;
    return 0;
}

/* A token map, or for pilots the encodings themselves, where they kept ids. */
static int
read_tokens(const char *path, const struct tally_review *r, struct tally_given **out,
            struct tally_err *err)
{
    size_t n = (size_t)r->lists[r->own].records;
    struct tally_encfile *enc = NULL;
    struct tally_err other = TALLY_ERR_INIT;
    struct stat st;
    int rc;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return tally_given_read(out, path, r->tokens, n, err);
    }
    if (tally_encfile_open(&enc, path, &other) != 0) {
        if (other.code == TALLY_E_FORMAT) {
            return tally_given_read(out, path, r->tokens, n, err);
        }
        *err = other;
        return -1;
    }
    rc = tally_given_take(out, path, enc, r->tokens, n, err);
    tally_encfile_close(enc);
    return rc;
}

int
tally_encode_take_review(const struct tally_encode_request *q,
                         struct tally_encode_inputs *in, struct tally_encode_job *job,
                         struct tally_err *err)
{
    const struct tally_review *r;

    if (q->review == NULL) {
        return q->tokens == NULL ? 0
                                 : tally_err_set(err, TALLY_E_USAGE,
                                                 "--tokens goes with --review REQUEST");
    }
    if (tally_opt_need(q->tokens, "--tokens MAP, the token map of the delivery", err) !=
            0 ||
        tally_opt_need(q->record_id, "--record-id COLUMN", err) != 0 ||
        tally_review_open(&in->review, q->review, err) != 0 ||
        check_request(q, in, err) != 0 || replace(in, err) != 0) {
        return -1;
    }
    r = tally_review_of(in->review);
    if (read_tokens(q->tokens, r, &in->given, err) != 0) {
        return -1;
    }
    if (tally_given_count(in->given) == 0 && r->lists[r->own].records > 0) {
        tally_err_set(err, TALLY_E_DATA, "%s: none of the tokens asked for is in it",
                      q->tokens);
        return tally_err_hint(err, "give the token map of the delivery that was linked");
    }
    memcpy(in->source, r->lists[r->own].source, sizeof in->source);
    job->given = in->given;
    return 0;
}

void
tally_encode_say_review(const struct tally_encode_inputs *in,
                        const struct tally_encode_summary *sum)
{
    const struct tally_review *r = tally_review_of(in->review);

    tally_say(
        "Answered for %s of the %s records asked for, each field by itself, under a "
        "key of this request alone.",
        tally_thousands(sum->records), tally_thousands(r->lists[r->own].records));
}

/* Under an agreement. */

struct answer {
    char content[4096]; /* on its way only */
    char package[4096];
    struct tally_received request;
};

static int
check_options(const struct tally_encode_request *q, const struct tally_encode_job *job,
              struct tally_err *err)
{
    if (q->schema != NULL || q->payload != NULL || q->source != NULL ||
        job->payload_out != NULL || job->dummies > 0) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--schema, --payload, --source and --dummies do not go with "
                             "--agreement and --review, which say all that");
    }
    return tally_opt_need(q->key, "--key KEY", err) != 0 ||
                   tally_opt_need(q->tokens, "--tokens MAP", err) != 0 ||
                   tally_opt_need(job->out, "-o OUTDIR", err) != 0
               ? -1
               : 0;
}

static int
name_files(struct answer *a, const char *dir, const char *source, struct tally_err *err)
{
    unsigned long long n = a->request.manifest.delivery;

    return tally_path_format(a->content, err, "%s/%s-%llu-.answer", dir, source, n) == 0
               ? tally_path_format(a->package, err, "%s/%s-review-%llu.pkg", dir, source, n)
               : -1;
}

/* What is sealed in the request must be what the agreement and its manifest say. */
static int
check_sealed(const struct tally_governed *g, const struct tally_received *request,
             struct tally_err *err)
{
    struct tally_review_file *f = NULL;
    const struct tally_review *r;
    int rc;

    if (tally_review_open(&f, request->path, err) != 0) {
        return tally_received_failed(request, err);
    }
    r = tally_review_of(f);
    rc = tally_received_count(g, request, r->lists[r->own].records, err);
    if (rc == 0 &&
        (memcmp(r->agreement, g->agreement->digest, sizeof r->agreement) != 0 ||
         strcmp(r->lists[r->own].source, g->self->sends.source) != 0)) {
        rc = tally_err_set(err, TALLY_E_POLICY,
                           "%s: asks about another agreement, or another source",
                           request->shown);
    }
    tally_review_close(f);
    return rc;
}

static int
answer(struct tally_encode_request *q, struct tally_encode_job *job,
       struct tally_encode_inputs *in, const struct tally_governed *g, struct answer *a,
       struct tally_err *err)
{
    struct tally_encode_summary sum;
    struct tally_sending sending = {
        .kind = TALLY_PACKAGE_ANSWER,
        .to = tally_agreement_with(g->agreement, TALLY_AS_LINKER),
        .content = a->content,
        .package = a->package};

    job->out = job->dry_run ? a->package : a->content;
    if (tally_encode(job, &sum, err) != 0) {
        return -1;
    }
    sending.records = sum.records;
    if (q->json && tally_encode_print_json(job, &sum, err) != 0) {
        return -1;
    }
    tally_encode_say_review(in, &sum);
    if (job->dry_run) {
        tally_say("Nothing was written.");
        return 0;
    }
    if (tally_governed_send(g, &sending, 1, a->request.manifest.delivery, sum.key_check,
                            job->force, err) != 0) {
        return -1;
    }
    tally_say("Sealed for %s: %s", sending.to->card.name, a->package);
    return 0;
}

/* All but the agreement is open. */
static int
answer_into(struct tally_encode_request *q, struct tally_encode_job *job,
            const struct tally_governed *g, struct answer *a, struct tally_err *err)
{
    struct tally_encode_inputs in = {0};
    struct tally_err ignored = TALLY_ERR_INIT;
    const char *dir = job->out;
    bool made = false;
    int rc = -1;

    q->review = a->request.path;
    q->agreed = g->agreement->schema;
    q->source = g->self->sends.source;
    if (name_files(a, dir, q->source, err) == 0 &&
        tally_encode_open(q, &in, job, err) == 0 &&
        tally_work_begin(&q->work, err) == 0 &&
        tally_encode_folder(dir, q->source, &made, err) == 0) {
        job->pool = q->work.pool;
        job->progress = &q->work.progress;
        rc = answer(q, job, &in, g, a, err);
        if (access(a->content, F_OK) == 0) {
            (void)!tally_file_destroy(a->content, &ignored);
        }
    }
    if (made && (rc != 0 || job->dry_run)) {
        (void)rmdir(dir);
    }
    tally_work_end(&q->work);
    tally_encode_close(&in);
    return rc == 0 ? 0 : tally_received_failed(&a->request, err);
}

int
tally_encode_answer(struct tally_encode_request *q, struct tally_encode_job *job,
                    struct tally_governed *g, struct tally_err *err)
{
    struct answer *a = calloc(1, sizeof *a);
    int rc = -1;

    if (a == NULL) {
        return tally_err_nomem(err);
    }
    a->request.fd = -1;
    if (check_options(q, job, err) == 0 &&
        tally_governed_open(g, TALLY_AS_OWNER, err) == 0 &&
        tally_encode_check_key(q, g, err) == 0 &&
        tally_governed_receive(g, &q->review, 1, TALLY_PACKAGE_REQUEST, &a->request,
                               err) == 0 &&
        check_sealed(g, &a->request, err) == 0 &&
        tally_kept_check(g, q->tokens, err) == 0) {
        rc = answer_into(q, job, g, a, err);
    }
    tally_received_close(&a->request);
    tally_governed_close(g);
    free(a);
    return rc;
}

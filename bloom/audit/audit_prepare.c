/*
 * Making a run ready: the population under both keys, who is who, and samples of both
 * sides that keep the share of people who are in both.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_private.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/audit/audit_truth.h"
#include "bloom/base/bytes.h"
#include "bloom/kdf.h"

/* Filters of clkhash say nothing of their schema but by their length. */
static int
check_other(const struct tally_audit_job *job, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(job->file);

    if (!info->legacy || info->bits != job->people->other->bits) {
        (void)tally_err_set(err, TALLY_E_SCHEMA_MISMATCH,
                            "the schema is one of clkhash and makes filters of %u bits, "
                            "which these are not",
                            job->people->other->bits);
        return tally_err_hint(err, "give the schema that they were encoded with");
    }
    if (job->key != NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "a linkage key does not go with filters of clkhash: --truth "
                             "says who is who");
    }
    return 0;
}

static int
check_schema(const struct tally_audit_job *job, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(job->file);

    if (job->people == NULL) {
        return 0;
    }
    if (job->people->other != NULL) {
        return check_other(job, err);
    }
    if (info->legacy) {
        (void)tally_err_set(err, TALLY_E_SCHEMA_MISMATCH,
                            "filters of clkhash were not made with a Tallystick schema");
        return tally_err_hint(err, "give the clkhash schema, or leave --population out "
                                   "for what the filters give away by themselves");
    }
    if (memcmp(info->schema_digest, job->people->schema->digest, TALLY_DIGEST_BYTES) !=
        0) {
        (void)tally_err_set(err, TALLY_E_SCHEMA_MISMATCH,
                            "the encodings were made with another schema");
        return tally_err_hint(err, "give the schema that they were encoded with");
    }
    return 0;
}

static int
check_key(const struct tally_audit_job *job, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(job->file);
    uint8_t check[TALLY_KEY_CHECK_BYTES];

    if (job->key == NULL || !info->has_key_check) {
        return 0;
    }
    if (tally_key_check(job->key, check, err) != 0) {
        return -1;
    }
    return memcmp(check, info->key_check, sizeof check) == 0
               ? 0
               : tally_err_set(err, TALLY_E_KEY_MISMATCH,
                               "the encodings were made with another key");
}

int
tally_audit_own_key(uint64_t seed, struct tally_secret **out, struct tally_err *err)
{
    uint64_t state = seed;
    uint8_t *at;

    if (tally_secret_create(out, TALLY_DIGEST_BYTES, err) != 0) {
        return -1;
    }
    at = tally_secret_open(*out);
    for (size_t i = 0; i < TALLY_DIGEST_BYTES; i += 8) {
        tally_le64_store(at + i, tally_audit_random(&state));
    }
    tally_secret_close(*out);
    return 0;
}

static int
encode_people(struct tally_audit_run *r, struct tally_err *err)
{
    struct tally_secret *own = NULL;
    int rc = -1;

    if (tally_audit_own_key(r->job->seed, &own, err) == 0 &&
        tally_audit_encode(r->job->people, own, &r->mine, err) == 0) {
        rc = r->job->key == NULL
                 ? 0
                 : tally_audit_encode(r->job->people, r->job->key, &r->real, err);
    }
    tally_secret_free(own);
    if (rc == 0 && tally_encfile_info(r->mine)->records == 0) {
        return tally_err_set(err, TALLY_E_DATA, "%s: there are no people in it",
                             r->job->people->path);
    }
    return rc;
}

static int
copy_truth(struct tally_audit_run *r, struct tally_err *err)
{
    size_t n = (size_t)tally_encfile_info(r->job->file)->records;

    r->out->knowing = TALLY_KNOWN_BY_IDS;
    r->truth = malloc((n + 1) * sizeof *r->truth);
    if (r->truth == NULL) {
        return tally_err_nomem(err);
    }
    memcpy(r->truth, r->job->who, n * sizeof *r->truth);
    return 0;
}

static int
find_truth(struct tally_audit_run *r, struct tally_err *err)
{
    struct tally_audit_ids ids = {0};
    int rc = -1;

    if (r->job->truth == NULL && r->job->who != NULL) {
        return copy_truth(r, err);
    }
    if (r->job->truth == NULL && r->real != NULL &&
        tally_hardening_find(&r->job->people->schema->hardening, TALLY_HARDEN_BLIP) !=
            NULL) {
        (void)tally_err_set(err, TALLY_E_USAGE,
                            "the schema adds noise, so that the key does not tell who is "
                            "who");
        return tally_err_hint(err, "give --truth, or leave --key out");
    }
    if (r->job->truth == NULL) {
        r->out->knowing = r->real != NULL ? TALLY_KNOWN_BY_KEY : TALLY_KNOWN_NOT;
        return r->real == NULL
                   ? 0
                   : tally_audit_truth_from_key(r->job->file, r->real, &r->truth, err);
    }
    r->out->knowing = TALLY_KNOWN_BY_IDS;
    if (tally_audit_read_ids(r->job->people, r->job->id_column, &ids, err) == 0) {
        rc = tally_audit_truth_read(r->job->truth, r->job->file, &ids, &r->truth, err);
    }
    tally_audit_ids_free(&ids);
    return rc;
}

static int
compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* ${most} of ${n} numbers from 0, at random; those that ${first} marks are preferred.
 * Malloced, ascending. */
static uint32_t *
sample(size_t n, size_t most, const bool *first, uint64_t seed, size_t *taken)
{
    uint32_t *all = malloc((n + 1) * sizeof *all);
    uint64_t state = seed;
    size_t front = 0;

    if (all == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        all[i] = (uint32_t)i;
    }
    *taken = n < most ? n : most;
    if (n > most) {
        tally_audit_shuffle(&state, all, n);
        for (size_t i = 0; first != NULL && i < n; i++) {
            if (first[all[i]]) {
                uint32_t x = all[i];

                all[i] = all[front];
                all[front++] = x;
            }
        }
        qsort(all, *taken, sizeof *all, compare_numbers);
    }
    return all;
}

/* Victims at random; of the population those who are among them, as far as is known, and
 * others at random. */
static int
take_samples(struct tally_audit_run *r, struct tally_err *err)
{
    size_t records = (size_t)tally_encfile_info(r->job->file)->records;
    size_t rows = r->mine != NULL ? (size_t)tally_encfile_info(r->mine)->records : 0;
    bool *wanted = calloc(rows + 1, sizeof *wanted);

    r->victims = sample(records, r->job->records, NULL, r->job->seed + 1, &r->nvictims);
    if (wanted == NULL || r->victims == NULL) {
        free(wanted);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; r->truth != NULL && i < r->nvictims; i++) {
        uint32_t p = r->truth[r->victims[i]];

        if (p != TALLY_AUDIT_NONE) {
            wanted[p] = true;
        }
    }
    r->people = sample(rows, r->job->records, wanted, r->job->seed + 2, &r->npeople);
    free(wanted);
    return r->people != NULL ? 0 : tally_err_nomem(err);
}

static void
grant(struct tally_audit_run *r, size_t known)
{
    uint64_t state = r->job->seed + 3;
    size_t wanted = (size_t)((double)known * r->job->known + .5);
    size_t left = known;

    /* Each known pair is taken with the chance that makes the number come out. */
    for (size_t i = 0; i < r->nvictims; i++) {
        if (r->who[i] == TALLY_AUDIT_NONE) {
            continue;
        }
        if (tally_audit_below(&state, (uint32_t)left) < wanted) {
            r->granted[i] = r->who[i];
            r->ngranted++;
            wanted--;
        }
        left--;
    }
}

/* The truth in terms of the samples. */
static int
place_truth(struct tally_audit_run *r, struct tally_err *err)
{
    r->who = malloc((r->nvictims + 1) * sizeof *r->who);
    r->granted = malloc((r->nvictims + 1) * sizeof *r->granted);
    if (r->who == NULL || r->granted == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < r->nvictims; i++) {
        uint32_t p = r->truth != NULL ? r->truth[r->victims[i]] : TALLY_AUDIT_NONE;
        const uint32_t *at =
            p == TALLY_AUDIT_NONE
                ? NULL
                : bsearch(&p, r->people, r->npeople, sizeof *r->people, compare_numbers);

        r->who[i] = at != NULL ? (uint32_t)(at - r->people) : TALLY_AUDIT_NONE;
        r->granted[i] = TALLY_AUDIT_NONE;
        r->out->overlap += at != NULL;
    }
    grant(r, (size_t)r->out->overlap);
    return 0;
}

int
tally_audit_prepare(struct tally_audit_run *r, struct tally_err *err)
{
    if (check_schema(r->job, err) != 0 || check_key(r->job, err) != 0 ||
        (r->job->people != NULL &&
         (encode_people(r, err) != 0 || find_truth(r, err) != 0)) ||
        take_samples(r, err) != 0 || place_truth(r, err) != 0) {
        return -1;
    }
    r->out->records = tally_encfile_info(r->job->file)->records;
    r->out->victims = r->nvictims;
    r->out->population = r->mine != NULL ? tally_encfile_info(r->mine)->records : 0;
    r->out->people = r->npeople;
    return 0;
}

void
tally_audit_release(struct tally_audit_run *r)
{
    tally_encfile_close(r->mine);
    tally_encfile_close(r->real);
    free(r->truth);
    free(r->victims);
    free(r->people);
    free(r->who);
    free(r->granted);
}

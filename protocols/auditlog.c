/*
 * The audit log: a chain in an identity's folder, and those before it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/auditlog.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/file.h"
#include "bloom/meta.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHAT_MAX 64 /* bytes of what an entry tells of */

static int
log_path(const char *dir, char out[4096], struct tally_err *err)
{
    return tally_path_format(out, err, "%s/%s", dir, TALLY_LOG_NAME);
}

struct tally_jnode *
tally_log_entry(const char *what)
{
    struct tally_jnode *n = tally_jobject();

    tally_jset_str(n, "what", what);
    return n;
}

/* The chain that the log of ${card} is. */
static struct tally_chain
chain_of(const char *path, const struct tally_card *card)
{
    return (struct tally_chain){.path = path,
                                .domain = TALLY_DOMAIN_SIGN_LOG,
                                .keys = &card->sign,
                                .nkeys = 1,
                                .line_max = TALLY_LOG_LINE_MAX};
}

int
tally_log_walk(const char *dir, const struct tally_card *card, tally_log_entry_fn *each,
               void *ctx, struct tally_log_head *head, bool *unfinished,
               struct tally_err *err)
{
    char path[4096];
    struct tally_chain chain;

    if (log_path(dir, path, err) != 0) {
        return -1;
    }
    chain = chain_of(path, card);
    return tally_chain_walk(&chain, each, ctx, head, unfinished, err);
}

int
tally_log_predecessor(const char *dir, char before[4096], struct tally_card *card,
                      struct tally_err *err)
{
    char path[4096 + sizeof TALLY_IDENTITY_CARD];

    if (tally_path_format(before, err, "%s/%s", dir, TALLY_LOG_BEFORE) != 0) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/%s", before, TALLY_IDENTITY_CARD);
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return 0;
    }
    return tally_card_read(card, path, err) == 0 ? 1 : -1;
}

/* Logs in use. */

/* What is asked of an entry. */
struct noted {
    char what[WHAT_MAX + 1];
    bool has_with, has_digest;
    uint64_t delivery; /* 0: none */
    uint8_t with[TALLY_DIGEST_BYTES];
    uint8_t digest[TALLY_DIGEST_BYTES];
};

struct tally_log {
    char dir[4096], path[4096];
    const struct tally_identity *id;
    char agreement[2 * TALLY_DIGEST_BYTES + 1];
    struct tally_chain chain;
    struct tally_chain_seen seen;
    bool read;          /* the list is of the log as it is, and of those before it */
    struct noted *list; /* entries under the agreement */
    size_t n, cap;
};

int
tally_log_open(struct tally_log **out, const char *dir, const struct tally_identity *id,
               const uint8_t agreement[TALLY_DIGEST_BYTES], struct tally_err *err)
{
    struct tally_log *log = calloc(1, sizeof *log);

    if (log == NULL) {
        return tally_err_nomem(err);
    }
    if (log_path(dir, log->path, err) != 0) {
        free(log);
        return -1;
    }
    (void)snprintf(log->dir, sizeof log->dir, "%s", dir); /* its path is longer */
    log->id = id;
    tally_hex_encode(agreement, TALLY_DIGEST_BYTES, log->agreement);
    log->chain = chain_of(log->path, &id->card);
    log->chain.ends_alone = true;
    log->chain.seen = &log->seen;
    *out = log;
    return 0;
}

void
tally_log_close(struct tally_log *log)
{
    if (log != NULL) {
        free(log->list);
        free(log);
    }
}

int
tally_log_append(struct tally_log *log, struct tally_jnode *entry, struct tally_err *err)
{
    log->read = false;
    return tally_chain_append(&log->chain, log->id->sign, entry, NULL, NULL, err);
}

int
tally_log_end(struct tally_log *log, struct tally_log_head *head, struct tally_err *err)
{
    return tally_chain_end(&log->chain, head, err);
}

int
tally_log_each(struct tally_log *log, tally_chain_flat_fn *each, void *ctx,
               struct tally_err *err)
{
    return tally_chain_scan(&log->chain, each, ctx, err);
}

/* Whether ${entry} is one under the agreement, and what it says. */
static bool
read_noted(const struct tally_flat *entry, const char *agreement, struct noted *out)
{
    if (!tally_flat_is(entry, "agreement", agreement) ||
        !tally_flat_text(entry, "what", out->what, sizeof out->what)) {
        return false;
    }
    if (!tally_flat_count(entry, "delivery", &out->delivery)) {
        out->delivery = 0;
    }
    out->has_with = tally_flat_hex(entry, "with", out->with, sizeof out->with);
    out->has_digest = tally_flat_hex(entry, "digest", out->digest, sizeof out->digest);
    return true;
}

static int
take_noted(void *ctx, const struct tally_flat *entry, struct tally_err *err)
{
    struct tally_log *log = ctx;
    struct noted one = {.delivery = 0};

    if (!read_noted(entry, log->agreement, &one)) {
        return 0;
    }
    if (log->n == log->cap) {
        size_t cap = log->cap > 0 ? 2 * log->cap : 64;
        struct noted *more = realloc(log->list, cap * sizeof *more);

        if (more == NULL) {
            return tally_err_nomem(err);
        }
        log->list = more;
        log->cap = cap;
    }
    log->list[log->n++] = one;
    return 0;
}

/* Walk the logs before that in ${dir}. */
static int
read_before(struct tally_log *log, struct tally_err *err)
{
    char at[4096], before[4096], path[4096];
    struct tally_card card;
    int more;

    memcpy(at, log->dir, sizeof at);
    while ((more = tally_log_predecessor(at, before, &card, err)) == 1) {
        struct tally_chain chain;

        if (log_path(before, path, err) != 0) {
            return -1;
        }
        chain = chain_of(path, &card);
        chain.ends_alone = true;
        if (tally_chain_scan(&chain, take_noted, log, err) != 0) {
            return -1;
        }
        memcpy(at, before, sizeof at);
    }
    return more;
}

/* Read the log and those before it, unless that was done. */
static int
need_list(struct tally_log *log, struct tally_err *err)
{
    if (log->read) {
        return 0;
    }
    log->n = 0;
    if (tally_log_each(log, take_noted, log, err) != 0 || read_before(log, err) != 0) {
        return -1;
    }
    log->read = true;
    return 0;
}

int
tally_log_delivery(struct tally_log *log, const char *what,
                   const struct tally_card *const with[2], uint64_t *out,
                   struct tally_err *err)
{
    if (need_list(log, err) != 0) {
        return -1;
    }
    *out = 0;
    for (size_t i = 0; i < log->n; i++) {
        const struct noted *e = &log->list[i];

        if (e->has_with && e->delivery > *out && strcmp(e->what, what) == 0 &&
            (with == NULL || memcmp(e->with, with[0]->fingerprint, sizeof e->with) == 0 ||
             memcmp(e->with, with[1]->fingerprint, sizeof e->with) == 0)) {
            *out = e->delivery;
        }
    }
    return 0;
}

int
tally_log_has(struct tally_log *log, const char *what,
              const uint8_t digest[TALLY_DIGEST_BYTES], bool *out, struct tally_err *err)
{
    if (need_list(log, err) != 0) {
        return -1;
    }
    *out = false;
    for (size_t i = 0; i < log->n && !*out; i++) {
        const struct noted *e = &log->list[i];

        *out = e->has_digest && strcmp(e->what, what) == 0 &&
               memcmp(e->digest, digest, sizeof e->digest) == 0;
    }
    return 0;
}

/* Copy FROM/NAME to TO/NAME. A log that was never begun is none. */
static int
copy_file(const char *from, const char *to, const char *name, struct tally_err *err)
{
    char source[4096], target[4096];
    struct tally_outfile *f = NULL;
    uint8_t *data = NULL;
    size_t len = 0;
    int rc = -1;

    if (tally_path_format(source, err, "%s/%s", from, name) != 0) {
        return -1;
    }
    (void)snprintf(target, sizeof target, "%s/%s", to, name); /* make_before: it fits */
    if (access(source, F_OK) != 0 && errno == ENOENT) {
        return 0;
    }
    if (tally_file_read(source, TALLY_CHAIN_BYTES_MAX, &data, &len, err) == 0 &&
        tally_outfile_open(&f, target, 0600, true, err) == 0 &&
        tally_outfile_write(f, data, len, err) == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    free(data);
    return rc;
}

/* Make the folder before ${to}, which becomes its name. Not where the longest name that
 * goes there would be too long. */
static int
make_before(char to[4096], struct tally_err *err)
{
    char card[4096];
    size_t len = strlen(to);

    if (tally_path_format(card, err, "%s/%s/%s", to, TALLY_LOG_BEFORE,
                          TALLY_IDENTITY_CARD) != 0) {
        return -1;
    }
    (void)snprintf(to + len, 4096 - len, "/%s", TALLY_LOG_BEFORE);
    return mkdir(to, 0700) == 0 || errno == EEXIST
               ? 0
               : tally_err_errno(err, TALLY_E_IO, "cannot make the folder %s", to);
}

int
tally_log_hand_over(const char *dir, const char *next, struct tally_err *err)
{
    char from[4096], to[4096], before[4096];
    struct tally_card card;
    int more = 1;

    if (tally_path_format(from, err, "%s", dir) != 0 ||
        tally_path_format(to, err, "%s", next) != 0) {
        return -1;
    }
    while (more == 1) {
        if (make_before(to, err) != 0 || copy_file(from, to, TALLY_LOG_NAME, err) != 0 ||
            copy_file(from, to, TALLY_IDENTITY_CARD, err) != 0) {
            return -1;
        }
        more = tally_log_predecessor(from, before, &card, err);
        memcpy(from, before, sizeof from);
    }
    return more;
}

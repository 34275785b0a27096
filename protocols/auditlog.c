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
    struct tally_chain chain = chain_of(path, card);

    return log_path(dir, path, err) == 0
               ? tally_chain_walk(&chain, each, ctx, head, unfinished, err)
               : -1;
}

int
tally_log_append(const char *dir, const struct tally_identity *id,
                 struct tally_jnode *entry, struct tally_log_head *head,
                 struct tally_err *err)
{
    char path[4096];
    struct tally_chain chain = chain_of(path, &id->card);

    if (log_path(dir, path, err) != 0) {
        tally_jfree(entry);
        return -1;
    }
    return tally_chain_append(&chain, id->sign, entry, NULL, head, err);
}

/* Whether ${entry} is ${what} under ${agreement}. */
static bool
is_entry(const struct tally_json *entry, const char *what,
         const uint8_t agreement[TALLY_DIGEST_BYTES])
{
    uint8_t of[TALLY_DIGEST_BYTES];
    struct tally_err no = TALLY_ERR_INIT;
    struct tally_json j;
    const char *is;

    return tally_json_need(entry, "what", &j, &no) == 0 &&
           tally_json_str(&j, 64, &is, &no) == 0 && strcmp(is, what) == 0 &&
           tally_meta_hex(entry, "agreement", of, sizeof of, &no) == 0 &&
           memcmp(of, agreement, sizeof of) == 0;
}

/* The greatest delivery of some kind. */
struct greatest {
    const char *what;
    const uint8_t *agreement;
    const struct tally_card *const *with; /* two, or NULL */
    uint64_t delivery;
};

static int
look_at(void *ctx, uint64_t n, const struct tally_json *entry,
        const uint8_t digest[TALLY_DIGEST_BYTES], struct tally_err *err)
{
    struct greatest *g = ctx;
    uint8_t with[TALLY_DIGEST_BYTES];
    struct tally_err no = TALLY_ERR_INIT;
    int64_t delivery;

    (void)n;
    (void)digest;
    (void)err;
    if (is_entry(entry, g->what, g->agreement) &&
        tally_meta_count(entry, "delivery", INT64_MAX, &delivery, &no) == 0 &&
        tally_meta_hex(entry, "with", with, sizeof with, &no) == 0 &&
        (g->with == NULL || memcmp(with, g->with[0]->fingerprint, sizeof with) == 0 ||
         memcmp(with, g->with[1]->fingerprint, sizeof with) == 0) &&
        (uint64_t)delivery > g->delivery) {
        g->delivery = (uint64_t)delivery;
    }
    return 0;
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

/* Walk the log in ${dir} and those before it. */
static int
walk_all(const char *dir, const struct tally_card *card, tally_log_entry_fn *each,
         void *ctx, struct tally_err *err)
{
    char at[4096], before[4096];
    struct tally_card next = *card;
    bool unfinished;
    int more = 1;

    (void)snprintf(at, sizeof at, "%s", dir); /* the log's own path is longer */
    while (more == 1) {
        if (tally_log_walk(at, &next, each, ctx, NULL, &unfinished, err) != 0) {
            return -1;
        }
        more = tally_log_predecessor(at, before, &next, err);
        memcpy(at, before, sizeof at);
    }
    return more;
}

int
tally_log_delivery(const char *dir, const struct tally_card *card, const char *what,
                   const uint8_t agreement[TALLY_DIGEST_BYTES],
                   const struct tally_card *const with[2], uint64_t *out,
                   struct tally_err *err)
{
    struct greatest g = {.what = what, .agreement = agreement, .with = with};

    if (walk_all(dir, card, look_at, &g, err) != 0) {
        return -1;
    }
    *out = g.delivery;
    return 0;
}

/* An entry that is looked for. */
struct sought {
    const char *what;
    const uint8_t *agreement;
    const uint8_t *digest;
    bool found;
};

static int
look_for(void *ctx, uint64_t n, const struct tally_json *entry,
         const uint8_t line[TALLY_DIGEST_BYTES], struct tally_err *err)
{
    struct sought *s = ctx;
    uint8_t digest[TALLY_DIGEST_BYTES];
    struct tally_err no = TALLY_ERR_INIT;

    (void)n;
    (void)line;
    (void)err;
    if (is_entry(entry, s->what, s->agreement) &&
        tally_meta_hex(entry, "digest", digest, sizeof digest, &no) == 0 &&
        memcmp(digest, s->digest, sizeof digest) == 0) {
        s->found = true;
    }
    return 0;
}

int
tally_log_has(const char *dir, const struct tally_card *card, const char *what,
              const uint8_t agreement[TALLY_DIGEST_BYTES],
              const uint8_t digest[TALLY_DIGEST_BYTES], bool *out, struct tally_err *err)
{
    struct sought s = {.what = what, .agreement = agreement, .digest = digest};

    if (walk_all(dir, card, look_for, &s, err) != 0) {
        return -1;
    }
    *out = s.found;
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
        if (make_before(to, err) != 0 ||
            copy_file(from, to, TALLY_LOG_NAME, err) != 0 ||
            copy_file(from, to, TALLY_IDENTITY_CARD, err) != 0) {
            return -1;
        }
        more = tally_log_predecessor(from, before, &card, err);
        memcpy(from, before, sizeof from);
    }
    return more;
}

/*
 * Chains of signed lines.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/chain.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define SIGNATURE_DIGITS (2 * TALLY_SIGNATURE_BYTES)

/* What stands for the signature where nobody signs. */
static const char unsigned_end[] = " unsigned";

static int
broken(const char *path, uint64_t n, const char *what, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "%s: entry %llu: %s", path,
                         (unsigned long long)n, what);
}

/* The signature at the end of a line, in its one form. */
static bool
read_signature(const char *line, size_t len, uint8_t out[TALLY_SIGNATURE_BYTES])
{
    char again[SIGNATURE_DIGITS + 1];
    const char *at = line + len - SIGNATURE_DIGITS;

    if (len <= SIGNATURE_DIGITS + 1 || at[-1] != ' ' ||
        !tally_hex_decode(at, SIGNATURE_DIGITS, out, TALLY_SIGNATURE_BYTES)) {
        return false;
    }
    tally_hex_encode(out, TALLY_SIGNATURE_BYTES, again);
    return memcmp(again, at, SIGNATURE_DIGITS) == 0;
}

/* What an entry must say of itself: its number, and what was before. */
static int
check_entry(const struct tally_json *j, const struct tally_log_head *before,
            const char *path, struct tally_err *err)
{
    uint8_t previous[TALLY_DIGEST_BYTES];
    int64_t n;

    if (tally_meta_count(j, "n", INT64_MAX, &n, err) != 0 ||
        tally_meta_hex(j, "previous", previous, sizeof previous, err) != 0) {
        return tally_meta_failed(err);
    }
    if ((uint64_t)n != before->n + 1) {
        return broken(path, before->n + 1, "entries are missing or out of order", err);
    }
    return memcmp(previous, before->digest, sizeof previous) == 0
               ? 0
               : broken(path, before->n + 1, "the entry before it was changed", err);
}

struct walk {
    const struct tally_chain *chain;
    tally_log_entry_fn *each;
    void *ctx;
    struct tally_log_head head;
};

/* Whether the line ends as it must, and how long its entry is. */
static const char *
check_end(const struct tally_chain *c, const char *line, size_t len, size_t *body)
{
    uint8_t signature[TALLY_SIGNATURE_BYTES], digest[TALLY_DIGEST_BYTES];

    if (c->nkeys == 0) {
        *body = len - (sizeof unsigned_end - 1);
        return len > sizeof unsigned_end &&
                       memcmp(line + *body, unsigned_end, sizeof unsigned_end - 1) == 0
                   ? NULL
                   : "not an entry";
    }
    if (len > c->line_max || !read_signature(line, len, signature)) {
        return "not an entry";
    }
    *body = len - SIGNATURE_DIGITS - 1;
    tally_digest(line, *body, digest);
    for (size_t i = 0; i < c->nkeys; i++) {
        if (tally_sign_verify(c->keys[i], c->domain, digest, signature)) {
            return NULL;
        }
    }
    return "its signature does not hold";
}

static int
walk_line(struct walk *w, const char *line, size_t len, struct tally_err *err)
{
    const char *path = w->chain->path, *wrong;
    struct tally_json_doc *doc = NULL;
    struct tally_json root;
    size_t body = 0;
    int rc = -1;

    wrong = check_end(w->chain, line, len, &body);
    if (wrong != NULL) {
        return broken(path, w->head.n + 1, wrong, err);
    }
    if (tally_json_parse(&doc, path, line, body, err) != 0) {
        return tally_meta_failed(err);
    }
    root = tally_json_root(doc);
    if (check_entry(&root, &w->head, path, err) == 0) {
        tally_digest(line, len, w->head.digest);
        w->head.n++;
        rc = w->each != NULL ? w->each(w->ctx, w->head.n, &root, w->head.digest, err) : 0;
    }
    tally_json_doc_free(doc);
    return rc;
}

/* All whole lines of ${text}; ${used} is what they take. */
static int
walk_text(struct walk *w, const char *text, size_t len, size_t *used,
          struct tally_err *err)
{
    *used = 0;
    while (*used < len) {
        const char *end = memchr(text + *used, '\n', len - *used);
        size_t line = end != NULL ? (size_t)(end - (text + *used)) : 0;

        if (end == NULL) {
            break;
        }
        if (walk_line(w, text + *used, line, err) != 0) {
            return -1;
        }
        *used += line + 1;
    }
    return 0;
}

/* Read the log, if there is one, and walk it. ${used}: bytes of whole entries. */
static int
walk_file(struct walk *w, size_t *used, size_t *len, struct tally_err *err)
{
    uint8_t *text = NULL;
    int rc;

    *used = *len = 0;
    if (access(w->chain->path, F_OK) != 0 && errno == ENOENT) {
        return 0;
    }
    if (tally_file_read(w->chain->path, TALLY_CHAIN_BYTES_MAX, &text, len, err) != 0) {
        return -1;
    }
    rc = walk_text(w, (const char *)text, *len, used, err);
    free(text);
    return rc;
}

int
tally_chain_walk(const struct tally_chain *chain, tally_log_entry_fn *each, void *ctx,
                 struct tally_log_head *head, bool *unfinished, struct tally_err *err)
{
    struct walk w = {.chain = chain, .each = each, .ctx = ctx};
    size_t used, len;

    if (walk_file(&w, &used, &len, err) != 0) {
        return -1;
    }
    if (unfinished != NULL) {
        *unfinished = used != len;
    } else if (used != len) {
        tally_err_set(err, TALLY_E_CORRUPT, "%s: ends in the middle of an entry",
                      chain->path);
        return tally_err_hint(err, "a run was cut short while it wrote; the next entry "
                                   "removes what is unfinished");
    }
    if (head != NULL) {
        *head = w.head;
    }
    return 0;
}

/* The line for ${entry} after ${before}, malloced, with its line end. */
static int
make_line(const struct tally_chain *chain, struct tally_secret *seed,
          struct tally_jnode *entry, const struct tally_log_head *before, char **out,
          struct tally_err *err)
{
    uint8_t digest[TALLY_DIGEST_BYTES], signature[TALLY_SIGNATURE_BYTES];
    char end[SIGNATURE_DIGITS + 2] = " ", at[24];
    time_t now = time(NULL);
    struct tm tm;
    char *text;

    gmtime_r(&now, &tm);
    (void)strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", &tm);
    tally_jset_int(entry, "n", (int64_t)before->n + 1);
    tally_jset_str(entry, "at", at);
    tally_jset_str(entry, "tool", "tallystick " TALLY_VERSION);
    tally_meta_set_hex(entry, "previous", before->digest, sizeof before->digest);
    text = tally_json_text(entry, 0);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    tally_digest(text, strlen(text), digest);
    if (chain->nkeys == 0) {
        (void)strcpy(end, unsigned_end);
    } else if (tally_sign(seed, chain->domain, digest, signature, err) != 0) {
        free(text);
        return -1;
    } else {
        tally_hex_encode(signature, sizeof signature, end + 1);
    }
    if (strlen(text) + strlen(end) > chain->line_max) {
        free(text);
        return tally_err_set(err, TALLY_E_LIMIT, "%s: an entry would be too long",
                             chain->path);
    }
    *out = malloc(strlen(text) + strlen(end) + 2);
    if (*out != NULL) {
        (void)sprintf(*out, "%s%s\n", text, end);
    }
    free(text);
    return *out != NULL ? 0 : tally_err_nomem(err);
}

/* Write ${line} after the ${used} bytes that are whole, and sync. What failed must not be
 * found there later: the caller undoes what the entry tells of. */
static int
write_line(int fd, const char *path, size_t used, const char *line, struct tally_err *err)
{
    int rc = 0;

    if (tally_pwrite_full(fd, line, strlen(line), used, err) != 0) {
        rc = tally_err_wrap(err, "%s", path);
    } else if (ftruncate(fd, (off_t)(used + strlen(line))) != 0 || fsync(fd) != 0) {
        rc = tally_err_errno(err, TALLY_E_IO, "cannot write %s", path);
    }
    if (rc != 0) {
        (void)!ftruncate(fd, (off_t)used);
    }
    return rc;
}

/* Append under the lock that ${fd} holds. */
static int
append_locked(int fd, const struct tally_chain *chain, struct tally_secret *seed,
              struct tally_jnode *entry, const struct tally_log_head *after,
              struct tally_log_head *head, struct tally_err *err)
{
    struct walk w = {.chain = chain};
    char *line = NULL;
    size_t used, len;
    int rc = -1;

    if (walk_file(&w, &used, &len, err) != 0) {
        return -1;
    }
    if (after != NULL && memcmp(after, &w.head, sizeof w.head) != 0) {
        tally_err_set(err, TALLY_E_IO, "%s: something was added meanwhile", chain->path);
        return tally_err_hint(err, "run the command again");
    }
    if (make_line(chain, seed, entry, &w.head, &line, err) == 0 &&
        write_line(fd, chain->path, used, line, err) == 0) {
        rc = 0;
    }
    if (rc == 0 && head != NULL) {
        head->n = w.head.n + 1;
        tally_digest(line, strlen(line) - 1, head->digest);
    }
    free(line);
    return rc;
}

int
tally_chain_append(const struct tally_chain *chain, struct tally_secret *seed,
                   struct tally_jnode *entry, const struct tally_log_head *after,
                   struct tally_log_head *head, struct tally_err *err)
{
    int fd = open(chain->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600), rc = -1;

    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        tally_err_errno(err, TALLY_E_IO, "cannot write %s", chain->path);
    } else {
        rc = append_locked(fd, chain, seed, entry, after, head, err);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    tally_jfree(entry);
    return rc;
}

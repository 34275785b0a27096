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

/* Whether a line ends with a signature in its one form. */
static bool
has_signature(const char *line, size_t len)
{
    const char *at = line + len - SIGNATURE_DIGITS;

    return len > SIGNATURE_DIGITS + 1 && at[-1] == ' ' &&
           strspn(at, "0123456789abcdef") >= SIGNATURE_DIGITS;
}

/* What an entry must say of itself: its number, and what was before. */
static int
check_place(uint64_t n, bool follows, const struct tally_log_head *before,
            const char *path, struct tally_err *err)
{
    if (n != before->n + 1) {
        return broken(path, before->n + 1, "entries are missing or out of order", err);
    }
    return follows ? 0
                   : broken(path, before->n + 1, "the entry before it was changed", err);
}

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
    return check_place((uint64_t)n,
                       memcmp(previous, before->digest, sizeof previous) == 0, before,
                       path, err);
}

static int
check_flat(const struct tally_flat *f, const struct tally_log_head *before,
           const char *path, struct tally_err *err)
{
    char previous[2 * TALLY_DIGEST_BYTES + 1];
    uint64_t n;

    tally_hex_encode(before->digest, TALLY_DIGEST_BYTES, previous);
    return tally_flat_count(f, "n", &n)
               ? check_place(n, tally_flat_is(f, "previous", previous), before, path, err)
               : broken(path, before->n + 1, "not an entry", err);
}

struct walk {
    const struct tally_chain *chain;
    tally_log_entry_fn *each;
    tally_chain_flat_fn *flat; /* instead of ${each} where the ends alone are checked */
    void *ctx;
    struct tally_log_head head;
    bool verify; /* the signature of the line that comes next */
};

/* Whether one of the keys signed the ${body} bytes ${line}: what comes after them says.
 */
static bool
is_signed(const struct tally_chain *c, const char *line, size_t body)
{
    uint8_t digest[TALLY_DIGEST_BYTES], signature[TALLY_SIGNATURE_BYTES];

    tally_digest(line, body, digest);
    if (!tally_hex_decode(line + body + 1, SIGNATURE_DIGITS, signature,
                          sizeof signature)) {
        return false;
    }
    for (size_t i = 0; i < c->nkeys; i++) {
        if (tally_sign_verify(c->keys[i], c->domain, digest, signature)) {
            return true;
        }
    }
    return false;
}

/* Whether the line ends as it must, and how long its entry is. */
static const char *
check_end(const struct walk *w, const char *line, size_t len, size_t *body)
{
    const struct tally_chain *c = w->chain;

    if (c->nkeys == 0) {
        *body = len - (sizeof unsigned_end - 1);
        return len > sizeof unsigned_end &&
                       memcmp(line + *body, unsigned_end, sizeof unsigned_end - 1) == 0
                   ? NULL
                   : "not an entry";
    }
    if (len > c->line_max || !has_signature(line, len)) {
        return "not an entry";
    }
    *body = len - SIGNATURE_DIGITS - 1;
    return !w->verify || is_signed(c, line, *body) ? NULL : "its signature does not hold";
}

/* The entry that the line of ${len} bytes begins with is the next one. */
static void
step(struct walk *w, const char *line, size_t len)
{
    tally_digest(line, len, w->head.digest);
    w->head.n++;
}

static int
walk_json(struct walk *w, const char *line, size_t body, size_t len,
          struct tally_err *err)
{
    const char *path = w->chain->path;
    struct tally_json_doc *doc = NULL;
    struct tally_json root;
    int rc = -1;

    if (tally_json_parse(&doc, path, line, body, err) != 0) {
        return tally_meta_failed(err);
    }
    root = tally_json_root(doc);
    if (check_entry(&root, &w->head, path, err) == 0) {
        step(w, line, len);
        rc = w->each != NULL ? w->each(w->ctx, w->head.n, &root, w->head.digest, err) : 0;
    }
    tally_json_doc_free(doc);
    return rc;
}

static int
walk_flat(struct walk *w, const char *line, size_t body, size_t len,
          struct tally_err *err)
{
    const char *path = w->chain->path;
    struct tally_flat entry;

    if (!tally_flat_read(&entry, line, body)) {
        return broken(path, w->head.n + 1, "not an entry", err);
    }
    if (check_flat(&entry, &w->head, path, err) != 0) {
        return -1;
    }
    step(w, line, len);
    return w->flat != NULL ? w->flat(w->ctx, &entry, err) : 0;
}

static int
walk_line(struct walk *w, const char *line, size_t len, struct tally_err *err)
{
    size_t body = 0;
    const char *wrong = check_end(w, line, len, &body);

    if (wrong != NULL) {
        return broken(w->chain->path, w->head.n + 1, wrong, err);
    }
    return w->chain->ends_alone ? walk_flat(w, line, body, len, err)
                                : walk_json(w, line, body, len, err);
}

/* All whole lines of ${text}; ${used} is what they take. */
static int
walk_text(struct walk *w, const char *text, size_t len, size_t *used,
          struct tally_err *err)
{
    const char *last = len > 0 ? memrchr(text, '\n', len) : NULL;
    size_t whole = last != NULL ? (size_t)(last - text) + 1 : 0;
    bool all = !w->chain->ends_alone;

    *used = 0;
    while (*used < whole) {
        const char *line = text + *used, *end = memchr(line, '\n', whole - *used);

        w->verify = all || line == text || end == last;
        if (walk_line(w, line, (size_t)(end - line), err) != 0) {
            return -1;
        }
        *used += (size_t)(end - line) + 1;
    }
    return 0;
}

/* Whether nobody touched the file between two looks at it. */
static bool
untouched(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static void
remember(const struct walk *w, const struct stat *file, size_t used)
{
    if (w->chain->seen != NULL) {
        *w->chain->seen = (struct tally_chain_seen){
            .known = true, .file = *file, .used = used, .head = w->head};
    }
}

/* Read the log, if there is one, and walk it. ${used}: bytes of whole entries. What is
 * remembered is the file before it was read: a change meanwhile shows. */
static int
walk_file(struct walk *w, size_t *used, size_t *len, struct tally_err *err)
{
    uint8_t *text = NULL;
    struct stat file;
    bool there = stat(w->chain->path, &file) == 0;
    int rc;

    *used = *len = 0;
    if (w->chain->seen != NULL) {
        w->chain->seen->known = false;
    }
    if (!there && errno == ENOENT) {
        return 0;
    }
    if (tally_file_read(w->chain->path, TALLY_CHAIN_BYTES_MAX, &text, len, err) != 0) {
        return -1;
    }
    rc = walk_text(w, (const char *)text, *len, used, err);
    free(text);
    if (rc == 0 && there) {
        remember(w, &file, *used);
    }
    return rc;
}

/* What was seen of the chain, if ${file} is as it was then. */
static const struct tally_chain_seen *
still_seen(const struct tally_chain *c, const struct stat *file)
{
    return c->seen != NULL && c->seen->known && untouched(&c->seen->file, file) ? c->seen
                                                                                : NULL;
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

int
tally_chain_scan(const struct tally_chain *chain, tally_chain_flat_fn *each, void *ctx,
                 struct tally_err *err)
{
    struct walk w = {.chain = chain, .flat = each, .ctx = ctx};
    size_t used, len;

    TALLY_INVARIANT(chain->ends_alone && chain->nkeys == 1);
    return walk_file(&w, &used, &len, err);
}

int
tally_chain_end(const struct tally_chain *chain, struct tally_log_head *head,
                struct tally_err *err)
{
    const struct tally_chain_seen *seen = NULL;
    struct stat file;
    bool unfinished;

    if (stat(chain->path, &file) == 0) {
        seen = still_seen(chain, &file);
    }
    if (seen != NULL) {
        *head = seen->head;
        return 0;
    }
    return tally_chain_walk(chain, NULL, NULL, head, &unfinished, err);
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

/* Where the chain that ${fd} is of ends, in ${w} and ${used}. */
static int
find_end(int fd, struct walk *w, size_t *used, struct tally_err *err)
{
    const struct tally_chain_seen *seen = NULL;
    struct stat file;
    size_t len;

    if (fstat(fd, &file) == 0) {
        seen = still_seen(w->chain, &file);
    }
    if (seen == NULL) {
        return walk_file(w, used, &len, err);
    }
    w->head = seen->head;
    *used = seen->used;
    return 0;
}

/* Write ${line} at the end, which ${w} then is at, and remember that. */
static int
add_line(int fd, struct walk *w, size_t used, const char *line, struct tally_err *err)
{
    struct stat file;

    if (write_line(fd, w->chain->path, used, line, err) != 0) {
        return -1;
    }
    w->head.n++;
    tally_digest(line, strlen(line) - 1, w->head.digest);
    if (fstat(fd, &file) == 0) {
        remember(w, &file, used + strlen(line));
    }
    return 0;
}

/* Append under the lock that ${fd} holds. */
static int
append_locked(int fd, const struct tally_chain *chain, struct tally_secret *seed,
              struct tally_jnode *entry, const struct tally_log_head *after,
              struct tally_log_head *head, struct tally_err *err)
{
    struct walk w = {.chain = chain};
    char *line = NULL;
    size_t used;
    int rc = -1;

    if (find_end(fd, &w, &used, err) != 0) {
        return -1;
    }
    if (after != NULL && memcmp(after, &w.head, sizeof w.head) != 0) {
        tally_err_set(err, TALLY_E_IO, "%s: something was added meanwhile", chain->path);
        return tally_err_hint(err, "run the command again");
    }
    if (make_line(chain, seed, entry, &w.head, &line, err) == 0) {
        rc = add_line(fd, &w, used, line, err);
    }
    if (rc == 0 && head != NULL) {
        *head = w.head;
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

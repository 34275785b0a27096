/*
 * The audit log: a line an entry, compact JSON, a blank, and its signature.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/auditlog.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/file.h"
#include "bloom/meta.h"
#include "protocols/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SIGNATURE_DIGITS (2 * TALLY_SIGNATURE_BYTES)

static int
log_path(const char *dir, char out[4096], struct tally_err *err)
{
    return snprintf(out, 4096, "%s/%s", dir, TALLY_LOG_NAME) < 4096
               ? 0
               : tally_err_set(err, TALLY_E_USAGE, "%s: the path is too long", dir);
}

static int
broken(const char *path, uint64_t n, const char *what, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "%s: entry %llu: %s", path,
                         (unsigned long long)n, what);
}

struct tally_jnode *
tally_log_entry(const char *what)
{
    struct tally_jnode *n = tally_jobject();

    tally_jset_str(n, "what", what);
    return n;
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
    const char *path;
    const struct tally_card *card;
    tally_log_entry_fn *each;
    void *ctx;
    struct tally_log_head head;
};

static int
walk_line(struct walk *w, const char *line, size_t len, struct tally_err *err)
{
    uint8_t signature[TALLY_SIGNATURE_BYTES], digest[TALLY_DIGEST_BYTES];
    struct tally_json_doc *doc = NULL;
    struct tally_json root;
    size_t body = len - SIGNATURE_DIGITS - 1;
    int rc = -1;

    if (len > TALLY_LOG_LINE_MAX || !read_signature(line, len, signature)) {
        return broken(w->path, w->head.n + 1, "not an entry", err);
    }
    tally_digest(line, body, digest);
    if (!tally_sign_verify(w->card->sign, TALLY_DOMAIN_SIGN_LOG, digest, signature)) {
        return broken(w->path, w->head.n + 1, "its signature does not hold", err);
    }
    if (tally_json_parse(&doc, w->path, line, body, err) != 0) {
        return tally_meta_failed(err);
    }
    root = tally_json_root(doc);
    if (check_entry(&root, &w->head, w->path, err) == 0) {
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
    if (access(w->path, F_OK) != 0 && errno == ENOENT) {
        return 0;
    }
    if (tally_file_read(w->path, TALLY_LOG_BYTES_MAX, &text, len, err) != 0) {
        return -1;
    }
    rc = walk_text(w, (const char *)text, *len, used, err);
    free(text);
    return rc;
}

int
tally_log_walk(const char *dir, const struct tally_card *card, tally_log_entry_fn *each,
               void *ctx, struct tally_log_head *head, bool *unfinished,
               struct tally_err *err)
{
    char path[4096];
    struct walk w = {.path = path, .card = card, .each = each, .ctx = ctx};
    size_t used, len;

    if (log_path(dir, path, err) != 0 || walk_file(&w, &used, &len, err) != 0) {
        return -1;
    }
    if (unfinished != NULL) {
        *unfinished = used != len;
    } else if (used != len) {
        tally_err_set(err, TALLY_E_CORRUPT, "%s: ends in the middle of an entry", path);
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
make_line(const struct tally_identity *id, struct tally_jnode *entry,
          const struct tally_log_head *before, char **out, struct tally_err *err)
{
    uint8_t digest[TALLY_DIGEST_BYTES], signature[TALLY_SIGNATURE_BYTES];
    char hex[SIGNATURE_DIGITS + 1], at[24];
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
    *out = malloc(strlen(text) + SIGNATURE_DIGITS + 3);
    if (*out == NULL ||
        tally_sign(id->sign, TALLY_DOMAIN_SIGN_LOG, digest, signature, err) != 0) {
        free(text);
        return *out == NULL ? tally_err_nomem(err) : -1;
    }
    tally_hex_encode(signature, sizeof signature, hex);
    (void)sprintf(*out, "%s %s\n", text, hex);
    free(text);
    return 0;
}

/* Write ${line} after the ${used} bytes that are whole, and sync. */
static int
write_line(int fd, const char *path, size_t used, const char *line, struct tally_err *err)
{
    if (tally_pwrite_full(fd, line, strlen(line), used, err) != 0) {
        return tally_err_wrap(err, "%s", path);
    }
    if (ftruncate(fd, (off_t)(used + strlen(line))) != 0 || fsync(fd) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot write %s", path);
    }
    return 0;
}

/* Append under the lock that ${fd} holds. */
static int
append_locked(int fd, const char *path, const struct tally_identity *id,
              struct tally_jnode *entry, struct tally_log_head *head,
              struct tally_err *err)
{
    struct walk w = {.path = path, .card = &id->card};
    char *line = NULL;
    size_t used, len;
    int rc = -1;

    if (walk_file(&w, &used, &len, err) == 0 &&
        make_line(id, entry, &w.head, &line, err) == 0 &&
        write_line(fd, path, used, line, err) == 0) {
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
tally_log_append(const char *dir, const struct tally_identity *id,
                 struct tally_jnode *entry, struct tally_log_head *head,
                 struct tally_err *err)
{
    char path[4096];
    int fd = -1, rc = -1;

    if (log_path(dir, path, err) == 0) {
        fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 || flock(fd, LOCK_EX) != 0) {
            tally_err_errno(err, TALLY_E_IO, "cannot write %s", path);
        } else {
            rc = append_locked(fd, path, id, entry, head, err);
        }
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    tally_jfree(entry);
    return rc;
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
    uint8_t agreement[TALLY_DIGEST_BYTES], with[TALLY_DIGEST_BYTES];
    struct tally_err no = TALLY_ERR_INIT;
    struct tally_json j;
    const char *what;
    int64_t delivery;

    (void)n;
    (void)digest;
    (void)err;
    if (tally_json_need(entry, "what", &j, &no) != 0 ||
        tally_json_str(&j, 64, &what, &no) != 0 || strcmp(what, g->what) != 0 ||
        tally_meta_count(entry, "delivery", INT64_MAX, &delivery, &no) != 0 ||
        tally_meta_hex(entry, "agreement", agreement, sizeof agreement, &no) != 0 ||
        tally_meta_hex(entry, "with", with, sizeof with, &no) != 0) {
        return 0; /* of another kind */
    }
    if (memcmp(agreement, g->agreement, sizeof agreement) == 0 &&
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

    if (snprintf(before, 4096, "%s/%s", dir, TALLY_LOG_BEFORE) >= 4096) {
        return tally_err_set(err, TALLY_E_USAGE, "%s: the path is too long", dir);
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

/* Copy FROM/NAME to TO/NAME. A log that was never begun is none. */
static int
copy_file(const char *from, const char *to, const char *name, struct tally_err *err)
{
    char source[4096], target[4096];
    struct tally_outfile *f = NULL;
    uint8_t *data = NULL;
    size_t len = 0;
    int rc = -1;

    if (snprintf(source, sizeof source, "%s/%s", from, name) >= (int)sizeof source ||
        snprintf(target, sizeof target, "%s/%s", to, name) >= (int)sizeof target) {
        return tally_err_set(err, TALLY_E_USAGE, "%s: the path is too long", from);
    }
    if (access(source, F_OK) != 0 && errno == ENOENT) {
        return 0;
    }
    if (tally_file_read(source, TALLY_LOG_BYTES_MAX, &data, &len, err) == 0 &&
        tally_outfile_open(&f, target, 0600, true, err) == 0 &&
        tally_outfile_write(f, data, len, err) == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    free(data);
    return rc;
}

int
tally_log_hand_over(const char *dir, const char *next, struct tally_err *err)
{
    char from[4096], to[4096], before[4096];
    struct tally_card card;
    int more = 1;

    if (snprintf(from, sizeof from, "%s", dir) >= (int)sizeof from ||
        snprintf(to, sizeof to, "%s", next) >= (int)sizeof to) {
        return tally_err_set(err, TALLY_E_USAGE, "%s: the path is too long", dir);
    }
    while (more == 1) {
        size_t len = strlen(to);

        if (snprintf(to + len, sizeof to - len, "/%s", TALLY_LOG_BEFORE) >=
            (int)(sizeof to - len)) {
            return tally_err_set(err, TALLY_E_USAGE, "%s: the path is too long", next);
        }
        if (mkdir(to, 0700) != 0 && errno != EEXIST) {
            return tally_err_errno(err, TALLY_E_IO, "cannot make the folder %s", to);
        }
        if (copy_file(from, to, TALLY_LOG_NAME, err) != 0 ||
            copy_file(from, to, TALLY_IDENTITY_CARD, err) != 0) {
            return -1;
        }
        more = tally_log_predecessor(from, before, &card, err);
        memcpy(from, before, sizeof from);
    }
    return more;
}

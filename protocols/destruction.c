/*
 * Destruction with a certificate.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/destruction.h"

#include "bloom/base/file.h"
#include "bloom/meta.h"
#include "protocols/calendar.h"
#include "protocols/paper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is said of a file that goes. */
struct fact {
    const char *name;
    int64_t bytes;
    uint8_t digest[TALLY_DIGEST_BYTES];
};

/* Name, length and digest of a file, before it goes. */
static int
describe(const char *path, struct fact *out, struct tally_err *err)
{
    const char *slash = strrchr(path, '/');
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int rc;

    if (fd < 0) {
        return tally_err_errno(err, errno == ENOENT ? TALLY_E_NO_FILE : TALLY_E_IO,
                               "cannot destroy %s", path);
    }
    rc = tally_read_digest(fd, path, out->digest, &out->bytes, err);
    (void)close(fd);
    out->name = slash != NULL ? slash + 1 : path;
    return rc;
}

/* What a certificate is about. */
struct destroying {
    const struct tally_identity *id;
    const char *why;
    struct fact *facts;
    size_t n;
};

/* A new certificate, on the disk but not yet visible: the first ${done} are destroyed. */
static int
certify(const struct destroying *d, size_t done, const char *path, bool force,
        struct tally_outfile **out, struct tally_err *err)
{
    struct tally_jnode *body, *list;
    char today[TALLY_DAY];

    if (tally_outfile_open(out, path, 0644, force, err) != 0) {
        return -1;
    }
    body = tally_paper_body(TALLY_PAPER_DESTRUCTION);
    list = tally_jarray();
    tally_today(today);
    tally_jset_str(body, "party", d->id->card.name);
    tally_jset_str(body, "day", today);
    tally_jset_str(body, "why", d->why);
    for (size_t i = 0; i < done; i++) {
        const struct fact *f = &d->facts[i];
        struct tally_jnode *one = tally_jobject();

        tally_jset_str(one, "file", f->name);
        tally_jset_int(one, "bytes", f->bytes);
        tally_meta_set_hex(one, "digest", f->digest, sizeof f->digest);
        tally_jpush(list, one);
    }
    tally_jset(body, "destroyed", list);
    tally_jset_bool(body, "complete", done == d->n);
    return tally_paper_write(*out, TALLY_PAPER_DESTRUCTION, body, d->id->sign, err) == 0
               ? tally_outfile_sync(out, 1, err)
               : -1;
}

/* Nothing is destroyed for a list of which a part is not there, or is no file. */
static int
all_there(const char *const *paths, size_t n, struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct stat st;

        if (access(paths[i], R_OK | W_OK) != 0 || lstat(paths[i], &st) != 0) {
            return tally_err_errno(err, TALLY_E_NO_FILE, "cannot destroy %s", paths[i]);
        }
        if (!S_ISREG(st.st_mode)) {
            return tally_err_set(err, TALLY_E_USAGE, "%s is not a regular file",
                                 paths[i]);
        }
    }
    return 0;
}

/* The certificate is ready before anything goes, so that a full disk is known by then; one
 * of what did go takes its place when that was not all. */
static int
destroy_all(const struct destroying *d, const char *const *paths, const char *certificate,
            bool force, struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    struct tally_err late = TALLY_ERR_INIT;
    size_t done = 0;
    int written = certify(d, d->n, certificate, force, &f, err);

    if (written != 0) {
        tally_outfile_free(f);
        return -1;
    }
    while (done < d->n && tally_file_destroy(paths[done], err) == 0) {
        done++;
    }
    if (done < d->n) {
        tally_outfile_free(f);
        f = NULL;
        written = certify(d, done, certificate, force, &f, &late);
    }
    if (written == 0) {
        written = tally_outfile_commit(&f, 1, &late);
    }
    tally_outfile_free(f);
    if (done == d->n && written != 0) {
        *err = late;
    }
    return done == d->n && written == 0 ? 0 : -1;
}

int
tally_destroy(const char *const *paths, size_t n, const char *why,
              const struct tally_identity *id, const char *certificate, bool force,
              struct tally_err *err)
{
    struct destroying d = {.id = id, .why = why, .n = n};
    int rc = all_there(paths, n, err);

    if (rc == 0) {
        d.facts = calloc(n, sizeof *d.facts);
        rc = d.facts != NULL ? 0 : tally_err_nomem(err);
    }
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = describe(paths[i], &d.facts[i], err);
    }
    if (rc == 0) {
        rc = destroy_all(&d, paths, certificate, force, err);
    }
    free(d.facts);
    return rc;
}

/*
 * Destruction with a certificate.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/destruction.h"

#include "bloom/base/file.h"
#include "bloom/meta.h"
#include "protocols/calendar.h"
#include "protocols/paper.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Name, length and digest of a file, before it goes. */
static int
describe(const char *path, struct tally_jnode **out, struct tally_err *err)
{
    struct tally_digest_state st;
    uint8_t digest[TALLY_DIGEST_BYTES], chunk[16384];
    const char *slash = strrchr(path, '/');
    int64_t total = 0;
    ptrdiff_t got;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot destroy %s", path);
    }
    tally_digest_init(&st);
    while ((got = tally_read(fd, chunk, sizeof chunk, path, err)) > 0) {
        tally_digest_update(&st, chunk, (size_t)got);
        total += got;
    }
    (void)close(fd);
    tally_wipe(chunk, sizeof chunk);
    if (got < 0) {
        return -1;
    }
    tally_digest_final(&st, digest);
    *out = tally_jobject();
    tally_jset_str(*out, "file", slash != NULL ? slash + 1 : path);
    tally_jset_int(*out, "bytes", total);
    tally_meta_set_hex(*out, "digest", digest, sizeof digest);
    return 0;
}

/* Destroy all; what was destroyed goes into ${list}. ${begun}: a file may be gone. */
static int
destroy_each(const char *const *paths, size_t n, struct tally_jnode *list, bool *begun,
             struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct tally_jnode *one = NULL;

        if (describe(paths[i], &one, err) != 0) {
            return -1;
        }
        *begun = true;
        if (tally_file_destroy(paths[i], err) != 0) {
            tally_jfree(one);
            return -1;
        }
        tally_jpush(list, one);
    }
    return 0;
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

int
tally_destroy(const char *const *paths, size_t n, const char *why,
              const struct tally_identity *id, const char *certificate, bool force,
              struct tally_err *err)
{
    struct tally_jnode *body, *list;
    struct tally_outfile *f = NULL;
    struct tally_err late = TALLY_ERR_INIT;
    char today[TALLY_DAY];
    bool begun = false; /* what was not touched needs no certificate */
    int rc, written;

    if (all_there(paths, n, err) != 0 ||
        tally_outfile_open(&f, certificate, 0644, force, err) != 0) {
        return -1;
    }
    body = tally_paper_body(TALLY_PAPER_DESTRUCTION);
    list = tally_jarray();
    tally_today(today);
    tally_jset_str(body, "party", id->card.name);
    tally_jset_str(body, "day", today);
    tally_jset_str(body, "why", why);
    rc = destroy_each(paths, n, list, &begun, err);
    tally_jset(body, "destroyed", list);
    tally_jset_bool(body, "complete", rc == 0);
    written = tally_paper_write(f, TALLY_PAPER_DESTRUCTION, body, id->sign, &late);
    if (written == 0 && begun) {
        written = tally_outfile_commit(&f, 1, &late);
    }
    tally_outfile_free(f);
    if (rc == 0 && written != 0) {
        *err = late;
    }
    return rc == 0 && written == 0 ? 0 : -1;
}

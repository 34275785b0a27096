/*
 * The digest of the token map in its owner's log.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "bloom/base/file.h"
#include "bloom/meta.h"

static const char event[] = "kept token map";

static int
digest_of(const char *path, uint8_t out[TALLY_DIGEST_BYTES], struct tally_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc;
    int64_t bytes;

    if (fd < 0) {
        return tally_err_errno(err, errno == ENOENT ? TALLY_E_NO_FILE : TALLY_E_IO,
                               "cannot open %s", path);
    }
    rc = tally_read_digest(fd, path, out, &bytes, err);
    (void)close(fd);
    return rc;
}

int
tally_kept_note(const struct tally_governed *g, const char *path, uint64_t delivery,
                struct tally_err *err)
{
    uint8_t digest[TALLY_DIGEST_BYTES];
    struct tally_jnode *e;

    if (digest_of(path, digest, err) != 0) {
        return -1;
    }
    e = tally_log_entry(event);
    tally_meta_set_hex(e, "agreement", g->agreement->digest, TALLY_DIGEST_BYTES);
    tally_jset_int(e, "delivery", (int64_t)delivery);
    tally_meta_set_hex(e, "digest", digest, sizeof digest);
    return tally_log_append(g->log, e, err);
}

int
tally_kept_check(const struct tally_governed *g, const char *path, struct tally_err *err)
{
    uint8_t digest[TALLY_DIGEST_BYTES];
    bool known = false;

    if (digest_of(path, digest, err) != 0 ||
        tally_log_has(g->log, event, digest, &known, err) != 0) {
        return -1;
    }
    if (known) {
        return 0;
    }
    tally_err_set(err, TALLY_E_CORRUPT,
                  "%s: no token map that the log of %s tells of, or changed since", path,
                  g->id.card.name);
    return tally_err_hint(err,
                          "use the ...-tokens.csv of the delivery, just as 'encode' "
                          "wrote it: a spreadsheet may have saved it in its own way");
}

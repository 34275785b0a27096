/*
 * Removing a file so that its bytes are not left on the disc under it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/file.h"
#include "bloom/base/file_temp.h"
#include "bloom/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int
overwrite(int fd, const char *path, struct tally_err *err)
{
    uint8_t noise[16384];
    struct stat st;
    uint64_t left, at = 0;

    if (fstat(fd, &st) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot look at %s", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return tally_err_set(err, TALLY_E_USAGE, "%s is not a regular file", path);
    }
    for (left = (uint64_t)st.st_size; left > 0;) {
        size_t n = left < sizeof noise ? (size_t)left : sizeof noise;

        tally_random(noise, n);
        if (tally_pwrite_full(fd, noise, n, at, err) != 0) {
            return tally_err_wrap(err, "%s", path);
        }
        at += n;
        left -= n;
    }
    return fsync(fd) == 0 ? 0 : tally_err_errno(err, TALLY_E_IO, "cannot write %s", path);
}

/* So that the name is gone for good too. */
static int
sync_folder(const char *path, struct tally_err *err)
{
    char *folder = tally_temp_folder(path);
    int fd, rc;

    if (folder == NULL) {
        return tally_err_nomem(err);
    }
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    rc = fd >= 0 ? fsync(fd) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    return rc == 0
               ? 0
               : tally_err_errno(err, TALLY_E_IO, "cannot sync the folder of %s", path);
}

int
tally_file_destroy(const char *path, struct tally_err *err)
{
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int rc;

    if (fd < 0) {
        return tally_err_errno(err,
                               errno == ENOENT ? TALLY_E_NO_FILE
                               : errno == ELOOP || errno == EISDIR || errno == ENXIO
                                   ? TALLY_E_USAGE
                                   : TALLY_E_IO,
                               "cannot destroy %s", path);
    }
    rc = overwrite(fd, path, err);
    (void)close(fd);
    if (rc == 0 && unlink(path) != 0) {
        rc = tally_err_errno(err, TALLY_E_IO, "cannot remove %s", path);
    }
    return rc == 0 ? sync_folder(path, err) : -1;
}

void
tally_file_discard(const char *path)
{
    struct tally_err ignored = TALLY_ERR_INIT;
    struct stat st;

    if (tally_file_destroy(path, &ignored) != 0 && lstat(path, &st) == 0 &&
        S_ISREG(st.st_mode)) {
        (void)unlink(path);
    }
}

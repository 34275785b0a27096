/*
 * What fuzz targets share: inputs as files in memory.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char paths[FUZZ_FILES][96];
static int fds[FUZZ_FILES] = {-1, -1, -1, -1};

static void
clean(void)
{
    for (unsigned i = 0; i < FUZZ_FILES; i++) {
        if (fds[i] >= 0) {
            (void)unlink(paths[i]);
        }
    }
    if (folder[0] != '\0') {
        (void)rmdir(folder);
    }
}

const char *
fuzz_dir(void)
{
    if (folder[0] == '\0') {
        const char *shm = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

        (void)snprintf(folder, sizeof folder, "%s/tally-fuzz.%ld", shm, (long)getpid());
        FUZZ_MUST(mkdir(folder, 0700) == 0 || access(folder, W_OK) == 0);
        FUZZ_MUST(setenv("TMPDIR", folder, 1) == 0);
        (void)atexit(clean);
    }
    return folder;
}

const char *
fuzz_file(unsigned i, const uint8_t *data, size_t len)
{
    FUZZ_MUST(i < FUZZ_FILES);
    if (fds[i] < 0) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/input.%u", fuzz_dir(), i);
        fds[i] = open(paths[i], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        FUZZ_MUST(fds[i] >= 0);
    }
    FUZZ_MUST(ftruncate(fds[i], (off_t)len) == 0);
    FUZZ_MUST(pwrite(fds[i], data, len, 0) == (ssize_t)len);
    return paths[i];
}

size_t
fuzz_cut(const uint8_t *data, size_t len, struct fuzz_piece *out, size_t max)
{
    size_t n = 0;

    while (n + 1 < max) {
        const uint8_t *at = len > 0 ? memmem(data, len, FUZZ_CUT, 3) : NULL;

        if (at == NULL) {
            break;
        }
        out[n++] = (struct fuzz_piece){data, (size_t)(at - data)};
        len -= (size_t)(at - data) + 3;
        data = at + 3;
    }
    out[n++] = (struct fuzz_piece){data, len};
    return n;
}

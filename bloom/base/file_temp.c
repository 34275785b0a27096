/*
 * Temporary files: O_TMPFILE where it works, else a hidden name that nobody can guess.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/file_temp.h"

#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEMP_TRIES 100

char *
tally_temp_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL) {
        return strdup(".");
    }
    /* Keep the slash of "/name", drop the one of "folder/name". */
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

void
tally_temp_name(char name[TALLY_TEMP_NAME])
{
    uint8_t random[TALLY_TEMP_RANDOM];
    char hex[2 * sizeof random + 1];

    tally_random(random, sizeof random);
    tally_hex_encode(random, sizeof random, hex);
    snprintf(name, TALLY_TEMP_NAME, ".tally-%s", hex);
}

int
tally_temp_open(int dirfd, mode_t mode, char name[TALLY_TEMP_NAME])
{
    int fd = -1;

    name[0] = '\0';
    /* An unnamed file is given its name through /proc, so that must be there. */
    if (access("/proc/self/fd", X_OK) == 0) {
        fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
    }
    for (int i = 0; fd < 0 && i < TEMP_TRIES; i++) {
        tally_temp_name(name);
        fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0) {
            name[0] = '\0';
        }
        if (fd < 0 && errno != EEXIST) {
            break;
        }
    }
    return fd;
}

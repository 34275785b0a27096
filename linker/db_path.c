/*
 * Names of files around a database, and names inside one.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/db_path.h"

#include "linker/db.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *
tally_db_folder(const char *path, size_t extra)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 2 : (size_t)(slash - path) + 1;
    char *dir = malloc(len + extra + 1);

    if (dir != NULL) {
        memcpy(dir, slash == NULL ? "./" : path, len);
        dir[len] = '\0';
    }
    return dir;
}

bool
tally_db_folder_writable(const char *path)
{
    const char *slash = strrchr(path, '/');
    char dir[4096] = "./"; /* no path that can be opened is longer */

    if (slash != NULL) {
        size_t len = (size_t)(slash - path) + 1;

        if (len >= sizeof dir) {
            return false;
        }
        memcpy(dir, path, len);
        dir[len] = '\0';
    }
    return access(dir, W_OK) == 0;
}

bool
tally_db_has_log(const char *path)
{
    size_t len = strlen(path);
    char *wal = malloc(len + sizeof "-wal");
    bool there = true;

    if (wal != NULL) {
        memcpy(wal, path, len);
        memcpy(wal + len, "-wal", sizeof "-wal");
        there = access(wal, F_OK) == 0;
        free(wal);
    }
    return there;
}

char *
tally_db_immutable_uri(const char *path)
{
    static const char hex[] = "0123456789ABCDEF";
    static const char tail[] = "?immutable=1";
    char *uri = malloc(5 + 3 * strlen(path) + sizeof tail);
    size_t at = 5;

    if (uri == NULL) {
        return NULL;
    }
    memcpy(uri, "file:", 5);
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '%' || *p == '?' || *p == '#') {
            uri[at++] = '%';
            uri[at++] = hex[(unsigned char)*p >> 4];
            uri[at++] = hex[(unsigned char)*p & 15];
        } else {
            uri[at++] = *p;
        }
    }
    memcpy(uri + at, tail, sizeof tail);
    return uri;
}

bool
tally_db_quote_name(const char *name, char *out, size_t cap)
{
    size_t at = 0;

    if (cap < 3) {
        return false;
    }
    out[at++] = '"';
    for (const char *p = name; *p != '\0'; p++) {
        /* Room for this one doubled, the closing quote and the NUL. */
        if (cap - at < 4) {
            return false;
        }
        if (*p == '"') {
            out[at++] = '"';
        }
        out[at++] = *p;
    }
    out[at++] = '"';
    out[at] = '\0';
    return true;
}

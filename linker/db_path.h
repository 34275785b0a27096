/*
 * Names of files around a database, for linker/db.c: its folder, its log, and the name under which
 * SQLite takes it as unchanging.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_DB_PATH_H
#define TALLY_DB_PATH_H

#include <stdbool.h>
#include <stddef.h>

/** The folder of ${path} with its slash, or "./"; malloced with room for ${extra} bytes more. NULL without memory. */
char *tally_db_folder(const char *path, size_t extra);
bool tally_db_folder_writable(const char *path);

/** True when a write-ahead log lies beside ${path}: a writer is at work, or was cut off. */
bool tally_db_has_log(const char *path);

/** "file:PATH?immutable=1", malloced: how SQLite is told that nobody writes to a file. NULL without memory. */
char *tally_db_immutable_uri(const char *path);

#endif

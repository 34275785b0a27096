/*
 * Temporary files in a given folder, unnamed where the filesystem can: what tally_tmpfile
 * and tally_outfile are made of.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_FILE_TEMP_H
#define TALLY_BASE_FILE_TEMP_H

#include <sys/types.h>

#define TALLY_TEMP_RANDOM 12
#define TALLY_TEMP_NAME   (sizeof ".tally-" + 2 * TALLY_TEMP_RANDOM)

/** The folder of ${path}, malloced: "." when it names none. NULL without memory. */
char *tally_temp_folder(const char *path);

/** A new hidden random name. */
void tally_temp_name(char name[TALLY_TEMP_NAME]);

/** A new file in the folder ${dirfd} (AT_FDCWD for the current one), open for reading and
 * writing. It has no name, and ${name} is then empty, or a hidden one. -1 with errno set.
 */
int tally_temp_open(int dirfd, mode_t mode, char name[TALLY_TEMP_NAME]);

#endif

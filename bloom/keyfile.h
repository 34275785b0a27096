/*
 * Key files: 256 random bits for one purpose, in a text file only its owner can read.
 * Format in docs/protocols/keyfile.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KEYFILE_H
#define TALLY_KEYFILE_H

#include <stdbool.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"

#define TALLY_KEY_BYTES 32

/** What a key is for. A file of one purpose is refused for another (TALLY_E_KEY). */
enum tally_key_purpose {
    TALLY_KEY_LINKAGE, /* data owners only */
    TALLY_KEY_RELEASE  /* linker only: makes pseudonyms */
};

/** Generate a key and write it to ${path} with mode 0600. */
TALLY_NODISCARD int tally_keyfile_create(const char *path, enum tally_key_purpose purpose,
                                         bool force, struct tally_err *err);

/** Write ${key} (TALLY_KEY_BYTES) there instead. */
TALLY_NODISCARD int tally_keyfile_write(const char *path, enum tally_key_purpose purpose,
                                        bool force, struct tally_secret *key,
                                        struct tally_err *err);

/** Read it: private file (see tally_file_read_private), right purpose, intact (a check
 * digest over the line catches a mistyped copy). Errors TALLY_E_KEY, TALLY_E_NO_FILE; no
 * key byte reaches a message. */
TALLY_NODISCARD int tally_keyfile_read(const char *path, enum tally_key_purpose purpose,
                                       struct tally_secret **out, struct tally_err *err);

#endif

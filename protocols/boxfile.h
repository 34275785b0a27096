/*
 * A secret in a text file of its own: a title, a comment, and a box (passbox.h) in
 * hexadecimal digits.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_BOXFILE_H
#define TALLY_PROTOCOLS_BOXFILE_H

#include "bloom/base/err.h"
#include "bloom/base/file.h"
#include "bloom/base/secret.h"
#include "protocols/passbox.h"

/** Longest secret, in bytes. */
#define TALLY_BOXFILE_SECRET_MAX 256

/** What a kind of box file says of itself. */
struct tally_boxfile {
    const char *title;   /* "tallystick identity 1" */
    const char *comment; /* "# Keep this file secret ..." */
    const char *what;    /* "the keys of a Tallystick identity": for messages */
    size_t secret_len;   /* at most TALLY_BOXFILE_SECRET_MAX */
};

/** Append the file to ${f}, which is not committed and should be 0600. ${context} as
 * passbox. */
TALLY_NODISCARD int
tally_boxfile_write(struct tally_outfile *f, const struct tally_boxfile *kind,
                    struct tally_secret *secret, struct tally_secret *passphrase,
                    const char *context, const struct tally_passbox_cost *cost,
                    struct tally_err *err);

/** Read the private file ${path}, which must be byte for byte what was written. Caller
 * frees ${out}. Errors: as tally_file_read_private and tally_passbox_open. */
TALLY_NODISCARD int tally_boxfile_read(const char *path, const struct tally_boxfile *kind,
                                       struct tally_secret *passphrase,
                                       const char *context, struct tally_secret **out,
                                       struct tally_err *err);

/** Open ${f} in the place of the box file ${path} and write the same secret into it, under
 * the passphrase ${next}; the caller commits and frees. Errors: of reading and writing.
 */
TALLY_NODISCARD int
tally_boxfile_relock(struct tally_outfile **f, const char *path,
                     const struct tally_boxfile *kind, struct tally_secret *passphrase,
                     struct tally_secret *next, const char *context,
                     const struct tally_passbox_cost *cost, struct tally_err *err);

#endif

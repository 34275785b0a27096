/*
 * Packages in parts, for portals that take no large files. A part says which package it
 * is of and its number, and shows by itself whether it arrived whole; what the package
 * says is for its own signature. docs/protocols/package.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_PARTS_H
#define TALLY_PROTOCOLS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

#define TALLY_PARTS_MAX      9999
#define TALLY_PART_BYTES_MIN 65536

/** Cut the package at ${path} into parts of at most ${size} bytes each, PATH.part-0001
 * and on, all or none; ${n} gets their number. The package stays. Errors: TALLY_E_USAGE
 * (size under the least, or too many parts), TALLY_E_EXISTS, TALLY_E_IO. */
TALLY_NODISCARD int tally_parts_cut(const char *path, uint64_t size, bool force,
                                    size_t *n, struct tally_err *err);

/** What a part says of itself. */
struct tally_part {
    uint32_t number; /* 1 and up */
    uint32_t count;  /* parts of the package */
    uint64_t bytes;  /* of the package that are in it */
};

/** Read the part at ${path}, all of it. Errors: TALLY_E_CORRUPT (cut or changed),
 * TALLY_E_NO_FILE, TALLY_E_IO. */
TALLY_NODISCARD int tally_part_check(const char *path, struct tally_part *out,
                                     struct tally_err *err);

/** The package of the ${n} files ${paths}: one whole package, or all of its parts in any
 * order, as an open file ${fd} (the caller closes it). A PACKAGE.part-0001 alone stands
 * for all that lie beside it. Errors: TALLY_E_CORRUPT (a part is cut or changed: which;
 * one is missing: which number), TALLY_E_POLICY (a part of another package, or twice),
 * TALLY_E_NO_FILE, TALLY_E_IO. */
TALLY_NODISCARD int tally_parts_join(const char *const *paths, size_t n, int *fd,
                                     struct tally_err *err);

#endif

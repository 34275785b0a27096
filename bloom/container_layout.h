/*
 * The container's numbers, shared by its reader and its writer.
 * docs/protocols/container.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CONTAINER_LAYOUT_H
#define TALLY_CONTAINER_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/secret.h"
#include "bloom/container.h"

#define TALLY_CONTAINER_VERSION 1u
#define TALLY_CONTAINER_ALIGN   64u

/** The fixed header: 64 bytes. What is not named is zero. */
#define TALLY_HEAD_MAGIC    0  /* 8 bytes */
#define TALLY_HEAD_VERSION  8  /* LE32 */
#define TALLY_HEAD_KIND     12 /* LE32 */
#define TALLY_HEAD_LENGTH   16 /* LE64: of the whole file */
#define TALLY_HEAD_SECTIONS 24 /* LE32 */
#define TALLY_HEAD_RESERVED 28 /* to 64, zero */
#define TALLY_HEAD_BYTES    64

/** An entry of the section table: 64 bytes. */
#define TALLY_ENTRY_KIND     0  /* LE32 */
#define TALLY_ENTRY_INDEX    4  /* LE32 */
#define TALLY_ENTRY_OFFSET   8  /* LE64, a multiple of 64 */
#define TALLY_ENTRY_LENGTH   16 /* LE64, without padding */
#define TALLY_ENTRY_DIGEST   24 /* 32 bytes */
#define TALLY_ENTRY_RESERVED 56 /* to 64, zero */
#define TALLY_ENTRY_BYTES    64

/** The magic of ${k}: 8 bytes, not NUL-terminated. NULL for a number that is no kind. */
const char *tally_container_magic(enum tally_container_kind k);

/** Where the header digest stands, and where the first section starts, with ${n}
 * sections. */
static inline size_t
tally_container_digest_at(size_t n)
{
    return TALLY_HEAD_BYTES + n * TALLY_ENTRY_BYTES;
}
static inline size_t
tally_container_body_at(size_t n)
{
    return tally_container_digest_at(n) + TALLY_CONTAINER_ALIGN;
}

#endif

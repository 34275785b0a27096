/*
 * The container all Tallystick data files share: magic, a section table with a digest of
 * each section, and a digest of the header. Layout in docs/protocols/container.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CONTAINER_H
#define TALLY_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"
#include "bloom/base/json.h"

#define TALLY_CONTAINER_SECTIONS_MAX 512
#define TALLY_META_BYTES_MAX         (4u << 20)

enum tally_container_kind {
    TALLY_KIND_ENCODINGS = 1, /* .enc, magic TALLYENC */
    TALLY_KIND_PAYLOAD = 2,   /* .pay, magic TALLYPAY */
    TALLY_KIND_LINKMAP = 3,   /* .map, magic TALLYMAP */
    TALLY_KIND_REQUEST = 4    /* .ask, magic TALLYASK */
};

/** Pinned section kinds. A reader refuses a kind it does not know. */
enum tally_section {
    TALLY_SECTION_META = 1,         /* JSON */
    TALLY_SECTION_TOKENS = 2,       /* 16 bytes a record, ascending */
    TALLY_SECTION_MATRIX = 3,       /* rows, 64-byte aligned */
    TALLY_SECTION_POPCOUNTS = 4,    /* LE32 a row */
    TALLY_SECTION_OFFSETS = 5,      /* LE64, records + 1: starts in TALLY_SECTION_BYTES */
    TALLY_SECTION_BYTES = 6,        /* ids, or payload rows */
    TALLY_SECTION_PSEUDONYMS = 7,   /* 16 bytes a record */
    TALLY_SECTION_STRENGTH = 8,     /* LE32 a record */
    TALLY_SECTION_RECORDS = 9,      /* LE32 a row: the record it is of, ascending */
    TALLY_SECTION_MATCH_KEYS = 10,  /* 16 bytes a key */
    TALLY_SECTION_KEY_RECORDS = 11, /* LE32 a key: the record it is of, ascending */
    TALLY_SECTION_PARTS = 12,       /* LE32 a record */
    TALLY_SECTION_WIDER = 13        /* 16 bytes a record */
};

/** A section to be written: kind, index (0 unless there are several of a kind) and exact
 * length. */
struct tally_section_plan {
    uint32_t kind;
    uint32_t index;
    uint64_t len;
};

/** Writing: lengths are known first, then sections are appended to in any interleaving.
 */
struct tally_container_writer;

/** Plan ${nsections} sections of a ${kind} file; ${f} stays the caller's and nothing must
 * have been written to it. */
TALLY_NODISCARD int tally_container_begin(struct tally_container_writer **out,
                                          struct tally_outfile *f,
                                          enum tally_container_kind kind,
                                          const struct tally_section_plan *plan,
                                          size_t nsections, struct tally_err *err);
/** Append ${len} bytes to the planned section number ${section}; buffered (1 MiB a
 * section). */
TALLY_NODISCARD int tally_container_write(struct tally_container_writer *w,
                                          size_t section, const void *p, size_t len,
                                          struct tally_err *err);
/** What has been appended to all sections since the last cut, so that it can go into the
 * file beside what is appended next. */
struct tally_container_piece;

/** A piece for ${w}, empty. From the first one on, what is appended stays in memory until
 * it is cut, however much it is. Free before ${w}, or after. */
TALLY_NODISCARD int tally_container_piece_create(struct tally_container_piece **out,
                                                 struct tally_container_writer *w,
                                                 struct tally_err *err);
void tally_container_piece_free(struct tally_container_piece *p);
/** Move what has been appended into ${p}, which is empty. */
void tally_container_cut(struct tally_container_writer *w,
                         struct tally_container_piece *p);
/** Put ${p} in its places in the file: any thread, in any order. */
TALLY_NODISCARD int tally_container_place(const struct tally_container_writer *w,
                                          const struct tally_container_piece *p,
                                          struct tally_err *err);
/** Take ${p}, which has been placed, into the digests: any thread, one piece at a time,
 * in the order of cutting. It is empty again. */
void tally_container_take_in(struct tally_container_writer *w,
                             struct tally_container_piece *p);

/** Bytes of the whole file, as planned. */
uint64_t tally_container_writer_length(const struct tally_container_writer *w);
/** Flush, check that every section is full, write the header. */
TALLY_NODISCARD int tally_container_end(struct tally_container_writer *w,
                                        struct tally_err *err);
void tally_container_writer_free(struct tally_container_writer *w);

/** Reading: mapped, and wholly verified before anything is parsed. */
struct tally_container;

/** Open ${path}. TALLY_E_NO_FILE; TALLY_E_FORMAT when the magic or version is not ours or
 * ${kind} (0: any) differs, saying what the file is; TALLY_E_CORRUPT when anything is
 * cut, changed or inconsistent. */
TALLY_NODISCARD int tally_container_open(struct tally_container **out, const char *path,
                                         enum tally_container_kind kind,
                                         struct tally_err *err);
enum tally_container_kind tally_container_kind(const struct tally_container *c);
/** How many sections there are, META among them: for a reader that allows no others. */
size_t tally_container_sections(const struct tally_container *c);
/** Bytes of a section; NULL with ${len} 0 when absent. 64-byte aligned, valid while open.
 */
const uint8_t *tally_container_section(const struct tally_container *c, uint32_t kind,
                                       uint32_t index, size_t *len);
/** The META section, parsed. */
struct tally_json tally_container_meta(const struct tally_container *c);
/** The digest of the header, which pins the whole file. */
const uint8_t *tally_container_digest(const struct tally_container *c);
void tally_container_close(struct tally_container *c);

#endif

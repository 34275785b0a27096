/*
 * The link map (.map): record token -> project pseudonym and match strength, from the linker to the
 * analyst. docs/protocols/linkmap.md. Every record is in it, linked or not.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_LINKMAP_H
#define TALLY_LINKMAP_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"
#include "bloom/base/secret.h"
#include "bloom/encfile.h"

#define TALLY_PSEUDONYM_BYTES 16
#define TALLY_LINKMAP_SOURCES_MAX 64

/** One source of a link map. When writing, arrays are the caller's; when read, they lie in the mapping. */
struct tally_linkmap_source {
    char name[TALLY_NAME_MAX + 1];
    uint8_t delivery[TALLY_DELIVERY_BYTES];
    uint64_t records;
    const uint8_t *tokens;     /* records * 16, strictly ascending */
    const uint8_t *pseudonyms; /* records * 16 */
    const uint8_t *strengths;  /* records * LE32: match strength in ppm; 0 when linked to nobody */
    /* For the range of every count. Under the high thresholds records of one pseudonym are one person
       only if they are of one part too; under the low ones all of one wider pseudonym are one person. */
    const uint8_t *parts; /* records * LE32: 0 to TALLY_LINKMAP_PART_MAX */
    const uint8_t *wider; /* records * 16: a pseudonym, mostly the record's own; equal for equal pseudonyms */
};
#define TALLY_LINKMAP_PART_MAX 0x7fffffffu

/** pseudonym = first 16 bytes of BLAKE2b-256 keyed with tally_kdf(release key, "pseudonym") over LE64 ${cluster_id}. */
struct tally_pseudonymiser;
TALLY_NODISCARD int tally_pseudonymiser_create(struct tally_pseudonymiser **out,
                                               struct tally_secret *release_key,
                                               struct tally_err *err);
void tally_pseudonym(struct tally_pseudonymiser *p, uint64_t cluster_id,
                     uint8_t out[TALLY_PSEUDONYM_BYTES]);
void tally_pseudonymiser_free(struct tally_pseudonymiser *p);

/** Write a link map into ${f} (not committed). */
TALLY_NODISCARD int tally_linkmap_write(struct tally_outfile *f,
                                        const struct tally_linkmap_source *sources,
                                        size_t nsources, struct tally_err *err);

struct tally_linkmap;
TALLY_NODISCARD int tally_linkmap_open(struct tally_linkmap **out, const char *path,
                                       struct tally_err *err);
size_t tally_linkmap_sources(const struct tally_linkmap *m);
const struct tally_linkmap_source *tally_linkmap_source(const struct tally_linkmap *m, size_t i);
void tally_linkmap_close(struct tally_linkmap *m);

#endif

/*
 * External sort: records of up to 16 MiB by a 16-byte key, in bounded memory. Used wherever
 * input order must not leave: sorted runs go to unnamed temporary files and are merged.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_SORTER_H
#define TALLY_BASE_SORTER_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

#define TALLY_SORT_KEY 16

struct tally_sorter;

/** At most about ${memory} bytes are held. Temporary files lie beside ${beside} (see tally_tmpfile). */
TALLY_NODISCARD int tally_sorter_create(struct tally_sorter **out, size_t memory,
                                        const char *beside, struct tally_err *err);

/** Add a record of ${len} bytes, which the caller writes to ${room} before anything else is
 * asked of ${s}. Not thread-safe. Records of one key keep the order in which they were added. */
TALLY_NODISCARD int tally_sorter_add_room(struct tally_sorter *s,
                                          const uint8_t key[TALLY_SORT_KEY], size_t len,
                                          uint8_t **room, struct tally_err *err);

/** The same for a record that is there already. */
TALLY_NODISCARD int tally_sorter_add(struct tally_sorter *s,
                                     const uint8_t key[TALLY_SORT_KEY], const void *data,
                                     size_t len, struct tally_err *err);

/** Records added. */
uint64_t tally_sorter_count(const struct tally_sorter *s);

/** No more will be added: ready to read. */
TALLY_NODISCARD int tally_sorter_finish(struct tally_sorter *s, struct tally_err *err);

/** The next record in key order; pointers are valid until the next call, ${data} has no alignment.
 * 1, 0 at the end, -1. */
TALLY_NODISCARD int tally_sorter_next(struct tally_sorter *s, const uint8_t **key,
                                      const void **data, size_t *len, struct tally_err *err);

/** Wipe and release; NULL is no-op. */
void tally_sorter_free(struct tally_sorter *s);

#endif

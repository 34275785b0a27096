/*
 * Exact match keys: one keyed hash over several whole values of a record, equal when all
 * are. For a deterministic first pass, as statistical offices make before scoring. Such
 * keys are found again by how often they occur, and by anyone who has the linkage key.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_MATCHKEY_H
#define TALLY_MATCHKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/normalise.h"

#define TALLY_MATCHKEY_BYTES 16

/** Whether ${v} of field ${f} is whole: not missing, not a date without its day, not half
 * a postcode. */
bool tally_matchkey_takes(const struct tally_field *f, const struct tally_value *v);

/**
 * ${out} becomes the key of ${values}[f] for each bit f of ${fields}, in order: BLAKE2b
 * of 16 bytes, keyed with the 32-byte ${key} (HKDF(key, "match key", name)), over the
 * LE32 length and the bytes of each. False, and ${out} untouched, when one is missing or
 * no field is asked for: such a record has no key, so that gaps never match.
 */
bool tally_matchkey(const uint8_t *key, const struct tally_value *values, uint32_t fields,
                    uint8_t out[TALLY_MATCHKEY_BYTES]);

#endif

/*
 * Salting: a stable value of the record enters the hashing of all its tokens, so that
 * equal tokens of people with other salts set other bits, and their frequency is broken
 * up. As commonly described; see Niedermeyer, Steinmetzer, Kroll and Schnell 2014,
 * "Cryptanalysis of Basic Bloom Filters Used for Privacy Preserving Record Linkage". A
 * record whose salt is wrong is lost.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_HARDEN_SALT_H
#define TALLY_HARDEN_SALT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/normalise.h"
#include "bloom/schema.h"

#define TALLY_SALT_BYTES 16

/** Whether values of ${f} are validated and seldom change, so that they may salt: dates,
 * sex, numbers with a check rule, and enumerations with a list of values. */
bool tally_salt_fits(const struct tally_field *f);

/** Bytes at the start of ${v}, a value of ${f}, that salt: the year of a date, else all
 * of it. 0 when there is no such value, or no year. */
size_t tally_salt_len(const struct tally_field *f, const struct tally_value *v);

/** ${out} becomes the salt parameter of BLAKE2b for a value of ${len} bytes: BLAKE2b of
 * 16 bytes keyed with the 32-byte ${key}. All zeros when ${len} is 0: hashing without. */
void tally_salt(const uint8_t *key, const void *value, size_t len,
                uint8_t out[TALLY_SALT_BYTES]);

#endif

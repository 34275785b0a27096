/*
 * What the META sections of all data files have in common: checked members of the
 * description. A file that breaks these rules passed its digests, so it was made wrong:
 * TALLY_E_CORRUPT.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_META_H
#define TALLY_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/json.h"

/** Member ${key} of ${obj}: printable text of at most ${max} bytes, copied with its NUL
 * to ${out} (${max} + 1 bytes). */
TALLY_NODISCARD int tally_meta_text(const struct tally_json *obj, const char *key,
                                    size_t max, char *out, struct tally_err *err);
/** Text that must be ${want}. */
TALLY_NODISCARD int tally_meta_fixed(const struct tally_json *obj, const char *key,
                                     const char *want, struct tally_err *err);
/** An integer from 0 to ${max}. */
TALLY_NODISCARD int tally_meta_count(const struct tally_json *obj, const char *key,
                                     int64_t max, int64_t *out, struct tally_err *err);
/** Exactly ${len} bytes as hexadecimal digits. */
TALLY_NODISCARD int tally_meta_hex(const struct tally_json *obj, const char *key,
                                   uint8_t *out, size_t len, struct tally_err *err);
/** The member "version" must be ${want}: TALLY_E_FORMAT naming ${path} otherwise. */
TALLY_NODISCARD int tally_meta_version(const struct tally_json *obj, const char *path,
                                       int want, struct tally_err *err);

/** Set ${key} to ${len} <= TALLY_META_HEX_MAX bytes as hexadecimal digits. */
#define TALLY_META_HEX_MAX 128
void tally_meta_set_hex(struct tally_jnode *obj, const char *key, const uint8_t *p,
                        size_t len);

/** After a failed reading of META: a broken description is a broken file. Returns -1. */
int tally_meta_failed(struct tally_err *err);

/** True when ${n} record tokens of 16 bytes ascend strictly. */
bool tally_meta_tokens_ascend(const uint8_t *tokens, uint64_t n);

#endif

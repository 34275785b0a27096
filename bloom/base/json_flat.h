/*
 * The members of a JSON object as tally writes one on a line: without blanks between its
 * members. For files of thousands of lines that were JSON when they were written, and are
 * held together by digests and a signature: to parse each again takes six times as long.
 * What is inside a member is not looked at.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_JSON_FLAT_H
#define TALLY_BASE_JSON_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TALLY_FLAT_MEMBERS_MAX 32

/** Members, in the text that they were read from. Names and values as they stand there,
 * names without their quotes. */
struct tally_flat {
    struct tally_flat_member {
        const char *name, *value;
        size_t name_len, value_len;
    } list[TALLY_FLAT_MEMBERS_MAX];
    size_t n;
};

/** The members of the object that the ${len} bytes ${text} are; false when they are none,
 * or it is empty, has blanks between its members, or more members than there is room for.
 */
bool tally_flat_read(struct tally_flat *out, const char *text, size_t len);

/** Whether member ${name} is the string ${text}, which needs no escapes. */
bool tally_flat_is(const struct tally_flat *f, const char *name, const char *text);

/** Member ${name} into ${out} of ${size} bytes; false unless it is a string without
 * escapes that fits, with its end. */
bool tally_flat_text(const struct tally_flat *f, const char *name, char *out,
                     size_t size);

/** Member ${name}, a whole number from 0 on below 10^18. */
bool tally_flat_count(const struct tally_flat *f, const char *name, uint64_t *out);

/** Member ${name}, a string of exactly ${len} bytes in hexadecimal. */
bool tally_flat_hex(const struct tally_flat *f, const char *name, uint8_t *out,
                    size_t len);

#endif

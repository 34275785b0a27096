/*
 * Places in the text of a JSON document, found without a parser: for what it cannot be
 * asked, and for texts that it refuses.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_JSON_PLACE_H
#define TALLY_BASE_JSON_PLACE_H

#include <stddef.h>

#define TALLY_JSON_DEPTH_MAX 64

/** A place in the text, from 1. Columns count bytes. */
struct tally_json_place {
    size_t line;
    size_t column;
};

struct tally_json_place tally_json_place(const char *text, size_t offset);

/** The offset after the string whose opening quote is at ${i}. Ends at ${len} at the
 * latest. */
size_t tally_json_skip_string(const char *text, size_t len, size_t i);

/** The offset of the first bracket that is nested over TALLY_JSON_DEPTH_MAX deep, or
 * ${len}. Sound for any bytes: text that is not JSON may be stopped early, but nothing
 * deeper gets past. */
size_t tally_json_too_deep(const char *text, size_t len);

/** The path of the member whose name is the last string of the first ${len} bytes, as in
 * fields[2].weight, to ${out} of ${cap} bytes, fit to be displayed; cut where it is too
 * long. The text must be valid so far, and not too deep. */
void tally_json_member_path(const char *text, size_t len, char *out, size_t cap);

#endif

/*
 * What tally inspect tells: facts go out as they are known, as lines of text or members
 * of one JSON object.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_CMD_INSPECT_FACTS_H
#define TALLY_CLI_CMD_INSPECT_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/json.h"

struct tally_facts {
    struct tally_jnode *json; /* NULL: print text */
};

/** A fact under ${key}, whose underscores are blanks in text. */
void tally_facts_str(struct tally_facts *f, const char *key, const char *value);
void tally_facts_int(struct tally_facts *f, const char *key, uint64_t value);
void tally_facts_score(struct tally_facts *f, const char *key, double value);
void tally_facts_bool(struct tally_facts *f, const char *key, bool value);
/** ${len} bytes, at most 32, in hexadecimal digits. */
void tally_facts_hex(struct tally_facts *f, const char *key, const uint8_t *p,
                     size_t len);
/** What every artefact says of itself. */
void tally_facts_what(struct tally_facts *f, const char *is, const char *status,
                      const char *recipient);

#endif

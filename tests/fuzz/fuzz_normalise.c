/*
 * Fuzz: values of every type, and what is hashed of them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/base/text.h"
#include "bloom/normalise.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_field f = {.name = "f", .domain = "f"};
    struct tally_date_reading reading;
    struct tally_value v, again;

    if (len < 2 || !tally_text_valid(data + 2, len - 2)) {
        return 0;
    }
    f.type = (enum tally_field_type)(data[0] % TALLY_FIELD_TYPES);
    f.minimum = -1000;
    f.maximum = 1000000;
    reading.order = (enum tally_reading_order)(data[1] % 3);
    reading.century = (data[1] & 4) != 0 ? 1930 : 0;
    reading.january = (data[1] & 8) != 0;
    memset(&v, 0x55, sizeof v);
    memset(&again, 0xAA, sizeof again);
    tally_normalise(&f, &reading, data + 2, len - 2, &v);
    tally_normalise(&f, &reading, data + 2, len - 2, &again);
    FUZZ_MUST((unsigned)v.reason < TALLY_REASONS && (unsigned)v.rule < TALLY_RULES);
    FUZZ_MUST(v.reason <= TALLY_VALUE_REPAIRED || v.len == 0);
    FUZZ_MUST(v.reason == again.reason && v.len == again.len &&
              memcmp(v.text, again.text, v.len) == 0);
    for (unsigned i = 0; i < v.len; i++) {
        FUZZ_MUST(v.text[i] >= 0x20 && v.text[i] < 0x7f);
    }
    return 0;
}

/*
 * Fuzz: release ledgers of a pilot, which nobody signs.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/ledger.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_ledger *l = NULL;
    size_t n = 0;

    if (tally_ledger_open(&l, fuzz_file(0, data, len), NULL, 0, NULL, &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    (void)tally_ledger_releases(l, &n);
    FUZZ_MUST(n < tally_ledger_next(l) && n <= TALLY_LEDGER_RELEASES_MAX);
    tally_ledger_free(l);
    return 0;
}

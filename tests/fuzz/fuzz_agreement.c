/*
 * Fuzz: agreements: read, checked, told in words.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/base/bytes.h"
#include "protocols/agreement.h"
#include "protocols/agreement_words.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_agreement *a = NULL;
    struct tally_findings found = {NULL, 0, 0};
    struct tally_buf words = {NULL, 0, 0};

    if (tally_agreement_read(&a, fuzz_file(0, data, len), &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    FUZZ_MUST(a->nparties <= TALLY_AGREEMENT_PARTIES_MAX);
    FUZZ_MUST(tally_agreement_check(a, &found, &err) == 0);
    FUZZ_MUST(tally_agreement_words(a, &words, &err) == 0);
    for (unsigned i = 0; i < TALLY_EXPORTS; i++) {
        FUZZ_MUST(
            tally_agreement_export(a, (enum tally_agreement_export)i, &words, &err) == 0);
    }
    (void)tally_agreement_with(a, TALLY_AS_LINKER);
    (void)tally_agreement_source(a, "police");
    tally_buf_free(&words);
    tally_findings_free(&found);
    tally_agreement_free(a);
    return 0;
}

/*
 * Fuzz: filters as the JSON of clkhash.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/clks.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_encfile *e = NULL;
    const struct tally_enc_info *info;
    unsigned sum = 0;

    if (tally_clks_read(&e, fuzz_file(0, data, len), &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    info = tally_encfile_info(e);
    FUZZ_MUST(info->legacy && info->records > 0);
    for (uint64_t i = 0; i < info->records; i++) {
        sum += tally_encfile_matrix(e)[i * info->stride + info->stride - 1];
        FUZZ_MUST(tally_encfile_popcounts(e)[i] <= info->bits);
    }
    FUZZ_MUST(sum < UINT32_MAX);
    tally_encfile_close(e);
    return 0;
}

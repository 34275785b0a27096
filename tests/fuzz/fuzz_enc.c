/*
 * Fuzz: encodings files.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "bloom/encfile.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_encfile *e = NULL;
    const struct tally_enc_info *info;
    unsigned sum = 0;

    if (tally_encfile_open(&e, fuzz_file(0, data, len), &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    info = tally_encfile_info(e);
    for (size_t v = 0; v < info->nviews; v++) {
        for (uint64_t r = 0; r < info->views[v].rows; r++) {
            FUZZ_MUST(tally_encfile_record_of_row(e, v, r) < info->records);
            FUZZ_MUST(tally_encfile_view_popcounts(e, v)[r] <= info->bits);
            sum += tally_encfile_view_matrix(e, v)[(r + 1) * info->stride - 1];
        }
    }
    for (size_t k = 0; k < info->nmatch_keys; k++) {
        for (uint64_t r = 0; r < info->match_keys[k].rows; r++) {
            FUZZ_MUST(tally_encfile_record_of_key(e, k, r) < info->records);
            sum += tally_encfile_match_keys(e, k)[r];
        }
    }
    for (uint64_t i = 0; i < info->records; i++) {
        size_t n = 0;
        const char *id = tally_encfile_id(e, i, &n);

        FUZZ_MUST(id == NULL || tally_id_valid(id, n));
        sum += tally_encfile_tokens(e)[i * TALLY_TOKEN_BYTES + TALLY_TOKEN_BYTES - 1];
    }
    FUZZ_MUST(tally_enc_compatible(info, info, &err) == 0 || sum > 0 || err.text[0] != 0);
    tally_encfile_close(e);
    return 0;
}

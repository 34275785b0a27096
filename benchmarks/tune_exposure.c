/*
 * Static measures of one encodings file.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/tune_exposure.h"

#include "bloom/audit/audit_static.h"

int
tally_exposure_measure(const struct tally_encfile *enc, const uint32_t *tokens,
                       struct tally_pool *pool, struct tally_exposure *out,
                       struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(enc);
    const struct tally_audit_rows rows = {.n = (size_t)info->records,
                                          .bits = info->bits,
                                          .stride = info->stride,
                                          .matrix = (uint8_t *)tally_encfile_matrix(enc),
                                          .ones =
                                              (uint32_t *)tally_encfile_popcounts(enc)};
    struct tally_audit_static s;

    if (tally_audit_static_measure(&rows, tokens, pool, &s, err) != 0) {
        return -1;
    }
    *out = (struct tally_exposure){.records = info->records,
                                   .unique = s.unique,
                                   .largest_group = s.largest_group,
                                   .frequency_low = s.frequency_low,
                                   .frequency_high = s.frequency_high,
                                   .gini = s.gini,
                                   .token_correlation = s.token_correlation};
    return 0;
}

/*
 * Fuzz: candidate-pair files, binary and as CSV (an odd first byte).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "protocols/pairfile.h"
#include "protocols/pairfile_csv.h"

#include <stdio.h>

static void
from_csv(const char *path)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;
    uint64_t pairs = 0;
    char out[96];

    (void)snprintf(out, sizeof out, "%s/out", fuzz_dir());
    if (tally_outfile_open(&f, out, 0600, true, &err) == 0) {
        FUZZ_TRY(tally_pairfile_from_csv(path, f, &pairs, &err));
    }
    tally_outfile_free(f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_pairfile *p = NULL;
    struct tally_scored_pair pair;
    uint64_t n = 0;
    const char *path;
    int rc;

    if (len == 0) {
        return 0;
    }
    path = fuzz_file(0, data + 1, len - 1);
    if (data[0] % 2 != 0) {
        from_csv(path);
        return 0;
    }
    if (tally_pairfile_open(&p, path, &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return 0;
    }
    while ((rc = tally_pairfile_next(p, &pair, &err)) == 1) {
        FUZZ_MUST(pair.score >= 0 && pair.score <= 1);
        n++;
    }
    FUZZ_MUST(rc < 0 || n == tally_pairfile_count(p));
    tally_pairfile_close(p);
    return 0;
}

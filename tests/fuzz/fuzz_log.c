/*
 * Fuzz: audit logs.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "protocols/auditlog.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
each(void *ctx, uint64_t n, const struct tally_json *entry,
     const uint8_t digest[TALLY_DIGEST_BYTES], struct tally_err *err)
{
    (void)entry;
    (void)digest;
    (void)err;
    FUZZ_MUST(n == ++*(uint64_t *)ctx);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static char log[96];
    static const uint8_t zero[TALLY_DIGEST_BYTES];
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_card card = {.name = "Northshire Police"};
    struct tally_log_head head;
    uint64_t n = 0, delivery;
    bool unfinished;

    if (log[0] == '\0') { /* the log is the input, by another name */
        const char *input = fuzz_file(0, data, len);

        (void)snprintf(log, sizeof log, "%s/" TALLY_LOG_NAME, fuzz_dir());
        FUZZ_MUST(link(input, log) == 0 || access(log, F_OK) == 0);
    }
    (void)fuzz_file(0, data, len);
    if (tally_log_walk(fuzz_dir(), &card, each, &n, &head, &unfinished, &err) == 0) {
        FUZZ_MUST(head.n == n);
    }
    FUZZ_TRY(tally_log_delivery(fuzz_dir(), &card, "sent", zero, NULL, &delivery, &err));
    return 0;
}

/*
 * Fuzz: audit logs.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "protocols/auditlog.h"

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
    static const uint8_t zero[TALLY_DIGEST_BYTES];
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_identity id = {.card = {.name = "Northshire Police"}};
    struct tally_log *log = NULL;
    struct tally_log_head head;
    uint64_t n = 0, delivery;
    bool unfinished;

    (void)fuzz_named(TALLY_LOG_NAME, data, len);
    if (tally_log_walk(fuzz_dir(), &id.card, each, &n, &head, &unfinished, &err) == 0) {
        FUZZ_MUST(head.n == n);
    }
    if (tally_log_open(&log, fuzz_dir(), &id, zero, &err) == 0) {
        FUZZ_TRY(tally_log_delivery(log, "sent", NULL, &delivery, &err));
        FUZZ_TRY(tally_log_end(log, &head, &err));
    }
    tally_log_close(log);
    return 0;
}

/*
 * Sets of people for attacks.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/auditscene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bloom/kernels/kernels.h"
#include "tests/support/testpool.h"

static void
make_rows(struct tally_audit_rows *r, size_t n, uint32_t bits)
{
    r->n = n;
    r->bits = bits;
    r->stride = (bits + 511) / 512 * 64;
    r->matrix = aligned_alloc(TALLY_ROW_ALIGN, (n + 1) * r->stride);
    r->ones = calloc(n + 1, sizeof *r->ones);
    assert_non_null(r->matrix);
    assert_non_null(r->ones);
    memset(r->matrix, 0, (n + 1) * r->stride);
}

void
tally_testscene_set(struct tally_audit_rows *r, size_t i, uint32_t bit)
{
    if (!tally_audit_bit(r, i, bit)) {
        r->matrix[i * r->stride + bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        r->ones[i]++;
    }
}

static void
set_token(struct tally_audit_rows *r, size_t i, uint64_t key, uint32_t token)
{
    uint64_t state = key * 1000003 + token;

    for (int k = 0; k < TALLY_SCENE_K; k++) {
        tally_testscene_set(r, i, tally_audit_below(&state, r->bits));
    }
}

void
tally_testscene_make(struct tally_testscene *t, size_t nvictims, size_t npeople,
                     uint32_t bits, uint32_t ntokens, tally_testscene_fn *tokens_of)
{
    size_t most = nvictims > npeople ? nvictims : npeople;
    uint32_t listed = 0;

    memset(t, 0, sizeof *t);
    make_rows(&t->victims, nvictims, bits);
    make_rows(&t->people, npeople, bits);
    t->tokens.n = npeople;
    t->tokens.ntokens = ntokens;
    t->tokens.first = calloc(npeople + 1, sizeof *t->tokens.first);
    t->tokens.list = calloc(npeople + 1, TALLY_SCENE_TOKENS * sizeof *t->tokens.list);
    t->tokens.k = calloc(ntokens + 1, sizeof *t->tokens.k);
    t->granted = malloc((nvictims + 1) * sizeof *t->granted);
    for (uint32_t k = 0; k < ntokens; k++) {
        t->tokens.k[k] = TALLY_SCENE_K;
    }
    for (size_t i = 0; i < most; i++) {
        uint32_t list[TALLY_SCENE_TOKENS];
        size_t n = tokens_of(i, list);

        for (size_t k = 0; k < n; k++) {
            if (i < nvictims) {
                set_token(&t->victims, i, 1, list[k]);
            }
            if (i < npeople) {
                set_token(&t->people, i, 2, list[k]);
                t->tokens.list[listed++] = list[k];
            }
        }
        if (i < npeople) {
            t->tokens.first[i + 1] = listed;
        }
    }
    memset(t->granted, 0xff, (nvictims + 1) * sizeof *t->granted);
    t->scene = (struct tally_audit_scene){.victims = &t->victims,
                                          .people = &t->people,
                                          .tokens = &t->tokens,
                                          .granted = t->granted,
                                          .seed = 1,
                                          .pool = tally_testpool};
}

void
tally_testscene_free(struct tally_testscene *t)
{
    tally_audit_rows_free(&t->victims);
    tally_audit_rows_free(&t->people);
    tally_audit_tokens_free(&t->tokens);
    free(t->granted);
}

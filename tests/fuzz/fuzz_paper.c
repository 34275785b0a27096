/*
 * Fuzz: signed papers of every kind, and what their readers take of them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/fuzz/fuzz.h"

#include "protocols/escrow.h"
#include "protocols/identity.h"
#include "protocols/paper.h"
#include "protocols/standing.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_card card = {.name = "Northshire Police"};
    struct tally_secret *key = NULL;
    struct tally_paper p;
    const char *paths[2];
    char from[11];

    if (len == 0) {
        return 0;
    }
    paths[0] = fuzz_file(0, data + 1, len - 1);
    switch (data[0] % (TALLY_PAPER_KINDS + 3)) {
    case TALLY_PAPER_CARD:
        if (tally_card_read(&card, paths[0], &err) == 0) {
            FUZZ_MUST(tally_party_name_valid(card.name));
        }
        break;
    case TALLY_PAPER_ROTATION:
        FUZZ_TRY(tally_rotation_check(paths[0], &card, &card, &err));
        break;
    case TALLY_PAPER_REVOCATION:
        FUZZ_TRY(tally_revocation_check(paths[0], &card, from, &err));
        break;
    case TALLY_PAPER_SHARE: {
        struct fuzz_piece piece[2];
        size_t n = fuzz_cut(data + 1, len - 1, piece, 2);

        for (size_t i = 0; i < n; i++) {
            paths[i] = fuzz_file((unsigned)i, piece[i].data, piece[i].len);
        }
        FUZZ_TRY(tally_escrow_join(paths, n, &card, &key, &err));
        tally_secret_free(key);
        break;
    }
    default:
        if (tally_paper_read(&p, paths[0],
                             (enum tally_paper_kind)(data[0] % TALLY_PAPER_KINDS), NULL,
                             &err) == 0) {
            tally_paper_free(&p);
        }
    }
    return 0;
}

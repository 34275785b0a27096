/*
 * What a release is made under: an agreement and its ledger, or in a pilot neither.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_RELEASE_GOVERNED_H
#define TALLY_CLI_RELEASE_GOVERNED_H

#include "cli/governed.h"
#include "linker/ledger.h"
#include "linker/release_write.h"

/** The options, then what was opened. */
struct tally_release_under {
    struct tally_governed g;
    const char *ledger_path; /* NULL in a pilot: nothing is remembered */
    struct tally_ledger *ledger;
    char agreement[2 * TALLY_DIGEST_BYTES + 1];
};

/** Open agreement, identity and ledger, as far as they are asked for. Errors: as
 * tally_governed_open and tally_ledger_open; TALLY_E_POLICY when the cohort's last day is
 * past, or the ledger lacks what the identity's log says was released. Close in any case.
 */
TALLY_NODISCARD int tally_release_open(struct tally_release_under *u,
                                       struct tally_err *err);
void tally_release_close(struct tally_release_under *u);

/** The rules: those of ${profile} (NULL: the agreement's, or ons), no threshold lower
 * than the agreement's or the profile's. TALLY_E_POLICY for another profile than the
 * agreement has, or a lower ${threshold} (0: none given). */
TALLY_NODISCARD int tally_release_rules(const struct tally_release_under *u,
                                        const char *profile, uint32_t threshold,
                                        struct tally_profile_rules *out,
                                        struct tally_err *err);

/** Fill in what the agreement and the ledger say. */
void tally_release_fill(const struct tally_release_under *u,
                        struct tally_release_head *head);

/** Nothing leaves under an agreement without an approval, and rows only where it lets
 * them: check the paper at ${approval} (NULL: none) for ${r}; who signed goes into
 * ${head}. TALLY_E_POLICY. */
TALLY_NODISCARD int tally_release_allowed(const struct tally_release_under *u,
                                          const struct tally_release *r,
                                          const char *approval,
                                          struct tally_release_head *head,
                                          struct tally_err *err);
/** Write the request for ${r} into ${f}. TALLY_E_POLICY when nobody could approve it. */
TALLY_NODISCARD int tally_release_request(const struct tally_release_under *u,
                                          const struct tally_release *r,
                                          const struct tally_release_head *head,
                                          struct tally_outfile *f, struct tally_err *err);

/** Note ${r} in ledger and log. Nothing in a pilot without a ledger. */
TALLY_NODISCARD int tally_release_note(struct tally_release_under *u,
                                       const struct tally_release *r,
                                       struct tally_err *err);

#endif

/*
 * For tests of the governed flow: identities of a whole partnership, made cheaply, and
 * what is done to files that must then be refused.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_PARTIES_H
#define TALLY_TESTS_PARTIES_H

#include "protocols/agreement.h"
#include "protocols/identity.h"

/** ${text} as a passphrase. Caller frees. */
struct tally_secret *tally_party_passphrase(const char *text);

/** Make the identity ${dir} in the current folder, and read its card. */
struct tally_card tally_party_make(const char *dir, const char *name,
                                   enum tally_party_kind kind);
/** Open it. Caller closes. */
struct tally_identity tally_party_open(const char *dir);

/** The same with any passphrase. */
int tally_party_try(const char *dir, const char *passphrase, struct tally_identity *out,
                    struct tally_err *err);

/** Write the draft agreement ${path} of five parties (police, health, education as data
 * owners; linker; analyst, who is also convenor) under the standard schema, with every
 * sentence stated; its identities are in the folders so named. It starts on ${starts}. */
void tally_party_agreement(const char *path, const char *starts);
/** Sign ${path} for every one of them. */
void tally_party_sign_all(const char *path);

/** The five folders. */
extern const char *const tally_party_folders[5];

/** Replace the first ${from} in the file ${path} by ${to}; it must be there. */
void tally_party_edit(const char *path, const char *from, const char *to);

/** Let the party of folder ${dir} sign a lie: in the paper ${path}, whose ${domain} is that of
 * its kind, the first member ${name} gets the JSON ${value}, or goes with NULL, and the
 * signature holds again. */
void tally_party_lie(const char *path, const char *domain, const char *dir,
                     const char *name, const char *value);

/** Whether a file in its present state is taken: 0, or -1 with ${err}. */
typedef int tally_party_check_fn(struct tally_err *err);

/** Change ${path} in 200 places by a bit, cut it at 200, and see each refused by ${check}
 * with an exit code of 4 or 5; the file is as it was in the end, and taken. */
void tally_party_mutate(const char *path, tally_party_check_fn *check);

#endif

/*
 * What the governed verbs share: an agreement opened for use by one of its parties, and
 * packages sent and received under it, each noted in the party's log.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_GOVERNED_H
#define TALLY_CLI_GOVERNED_H

#include "cli/identity_arg.h"
#include "protocols/agreement_sign.h"
#include "protocols/auditlog.h"
#include "protocols/package.h"

/** What the options say, and what was opened: TALLY_GOVERNED_INIT before use. */
struct tally_governed {
    const char *path; /* --agreement */
    const char *dir;  /* --identity */
    uint64_t passphrase_fd;
    struct tally_secret *passphrase;
    struct tally_identity id;
    struct tally_log *log; /* of the identity, under the agreement */
    struct tally_agreement *agreement;
    const struct tally_agreed_party *self;
    int lock; /* a descriptor of the identity's folder, from tally_governed_open on */
};

/** Nothing opened yet. */
#define TALLY_GOVERNED_INIT                                                              \
    {                                                                                    \
        .passphrase_fd = TALLY_PASSPHRASE_ASK, .lock = -1                                \
    }

/** Table entries for the three options, which help tells in ${line}, or does not. */
#define TALLY_OPTS_GOVERNED_AS(g, line)                                                  \
    TALLY_OPT_TEXT("agreement", "A", (g).path, line),                                    \
        TALLY_OPT_TEXT("identity", "DIR", (g).dir, NULL),                                \
        TALLY_OPT_NUMBER("passphrase-fd", "N", (g).passphrase_fd, 0, 1023, NULL)
#define TALLY_OPTS_GOVERNED(g)                                                           \
    TALLY_OPTS_GOVERNED_AS(                                                              \
        g, "run under this agreement, as --identity DIR (--passphrase-fd N)")

/** Open agreement and identity; the party must have ${role}. One command at a time works
 * with an identity, so that no two take one delivery number: another one waits here, and
 * says so. Errors: as tally_agreement_open and tally_identity_open; TALLY_E_POLICY;
 * TALLY_E_INTERRUPTED. Close in any case. */
TALLY_NODISCARD int tally_governed_open(struct tally_governed *g, enum tally_role role,
                                        struct tally_err *err);
void tally_governed_close(struct tally_governed *g);

/** The number of the next delivery of ${kind}, whose packages are numbered with others of
 * its kind: one more than the log has. TALLY_E_POLICY when the agreement allows no more.
 */
TALLY_NODISCARD int tally_governed_next(const struct tally_governed *g,
                                        enum tally_package_kind kind, uint64_t *out,
                                        struct tally_err *err);

/** Tell what of ${a} has run past its day for parties with one of ${roles}: the review of
 * the agreement, and what was to be destroyed. Returns how many. */
size_t tally_say_due(const struct tally_agreement *a, unsigned roles);

/** The last delivery of ${party} that entries ${what} of the own log tell of, under
 * whichever card it was sent. 0 for none. */
TALLY_NODISCARD int tally_governed_last(const struct tally_governed *g, const char *what,
                                        const struct tally_agreed_party *party,
                                        uint64_t *out, struct tally_err *err);

/** A package to be made of the file ${content}, for the party ${to}. */
struct tally_sending {
    enum tally_package_kind kind;
    const struct tally_agreed_party *to;
    const char *content; /* path; destroyed in any case */
    const char *package; /* path */
    uint64_t records;
};

/** Packages of one delivery, at most. */
#define TALLY_SENDING_MAX 64

/** Make the ${n} packages, all or none, and note them in the log as one delivery
 * ${delivery}. Their contents are destroyed before a package appears, and on any error.
 * ${key_check}: of the linkage key, or NULL. Errors: TALLY_E_EXISTS, TALLY_E_IO,
 * TALLY_E_CORRUPT (the log). */
TALLY_NODISCARD int tally_governed_send(const struct tally_governed *g,
                                        const struct tally_sending *list, size_t n,
                                        uint64_t delivery, const uint8_t *key_check,
                                        bool force, struct tally_err *err);

/** A package received: its content in an unnamed file. */
struct tally_received {
    int fd;
    uint64_t len;
    struct tally_manifest manifest;
    uint8_t digest[TALLY_DIGEST_BYTES];
    const struct tally_agreed_party *from;
    char path[32];   /* /proc/self/fd/N, for what opens by name */
    char shown[256]; /* what the user calls it */
};

/** Receive the package of the ${n} files ${paths}. A delivery that the log has already
 * from this sender, or an earlier one, is refused. Caller closes. Errors: of packages. */
TALLY_NODISCARD int tally_governed_receive(const struct tally_governed *g,
                                           const char *const *paths, size_t n,
                                           enum tally_package_kind kind,
                                           struct tally_received *out,
                                           struct tally_err *err);
void tally_received_close(struct tally_received *r);

/** That the last of the ${n} packages ${list} is of another sender than those before it:
 * TALLY_E_POLICY, for one stands in another's place. */
TALLY_NODISCARD int tally_received_once(const struct tally_received *list, size_t n,
                                        struct tally_err *err);

/** Put the name that the user gave into an error of what opened ${r} by its path, and
 * that it is about the content. Returns -1. */
int tally_received_failed(const struct tally_received *r, struct tally_err *err);

/** Hold the number of ${records} inside against the manifest and the agreement.
 * TALLY_E_POLICY. */
TALLY_NODISCARD int tally_received_count(const struct tally_governed *g,
                                         const struct tally_received *r, uint64_t records,
                                         struct tally_err *err);

/** Note in the log that ${r} was taken. */
TALLY_NODISCARD int tally_governed_note(const struct tally_governed *g, const char *what,
                                        const struct tally_received *r,
                                        struct tally_err *err);

#endif

/*
 * Packages: a linkage part, payload part or link map on its way, sealed to one party and
 * signed by another, with a manifest in clear that says no more than a carrier must know.
 * docs/protocols/package.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_PACKAGE_H
#define TALLY_PROTOCOLS_PACKAGE_H

#include "bloom/base/file.h"
#include "bloom/kdf.h"
#include "protocols/agreement.h"
#include "protocols/auditlog.h"
#include "protocols/identity.h"

#define TALLY_MANIFEST_MAX 16384

enum tally_package_kind {
    TALLY_PACKAGE_LINKAGE, /* .enc, from a data owner to the linker */
    TALLY_PACKAGE_PAYLOAD, /* .pay, from a data owner to the analyst */
    TALLY_PACKAGE_LINKMAP, /* .map, from the linker to the analyst */
    TALLY_PACKAGE_REQUEST, /* of a second round, from the linker to a data owner */
    TALLY_PACKAGE_ANSWER,  /* to it, from the data owner to the linker */
    TALLY_PACKAGE_KINDS
};
/** "linkage part"... */
const char *tally_package_kind_name(enum tally_package_kind kind);

/** What stands in clear. */
struct tally_manifest {
    enum tally_package_kind kind;
    char source[TALLY_NAME_MAX + 1];  /* of a data owner; else empty */
    uint8_t from[TALLY_DIGEST_BYTES]; /* fingerprints */
    uint8_t to[TALLY_DIGEST_BYTES];
    uint8_t agreement[TALLY_DIGEST_BYTES];    /* digest */
    uint64_t delivery;                        /* 1 and up, of this sender under it */
    uint8_t key_check[TALLY_KEY_CHECK_BYTES]; /* zero in a link map */
    uint64_t records;                         /* padded: at least so many as there are */
    char made[11];
    struct tally_log_head log; /* where the sender's log ended before this */
};

/** The least of a coarse row of numbers that is at least ${n}: what a padded count or
 * length is (Padme, Nikitin and others, "Reducing metadata leakage from encrypted files",
 * PoPETs 2019(4)): at most 12 % more, in 2^(log log n) steps. */
uint64_t tally_padded(uint64_t n);

/** Seal ${len} bytes of the file ${fd} to the key ${to_seal} and append the package to
 * ${f}, which is not committed. ${m} is the caller's word, its records are padded here.
 * Memory does not depend on ${len}. Errors: TALLY_E_IO, TALLY_E_NOMEM,
 * TALLY_E_INTERRUPTED. */
TALLY_NODISCARD int tally_package_write(struct tally_outfile *f,
                                        const struct tally_manifest *m,
                                        const uint8_t to_seal[TALLY_SEAL_PUBLIC_BYTES],
                                        const struct tally_identity *from, int fd,
                                        uint64_t len, struct tally_err *err);

/** A package whose signature holds. */
struct tally_package;

/** Open the package in the file ${fd}, called ${shown}, and check its signature over
 * every byte before anything of it is parsed. ${fd} stays the caller's. Errors:
 * TALLY_E_CORRUPT (not a package, cut, changed). */
TALLY_NODISCARD int tally_package_open(struct tally_package **out, int fd,
                                       const char *shown, struct tally_err *err);
const struct tally_manifest *tally_package_manifest(const struct tally_package *p);
/** The digest of the whole package, for receipts and logs. */
const uint8_t *tally_package_digest(const struct tally_package *p);

/** Hold ${p} against the agreement ${a} (opened for use): from a party whose part this
 * is, signed by its card, to ${self}, of the agreement, of the kind ${kind}. ${from} gets
 * the sender. Errors: TALLY_E_KEY (signed by nobody here, or not for ${self}),
 * TALLY_E_POLICY (another agreement, not the sender's to send). */
TALLY_NODISCARD int
tally_package_admit(const struct tally_package *p, const struct tally_agreement *a,
                    const struct tally_card *self, enum tally_package_kind kind,
                    const struct tally_agreed_party **from, struct tally_err *err);

/** Unseal with ${own} and write the content to ${out_fd}; ${len} gets its length. Errors:
 * TALLY_E_KEY, TALLY_E_CORRUPT, TALLY_E_IO, TALLY_E_INTERRUPTED. */
TALLY_NODISCARD int tally_package_unseal(const struct tally_package *p,
                                         struct tally_secret *own, int out_fd,
                                         uint64_t *len, struct tally_err *err);
void tally_package_close(struct tally_package *p);

#endif

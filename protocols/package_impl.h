/*
 * Private to packages: the layout.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_PACKAGE_IMPL_H
#define TALLY_PROTOCOLS_PACKAGE_IMPL_H

#include "protocols/package.h"
#include "protocols/seal.h"
#include "protocols/sign.h"

#define TALLY_PACKAGE_MAGIC   "TALLYPKG"
#define TALLY_PACKAGE_VERSION 1
/** Magic, LE32 version, LE32 length of the manifest, the signer's key. */
#define TALLY_PACKAGE_HEAD (8 + 4 + 4 + TALLY_SIGN_PUBLIC_BYTES)

/** A manifest as text, malloced. */
char *tally_manifest_text(const struct tally_manifest *m,
                          const uint8_t sealed_key[TALLY_SEALED_KEY_BYTES]);
/** And back. Errors: TALLY_E_CORRUPT. */
TALLY_NODISCARD int tally_manifest_parse(const char *shown, const char *text, size_t len,
                                         struct tally_manifest *out,
                                         uint8_t sealed_key[TALLY_SEALED_KEY_BYTES],
                                         struct tally_err *err);

#endif

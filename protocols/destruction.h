/*
 * Destroying what is past its day, with a signed certificate.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_PROTOCOLS_DESTRUCTION_H
#define TALLY_PROTOCOLS_DESTRUCTION_H

#include "protocols/identity.h"

/** Overwrite and remove the ${n} files at ${paths}, and write a paper of ${id} at
 * ${certificate} that says what they were: name, length and digest of each, none of its
 * contents. ${why} is a sentence. The certificate is on the disk before anything
 * is touched, and appears once all is gone; when a file cannot be destroyed
 * after others were, the certificate tells of those that were, and the error of the first
 * that was not. Errors: TALLY_E_NO_FILE, TALLY_E_USAGE, TALLY_E_EXISTS, TALLY_E_IO. */
TALLY_NODISCARD int tally_destroy(const char *const *paths, size_t n, const char *why,
                                  const struct tally_identity *id,
                                  const char *certificate, bool force,
                                  struct tally_err *err);

#endif

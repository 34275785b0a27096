/*
 * Deliveries that the linker has taken: files beside its store, STORE.deliveries.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_DELIVERIES_H
#define TALLY_CLI_DELIVERIES_H

#include <stdint.h>

#include "bloom/base/err.h"

/** Make the folder unless it is there. */
TALLY_NODISCARD int tally_deliveries_make(const char *store, struct tally_err *err);

/** STORE.deliveries/SOURCE-N.KIND. */
TALLY_NODISCARD int tally_delivery_path(const char *store, const char *source,
                                        uint64_t delivery, const char *kind,
                                        char out[4096], struct tally_err *err);

#endif

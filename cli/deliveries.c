/*
 * Where deliveries lie.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/deliveries.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

int
tally_deliveries_make(const char *store, struct tally_err *err)
{
    char dir[4096];

    if (snprintf(dir, sizeof dir, "%s.deliveries", store) >= (int)sizeof dir) {
        return tally_err_set(err, TALLY_E_USAGE, "the path is too long: %s", store);
    }
    return mkdir(dir, 0700) == 0 || errno == EEXIST
               ? 0
               : tally_err_errno(err, TALLY_E_IO, "cannot make the folder %s", dir);
}

int
tally_delivery_path(const char *store, const char *source, uint64_t delivery,
                    const char *kind, char out[4096], struct tally_err *err)
{
    return snprintf(out, 4096, "%s.deliveries/%s-%llu.%s", store, source,
                    (unsigned long long)delivery, kind) < 4096
               ? 0
               : tally_err_set(err, TALLY_E_USAGE, "the path is too long: %s", store);
}

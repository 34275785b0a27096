/*
 * Where deliveries lie.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/deliveries.h"

#include "bloom/base/file.h"

#include <errno.h>
#include <sys/stat.h>

int
tally_deliveries_make(const char *store, struct tally_err *err)
{
    char dir[4096];

    if (tally_path_format(dir, err, "%s.deliveries", store) != 0) {
        return -1;
    }
    return mkdir(dir, 0700) == 0 || errno == EEXIST
               ? 0
               : tally_err_errno(err, TALLY_E_IO, "cannot make the folder %s", dir);
}

int
tally_delivery_path(const char *store, const char *source, uint64_t delivery,
                    const char *kind, char out[4096], struct tally_err *err)
{
    return tally_path_format(out, err, "%s.deliveries/%s-%llu.%s", store, source,
                             (unsigned long long)delivery, kind);
}

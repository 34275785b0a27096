/*
 * Identities and cards on the command line.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/identity_arg.h"

#include <sys/stat.h>

#include "cli/cli.h"

int
tally_identity_arg(const char *dir, uint64_t fd, struct tally_identity *out,
                   struct tally_err *err)
{
    struct tally_secret *passphrase = NULL;
    int rc = -1;

    if (tally_opt_need(dir, "--identity DIR", err) != 0) {
        return -1;
    }
    if (tally_passphrase(fd, dir, false, &passphrase, err) == 0) {
        rc = tally_identity_open(out, dir, passphrase, err);
    }
    tally_secret_free(passphrase);
    return rc;
}

int
tally_card_arg(const char *path, struct tally_card *out, struct tally_err *err)
{
    struct stat st;
    char inside[4096];

    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return tally_card_read(out, path, err);
    }
    return tally_path_format(inside, err, "%s/%s", path, TALLY_IDENTITY_CARD) == 0
               ? tally_card_read(out, inside, err)
               : -1;
}

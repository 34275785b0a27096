/*
 * tally keygen: a random linkage key in a file only its owner can read.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>

#include "bloom/base/bytes.h"
#include "bloom/kdf.h"
#include "bloom/keyfile.h"

/* Nothing can fail once the file is there. */
static int
make(const char *path, bool force, struct tally_err *err)
{
    struct tally_secret *key = NULL;
    uint8_t check[TALLY_KEY_CHECK_BYTES];
    char hex[2 * TALLY_KEY_CHECK_BYTES + 1];
    int status = -1;

    if (tally_secret_create(&key, TALLY_KEY_BYTES, err) != 0) {
        return -1;
    }
    tally_random(tally_secret_open(key), TALLY_KEY_BYTES);
    tally_secret_close(key);
    if (tally_key_check(key, check, err) == 0 &&
        tally_keyfile_write(path, TALLY_KEY_LINKAGE, force, key, err) == 0) {
        tally_hex_encode(check, sizeof check, hex);
        tally_say("Wrote a new linkage key to %s, readable by you alone.", path);
        tally_say("Key check value: %s", hex);
        tally_say(
            "Every data owner must see this same value. The key itself goes only to "
            "other data owners, never to the linker or the analyst.");
        status = 0;
    }
    tally_secret_free(key);
    return status;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    const char *out = NULL;
    bool force = false;
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_OUTPUT("KEY", out, "the key file to write"), TALLY_OPT_FORCE(force),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 0) {
        return tally_err_set(err, TALLY_E_USAGE, "keygen takes no files, only -o KEY");
    }
    return tally_opt_need(out, "-o KEY", err) != 0 ? -1 : make(out, force, err);
}

const struct tally_verb tally_verb_keygen = {
    "keygen", "make a random 256-bit linkage key", "-o KEY",
    "  tally keygen -o project.key\n"
    "  Give the file to the other data owners by a safe way. Whoever has it can\n"
    "  find out who is behind an encoding.\n",
    run};

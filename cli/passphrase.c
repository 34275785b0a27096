/*
 * Passphrases. They are read into guarded memory a byte at a time, so that no buffer of
 * the C library holds a copy.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "bloom/base/file.h"
#include "cli/cli.h"
#include "protocols/passbox.h"

/* One line of ${fd} into ${to} (TALLY_PASSPHRASE_MAX bytes). */
static int
read_line(int fd, uint8_t *to, size_t *len, struct tally_err *err)
{
    uint8_t byte;

    *len = 0;
    for (;;) {
        ptrdiff_t got = tally_read(fd, &byte, 1, "the passphrase", err);

        if (got < 0) {
            return -1;
        }
        if (got == 0 || byte == '\n') {
            break;
        }
        if (*len == TALLY_PASSPHRASE_MAX) {
            return tally_err_set(err, TALLY_E_USAGE,
                                 "the passphrase is longer than %d bytes",
                                 TALLY_PASSPHRASE_MAX);
        }
        to[(*len)++] = byte;
    }
    tally_wipe(&byte, sizeof byte);
    if (*len > 0 && to[*len - 1] == '\r') {
        --*len;
    }
    return *len > 0 ? 0 : tally_err_set(err, TALLY_E_USAGE, "the passphrase is empty");
}

/* A secret of just the bytes of the line. */
static int
read_secret(int fd, struct tally_secret **out, struct tally_err *err)
{
    struct tally_secret *room = NULL, *line = NULL;
    size_t len = 0;
    int rc;

    if (tally_secret_create(&room, TALLY_PASSPHRASE_MAX, err) != 0) {
        return -1;
    }
    rc = read_line(fd, tally_secret_open(room), &len, err);
    if (rc == 0 && (rc = tally_secret_create(&line, len, err)) == 0) {
        memcpy(tally_secret_open(line), tally_secret_open(room), len);
        tally_secret_close(line);
        tally_secret_close(room);
        *out = line;
    }
    tally_secret_close(room);
    tally_secret_free(room);
    return rc;
}

static int
ask(int tty, const char *prompt, struct tally_secret **out, struct tally_err *err)
{
    struct termios was, quiet;
    int rc;

    if (tcgetattr(tty, &was) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot read from the terminal");
    }
    quiet = was;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    dprintf(tty, "%s: ", prompt);
    (void)tcsetattr(tty, TCSAFLUSH, &quiet);
    rc = read_secret(tty, out, err);
    (void)tcsetattr(tty, TCSAFLUSH, &was);
    dprintf(tty, "\n");
    return rc;
}

static int
ask_twice(int tty, struct tally_secret **out, struct tally_err *err)
{
    struct tally_secret *again = NULL;
    int rc = ask(tty, "The same again", &again, err);

    if (rc == 0 && !tally_secret_equal(*out, again)) {
        rc = tally_err_set(err, TALLY_E_USAGE, "the two passphrases differ");
    }
    tally_secret_free(again);
    if (rc != 0) {
        tally_secret_free(*out);
        *out = NULL;
    }
    return rc;
}

static int
from_terminal(const char *what, bool fresh, struct tally_secret **out,
              struct tally_err *err)
{
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    char prompt[160];
    int rc;

    if (tty < 0) {
        tally_err_set(err, TALLY_E_USAGE, "no terminal to ask for the passphrase at");
        return tally_err_hint(err, "give --passphrase-fd N, for instance with "
                                   "'--passphrase-fd 3 3< FILE'");
    }
    (void)snprintf(prompt, sizeof prompt, "%s for %s",
                   fresh ? "New passphrase" : "Passphrase", what);
    rc = ask(tty, prompt, out, err);
    if (rc == 0 && fresh) {
        rc = ask_twice(tty, out, err);
    }
    (void)close(tty);
    return rc;
}

int
tally_passphrase(uint64_t fd, const char *what, bool fresh, struct tally_secret **out,
                 struct tally_err *err)
{
    if (fd == TALLY_PASSPHRASE_ASK) {
        return from_terminal(what, fresh, out, err);
    }
    if (fcntl((int)fd, F_GETFD) < 0) {
        tally_err_set(err, TALLY_E_USAGE, "--passphrase-fd %d: no such open file",
                      (int)fd);
        return tally_err_hint(err, "open it on the command line: '%d< FILE'", (int)fd);
    }
    return read_secret((int)fd, out, err);
}

/*
 * Key files: four lines of text, so that a person can see what they hold, with a check
 * value that catches a copy that went wrong. The key is 256 random bits: the check gives
 * nothing away.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/keyfile.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"

#include <stdlib.h>
#include <string.h>

#define CHECK_BYTES 8
#define KEYFILE_MAX 4096 /* bytes: four lines, with room for comments */

static const struct {
    const char *title; /* the first line */
    const char *name;
    const char *comment;
} purposes[] = {
    [TALLY_KEY_LINKAGE] =
        {"tallystick linkage key 1", "linkage key",
         "# Keep this file secret: whoever holds it can test guesses at "
         "people's identities. Data owners only."},
    [TALLY_KEY_RELEASE] =
        {"tallystick release key 1", "release key",
         "# Keep this file secret: whoever holds it can trace pseudonyms. "
         "Linker only."},
};
#define NPURPOSES (sizeof(purposes) / sizeof(purposes[0]))

/* Over title and key bytes, so that a key under the other title does not check either. */
static void
key_check_value(enum tally_key_purpose purpose, const uint8_t key[TALLY_KEY_BYTES],
                uint8_t out[CHECK_BYTES])
{
    const char *title = purposes[purpose].title;
    struct tally_digest_state st;
    uint8_t digest[TALLY_DIGEST_BYTES];

    tally_digest_init(&st);
    tally_digest_update(&st, title, strlen(title));
    tally_digest_update(&st, key, TALLY_KEY_BYTES);
    tally_digest_final(&st, digest);
    memcpy(out, digest, CHECK_BYTES);
    tally_wipe(&st, sizeof(st));
    tally_wipe(digest, sizeof(digest));
}

static int
write_key(struct tally_outfile *f, enum tally_key_purpose purpose,
          const uint8_t key[TALLY_KEY_BYTES], struct tally_err *err)
{
    uint8_t check[CHECK_BYTES];
    char check_hex[2 * CHECK_BYTES + 1];
    char key_hex[2 * TALLY_KEY_BYTES + 1];
    int rc;

    key_check_value(purpose, key, check);
    tally_hex_encode(check, sizeof(check), check_hex);
    tally_hex_encode(key, TALLY_KEY_BYTES, key_hex);
    rc = tally_outfile_printf(f, err, "%s\n%s\nkey ", purposes[purpose].title,
                              purposes[purpose].comment);
    if (rc == 0) {
        rc = tally_outfile_write(f, key_hex, 2 * TALLY_KEY_BYTES, err);
    }
    if (rc == 0) {
        rc = tally_outfile_printf(f, err, "\ncheck %s\n", check_hex);
    }
    tally_wipe(key_hex, sizeof(key_hex));
    return rc;
}

int
tally_keyfile_write(const char *path, enum tally_key_purpose purpose, bool force,
                    struct tally_secret *key, struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    int rc;

    TALLY_INVARIANT(tally_secret_len(key) == TALLY_KEY_BYTES);
    if (tally_outfile_open(&f, path, 0600, force, err) != 0) {
        return -1;
    }
    rc = write_key(f, purpose, tally_secret_open(key), err);
    tally_secret_close(key);
    if (rc == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    return rc;
}

int
tally_keyfile_create(const char *path, enum tally_key_purpose purpose, bool force,
                     struct tally_err *err)
{
    struct tally_secret *key = NULL;
    int rc;

    if (tally_secret_create(&key, TALLY_KEY_BYTES, err) != 0) {
        return -1;
    }
    tally_random(tally_secret_open(key), TALLY_KEY_BYTES);
    tally_secret_close(key);
    rc = tally_keyfile_write(path, purpose, force, key, err);
    tally_secret_free(key);
    return rc;
}

/* What the lines of a key file said. */
struct parsed {
    const char *key; /* hex, not NUL-terminated */
    size_t key_len;
    const char *check;
    size_t check_len;
};

/* One line after the title: "#" comments and blank lines, key and check once each. */
static bool
parse_line(const char *line, size_t len, struct parsed *p)
{
    if (len == 0 || line[0] == '#') {
        return true;
    }
    if (len > 4 && memcmp(line, "key ", 4) == 0 && p->key == NULL) {
        p->key = line + 4;
        p->key_len = len - 4;
        return true;
    }
    if (len > 6 && memcmp(line, "check ", 6) == 0 && p->check == NULL) {
        p->check = line + 6;
        p->check_len = len - 6;
        return true;
    }
    return false;
}

/* The next line of ${text}; blanks and a carriage return at its end do not count. */
static size_t
next_line(const char **text, size_t *left, const char **line)
{
    const char *end = memchr(*text, '\n', *left);
    size_t whole = end != NULL ? (size_t)(end - *text) : *left;
    size_t len = whole;

    *line = *text;
    *text += end != NULL ? whole + 1 : whole;
    *left -= end != NULL ? whole + 1 : whole;
    while (len > 0 && ((*line)[len - 1] == '\r' || (*line)[len - 1] == ' ')) {
        len--;
    }
    return len;
}

static bool
is_title(const char *line, size_t len, size_t purpose)
{
    return len == strlen(purposes[purpose].title) &&
           memcmp(line, purposes[purpose].title, len) == 0;
}

static int
check_title(const char *line, size_t len, const char *path,
            enum tally_key_purpose purpose, struct tally_err *err)
{
    size_t other;

    if (is_title(line, len, purpose)) {
        return 0;
    }
    for (other = 0; other < NPURPOSES; other++) {
        if (is_title(line, len, other)) {
            return tally_err_set(err, TALLY_E_KEY, "%s: this is a %s, not a %s", path,
                                 purposes[other].name, purposes[purpose].name);
        }
    }
    tally_err_set(err, TALLY_E_KEY, "%s: this is not a Tallystick %s", path,
                  purposes[purpose].name);
    return tally_err_hint(err, "'tally keygen' makes one");
}

static int
damaged(const char *path, const char *what, struct tally_err *err)
{
    tally_err_set(err, TALLY_E_KEY, "%s: %s", path, what);
    return tally_err_hint(err,
                          "the key file was changed or copied wrongly: copy it again");
}

/* In the one form that is written, so that a file that was changed shows it. */
static bool
exact_hex(const char *hex, size_t len, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < len; i++) {
        if (hex[i] >= 'A' && hex[i] <= 'F') {
            return false;
        }
    }
    return tally_hex_decode(hex, len, out, n);
}

static int
decode_key(const struct parsed *p, const char *path, enum tally_key_purpose purpose,
           uint8_t key[TALLY_KEY_BYTES], struct tally_err *err)
{
    uint8_t said[CHECK_BYTES], is[CHECK_BYTES];

    if (p->key == NULL || p->check == NULL) {
        return damaged(path, "the key or its check value is missing", err);
    }
    if (!exact_hex(p->key, p->key_len, key, TALLY_KEY_BYTES)) {
        return damaged(path, "the key is not 64 hexadecimal digits", err);
    }
    if (!exact_hex(p->check, p->check_len, said, CHECK_BYTES)) {
        return damaged(path, "the check value is not 16 hexadecimal digits", err);
    }
    key_check_value(purpose, key, is);
    return memcmp(said, is, CHECK_BYTES) == 0
               ? 0
               : damaged(path, "the key does not match its check value", err);
}

static int
parse_key(const char *text, size_t len, const char *path, enum tally_key_purpose purpose,
          uint8_t key[TALLY_KEY_BYTES], struct tally_err *err)
{
    struct parsed p = {NULL, 0, NULL, 0};
    const char *line;
    size_t n = next_line(&text, &len, &line);

    if (check_title(line, n, path, purpose, err) != 0) {
        return -1;
    }
    while (len > 0) {
        n = next_line(&text, &len, &line);
        if (!parse_line(line, n, &p)) {
            return damaged(path, "there is a line that does not belong", err);
        }
    }
    return decode_key(&p, path, purpose, key, err);
}

int
tally_keyfile_read(const char *path, enum tally_key_purpose purpose,
                   struct tally_secret **out, struct tally_err *err)
{
    struct tally_secret *s = NULL;
    uint8_t *text = NULL;
    size_t len = 0;
    int rc;

    if (tally_file_read_private(path, KEYFILE_MAX, &text, &len, err) != 0) {
        return -1;
    }
    rc = tally_secret_create(&s, TALLY_KEY_BYTES, err);
    if (rc == 0) {
        rc = parse_key((const char *)text, len, path, purpose, tally_secret_open(s), err);
        tally_secret_close(s);
    }
    tally_wipe(text, len);
    free(text);
    if (rc != 0) {
        tally_secret_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

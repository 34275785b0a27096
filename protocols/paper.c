/*
 * Papers. The last line is found from the end of the file, so that not a byte of the body
 * is parsed before its signature holds.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/paper.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/meta.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAPER_VERSION 1

#define KEY_DIGITS       (2 * TALLY_SIGN_PUBLIC_BYTES)
#define SIGNATURE_DIGITS (2 * TALLY_SIGNATURE_BYTES)

static const char opening[] = "\nsignature ";
#define OPENING_LEN (sizeof opening - 1)

/* "\nsignature KEY SIGNATURE\n" */
#define TRAILER_LEN (OPENING_LEN + KEY_DIGITS + 1 + SIGNATURE_DIGITS + 1)

static const struct {
    const char *name;
    const char *domain;
} kinds[TALLY_PAPER_KINDS] = {
    [TALLY_PAPER_CARD] = {"card", TALLY_DOMAIN_SIGN_CARD},
    [TALLY_PAPER_ROTATION] = {"rotation", TALLY_DOMAIN_SIGN_ROTATION},
    [TALLY_PAPER_REVOCATION] = {"revocation", TALLY_DOMAIN_SIGN_REVOCATION},
    [TALLY_PAPER_AGREEMENT] = {"signature of an agreement", TALLY_DOMAIN_SIGN_AGREEMENT},
    [TALLY_PAPER_COMMITMENT] = {"commitment", TALLY_DOMAIN_SIGN_COMMITMENT},
    [TALLY_PAPER_CONTRIBUTION] = {"contribution", TALLY_DOMAIN_SIGN_CONTRIBUTION},
    [TALLY_PAPER_CEREMONY] = {"ceremony record", TALLY_DOMAIN_SIGN_CEREMONY},
    [TALLY_PAPER_SHARE] = {"key share", TALLY_DOMAIN_SIGN_SHARE},
    [TALLY_PAPER_DESTRUCTION] = {"certificate of destruction",
                                 TALLY_DOMAIN_SIGN_DESTRUCTION},
    [TALLY_PAPER_RECEIPT] = {"receipt", TALLY_DOMAIN_SIGN_RECEIPT},
    [TALLY_PAPER_REQUEST] = {"request for release", TALLY_DOMAIN_SIGN_REQUEST},
    [TALLY_PAPER_APPROVAL] = {"approval of a release", TALLY_DOMAIN_SIGN_APPROVAL},
    [TALLY_PAPER_SHEET] = {"provider sheet", TALLY_DOMAIN_SIGN_SHEET},
};

const char *
tally_paper_kind_name(enum tally_paper_kind kind)
{
    return kinds[kind].name;
}

struct tally_jnode *
tally_paper_body(enum tally_paper_kind kind)
{
    struct tally_jnode *body = tally_jobject();

    tally_jset_str(body, "tallystick", kinds[kind].name);
    tally_jset_int(body, "version", PAPER_VERSION);
    return body;
}

int
tally_paper_write(struct tally_outfile *f, enum tally_paper_kind kind,
                  struct tally_jnode *body, struct tally_secret *seed,
                  struct tally_err *err)
{
    uint8_t key[TALLY_SIGN_PUBLIC_BYTES], signature[TALLY_SIGNATURE_BYTES];
    uint8_t digest[TALLY_DIGEST_BYTES];
    char key_hex[KEY_DIGITS + 1], signature_hex[SIGNATURE_DIGITS + 1];
    char *text = tally_json_text(body, 2);
    int rc = -1;

    tally_jfree(body);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    tally_digest(text, strlen(text), digest);
    if (tally_sign_public(seed, key, err) == 0 &&
        tally_sign(seed, kinds[kind].domain, digest, signature, err) == 0) {
        tally_hex_encode(key, sizeof key, key_hex);
        tally_hex_encode(signature, sizeof signature, signature_hex);
        rc = tally_outfile_printf(f, err, "%s%s%s %s\n", text, opening, key_hex,
                                  signature_hex);
    }
    tally_wipe(text, strlen(text)); /* a share of a key is a paper too */
    free(text);
    return rc;
}

static int
damaged(const char *path, enum tally_paper_kind kind, struct tally_err *err)
{
    tally_err_set(err, TALLY_E_CORRUPT,
                  "%s: not a Tallystick %s, or cut or changed since it was signed", path,
                  kinds[kind].name);
    return tally_err_hint(err, "ask whoever signed it for it again");
}

/* Read ${n} bytes from the hexadecimal digits at ${in}, in the one form they are written
 * in, so that a paper cannot be changed and hold. */
static bool
exact_hex(const char *in, uint8_t *out, size_t n)
{
    char again[SIGNATURE_DIGITS + 1];

    if (!tally_hex_decode(in, 2 * n, out, n)) {
        return false;
    }
    tally_hex_encode(out, n, again);
    return memcmp(in, again, 2 * n) == 0;
}

/* Check the trailer against the body, which is what is left of ${len}. */
static bool
signature_holds(const uint8_t *text, size_t *len, enum tally_paper_kind kind,
                struct tally_paper *p)
{
    uint8_t signature[TALLY_SIGNATURE_BYTES];
    const char *at;

    if (*len <= TRAILER_LEN || text[*len - 1] != '\n') {
        return false;
    }
    *len -= TRAILER_LEN;
    at = (const char *)text + *len;
    if (memcmp(at, opening, OPENING_LEN) != 0 ||
        !exact_hex(at + OPENING_LEN, p->key, sizeof p->key) ||
        at[OPENING_LEN + KEY_DIGITS] != ' ' ||
        !exact_hex(at + OPENING_LEN + KEY_DIGITS + 1, signature, sizeof signature)) {
        return false;
    }
    tally_digest(text, *len, p->digest);
    return tally_sign_verify(p->key, kinds[kind].domain, p->digest, signature);
}

bool
tally_paper_at_end(const char *path)
{
    char end[OPENING_LEN];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    bool is;

    if (fd < 0) {
        return false;
    }
    is = fstat(fd, &st) == 0 && st.st_size > (off_t)TRAILER_LEN &&
         pread(fd, end, OPENING_LEN, st.st_size - (off_t)TRAILER_LEN) ==
             (ssize_t)OPENING_LEN &&
         memcmp(end, opening, OPENING_LEN) == 0;
    (void)close(fd);
    return is;
}

/* What a signed body must say of itself. */
static int
check_body(const struct tally_paper *p, const char *path, enum tally_paper_kind kind,
           struct tally_err *err)
{
    struct tally_json root = tally_json_root(p->doc);
    int64_t version;

    if (tally_meta_fixed(&root, "tallystick", kinds[kind].name, err) != 0 ||
        tally_meta_count(&root, "version", 1000, &version, err) != 0) {
        return tally_meta_failed(err);
    }
    if (version != PAPER_VERSION) {
        tally_err_set(err, TALLY_E_CORRUPT, "%s: version %d of a %s is not known here",
                      path, (int)version, kinds[kind].name);
        return tally_err_hint(err, "use the program's version that the sender used");
    }
    return 0;
}

static int
read_text(struct tally_paper *p, const char *path, const uint8_t *text, size_t len,
          enum tally_paper_kind kind, const uint8_t *key, struct tally_err *err)
{
    if (!signature_holds(text, &len, kind, p)) {
        return damaged(path, kind, err);
    }
    if (key != NULL && memcmp(key, p->key, sizeof p->key) != 0) {
        return tally_err_set(err, TALLY_E_KEY, "%s: signed by another party", path);
    }
    if (tally_json_parse(&p->doc, path, text, len, err) != 0) {
        return tally_meta_failed(err);
    }
    return check_body(p, path, kind, err);
}

int
tally_paper_read(struct tally_paper *out, const char *path, enum tally_paper_kind kind,
                 const uint8_t key[TALLY_SIGN_PUBLIC_BYTES], struct tally_err *err)
{
    struct tally_paper p = {.doc = NULL};
    uint8_t *text = NULL;
    size_t len = 0;
    int rc;

    if (tally_file_read(path, TALLY_PAPER_BYTES_MAX, &text, &len, err) != 0) {
        return err->code == TALLY_E_LIMIT ? damaged(path, kind, err) : -1;
    }
    rc = read_text(&p, path, text, len, kind, key, err);
    tally_wipe(text, len);
    free(text);
    if (rc != 0) {
        tally_paper_free(&p);
        return -1;
    }
    *out = p;
    return 0;
}

void
tally_paper_free(struct tally_paper *p)
{
    tally_json_doc_free(p->doc);
    p->doc = NULL;
}

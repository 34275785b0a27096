/*
 * Packages, their parts, and audit logs: what arrives is what was sent, to whom it was
 * sent, under the agreement it was sent under, or it is refused by name.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/base/file.h"
#include "protocols/agreement_sign.h"
#include "protocols/auditlog.h"
#include "protocols/package.h"
#include "protocols/paper.h"
#include "protocols/parts.h"
#include "tests/support/parties.h"
#include "tests/support/scratch.h"

#define A     "agreement.json"
#define TODAY "2026-06-01"

static struct tally_agreement *agreement;

static int
setup(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_scratch_enter(state) != 0) {
        return -1;
    }
    tally_party_agreement(A, "2026-01-01");
    tally_party_sign_all(A);
    return tally_agreement_open(&agreement, A, TODAY, &err);
}

static int
teardown(void **state)
{
    tally_agreement_free(agreement);
    agreement = NULL;
    return tally_scratch_leave(state);
}

enum { POLICE, HEALTH, EDUCATION, LINKER, ANALYST };

/* A package of ${len} bytes from police to ${to}. */
static void
send_to(size_t to, enum tally_package_kind kind, const char *source, size_t len,
        const char *path)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_identity id = tally_party_open("police");
    struct tally_manifest m = {
        .kind = kind, .delivery = 3, .records = 1234, .made = TODAY};
    struct tally_outfile *f = NULL;
    int fd;

    (void)snprintf(m.source, sizeof m.source, "%s", source);
    memcpy(m.from, id.card.fingerprint, sizeof m.from);
    memcpy(m.to, agreement->parties[to].card.fingerprint, sizeof m.to);
    memcpy(m.agreement, agreement->digest, sizeof m.agreement);
    assert_int_equal(tally_tmpfile(NULL, &fd, &err), 0);
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)(i * 7 + i / 1000);

        assert_int_equal(pwrite(fd, &byte, 1, (off_t)i), 1);
    }
    assert_int_equal(tally_outfile_open(&f, path, 0600, true, &err), 0);
    assert_int_equal(
        tally_package_write(f, &m, agreement->parties[to].seal, &id, fd, len, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    (void)close(fd);
    tally_identity_close(&id);
}

/* Receive ${fd} as ${who}; its length, or -1. */
static int64_t
receive_fd(int fd, size_t who, enum tally_package_kind kind, struct tally_err *err)
{
    struct tally_package *p = NULL;
    struct tally_secret *own = NULL,
                        *pass = tally_party_passphrase("correct horse battery");
    const struct tally_agreed_party *from;
    uint64_t len = 0;
    int out = -1;
    int64_t rc = -1;

    assert_int_equal(tally_tmpfile(NULL, &out, &(struct tally_err)TALLY_ERR_INIT), 0);
    if (tally_package_open(&p, fd, "package", err) == 0 &&
        tally_package_admit(p, agreement, &agreement->parties[who].card, kind, &from,
                            err) == 0 &&
        tally_agreement_unseal(agreement, A, who, pass, &own, err) == 0 &&
        tally_package_unseal(p, own, out, &len, err) == 0) {
        rc = (int64_t)len;
        assert_ptr_equal(from, &agreement->parties[POLICE]);
        for (size_t i = 0; i < len; i++) {
            uint8_t byte;

            assert_int_equal(pread(out, &byte, 1, (off_t)i), 1);
            assert_int_equal(byte, (uint8_t)(i * 7 + i / 1000));
        }
    }
    (void)close(out);
    tally_secret_free(pass);
    tally_secret_free(own);
    tally_package_close(p);
    return rc;
}

static int64_t
receive(const char *path, size_t who, enum tally_package_kind kind, struct tally_err *err)
{
    int fd = open(path, O_RDONLY);
    int64_t rc;

    assert_true(fd >= 0);
    rc = receive_fd(fd, who, kind, err);
    (void)close(fd);
    return rc;
}

static void
content_of_any_length_arrives(void **state)
{
    static const size_t lengths[] = {0, 1, 8, 65527, 65528, 65529, 131064, 200000};
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        send_to(LINKER, TALLY_PACKAGE_LINKAGE, "police", lengths[i], "p");
        if (receive("p", LINKER, TALLY_PACKAGE_LINKAGE, &err) != (int64_t)lengths[i]) {
            fail_msg("length %zu: %s", lengths[i], err.text);
        }
    }
}

static void
lengths_and_counts_are_padded(void **state)
{
    struct stat one, other;

    (void)state;
    send_to(LINKER, TALLY_PACKAGE_LINKAGE, "police", 100400, "a");
    send_to(LINKER, TALLY_PACKAGE_LINKAGE, "police", 102000, "b");
    assert_int_equal(stat("a", &one), 0);
    assert_int_equal(stat("b", &other), 0);
    assert_int_equal(one.st_size, other.st_size);
    assert_int_equal(tally_padded(0), 0);
    assert_int_equal(tally_padded(1), 1);
    for (uint64_t n = 1; n < 5000000; n = n * 3 / 2 + 1) {
        assert_true(tally_padded(n) >= n);
        assert_true(tally_padded(n) <= n + n * 12 / 100 + 1);
        assert_int_equal(tally_padded(tally_padded(n)), tally_padded(n));
    }
}

static void
refuses(const char *path, size_t who, enum tally_package_kind kind, enum tally_code code,
        const char *text)
{
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(receive(path, who, kind, &err), -1);
    if (strstr(err.text, text) == NULL) {
        fail_msg("'%s' does not say '%s'", err.text, text);
    }
    assert_int_equal(err.code, code);
}

static void
what_is_not_due_is_refused_by_name(void **state)
{
    (void)state;
    send_to(LINKER, TALLY_PACKAGE_LINKAGE, "police", 100, "p");
    refuses("p", ANALYST, TALLY_PACKAGE_LINKAGE, TALLY_E_KEY, "sealed to another party");
    refuses("p", LINKER, TALLY_PACKAGE_PAYLOAD, TALLY_E_POLICY,
            "a linkage part, where a payload part is due");
    send_to(LINKER, TALLY_PACKAGE_LINKAGE, "health", 100, "p");
    refuses("p", LINKER, TALLY_PACKAGE_LINKAGE, TALLY_E_POLICY,
            "not for Northshire Police to send");
    send_to(ANALYST, TALLY_PACKAGE_LINKMAP, "", 100, "p");
    refuses("p", ANALYST, TALLY_PACKAGE_LINKMAP, TALLY_E_POLICY,
            "not for Northshire Police to send");
    send_to(LINKER, TALLY_PACKAGE_LINKAGE, "police", 100, "p");
    agreement->digest[0] ^= 1;
    refuses("p", LINKER, TALLY_PACKAGE_LINKAGE, TALLY_E_POLICY, "another agreement");
    agreement->digest[0] ^= 1;
    agreement->parties[POLICE].card.sign[0] ^= 1;
    refuses("p", LINKER, TALLY_PACKAGE_LINKAGE, TALLY_E_KEY, "signed by no party");
}

static int
takes(struct tally_err *err)
{
    return receive("p", LINKER, TALLY_PACKAGE_LINKAGE, err) >= 0 ? 0 : -1;
}

static void
no_changed_byte_of_a_package_is_taken(void **state)
{
    (void)state;
    send_to(LINKER, TALLY_PACKAGE_LINKAGE, "police", 70000, "p");
    tally_party_mutate("p", takes);
}

/* Put the bytes of ${from} into the file ${to}, which stays the same file. */
static void
overwrite(const char *to, const char *from)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *bytes = NULL;
    size_t len = 0;
    int fd = open(to, O_WRONLY);

    assert_int_equal(tally_file_read(from, 1u << 20, &bytes, &len, &err), 0);
    assert_int_equal(pwrite(fd, bytes, len, 0), (ssize_t)len);
    (void)close(fd);
    free(bytes);
}

static void
a_package_swapped_after_its_signature_was_checked_is_refused(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *own = NULL,
                        *pass = tally_party_passphrase("correct horse battery");
    struct tally_package *p = NULL;
    uint64_t len;
    int fd, out;

    (void)state;
    send_to(LINKER, TALLY_PACKAGE_LINKAGE, "police", 70000, "p");
    send_to(LINKER, TALLY_PACKAGE_LINKAGE, "police", 70000, "q");
    fd = open("p", O_RDONLY);
    assert_int_equal(tally_tmpfile(NULL, &out, &err), 0);
    assert_int_equal(tally_agreement_unseal(agreement, A, LINKER, pass, &own, &err), 0);
    assert_int_equal(tally_package_open(&p, fd, "p", &err), 0);
    assert_int_equal(tally_package_unseal(p, own, out, &len, &err), 0);
    overwrite("p", "q");
    assert_int_equal(tally_package_unseal(p, own, out, &len, &err), -1);
    assert_int_equal(err.code, TALLY_E_CORRUPT);
    tally_package_close(p);
    tally_secret_free(own);
    tally_secret_free(pass);
    (void)close(fd);
    (void)close(out);
}

static void
parts_join_in_any_order_and_only_their_own(void **state)
{
    static const char *parts[] = {"p.part-0003", "p.part-0001", "p.part-0002"};
    static const char *const few[] = {"p.part-0003", "p.part-0001"};
    static const char *const twice[] = {"p.part-0001", "p.part-0001"};
    struct tally_err err = TALLY_ERR_INIT;
    size_t n;
    int fd = -1;

    (void)state;
    send_to(LINKER, TALLY_PACKAGE_LINKAGE, "police", 170000, "p");
    assert_int_equal(tally_parts_cut("p", 10, false, &n, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_int_equal(tally_parts_cut("p", 65536, false, &n, &err), 0);
    assert_int_equal(n, 3);
    assert_int_equal(tally_parts_join(parts, 3, &fd, &err), 0);
    assert_int_equal(receive_fd(fd, LINKER, TALLY_PACKAGE_LINKAGE, &err), 170000);
    (void)close(fd);
    assert_int_equal(tally_parts_join(parts + 1, 1, &fd, &err),
                     0); /* the rest is beside */
    assert_int_equal(receive_fd(fd, LINKER, TALLY_PACKAGE_LINKAGE, &err), 170000);
    (void)close(fd);
    assert_int_equal(tally_parts_join(parts, 1, &fd, &err), -1);
    assert_non_null(strstr(err.text, "part 1 of 3 is missing"));
    assert_int_equal(tally_parts_join(few, 2, &fd, &err), -1);
    assert_non_null(strstr(err.text, "part 2 of 3 is missing"));
    assert_int_equal(err.code, TALLY_E_CORRUPT);
    assert_int_equal(tally_parts_join(twice, 2, &fd, &err), -1);
    assert_int_equal(err.code, TALLY_E_POLICY);
    assert_int_equal(rename("p.part-0002", "kept"), 0);
    send_to(LINKER, TALLY_PACKAGE_LINKAGE, "police", 170000, "p");
    assert_int_equal(tally_parts_cut("p", 65536, true, &n, &err), 0);
    assert_int_equal(rename("kept", "p.part-0002"), 0);
    assert_int_equal(tally_parts_join(parts, 3, &fd, &err), -1);
    assert_non_null(strstr(err.text, "part of another package"));
}

static int
joins(struct tally_err *err)
{
    static const char *parts[] = {"p.part-0001", "p.part-0002"};
    int fd = -1;
    int rc = tally_parts_join(parts, 2, &fd, err);

    if (rc == 0) {
        rc = receive_fd(fd, LINKER, TALLY_PACKAGE_LINKAGE, err) >= 0 ? 0 : -1;
        (void)close(fd);
    }
    return rc;
}

static void
no_changed_byte_of_a_part_is_taken(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    size_t n;

    (void)state;
    send_to(LINKER, TALLY_PACKAGE_LINKAGE, "police", 90000, "p");
    assert_int_equal(tally_parts_cut("p", 65536, false, &n, &err), 0);
    assert_int_equal(n, 2);
    tally_party_mutate("p.part-0002", joins);
}

/* Append an entry to the log of police. */
static struct tally_log_head
note(uint64_t delivery)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_identity id = tally_party_open("police");
    struct tally_jnode *e = tally_log_entry("encode");
    struct tally_log *log = NULL;
    struct tally_log_head head = {.n = 0};
    char hex[2 * TALLY_DIGEST_BYTES + 1];

    tally_hex_encode(agreement->digest, TALLY_DIGEST_BYTES, hex);
    tally_jset_str(e, "agreement", hex);
    tally_jset_str(e, "with", hex);
    tally_jset_int(e, "delivery", (int64_t)delivery);
    if (tally_log_open(&log, "police", &id, agreement->digest, &err) != 0 ||
        tally_log_append(log, e, &err) != 0 || tally_log_end(log, &head, &err) != 0) {
        fail_msg("%s", err.text);
    }
    tally_log_close(log);
    tally_identity_close(&id);
    return head;
}

/* The greatest delivery that entries ${what} of the log of police tell of, and its end.
 */
static int
last_delivery(const char *what, uint64_t *out, struct tally_log_head *head,
              struct tally_err *err)
{
    struct tally_identity id = {.card = agreement->parties[POLICE].card};
    struct tally_log *log = NULL;
    int rc = -1;

    if (tally_log_open(&log, "police", &id, agreement->digest, err) == 0 &&
        tally_log_delivery(log, what, NULL, out, err) == 0) {
        rc = tally_log_end(log, head, err);
    }
    tally_log_close(log);
    return rc;
}

static struct tally_log_head expected;

/* With every signature and with two alone: what one refuses the other refuses. */
static int
log_holds(struct tally_err *err)
{
    struct tally_log_head head, used;
    struct tally_err other = TALLY_ERR_INIT;
    bool unfinished;
    uint64_t delivery;
    int rc = tally_log_walk("police", &agreement->parties[POLICE].card, NULL, NULL, &head,
                            &unfinished, err);

    assert_int_equal(last_delivery("encode", &delivery, &used, &other), rc);
    if (rc != 0) {
        assert_int_equal(other.code, TALLY_E_CORRUPT);
        return -1;
    }
    assert_memory_equal(&used, &head, sizeof head);
    if (tally_log_walk("police", &agreement->parties[POLICE].card, NULL, NULL, &head,
                       NULL, err) != 0) {
        return -1;
    }
    if (head.n != expected.n || memcmp(head.digest, expected.digest, 32) != 0) {
        return tally_err_set(err, TALLY_E_CORRUPT, "the tail was cut");
    }
    return 0;
}

static void
a_log_shows_every_edit_and_a_cut_tail_against_its_head(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_log_head head;
    uint64_t delivery;

    (void)state;
    note(1);
    note(5);
    expected = note(4);
    assert_int_equal(expected.n, 3);
    tally_party_mutate("police/identity.log", log_holds);
    assert_int_equal(last_delivery("encode", &delivery, &head, &err), 0);
    assert_int_equal(delivery, 5);
    assert_int_equal(last_delivery("ingest", &delivery, &head, &err), 0);
    assert_int_equal(delivery, 0);
}

static void
an_unfinished_entry_is_removed_by_the_next(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_log_head head;
    uint64_t delivery;
    FILE *f;

    (void)state;
    note(1);
    f = fopen("police/identity.log", "a");
    assert_non_null(f);
    assert_true(fputs("{\"half\": ", f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(log_holds(&err), -1);
    assert_int_equal(last_delivery("encode", &delivery, &head, &err),
                     0); /* or no command would ever come to write the next */
    assert_int_equal(delivery, 1);
    expected = note(2);
    assert_int_equal(expected.n, 2);
    assert_int_equal(log_holds(&err), 0);
}

/* Receipts, certificates and records of the ceremony are all papers. */
static enum tally_paper_kind kind;

static int
paper_holds(struct tally_err *err)
{
    struct tally_paper p;
    int rc;

    *err = (struct tally_err)TALLY_ERR_INIT;
    rc = tally_paper_read(&p, "paper", kind, NULL, err);
    if (rc == 0) {
        tally_paper_free(&p);
    }
    return rc;
}

static void
no_changed_byte_of_a_receipt_certificate_or_record_is_taken(void **state)
{
    static const enum tally_paper_kind kinds[] = {
        TALLY_PAPER_RECEIPT, TALLY_PAPER_DESTRUCTION, TALLY_PAPER_CEREMONY};
    struct tally_identity id = tally_party_open("police");
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct tally_outfile *f = NULL;
        struct tally_jnode *body = tally_paper_body(kinds[i]);

        kind = kinds[i];
        tally_jset_str(body, "party", id.card.name);
        assert_int_equal(tally_outfile_open(&f, "paper", 0600, true, &err), 0);
        assert_int_equal(tally_paper_write(f, kind, body, id.sign, &err), 0);
        assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
        tally_outfile_free(f);
        tally_party_mutate("paper", paper_holds);
        kind = kinds[(i + 1) % 3]; /* one kind is none of another */
        assert_int_equal(paper_holds(&err), -1);
        assert_int_equal(err.code, TALLY_E_CORRUPT);
    }
    tally_identity_close(&id);
}

/* The key that opens what is sealed to police. */
static int
unseals(struct tally_err *err)
{
    struct tally_secret *passphrase = tally_party_passphrase("correct horse battery");
    struct tally_secret *own = NULL;
    int rc;

    *err = (struct tally_err)TALLY_ERR_INIT;
    rc = tally_agreement_unseal(agreement, A, POLICE, passphrase, &own, err);
    tally_secret_free(own);
    tally_secret_free(passphrase);
    return rc;
}

static void
no_changed_byte_of_an_unsealing_key_is_taken(void **state)
{
    (void)state;
    tally_party_mutate(A ".01.unseal", unseals);
}

#define WITH_PARTIES(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PARTIES(content_of_any_length_arrives),
        WITH_PARTIES(lengths_and_counts_are_padded),
        WITH_PARTIES(what_is_not_due_is_refused_by_name),
        WITH_PARTIES(no_changed_byte_of_a_package_is_taken),
        WITH_PARTIES(a_package_swapped_after_its_signature_was_checked_is_refused),
        WITH_PARTIES(parts_join_in_any_order_and_only_their_own),
        WITH_PARTIES(no_changed_byte_of_a_part_is_taken),
        WITH_PARTIES(a_log_shows_every_edit_and_a_cut_tail_against_its_head),
        WITH_PARTIES(an_unfinished_entry_is_removed_by_the_next),
        WITH_PARTIES(no_changed_byte_of_a_receipt_certificate_or_record_is_taken),
        WITH_PARTIES(no_changed_byte_of_an_unsealing_key_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

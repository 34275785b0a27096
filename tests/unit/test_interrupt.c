/*
 * Interrupts: the flag, the signals, and the second signal that kills.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/interrupt.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
interrupt_flag_can_be_set_and_cleared_by_hand(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_false(tally_interrupted());
    assert_int_equal(tally_interrupt_check(&err), 0);
    assert_int_equal(err.code, TALLY_OK);
    tally_interrupt_set(true);
    assert_true(tally_interrupted());
    assert_int_equal(tally_interrupt_check(&err), -1);
    assert_int_equal(err.code, TALLY_E_INTERRUPTED);
    assert_string_equal(err.text, "interrupted");
    tally_interrupt_set(false);
    assert_false(tally_interrupted());
}

/* In a child: ${first} must raise the flag, ${second} must kill. */
static int
two_signals(int first, int second)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        tally_interrupt_install();
        raise(first);
        if (!tally_interrupted()) {
            _exit(1);
        }
        if (second != 0) {
            raise(second);
        }
        _exit(0);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
interrupt_first_signal_raises_the_flag_and_the_second_kills(void **state)
{
    (void)state;
    assert_int_equal(two_signals(SIGINT, 0), 0);
    assert_int_equal(two_signals(SIGTERM, 0), 0);
    assert_int_equal(two_signals(SIGINT, SIGINT), -SIGINT);
    assert_int_equal(two_signals(SIGTERM, SIGTERM), -SIGTERM);
    assert_int_equal(two_signals(SIGINT, SIGTERM), -SIGTERM);
    assert_int_equal(two_signals(SIGTERM, SIGINT), -SIGINT);
}

static void
interrupt_broken_pipe_is_an_error_not_a_death(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        int fds[2];

        tally_interrupt_install();
        if (pipe(fds) != 0) {
            _exit(2);
        }
        close(fds[0]);
        _exit(write(fds[1], "x", 1) == -1 && errno == EPIPE ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interrupt_flag_can_be_set_and_cleared_by_hand),
        cmocka_unit_test(interrupt_first_signal_raises_the_flag_and_the_second_kills),
        cmocka_unit_test(interrupt_broken_pipe_is_an_error_not_a_death),
    };

    return cmocka_run_group_tests_name("interrupt", tests, NULL, NULL);
}

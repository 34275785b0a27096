/*
 * tally doctor: what this machine offers, and what is missing.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <sys/resource.h>

#include "bloom/base/cpu.h"
#include "bloom/base/sandbox.h"
#include "bloom/base/secret.h"
#include "bloom/base/text.h"
#include "bloom/kernels/kernels.h"
#include "bloom/normalise.h"

static const char *
kernel_state(enum tally_cpu_level level)
{
    if (tally_kernel_at(level) != NULL) {
        return "self-test passed";
    }
    if (level == TALLY_CPU_AMX && tally_cpu_amx() == TALLY_CPU_AMX_REFUSED) {
        return "the system refuses it to this process: not used";
    }
    return level > tally_cpu_probe() ? "not on this processor"
                                     : "failed its self-test: not used";
}

static bool
core_dumps_off(void)
{
    struct rlimit r;

    return getrlimit(RLIMIT_CORE, &r) == 0 && r.rlim_cur == 0;
}

/* At less than this it is said to be throttled: a busy machine disturbs the measurement.
 */
#define NEARLY_FULL .75

static void
print_amx_rate(void)
{
    struct tally_dot_rate rate;

    if (!tally_dot_rate(&rate)) {
        return;
    }
    printf("  amx now:   %.1f thousand million products of 192 bytes a second a core, ",
           rate.pairs_per_second / 1e9);
    if (rate.of_full >= NEARLY_FULL) {
        printf("its full rate\n");
    } else {
        printf("about %.0f%% of its full rate: throttled from outside\n",
               100 * rate.of_full);
    }
}

static void
set_amx_rate(struct tally_jnode *n)
{
    struct tally_dot_rate rate;

    if (tally_dot_rate(&rate)) {
        struct tally_jnode *amx = tally_jobject();

        tally_jset_int(amx, "products_per_second", (int64_t)rate.pairs_per_second);
        tally_jset_real(amx, "part_of_full_rate", rate.of_full);
        tally_jset_bool(amx, "throttled", rate.of_full < NEARLY_FULL);
        tally_jset(n, "amx_now", amx);
    }
}

static void
set_sandbox(struct tally_jnode *n)
{
    struct tally_sandbox_state s = tally_sandbox_state();
    struct tally_jnode *box = tally_jobject();

    tally_jset_bool(box, "folders_closed", s.landlock > 0);
    tally_jset_int(box, "landlock_version", s.landlock);
    tally_jset_bool(box, "network_and_programs_closed", s.seccomp);
    tally_jset_bool(box, "switched_off", s.off);
    tally_jset(n, "sandbox", box);
}

static void
print_sandbox(void)
{
    struct tally_sandbox_state s = tally_sandbox_state();

    if (s.off) {
        printf("sandbox: switched off by TALLY_SANDBOX\n");
        return;
    }
    printf("sandbox: folders not named on the command line: ");
    if (s.landlock > 0) {
        printf("closed (Landlock %d)\n", s.landlock);
    } else {
        printf("open: this system has no Landlock (Linux 5.13)\n");
    }
    printf("sandbox: network, other programs: %s\n",
           s.seccomp ? "closed (seccomp)" : "open: this system has no seccomp filters");
}

static int
print_as_json(struct tally_err *err)
{
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *kernels = tally_jobject();

    tally_jset_str(n, "version", TALLY_VERSION);
    tally_jset_str(n, "kernel", tally_kernel_best()->name);
    for (int i = 0; i < TALLY_CPU_LEVELS; i++) {
        tally_jset_str(kernels, tally_cpu_name((enum tally_cpu_level)i),
                       kernel_state((enum tally_cpu_level)i));
    }
    tally_jset(n, "kernels", kernels);
    set_amx_rate(n);
    tally_jset_bool(n, "memory_locking", tally_secret_can_lock());
    tally_jset_bool(n, "core_dumps_off", core_dumps_off());
    set_sandbox(n);
    tally_jset_str(n, "unicode", tally_text_unicode_version());
    tally_jset_int(n, "normaliser", TALLY_NORMALISER_VERSION);
    return tally_print_json(n, err);
}

static void
print_as_text(void)
{
    printf("%s %s\n", tally_program(), TALLY_VERSION);
    printf("kernels, slowest first:\n");
    for (int i = 0; i < TALLY_CPU_LEVELS; i++) {
        printf("  %-10s %s\n", tally_cpu_name((enum tally_cpu_level)i),
               kernel_state((enum tally_cpu_level)i));
    }
    printf("  in use:    %s\n", tally_kernel_best()->name);
    print_amx_rate();
    if (tally_cpu_override_bad()) {
        printf("  warning: TALLY_CPU is set to a word that is not a kernel; it is "
               "ignored\n");
    }
    printf("keys locked in memory: %s\n",
           tally_secret_can_lock() ? "yes"
                                   : "no: raise the limit (ulimit -l) so that keys "
                                     "cannot reach the swap file");
    printf("core dumps: %s\n",
           core_dumps_off() ? "off" : "on: a crash could write data to disk");
    print_sandbox();
    printf("Unicode tables: %s, normalisation rules: version %d\n",
           tally_text_unicode_version(), TALLY_NORMALISER_VERSION);
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    bool json = false;
    struct tally_operands files;
    const struct tally_opt opts[] = {TALLY_OPT_JSON(json), TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 0) {
        return tally_err_set(err, TALLY_E_USAGE, "doctor takes no files");
    }
    if (json) {
        return print_as_json(err);
    }
    print_as_text();
    return 0;
}

const struct tally_verb tally_verb_doctor = {"doctor", "check what this machine offers",
                                             "[--json]", "  tally doctor\n", run};

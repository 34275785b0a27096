/*
 * tally bench: the suites that measure this build.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_bench.h"

#include <string.h>

static const struct suite {
    const char *name;
    int (*run)(int argc, char **argv, struct tally_err *err);
} suites[] = {{"quality", tally_bench_quality}};

#define SUITES (sizeof suites / sizeof suites[0])

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    const struct tally_opt opts[] = {TALLY_OPT_END};
    struct tally_operands files;

    for (size_t i = 0; i < SUITES && argc > 1; i++) {
        if (strcmp(argv[1], suites[i].name) == 0) {
            return suites[i].run(argc - 1, argv + 1, err);
        }
    }
    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    (void)tally_err_set(err, TALLY_E_USAGE, "bench takes the name of a suite first");
    return tally_err_hint(err, "'%s bench --help' lists the suites", tally_program());
}

const struct tally_verb tally_verb_bench = {
    "bench", "measure this build: the suites", "quality [options]",
    "  tally bench quality --set febrl4_half\n"
    "'tally bench quality --help' shows the options of a suite.\n",
    run};

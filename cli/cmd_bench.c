/*
 * tally bench: the suites that measure this build.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_bench.h"

#include <string.h>

static const struct suite {
    const char *name;
    int (*run)(int argc, char **argv, struct tally_err *err);
} suites[] = {{"speed", tally_bench_speed},
              {"quality", tally_bench_quality},
              {"privacy", tally_bench_privacy}};

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
    if (argc == 1 || (argv[1][0] == '-' && strcmp(argv[1], "--help") != 0 &&
                      strcmp(argv[1], "-h") != 0)) {
        return tally_bench_quality(argc, argv, err);
    }
    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    (void)tally_err_set(err, TALLY_E_USAGE, "there is no such suite");
    return tally_err_hint(err, "'%s bench --help' lists the suites", tally_program());
}

const struct tally_verb tally_verb_bench = {
    "bench", "measure this build: the suites", "[speed|quality|privacy] [options]",
    "  tally bench quality --set febrl4_half\n"
    "  tally bench speed --records 100000\n"
    "quality (taken when none is named): links of sets with known truth. speed: how "
    "fast\n"
    "this build encodes, joins and links. privacy: what attacks get.\n"
    "'tally bench SUITE --help' shows more.\n",
    run};

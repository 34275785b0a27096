/*
 * Two sources linked for a test.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/linktwo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct tally_link_result
tally_linktwo(struct tally_encfile *one, struct tally_encfile *two,
              struct tally_link_job job)
{
    const struct tally_link_source sources[] = {{"one", one}, {"two", two}};
    struct tally_link_result r;
    struct tally_err err = TALLY_ERR_INIT;

    job.sources = sources;
    job.nsources = 2;
    assert_int_equal(tally_pool_create(&job.pool, 2, &err), 0);
    if (tally_link_run(&job, &r, &err) != 0) {
        fail_msg("%s", err.text);
    }
    tally_pool_free(job.pool);
    tally_encfile_close(one);
    tally_encfile_close(two);
    return r;
}

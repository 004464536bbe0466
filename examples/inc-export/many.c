/* SPDX-License-Identifier: Apache-2.0 */
/* Several models: each as if it were alone, in order, whatever becomes of the others; then a line
 * of what became of all. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
    const char *good, *bad;
} words_of[N_COMMANDS] = {[EXPORT] = {"exported", "failed"},
                          [INSPECT] = {"inspected", "failed"},
                          [CHECK] = {"good", "not"}};

bool takes_many(command_id command)
{
    return words_of[command].good != NULL;
}

/* Two results that would have one name. */
static int check_names(const options *o)
{
    char **paths = calloc(o->n_files, sizeof *paths);
    int status = EXIT_OK;
    if (!paths)
        return out_of_memory();
    for (size_t i = 0; i < o->n_files && status == EXIT_OK; i++) {
        paths[i] = result_path(o, o->files[i]);
        if (!paths[i]) {
            status = out_of_memory();
            break;
        }
        for (size_t k = 0; k < i && status == EXIT_OK; k++)
            if (paths[k] && strcmp(paths[i], paths[k]) == 0)
                status = usage_error("%s and %s would both be written to %s", o->files[k],
                                     o->files[i], paths[i]);
    }
    for (size_t i = 0; i < o->n_files; i++)
        free(paths[i]);
    free(paths);
    return status;
}

int make_out_dir(const options *o)
{
    if (!o->out_dir || o->dry_run || mkdir(o->out_dir, 0777) == 0 || errno == EEXIST)
        return EXIT_OK;
    return fail(INC_E_OUTPUT, NULL, "the folder %s cannot be made: %s", o->out_dir,
                strerror(errno));
}

static void print_sum(const options *o, size_t n_good, size_t n_bad, const bool *is_bad)
{
    char text[4096];
    size_t n = (size_t)snprintf(text, sizeof text, "%zu %s%s", n_good,
                                o->dry_run ? "would be " : "", words_of[o->command].good);
    if (n_bad > 0)
        n += (size_t)snprintf(text + n, sizeof text - n, ", %zu %s:", n_bad,
                              words_of[o->command].bad);
    for (size_t i = 0; i < o->n_files && n < sizeof text; i++)
        if (is_bad[i])
            n += (size_t)snprintf(text + n, sizeof text - n, " %s", o->files[i]);
    if (n_good + n_bad < o->n_files && n < sizeof text)
        snprintf(text + n, sizeof text - n, "; stopped before the other %zu",
                 o->n_files - n_good - n_bad);
    print_verdict(stderr, "inc-export", n_bad == 0, text);
    fputc('\n', stderr);
}

int for_each(const options *all, int (*command)(const options *o))
{
    static options one; /* large */
    static bool is_bad[MOST_NAMES];
    size_t n_good = 0, n_bad = 0;
    int first_bad = all->command == EXPORT ? check_names(all) : EXIT_OK;
    if (first_bad != EXIT_OK)
        return first_bad;
    if (all->json)
        fputs("[\n", stdout);
    for (size_t i = 0; i < all->n_files && first_bad != EXIT_STOPPED; i++) {
        one = *all;
        one.files[0] = all->files[i];
        one.n_files = 1;
        messages_of(all->files[i], true);
        if (all->json && i > 0)
            fputs(",\n", stdout);
        int status = command(&one);
        forget_warnings();
        is_bad[i] = status != EXIT_OK;
        n_good += status == EXIT_OK;
        n_bad += status != EXIT_OK;
        if (first_bad == EXIT_OK || status == EXIT_STOPPED)
            first_bad = status;
    }
    messages_of(NULL, false);
    if (all->json)
        fputs("]\n", stdout);
    if (!all->quiet)
        print_sum(all, n_good, n_bad, is_bad);
    return first_bad;
}

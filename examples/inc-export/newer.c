/* SPDX-License-Identifier: Apache-2.0 */
/* --skip-if-newer: whether the result is there already, and newer than all that it is made of.
 * Times that are equal count as not newer. As make does, it looks at files and not at options. */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a checkpoint's folder is read for: a file that is replaced there leaves the folder's time.
 */
static const char *const parts[] = {"best_model.pt", "best_model_weights.pt", "best_configure.yaml",
                                    "quantized_weight.pt"};

static bool is_older(const struct stat *a, const struct stat *b)
{
    return a->st_mtim.tv_sec < b->st_mtim.tv_sec ||
           (a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec < b->st_mtim.tv_nsec);
}

/* Whether every file that path stands for is older than the result. */
static bool all_older(const char *path, const struct stat *result)
{
    struct stat found;
    size_t size = strlen(path) + 32;

    if (stat(path, &found) != 0)
        return false; /* the export says what is wrong with it */
    if (!S_ISDIR(found.st_mode))
        return is_older(&found, result);
    char *part = malloc(size);
    bool older = part != NULL;
    for (size_t i = 0; older && i < sizeof parts / sizeof parts[0]; i++) {
        snprintf(part, size, "%s/%s", path, parts[i]);
        older = stat(part, &found) != 0 || is_older(&found, result);
    }
    free(part);
    return older;
}

bool is_newer(const char *result, const options *o)
{
    struct stat found;

    if (stat(result, &found) != 0 || !S_ISREG(found.st_mode) || found.st_size == 0)
        return false;
    const char *const sources[] = {o->files[0], o->quantized, o->example_inputs};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (sources[i] && !all_older(sources[i], &found))
            return false;
    return true;
}

int skip_export(const char *result, const options *o)
{
    if (o->json) {
        fputs("{\"output\": ", stdout);
        json_text(result);
        fputs(", \"skipped\": true}\n", stdout);
    } else if (!o->quiet) {
        fprintf(stderr, "%s: newer than %s, skipped\n", result, o->files[0]);
    }
    return EXIT_OK;
}

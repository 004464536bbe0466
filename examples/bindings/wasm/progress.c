/* SPDX-License-Identifier: Apache-2.0 */
/* How far it is, told to JavaScript, which may ask to stop: in the place of the command's
 * progress.c. */
#include "command.h"

#include <emscripten.h>

/* clang-format off */
EM_JS(int, tell_progress, (const char *stage, double done, double total), {
    return Module["onProgress"] && Module["onProgress"](UTF8ToString(stage), done, total) ? 1 : 0;
})
/* clang-format on */

double seconds_now(void)
{
    return emscripten_get_now() / 1000;
}

void progress_begin(progress *p, const options *o)
{
    *p = (progress){.is_shown = !o->quiet, .began = seconds_now()};
}

int progress_step(const char *stage, uint64_t done, uint64_t total, void *user_data)
{
    progress *p = user_data;
    double now = p->is_shown ? seconds_now() : 0;

    if (!p->is_shown || (p->stage == stage && now - p->told < 0.05 && done != total))
        return 0;
    p->told = now;
    p->stage = stage;
    return tell_progress(stage, (double)done, (double)total);
}

void progress_end(progress *p)
{
    p->stage = NULL;
}

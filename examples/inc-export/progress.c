/* SPDX-License-Identifier: Apache-2.0 */
/* A line that says how far it is, on a terminal, when it takes longer than a moment; and stopping
 * when the user says so. */
#include "command.h"

#include <signal.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The first signal asks the library to stop, so that it can clean up; the second stops at once. */
void progress_begin(progress *p, const options *o)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    *p = (progress){.is_shown = !o->quiet && !o->json && is_terminal(stderr),
                    .began = seconds_now()};
    p->told = p->began;
}

/* "writing [#########-----------] 45 %, 1.2 GB of 2.6 GB, 310 MB/s, 5 s left" */
static void show_writing(const progress *p, uint64_t done, uint64_t total, double now)
{
    enum { WIDTH = 20 };
    double part = (double)done / (double)total, seconds = now - p->stage_began;
    char bar[WIDTH + 1] = "";
    for (int i = 0; i < WIDTH; i++)
        bar[i] = i < (int)(part * WIDTH) ? '#' : '-';
    fprintf(stderr, "\rwriting [%s] %.0f %%, ", bar, 100 * part);
    print_size(stderr, done);
    fputs(" of ", stderr);
    print_size(stderr, total);
    if (seconds > 0.1) {
        fputs(", ", stderr);
        print_size(stderr, (uint64_t)((double)done / seconds));
        fputs("/s", stderr);
    }
    if (seconds > 0.1 && done > 0 && done < total)
        fprintf(stderr, ", %.0f s left", seconds / part - seconds);
    fputs("\033[K", stderr);
}

int progress_step(const char *stage, uint64_t done, uint64_t total, void *user_data)
{
    progress *p = user_data;
    if (!p->is_shown)
        return stop;
    double now = seconds_now();
    if (p->stage != stage) {
        p->stage = stage;
        p->stage_began = now;
    }
    if (now - p->began > 1 && now - p->told > 0.1) {
        p->told = now;
        p->shown = stage;
        if (total > 0 && strcmp(stage, "writing") == 0)
            show_writing(p, done, total, now);
        else if (total > 0)
            fprintf(stderr, "\r%s %.0f %%\033[K", stage, 100 * (double)done / (double)total);
        else
            fprintf(stderr, "\r%s %llu\033[K", stage, (unsigned long long)done);
    }
    return stop;
}

void progress_end(progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = NULL;
}

/* A line that says how far it is, on a terminal, when it takes longer than a moment; and stopping
 * when the user says so. */
#include "command.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
    *p = (progress){.is_shown = !o->quiet && isatty(STDERR_FILENO), .began = seconds_now()};
    p->told = p->began;
}

int progress_step(const char *stage, uint64_t done, uint64_t total, void *user_data)
{
    progress *p = user_data;
    double now = p->is_shown ? seconds_now() : 0;

    if (p->is_shown && now - p->began > 1 && now - p->told > 0.1) {
        p->told = now;
        p->stage = stage;
        if (total > 0)
            fprintf(stderr, "\r%s %.0f%%\033[K", stage, 100 * (double)done / (double)total);
        else
            fprintf(stderr, "\r%s %llu\033[K", stage, (unsigned long long)done);
    }
    return stop;
}

void progress_end(progress *p)
{
    if (p->stage)
        fputs("\r\033[K", stderr);
    p->stage = NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* inc-export: a PyTorch model file becomes an ONNX file. */
#include "report.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef SIGBUS
/* An ONNX file that is checked is mapped: what another process cuts off it can no longer be read.
 */
static void on_cut_input(int number)
{
    static const char text[] = "inc-export: the input was cut short while it was read\n";
    (void)number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(EXIT_UNREADABLE);
    _exit(EXIT_UNREADABLE);
}
#endif

int main(int argc, char **argv)
{
    static options o; /* large */
    messages_begin(argc, argv);
    int status = read_options(argc, argv, &o);

    if (status != EXIT_OK) {
        free_options(&o);
        return status;
    }
    if (o.help) {
        print_help();
    } else if (o.completion) {
        status = print_completion(o.completion);
    } else if (o.manual) {
        status = print_manual();
    } else if (o.version) {
        printf("inc-export %s\n", inc_version());
    } else {
#ifdef SIGXFSZ
        signal(SIGXFSZ, SIG_IGN); /* so that a file size limit is an error like any other */
#endif
        signal(SIGPIPE, SIG_IGN);
#ifdef SIGBUS
        signal(SIGBUS, on_cut_input);
#endif
        static int (*const run[N_COMMANDS])(const options *o) = {[EXPORT] = export_command,
                                                                 [INSPECT] = inspect_command,
                                                                 [CHECK] = check_command,
                                                                 [VERIFY] = verify_command,
                                                                 [REPORT] = report_command};
        messages_of(o.files[0], false);
        if (o.n_files > 1 && takes_many(o.command))
            status = for_each(&o, run[o.command]);
        else
            status = run[o.command](&o);
    }
    forget_warnings();
    free_options(&o);
    if (status == EXIT_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        fprintf(stderr, "inc-export: cannot write to standard output\n");
        return EXIT_OUTPUT;
    }
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* --completion SHELL: what bash, zsh or fish reads to complete this command, out of the rows of
 * option_table.c. */
#include "command.h"

#include <string.h>

static const struct {
    const char *word, *help;
    unsigned bit;
} words[] = {{"inspect", "what a model is", FOR_INSPECT},
             {"check", "whether it can be exported, or is sound", FOR_CHECK},
             {"verify", "whether a file is what the model gives", FOR_VERIFY},
             {"report", "a page about a file", FOR_REPORT}};
enum { N_WORDS = sizeof words / sizeof words[0] };

typedef enum value_kind { NO_VALUE, A_FILE, A_FOLDER, A_CHOICE, ANY_VALUE } value_kind;

static value_kind value_of(const option_row *row)
{
    if (row->kind < OPTION_TEXT)
        return NO_VALUE;
    if (row->choices)
        return A_CHOICE;
    if (strncmp(row->value, "FILE", 4) == 0)
        return A_FILE;
    return strcmp(row->value, "DIR") == 0 ? A_FOLDER : ANY_VALUE;
}

static bool is_offered(const option_row *row, unsigned commands)
{
    return row->group != GROUP_HIDDEN && row->commands & commands;
}

/* Up to the end of the first sentence of the help, with what the shell would act on left out. */
static void print_help_line(const option_row *row, const char * not )
{
    for (const char *c = row->help; *c && *c != ';'; c++)
        if (!strchr(not, *c))
            putchar(*c == '\n' ? ' ' : *c);
}

static void print_choices(const option_row *row)
{
    for (const char *c = row->choices; *c; c++)
        putchar(*c == '|' ? ' ' : *c);
}

/* ---- bash ---- */

static void bash_names(value_kind kind)
{
    const char *joint = "";
    for (size_t i = 0; i < n_options; i++) {
        const option_row *row = &option_table[i];
        if (row->group == GROUP_HIDDEN || value_of(row) != kind)
            continue;
        printf("%s--%s", joint, row->name);
        joint = "|";
        if (row->also)
            printf("|--%s", row->also);
        if (row->letter)
            printf("|-%c", row->letter);
    }
}

static void bash_options(unsigned command)
{
    for (size_t i = 0; i < n_options; i++)
        if (is_offered(&option_table[i], command))
            printf(" --%s", option_table[i].name);
}

static void print_bash(void)
{
    puts("# bash completion of inc-export\n"
         "_inc_export()\n"
         "{\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options\n"
         "    COMPREPLY=()\n"
         "    if [ \"$cur\" = = ]; then\n"
         "        cur=\n"
         "    elif [ \"$prev\" = = ]; then\n"
         "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
         "    fi\n"
         "    case $prev in");
    for (size_t i = 0; i < n_options; i++) {
        if (value_of(&option_table[i]) != A_CHOICE)
            continue;
        printf("    --%s)\n        mapfile -t COMPREPLY < <(compgen -W '", option_table[i].name);
        print_choices(&option_table[i]);
        puts("' -- \"$cur\")\n        return ;;");
    }
    fputs("    ", stdout);
    bash_names(A_FOLDER);
    puts(")\n        compopt -o filenames 2>/dev/null\n"
         "        mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n        return ;;");
    fputs("    ", stdout);
    bash_names(ANY_VALUE);
    puts(")\n        return ;;");
    fputs("    ", stdout);
    bash_names(A_FILE);
    puts(")\n        ;;\n"
         "    *)\n"
         "        case ${COMP_WORDS[1]} in");
    for (size_t i = 0; i < N_WORDS; i++) {
        printf("        %s) options='", words[i].word);
        bash_options(words[i].bit);
        puts("' ;;");
    }
    fputs("        *) options='", stdout);
    bash_options(FOR_EXPORT);
    puts("' ;;\n        esac\n"
         "        if [ \"${cur#-}\" != \"$cur\" ]; then\n"
         "            mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
         "            return\n"
         "        fi ;;\n"
         "    esac\n"
         "    compopt -o filenames 2>/dev/null\n"
         "    mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")");
    fputs(
        "    [ \"$COMP_CWORD\" != 1 ] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W '",
        stdout);
    for (size_t i = 0; i < N_WORDS; i++)
        printf("%s%s", i ? " " : "", words[i].word);
    puts("' -- \"$cur\")\n}\ncomplete -F _inc_export inc-export");
}

/* ---- zsh ---- */

static void zsh_value(const option_row *row)
{
    switch (value_of(row)) {
    case NO_VALUE:
        return;
    case A_CHOICE:
        printf(":%s:(", row->name);
        print_choices(row);
        putchar(')');
        return;
    case A_FILE:
        fputs(":file:_files", stdout);
        return;
    case A_FOLDER:
        fputs(":folder:_files -/", stdout);
        return;
    case ANY_VALUE:
        printf(":%s: ", row->name);
    }
}

/* '(-o --output)'{-o,--output=}'[help]:file:_files' */
static void zsh_option(const option_row *row)
{
    const char *equals = value_of(row) == NO_VALUE ? "" : "=";
    bool repeats = row->kind == OPTION_READ || row->kind == OPTION_COUNT;
    fputs("        ", stdout);
    if (repeats && row->letter)
        printf("'*'{-%c%s,--%s%s}'[", row->letter, *equals ? "+" : "", row->name, equals);
    else if (repeats)
        printf("'*--%s%s[", row->name, equals);
    else if (row->letter)
        printf("'(-%c --%s)'{-%c%s,--%s%s}'[", row->letter, row->name, row->letter,
               *equals ? "+" : "", row->name, equals);
    else
        printf("'--%s%s[", row->name, equals);
    print_help_line(row, "[]'\\:");
    putchar(']');
    zsh_value(row);
    puts("'");
}

static void zsh_options(unsigned command)
{
    for (size_t i = 0; i < n_options; i++)
        if (is_offered(&option_table[i], command))
            zsh_option(&option_table[i]);
}

static void print_zsh(void)
{
    puts("#compdef inc-export\n"
         "_inc_export_words()\n"
         "{\n"
         "    local -a words_of\n"
         "    words_of=(");
    for (size_t i = 0; i < N_WORDS; i++)
        printf("        '%s:%s'\n", words[i].word, words[i].help);
    puts("    )\n"
         "    (( CURRENT != 2 )) || _describe command words_of\n"
         "    _files\n"
         "}\n"
         "_inc_export()\n"
         "{\n"
         "    local -a specs\n"
         "    case $words[2] in");
    for (size_t i = 0; i < N_WORDS; i++) {
        printf("    %s) specs=(\n", words[i].word);
        zsh_options(words[i].bit);
        puts("        ) ;;");
    }
    puts("    *) specs=(");
    zsh_options(FOR_EXPORT);
    puts("        ) ;;\n"
         "    esac\n"
         "    _arguments -s -S \"$specs[@]\" '*:model:_inc_export_words'\n"
         "}\n"
         "_inc_export \"$@\"");
}

/* ---- fish ---- */

static void fish_option(const option_row *row)
{
    fputs("complete -c inc-export", stdout);
    if (row->commands != FOR_ALL) {
        fputs(" -n '__inc_export_is", stdout);
        fputs(row->commands & FOR_EXPORT ? " export" : "", stdout);
        for (size_t i = 0; i < N_WORDS; i++)
            if (row->commands & words[i].bit)
                printf(" %s", words[i].word);
        putchar('\'');
    }
    printf(" -l %s", row->name);
    if (row->letter)
        printf(" -s %c", row->letter);
    value_kind kind = value_of(row);
    if (kind == A_FILE)
        fputs(" -r -F", stdout);
    else if (kind == A_FOLDER)
        fputs(" -x -a '(__fish_complete_directories)'", stdout);
    else if (kind != NO_VALUE)
        fputs(" -x", stdout);
    if (kind == A_CHOICE) {
        fputs(" -a '", stdout);
        print_choices(row);
        putchar('\'');
    }
    fputs(" -d '", stdout);
    print_help_line(row, "'\\");
    puts("'");
}

static void print_fish(void)
{
    fputs("# fish completion of inc-export\n"
          "function __inc_export_is\n"
          "    set -l tokens (commandline -opc)\n"
          "    set -l command export\n"
          "    if set -q tokens[2]; and contains -- $tokens[2]",
          stdout);
    for (size_t i = 0; i < N_WORDS; i++)
        printf(" %s", words[i].word);
    puts("\n        set command $tokens[2]\n"
         "    end\n"
         "    contains -- $command $argv\n"
         "end");
    for (size_t i = 0; i < N_WORDS; i++)
        printf("complete -c inc-export -n 'test (count (commandline -opc)) = 1' -a %s -d '%s'\n",
               words[i].word, words[i].help);
    for (size_t i = 0; i < n_options; i++)
        if (is_offered(&option_table[i], FOR_ALL))
            fish_option(&option_table[i]);
}

int print_completion(uint32_t shell)
{
    switch (shell) {
    case SHELL_BASH:
        print_bash();
        break;
    case SHELL_ZSH:
        print_zsh();
        break;
    default:
        print_fish();
        break;
    }
    return EXIT_OK;
}

inc_status shell_from_name(const char *name, uint32_t *value)
{
    static const char *const names[N_SHELLS] = {
        [SHELL_BASH] = "bash", [SHELL_ZSH] = "zsh", [SHELL_FISH] = "fish"};
    for (uint32_t i = SHELL_BASH; i < N_SHELLS; i++)
        if (strcmp(names[i], name) == 0) {
            *value = i;
            return INC_OK;
        }
    return INC_E_ARGUMENT;
}

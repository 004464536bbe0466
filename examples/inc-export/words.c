/* SPDX-License-Identifier: Apache-2.0 */
/* The library speaks of a config's fields and of the application; here both have other names. */
#include "command.h"

#include <string.h>

static const struct {
    const char *theirs, *ours;
} words[] = {
    {"custom_domains can name a domain for its namespace",
     "--custom-domain NAMESPACE=DOMAIN names a domain"},
    {"custom_domains", "--custom-domain"},
    {"dtype is int8, but", "--dtype is int8, but"},
    {"set dtype to fp32 or auto,", "leave --dtype out,"},
    {"opset_version", "--opset"},
    {"input_names", "--input-names"},
    {"output_names", "--output-names"},
    {"dynamic_axes: ", "--dynamic-axes: "}, /* what is wrong in its JSON */
    {"dynamic_axes is ", "--dynamic-axes is "},
    {"dynamic_axes", "--dynamic"},
    {"allow_contrib_ops is 0", "--no-contrib-ops is given"},
    {"memory_limit", "--memory-limit"},
    {"work_limit", "--work-limit"},
    {"strict", "--strict"},
    {"set opset_version to 23 or to 0 (auto)", "--opset 23 or --opset auto"},
    {"fuse is 1, but", "--fuse needs --opset 23, and"},
    {"attach it as a checkpoint to that model's file",
     "inc-export FP32-MODEL --quantized THIS-FILE"},
    {"cancelled by the application", "stopped; nothing was written"},
    {"the application's write function refused", "standard output does not take"},
    {"pass example inputs: one tensor (or just its dtype and shape) for each argument of forward()",
     "give each that inc-export inspect lists with --input NAME=TYPE[SIZES] (parts of a dict as "
     "NAME.KEY, of a list or tuple as NAME.0), or arrays with --example-inputs FILE.npz"},
    {"set method to its name", "--method NAME"},
    {"leave method out; program", "leave --method out; --program"},
    {"leave program out; method", "leave --program out; --method"},
    {"program is", "--program is"},
    {"leave example inputs out:", "leave --input and --example-inputs out:"},
    {"name the example inputs after the keys",
     "give them with --input KEY=TYPE[SIZES], KEY being the key in the dict"},
};

const char *own_words(const char *text, char *out, size_t size)
{
    size_t n = 0;
    if (!text)
        return NULL;
    for (const char *c = text; *c && n + 1 < size;) {
        size_t k = 0, n_words = sizeof words / sizeof words[0];
        bool at_start = c == text || c[-1] == ' ' || c[-1] == '(';
        while (k < n_words &&
               (!at_start || strncmp(c, words[k].theirs, strlen(words[k].theirs)) != 0))
            k++;
        if (k == n_words) {
            out[n++] = *c++;
            continue;
        }
        size_t length = strlen(words[k].ours);
        if (n + length + 1 > size)
            break;
        memcpy(out + n, words[k].ours, length);
        n += length;
        c += strlen(words[k].theirs);
    }
    out[n] = '\0';
    return out;
}

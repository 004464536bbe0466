/* SPDX-License-Identifier: Apache-2.0 */
/* What front ends share: names of scopes and outputs, and the list of what could not be exported.
 */
#ifndef INC_FRONTEND_COMMON_H
#define INC_FRONTEND_COMMON_H

#include "archive/state_dict.h"
#include "base/vec.h"
#include "frontend/frontend.h"

/* "/layer1/layer1.0" for the call of layer1.0 from inside layer1: torch.onnx's naming. outer is the
 * caller's scope, path the module called. */
const char *incfe_scope_of_call(inccx *cx, const char *outer, const char *path);

/* name, or name.1, name.2, … when names has it already; remembered in names. */
const char *incfe_unique_name(inccx *cx, incmap *names, const char *name);

/* Makes v an output of the main block. One that is an input, a constant or another output already
 * goes through Identity, so that the output has a node of its own behind it. */
void incfe_add_output(incir_graph *g, incir_value *v, const char *name);

/* The weights of a description, and whether they are quantized. */
void incfe_describe_weights(inccx *cx, const incarc_state_dict *weights,
                            incfe_description *description);

/* A place without folders of the author's machine: "net.py:87". */
const char *incfe_python_place(inccx *cx, const char *file, size_t n, uint64_t line);
/* Whether a Python file belongs to PyTorch rather than to the model. */
bool incfe_is_library_file(const char *file, size_t n);

/* ---- what could not be exported ---- */

typedef struct incfe_missing {
    INC_VEC(inc_lacking) items;
    incmap *by_text; /* operator and message -> number + 1 */
} incfe_missing;

/* The list as it is; to be given to incfe_missing_restore() when what was met since does not count.
 */
incfe_missing incfe_missing_copy(inccx *cx, const incfe_missing *missing);
void incfe_missing_restore(inccx *cx, incfe_missing *missing, const incfe_missing *before);
/* Takes cx->error into the list; name is the operator's. */
void incfe_missing_note(inccx *cx, incfe_missing *missing, const char *name);
/* Raises INC_E_UNSUPPORTED with all of the list, which is not empty. python fills in
 * where->python; NULL where it is there already. */
void incfe_missing_raise(inccx *cx, const incfe_missing *missing,
                         const char *(*python)(void *data, const inc_where *where),
                         void *data) INC_NORETURN;

#endif

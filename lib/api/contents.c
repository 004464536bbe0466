/* SPDX-License-Identifier: Apache-2.0 */
/* What torch.save wrote has no graph: the refusal says what it is and what leads on. */
#include <string.h>

#include "api/internal.h"
#include "base/str.h"

static const char *next_step(inccx *cx, const char *file, const incfe_description *facts)
{
    const char *load = inc_printf(cx, "torch.load(\"%s\")", file);
    if (facts->is_quantized)
        return "lay it over the FP32 model that it was made from: attach it as a checkpoint to "
               "that "
               "model's file";
    if (facts->key)
        load = inc_printf(cx, "%s[\"%s\"]", load, facts->key);
    if (facts->key || incstr_starts(facts->contents, "a state_dict"))
        return inc_printf(cx,
                          "in Python: model.load_state_dict(%s); torch.jit.trace(model.eval(), "
                          "example).save(\"model.pt\")",
                          load);
    return "save the model itself: torch.jit.trace(model.eval(), example).save(\"model.pt\")";
}

void incapi_refuse_saved(inccx *cx, const char *file, incarc *archive)
{
    const incfe_description *facts = incapi_inspect(cx, archive, NULL);
    inc_raise_hint(cx, INC_E_UNSUPPORTED, next_step(cx, file, facts),
                   "%s is %s, which holds no graph and cannot be exported by itself", file,
                   facts->contents);
}

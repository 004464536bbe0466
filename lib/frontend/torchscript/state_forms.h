/* SPDX-License-Identifier: Apache-2.0 */
/* State that is no tensor before the first call, as tensors; see state_forms.c. */
#ifndef INC_FRONTEND_TORCHSCRIPT_STATE_FORMS_H
#define INC_FRONTEND_TORCHSCRIPT_STATE_FORMS_H

#include "frontend/state.h"
#include "frontend/torchscript/eval.h"

/* The form of what was None, or empty, and is now that; NULL: there is none. */
const incfe_state_form *incts_state_form(incts_interp *in, incval first, incval now);
/* The value before the call: made of inputs. */
incval incts_state_of_form(incts_interp *in, const char *path, const incfe_state_form *f);
/* Tells what the call leaves; false where that has not the form. */
bool incts_state_tell_form(incts_interp *in, const char *path, const incfe_state_form *f,
                           incval now);
/* The list's items as rows; the list stays as it is. */
struct incval_rows *incts_state_rows(incts_interp *in, incval list);

#endif

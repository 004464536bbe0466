/* SPDX-License-Identifier: Apache-2.0 */
/* PyTorch's C++ objects of packed weights, by their pickled state. */
#ifndef INC_FRONTEND_PACKED_H
#define INC_FRONTEND_PACKED_H

#include "archive/pickle.h"
#include "ops/call/packed.h"

/* NULL when the object's class is none of packed weights; raises when its state is not laid out as
 * such. */
incop_packed *incfe_unpack(inccx *cx, const incpkl_object *object);

#endif

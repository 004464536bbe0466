/* All operators that this library knows, family by family. */
#include "ops/families.h"

/* clang-format off */
const incop_family *const incop_families[] = {
    &incop_activation,
    &incop_arithmetic,
    &incop_attention,
    &incop_bitwise,
    &incop_comparison,
    &incop_conv,
    &incop_embedding,
    &incop_linalg,
    &incop_norm,
    &incop_pool,
    &incop_unary,
};
/* clang-format on */

const size_t incop_n_families = INC_COUNT(incop_families);

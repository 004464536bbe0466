/* All operators that this library knows, family by family. */
#include "ops/families.h"

/* clang-format off */
const incop_family *const incop_families[] = {
    &incop_activation,
    &incop_arithmetic,
    &incop_attention,
    &incop_bitwise,
    &incop_cast,
    &incop_comparison,
    &incop_conv,
    &incop_creation,
    &incop_decomposed,
    &incop_diagonal,
    &incop_distance,
    &incop_einsum,
    &incop_embedding,
    &incop_grid,
    &incop_indexing,
    &incop_integer,
    &incop_join,
    &incop_linalg,
    &incop_loss,
    &incop_norm,
    &incop_pad,
    &incop_patches,
    &incop_permute,
    &incop_pool,
    &incop_prim,
    &incop_quantized,
    &incop_random,
    &incop_recurrent,
    &incop_reduce,
    &incop_repeat,
    &incop_reshape,
    &incop_resize,
    &incop_scan,
    &incop_scatter,
    &incop_slice,
    &incop_sort,
    &incop_split,
    &incop_statistics,
    &incop_unary,
    &incop_vision,
};
/* clang-format on */

const size_t incop_n_families = INC_COUNT(incop_families);

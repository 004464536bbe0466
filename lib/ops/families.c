/* All operators that this library knows, family by family. */
#include "ops/families.h"

const incop_family *const incop_families[] = {
    &incop_activation,
    &incop_conv,
    &incop_pool,
};

const size_t incop_n_families = INC_COUNT(incop_families);

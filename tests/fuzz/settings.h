/* SPDX-License-Identifier: Apache-2.0 */
/* How a mutant is exported: every field of the config with values that change from input to input,
 * since what a damaged file reaches depends on what is asked of it. */
#ifndef FUZZ_SETTINGS_H
#define FUZZ_SETTINGS_H

#include "incexport/incexport.h"

enum { SETTINGS_EXAMPLES = 3, SETTINGS_AXES = 3 };

/** Borrowed by the config: keep it where it is until the export has ended. */
typedef struct settings {
    Torch2ONNXConfig config;
    inc_output output;
    inc_tensor examples[SETTINGS_EXAMPLES];
    inc_dynamic_axis axes[SETTINGS_AXES];
    inc_metadata metadata;
    inc_custom_domain domain;
    size_t most_written, written; /* beyond that many bytes, writing fails */
} settings;

/** A number of the input that all its bytes decide. */
uint64_t settings_seed(const void *bytes, size_t size);

/** The defaults now and then; else each field by itself. Examples are there but not given
 * (n_example_inputs is 0), the limits those that the library has by itself.
 * @param model open, and inspected where its axes are to be dynamic */
void settings_choose(settings *s, const inc_model *model, uint64_t seed, size_t most_written);

/** Exports; a model that asks for example inputs is given some, and exported again.
 *  @return of the last export */
inc_status settings_export(settings *s, inc_model *model, inc_error **error);

#endif

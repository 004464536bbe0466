/* SPDX-License-Identifier: Apache-2.0 */
/* TorchScript programs: the input is the source of class M with a method forward, wrapped into the
 * smallest archive around it and exported. This reaches the evaluator and the operators' handlers,
 * which damaged archives seldom do. */
#include <stddef.h>
#include <stdint.h>

#include "settings.h"
#include "small_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_SOURCE = 1 << 16, MEMORY = 128 << 20, MOST_WRITTEN = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char root[] = "\x80\x02"
                               "c__torch__\nM\n)\x81}b.";
    static const char no_constants[] = "\x80\x02).";
    if (size > MOST_SOURCE)
        return 0;
    small_zip a = {0};
    small_zip_add(&a, "m/data.pkl", root, sizeof root - 1);
    small_zip_add(&a, "m/constants.pkl", no_constants, sizeof no_constants - 1);
    small_zip_add(&a, "m/version", "3\n", 2);
    small_zip_add(&a, "m/code/__torch__.py", data, size);
    small_zip_finish(&a);

    inc_model *model = NULL;
    settings s;
    if (inc_model_open_memory(a.bytes, a.n, NULL, &model, NULL) == INC_OK) {
        inc_model_inspect(model, NULL);
        settings_choose(&s, model, settings_seed(data, size), MOST_WRITTEN);
        s.config.memory_limit = MEMORY;
        settings_export(&s, model, NULL);
    }
    inc_model_free(model);
    small_zip_free(&a);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What to do about operators that are not exported on purpose: by the beginning or the end of their
 * names. */
#include <string.h>

#include "base/str.h"
#include "ops/call/internal.h"

static const struct {
    const char *prefix, *suffix, *advice;
} known[] = {
    {"onednn::q", "", "save the model before it is lowered for x86 (lower_pt2e_quantized_to_x86)"},
    {"mkldnn::", "", "save the model before it is lowered for x86"},
    {"vulkan_", "", "save the model before it is optimized for Vulkan"},
    {"_quantized::", "", "save the model before it is lowered for another machine"},
    {"quantized::", "_unpack", "read the weights from the module, not from its packed parameters"},
    {"quantized::", "_rowwise_offsets", "use torch.ao.nn.quantized.EmbeddingBag"},
    {"quantized::embedding_bag_", "prepack", "use torch.ao.nn.quantized.EmbeddingBag"},
    {"quantized::", "_out", "call the operator without out="},
    {"quantized::", "_legacy", "save the model again with PyTorch 1.6 or newer"},
    {"quantized::make_quantized_cell_params", "",
     "quantize the layer with torch.ao.quantization.quantize_dynamic"},
    {"quantized::int4mm_", "", "dequantize the weight in the model"},
    {"aten::quantized_", "_cell", "quantize the cell with torch.ao.quantization.quantize_dynamic"},
    {"aten::fbgemm_", "", "save the model again with PyTorch 1.6 or newer"},
    {"aten::_weight_int4pack_mm", "", "dequantize the weight in the model"},
    {"aten::_dyn_quant_", "", "save the model before its weights are packed for a machine"},
    {"aten::_scaled_mm", "", "float8 is not supported: dequantize in the model"},
    {"aten::_fused_moving_avg_obs_fq_helper", "",
     "apply torch.ao.quantization.disable_observer to the model"},
};

/* PyTorch's own: their operators have no kernels elsewhere. */
static const char *const namespaces[] = {
    "aten::",      "prim::",    "prims::", "profiler::", "quantized::",    "quantized_decomposed::",
    "prepacked::", "xnnpack::", "metal",   "inductor::", "higher_order::",
};

const char *incop_advice(const char *name)
{
    for (size_t i = 0; i < INC_COUNT(known); i++)
        if (incstr_starts(name, known[i].prefix) && incstr_ends(name, known[i].suffix))
            return known[i].advice;
    for (size_t i = 0; i < INC_COUNT(namespaces); i++)
        if (incstr_starts(name, namespaces[i]))
            return NULL;
    return "custom_domains can name a domain for its namespace, of which it then becomes a node";
}

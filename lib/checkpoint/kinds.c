/* What is known of an operator by its name alone: how FX's table of quantization patterns treats
 * it. Comes in: the name of the call that a step stands for. Relies on nothing but plan.h. */
#include <string.h>

#include "checkpoint/plan.h"

/* Whether it calls one of them, in place or not. */
static bool is_call(const incckpt_step *s, const char *const *names, size_t n_names)
{
    for (size_t i = 0; s->first->source_op && i < n_names; i++) {
        size_t length = strlen(names[i]);
        const char *name = s->first->source_op;
        if (strncmp(name, "aten::", 6) == 0 && strncmp(name + 6, names[i], length) == 0 &&
            (!name[6 + length] || strcmp(name + 6 + length, "_") == 0))
            return true;
    }
    return false;
}

static const char *const functions[] = {"add",        "mul",        "matmul",
                                        "hardswish",  "elu",        "leaky_relu",
                                        "layer_norm", "group_norm", "instance_norm"};

static const char *const fixed[] = {"sigmoid", "hardsigmoid", "tanh"};

static const char *const shared[] = {"adaptive_avg_pool1d",
                                     "adaptive_avg_pool2d",
                                     "adaptive_avg_pool3d",
                                     "_adaptive_avg_pool2d",
                                     "_adaptive_avg_pool3d",
                                     "avg_pool1d",
                                     "avg_pool2d",
                                     "avg_pool3d",
                                     "cat",
                                     "channel_shuffle",
                                     "clamp",
                                     "concat",
                                     "contiguous",
                                     "detach",
                                     "dropout",
                                     "feature_dropout",
                                     "flatten",
                                     "hardtanh",
                                     "max_pool1d",
                                     "max_pool2d",
                                     "max_pool3d",
                                     "max_pool2d_with_indices",
                                     "max_pool3d_with_indices",
                                     "mean",
                                     "narrow",
                                     "permute",
                                     "pixel_shuffle",
                                     "pixel_unshuffle",
                                     "relu",
                                     "relu6",
                                     "repeat",
                                     "repeat_interleave",
                                     "reshape",
                                     "squeeze",
                                     "stack",
                                     "t",
                                     "transpose",
                                     "unsqueeze",
                                     "upsample_bicubic2d",
                                     "upsample_bilinear2d",
                                     "upsample_linear1d",
                                     "upsample_nearest1d",
                                     "upsample_nearest2d",
                                     "upsample_nearest3d",
                                     "view",
                                     "_unsafe_view"};

/* What FX leaves in float, but runs on integers where a model was quantized by hand. */
static const char *const moves[] = {"chunk",       "clone", "constant_pad_nd",  "expand",
                                    "flip",        "pad",   "index_select",     "select",
                                    "slice",       "split", "split_with_sizes", "unbind",
                                    "unflatten",   "alias", "reflection_pad1d", "reflection_pad2d",
                                    "unsafe_chunk"};

incckpt_kind incckpt_kind_of_function(const incckpt_step *s, bool reads_number, bool is_eager)
{
    static const char *const binary[] = {"add", "mul"};
    if (is_call(s, binary, INC_COUNT(binary)) && reads_number)
        return incckpt_is_op(s->first, INCIR_OP_ADD) || incckpt_is_op(s->first, INCIR_OP_MUL)
                   ? INCCKPT_SCALAR
                   : INCCKPT_FLOAT;
    if (is_call(s, functions, INC_COUNT(functions)) && !is_eager)
        return INCCKPT_FUNCTION;
    if (is_call(s, fixed, INC_COUNT(fixed)))
        return INCCKPT_FIXED;
    if (is_call(s, shared, INC_COUNT(shared)) || (is_eager && is_call(s, moves, INC_COUNT(moves))))
        return INCCKPT_SHARED;
    return INCCKPT_FLOAT;
}

/* Functions of two tensors, and those of lists. */
bool incckpt_takes_all(const incckpt_step *s)
{
    static const char *const names[] = {"add", "mul", "matmul", "cat", "concat", "stack"};
    return is_call(s, names, INC_COUNT(names));
}

bool incckpt_fuses_relu(const incckpt_step *s)
{
    static const char *const names[] = {"add", "mul", "batch_norm",
                                        "_native_batch_norm_legit_no_training"};
    return is_call(s, names, INC_COUNT(names));
}

bool incckpt_is_softmax(const incckpt_step *s)
{
    static const char *const names[] = {"softmax", "_softmax"};
    return is_call(s, names, INC_COUNT(names));
}

bool incckpt_is_recurrent(const incckpt_step *s)
{
    static const char *const names[] = {"lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell"};
    return is_call(s, names, INC_COUNT(names));
}

bool incckpt_is_method(const incckpt_step *s)
{
    static const char *const names[] = {"add", "mul", "cat", "matmul"};
    return is_call(s, names, INC_COUNT(names));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Types that inference gives, and what it refuses. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/context.h"
#include "../support/suite.h"
#include "text.h"

static const struct {
    uint32_t opset;
    const char *line, *result; /* after '!': part of the message */
} cases[] = {
    /* element by element */
    {17, "Relu(float32[n, 3])", "float32[n, 3]"},
    {17, "Sqrt(int64[3])", "!has to be floating-point"},
    {17, "Add(float32[n, 1, 4], float32[3, 1])", "float32[n, 3, 4]"},
    {17, "Add(float32[n, 3], float32[1])", "float32[n, 3]"},
    {17, "Add(float32[n], float32[5])", "float32[5]"},
    {17, "Add(float32[n], float32[m])", "float32[n]"},
    {17, "Add(float32[n], float32[2*n])", "float32[n]"},
    {17, "Add(float32[2, 3], float32[4])", "!Add(float32[2, 3], float32[4]): sizes 3 and 4"},
    {17, "Add(float32[2], int64[2])", "!element types differ"},
    {17, "Add(float32[2])", "!2 inputs are needed"},
    {17, "Add(float32[2], -)", "!input 1 is missing"},
    {17, "Max(float32[2, 1], float32[3], float32[])", "float32[2, 3]"},
    {17, "Pow(float32[n], int64[])", "float32[n]"},
    {17, "Less(int64[n], int64[n])", "bool[n]"},
    {17, "And(bool[n], bool[])", "bool[n]"},
    {17, "And(bool[n], float32[])", "!has to be bool"},
    {17, "Not(float32[n])", "!has to be bool"},
    {17, "Where(bool[n, 1], float32[1, 3], float32[])", "float32[n, 3]"},
    {17, "Where(int64[n], float32[], float32[])", "!has to be bool"},
    {17, "Cast(float32[n]) to=7", "int64[n]"},
    {17, "Cast(float32[n]) to=9", "bool[n]"},
    {17, "Cast(float32[n]) to=99", "!99 is no element type"},
    {17, "Cast(float32[n])", "!0 is no element type"},
    {17, "Clip(float32[n], float32, -)", "float32[n]"},
    {17, "Clip(float32[n], float32[1])", "!has to be a scalar"},
    {17, "IsNaN(float64[n])", "bool[n]"},
    {17, "PRelu(float32[n, 3, 4], float32[3, 1])", "float32[n, 3, 4]"},
    {17, "PRelu(float32[3], float32[2, 3])", "!more axes"},
    {17, "Dropout(float32[n]) -> 2", "float32[n] bool[n]"},
    {17, "Softmax(float32[n, 3]) axis=-1", "float32[n, 3]"},
    {17, "Softmax(float32[n, 3]) axis=2", "!axis 2 is not one of 2"},
    {17, "CumSum(float32[n, 3], <1>)", "float32[n, 3]"},
    {17, "CumSum(float32[n, 3], <2>)", "!axis 2"},
    {17, "Trilu(float32[n])", "!a matrix is needed"},

    /* shapes */
    {17, "Reshape(float32[n, 6], {-1, 3})", "float32[2*n, 3]"},
    {17, "Reshape(float32[n, 6], {0, 2, 3})", "float32[n, 2, 3]"},
    {17, "Reshape(float32[n, m, 6], {n, m*6})", "float32[n, 6*m]"},
    {17, "Reshape(float32[n, m, 4], {m, -1})", "float32[m, 4*n]"},
    {17, "Reshape(float32[2, 3], {-1})", "float32[6]"},
    {17, "Reshape(float32[2, 3], {4, -1})", "!6 elements cannot be divided by 4"},
    {17, "Reshape(float32[2, 3], {5})", "!6 elements cannot become 5"},
    {17, "Reshape(float32[2, 3], {-1, -1})", "!only one"},
    {17, "Reshape(float32[2, 3], {-2, 3})", "!-2 is no size"},
    {17, "Reshape(float32[2, 3], {2, 3, 0})", "!no axis 2 to copy"},
    {17, "Reshape(float32[0, 3], {3, 0}) allowzero=1", "float32[3, 0]"},
    {17, "Reshape(float32[n], int64[2])", "float32[reshaped, reshaped_1]"},
    {17, "Reshape(float32[n], int64[n])", "!the length of input 1 has to be known"},
    {17, "Flatten(float32[n, 2, 3]) axis=1", "float32[n, 6]"},
    {17, "Flatten(float32[n, 2, 3]) axis=3", "float32[6*n, 1]"},
    {17, "Flatten(float32[n, 2, 3]) axis=4", "!axis 4"},
    {17, "Squeeze(float32[n, 1, 3, 1], {1, -1})", "float32[n, 3]"},
    {11, "Squeeze(float32[n, 1, 3]) axes=[1]", "float32[n, 3]"},
    {17, "Squeeze(float32[n, 1, 3])", "float32[n, 3]"},
    {17, "Squeeze(float32[n, 2], {1})", "!more than one element"},
    {17, "Squeeze(float32[n, 1], {1, 1})", "!given twice"},
    {17, "Unsqueeze(float32[n, 3], {0, 3})", "float32[1, n, 3, 1]"},
    {17, "Unsqueeze(float32[n, 3], {-1})", "float32[n, 3, 1]"},
    {17, "Unsqueeze(float32[n, 3], {5})", "!axis 5"},
    {17, "Transpose(float32[n, 2, 3]) perm=[2, 0, 1]", "float32[3, n, 2]"},
    {17, "Transpose(float32[n, 2, 3])", "float32[3, 2, n]"},
    {17, "Transpose(float32[n, 2]) perm=[0, 0]", "!comes twice"},
    {17, "Transpose(float32[n, 2]) perm=[0]", "!needs 2 integers"},
    {17, "Concat(float32[n, 2], float32[n, 3]) axis=1", "float32[n, 5]"},
    {17, "Concat(float32[n, 2], float32[m, 2]) axis=0", "float32[n + m, 2]"},
    {17, "Concat(float32[3, 2], float32[n, 2]) axis=1", "float32[3, 4]"},
    {17, "Concat(float32[3, 2], float32[4, 2]) axis=1", "!sizes 3 and 4"},
    {17, "Concat(float32[3, 2], float32[3]) axis=1", "!needs 2 axes"},
    {17, "Split(float32[n, 6]) axis=1 -> 2", "float32[n, 3] float32[n, 3]"},
    {17, "Split(float32[n, 6], {2, 4}) axis=1 -> 2", "float32[n, 2] float32[n, 4]"},
    {11, "Split(float32[n, 6]) axis=1 split=[1, 5] -> 2", "float32[n, 1] float32[n, 5]"},
    {18, "Split(float32[7]) num_outputs=2 -> 2", "float32[4] float32[3]"},
    {17, "Split(float32[6], {2, 3}) -> 2", "!do not make the whole"},
    {17, "Split(float32[6], {7, -1}) -> 2", "!do not fit"},
    {17, "Slice(float32[n, 8], {2}, {5}, {1})", "float32[n, 3]"},
    {17, "Slice(float32[n, 8], {-3}, {100}, {1})", "float32[n, 3]"},
    {17, "Slice(float32[n, 8], {7}, {0}, {1}, {-2})", "float32[n, 4]"},
    {17, "Slice(float32[n, 8], {1}, {9223372036854775807}, {0})", "float32[n - 1, 8]"},
    {17, "Slice(float32[n, 8], {-1}, {9223372036854775807}, {0})", "float32[1, 8]"},
    {17, "Slice(float32[n, 8], {0}, {-1}, {0})", "float32[n - 1, 8]"},
    {17, "Slice(float32[n, 8], {0}, {10}, {0})", "float32[min(n, 10), 8]"},
    {17, "Slice(float32[n, 512], {0}, {n}, {1})", "float32[n, min(n, 512)]"},
    {17, "Slice(float32[n, 8], {1}, {-1}, {0})", "float32[max(0, n - 2), 8]"},
    {17, "Slice(float32[n, 8], {-3}, {9223372036854775807}, {0})", "float32[min(n, 3), 8]"},
    {17, "Slice(float32[n, 8], {n - 1}, {9223372036854775807}, {0})", "float32[1, 8]"},
    {17, "Slice(float32[n, 8], {n - 5}, {n}, {0})", "float32[sliced, 8]"},
    {17, "Slice(float32[N, 8], {1}, {-1}, {0})", "float32[max(0, N - 2), 8]"},
    {17, "Slice(float32[N, 8], {1}, {9223372036854775807}, {0})", "float32[max(0, N - 1), 8]"},
    {17, "Slice(float32[N, 8], {N - 1}, {9223372036854775807}, {0})", "float32[min(N, 1), 8]"},
    {17, "Slice(float32[N, 8], {M}, {M + 2}, {0})", "float32[max(0, -M + min(N, M + 2)), 8]"},
    {17, "Slice(float32[N, 8], {0 - M}, {9223372036854775807}, {0})", "float32[sliced, 8]"},
    {17, "Slice(float32[n], {-1}, {-9223372036854775807}, {0}, {-1})", "float32[n]"},
    {17, "Slice(float32[n, 8], {0}, {9223372036854775807}, {0}, {2})", "float32[-floor(-n/2), 8]"},
    {17, "Slice(float32[n, 8], int64[1], int64[1], {1})", "float32[n, sliced]"},
    {17, "Slice(float32[8], {0}, {1}, {1})", "!axis 1"},
    {17, "Slice(float32[8], {0}, {1}, {0}, {0})", "!step of axis 0 is 0"},
    {17, "Slice(float32[8], {0, 1}, {1, 2}, {0, 0})", "!numbers of starts"},
    {17, "Slice(float32[8], {0}, {1, 2})", "!numbers of starts"},
    {17, "Expand(float32[n, 1], {2, 1, 5})", "float32[2, n, 5]"},
    {17, "Expand(float32[3], {2})", "!sizes 3 and 2"},
    {17, "Expand(float32[3], {-1})", "!-1 is no size"},
    {17, "Tile(float32[n, 2], {3, m})", "float32[3*n, 2*m]"},
    {17, "Tile(float32[2], {1, 2})", "!2 repeats for 1 axes"},
    {17, "Pad(float32[n, 4], {0, 1, 0, 2})", "float32[n, 7]"},
    {17, "Pad(float32[n, 4], {0, -2, 0, -3})", "!cut off"},
    {17, "Pad(float32[4], {1})", "!1 pads for 1 axes"},
    {17, "Shape(float32[n, 4])", "{n, 4}"},
    {17, "Shape(float32[n, 4]) start=1", "int64[1]={4}"},
    {17, "Size(float32[n, 4])", "<4*n>"},
    {17, "DepthToSpace(float32[n, 8, h, 5]) blocksize=2", "float32[n, 2, 2*h, 10]"},
    {17, "SpaceToDepth(float32[n, 2, 4, 6]) blocksize=2", "float32[n, 8, 2, 3]"},
    {17, "SpaceToDepth(float32[n, 2, 5, 6]) blocksize=2", "!cannot be divided"},
    {17, "Resize(float32[1, 3, h, 8], -, float32[4]={1, 1, 2, 0.5})", "float32[1, 3, 2*h, 4]"},
    {17, "Resize(float32[1, 3, h, w], -, -, {1, 3, 20, w*2})", "float32[1, 3, 20, 2*w]"},
    {17, "Resize(float32[1, 3, 4, 5], -, float32[3]={1})", "!3 sizes or scales for 4 axes"},

    /* indices */
    {17, "Gather(float32[n, 5], int64[2, 3]) axis=1", "float32[n, 2, 3]"},
    {17, "Gather(float32[n, 5], int64) axis=0", "float32[5]"},
    {17, "Gather(float32[n], float32[2])", "!int32 or int64"},
    {17, "Gather(float32, int64[2])", "!axis 0 is not one of 0"},
    {17, "GatherElements(float32[n, 5], int64[n, 2]) axis=1", "float32[n, 2]"},
    {17, "GatherElements(float32[n, 5], int64[n])", "!as many axes"},
    {17, "GatherND(float32[n, 5, 6], int64[7, 2])", "float32[7, 6]"},
    {17, "GatherND(float32[n, 5, 6], int64[n, 7, 1]) batch_dims=1", "float32[n, 7, 6]"},
    {17, "GatherND(float32[n, 5], int64[7, 3])", "!an index of 3 axes"},
    {17, "ScatterElements(float32[n, 5], int64[n, 2], float32[n, 2]) axis=1", "float32[n, 5]"},
    {17, "ScatterND(float32[n, 5], int64[3, 1], float32[3, 5])", "float32[n, 5]"},
    {17, "ScatterND(float32[n, 5], int64[3, 1], float32[3])", "!do not fit the indices"},
    {17, "OneHot(int64[n], <10>, float32[2])", "float32[n, 10]"},
    {17, "OneHot(int64[n, 3], <10>, float32[2]) axis=1", "float32[n, 10, 3]"},
    {17, "TopK(float32[n, 9], {3}) axis=1 -> 2", "float32[n, 3] int64[n, 3]"},
    {17, "TopK(float32[n, 9], {10}) axis=1 -> 2", "!the 10 largest"},
    {17, "NonZero(bool[n, 3])", "int64[2, nonzero]"},
    {17, "Unique(float32[n, 3]) -> 4", "float32[unique] int64[unique] int64[3*n] int64[unique]"},
    {17, "Compress(float32[n, 3], bool[3]) axis=1", "float32[n, kept]"},
    {17, "NonMaxSuppression(float32[1, n, 4], float32[1, 2, n])", "int64[selected, 3]"},

    /* making */
    {17, "ConstantOfShape({n, 3})", "float32[n, 3]"},
    {17, "ConstantOfShape({n, 3}) value=int64(4)", "int64[n, 3]"},
    {17, "ConstantOfShape({n, -3})", "!-3 is no size"},
    {17, "ConstantOfShape(int64[2])", "float32[filled, filled_1]"},
    {17, "Range(<0>, <n>, <1>)", "int64[n]"},
    {17, "Range(<1>, <2*n>, <2>)", "int64[n]"},
    {17, "Range(<0>, <n>, <0>)", "!step 0"},
    {17, "Range(float32, float32, float32)", "float32[range]"},
    {17, "RandomNormal() shape=[2, 3]", "float32[2, 3]"},
    {17, "RandomNormal() shape=[2, -3]", "!-3 is no size"},
    {17, "EyeLike(float32[n, 3]) dtype=7", "int64[n, 3]"},

    /* reductions */
    {17, "ReduceMean(float32[n, 3, 4]) axes=[1]", "float32[n, 1, 4]"},
    {17, "ReduceMean(float32[n, 3, 4]) axes=[1, -1] keepdims=0", "float32[n]"},
    {18, "ReduceMean(float32[n, 3, 4], {0, 2}) keepdims=0", "float32[3]"},
    {17, "ReduceSum(float32[n, 3]) keepdims=0", "float32[]"},
    {17, "ReduceSum(float32[n, 3])", "float32[1, 1]"},
    {17, "ReduceSum(float32[n, 3]) noop_with_empty_axes=1", "float32[n, 3]"},
    {17, "ReduceMean(float32[n]) axes=[1]", "!axis 1"},
    {17, "ArgMax(float32[n, 3]) axis=1 keepdims=0", "int64[n]"},

    /* products */
    {17, "MatMul(float32[n, 4], float32[4, 5])", "float32[n, 5]"},
    {17, "MatMul(float32[n, 1, 3, 4], float32[8, 4, 5])", "float32[n, 8, 3, 5]"},
    {17, "MatMul(float32[4], float32[n, 4, 5])", "float32[n, 5]"},
    {17, "MatMul(float32[4], float32[4])", "float32[]"},
    {17, "MatMul(float32[n, 4], float32[3, 5])", "!sizes 4 and 3"},
    {17, "MatMul(float32, float32[3, 5])", "!no matrix"},
    {17, "Gemm(float32[n, 4], float32[5, 4], float32[5]) transB=1", "float32[n, 5]"},
    {17, "Gemm(float32[n, 4], float32[5, 4], float32[4]) transB=1", "!sizes 5 and 4"},
    {17, "Gemm(float32[n, 4], float32[5, 4, 1]) transB=1", "!needs 2 axes"},
    {17, "Einsum(float32[n, 3, 4], float32[4, 5]) equation=\"bij,jk->bik\"", "float32[n, 3, 5]"},
    {17, "Einsum(float32[n, 3, 4], float32[n, 5, 4]) equation=\"...ij,...kj->...ik\"",
     "float32[n, 3, 5]"},
    {17, "Einsum(float32[3, 4], float32[4, 5]) equation=\"ij,jk\"", "float32[3, 5]"},
    {17, "Einsum(float32[3, 4]) equation=\"ij->ji\"", "float32[4, 3]"},
    {17, "Einsum(float32[3, 4]) equation=\"ijk->k\"", "!does not fit"},
    {17, "Einsum(float32[3, 4]) equation=\"ij->k\"", "!names what no input has"},
    {17, "Einsum(float32[3, 4], float32[4, 5]) equation=\"ij->i\"", "!fewer terms"},

    /* images */
    {17, "Conv(float32[n, 3, h, w], float32[8, 3, 3, 3]) strides=[2, 2] pads=[1, 1, 1, 1]",
     "float32[n, 8, floor((h + 1)/2), floor((w + 1)/2)]"},
    {17, "Conv(float32[n, 3, 8, 9], float32[8, 3, 3, 3]) dilations=[2, 1]", "float32[n, 8, 4, 7]"},
    {17, "Conv(float32[n, 4, 8], float32[6, 2, 3], float32[6]) group=2", "float32[n, 6, 6]"},
    {17, "Conv(float32[n, 3, h], float32[8, 3, 3]) auto_pad=\"SAME_UPPER\" strides=[2]",
     "float32[n, 8, -floor(-h/2)]"},
    {17, "Conv(float32[n, 3, 8], float32[6, 2, 3])", "!sizes 3 and 2"},
    {17, "Conv(float32[n, 3, 2], float32[6, 3, 3])", "!larger than the padded input"},
    {17, "Conv(float32[n, 3, 8], float32[6, 3, 3]) strides=[0]", "!strides of 0"},
    {17, "Conv(float32[n, 3, 8], float32[6, 3, 3]) pads=[1]", "!needs 2 integers"},
    {17, "Conv(float32[n, 3], float32[6, 3])", "!at least three axes"},
    {17,
     "ConvTranspose(float32[n, 4, h, 5], float32[4, 6, 3, 3]) strides=[2, 2] pads=[1, 1, 1, 1] "
     "output_padding=[1, 0]",
     "float32[n, 6, 2*h, 9]"},
    {17, "MaxPool(float32[n, 4, 7]) kernel_shape=[2] strides=[2] ceil_mode=1 -> 2",
     "float32[n, 4, 4] int64[n, 4, 4]"},
    {17, "MaxPool(float32[n, 4, 7]) kernel_shape=[2] strides=[2]", "float32[n, 4, 3]"},
    {17, "AveragePool(float32[n, 4, 4]) kernel_shape=[1] strides=[3] pads=[0, 1] ceil_mode=1",
     "float32[n, 4, 2]"},
    {17, "MaxPool(float32[n, 4, 7]) kernel_shape=[0]", "!kernel_shape of 0"},
    {17, "GlobalAveragePool(float32[n, 4, h, w])", "float32[n, 4, 1, 1]"},
    {17, "MaxUnpool(float32[n, 4, 3, 3], int64[n, 4, 3, 3]) kernel_shape=[2, 2] strides=[2, 2]",
     "float32[n, 4, 6, 6]"},
    {17, "GridSample(float32[n, 4, 8, 8], float32[n, 5, 6, 2])", "float32[n, 4, 5, 6]"},
    {17, "RoiAlign(float32[1, 4, 8, 8], float32[n, 4], int64[n]) output_height=7 output_width=7",
     "float32[n, 4, 7, 7]"},
    {18, "Col2Im(float32[n, 12, 4], {5, 5}, {2, 2})", "float32[n, 3, 5, 5]"},
    {17, "BatchNormalization(float32[n, 3, 4], float32[3], float32[3], float32[3], float32[3])",
     "float32[n, 3, 4]"},
    {17, "BatchNormalization(float32[n, 3], float32[4], float32[3], float32[3], float32[3])",
     "!sizes 4 and 3"},
    {17, "LayerNormalization(float32[n, s, 8], float32[8], float32[8]) -> 2",
     "float32[n, s, 8] float32[n, s, 1]"},
    {17, "LayerNormalization(float32[n, 8], float32[7])", "!sizes 7 and 8"},

    /* recurrent */
    {17, "LSTM(float32[s, n, 4], float32[2, 20, 4], float32[2, 20, 5]) hidden_size=5 -> 3",
     "float32[s, 2, n, 5] float32[2, n, 5] float32[2, n, 5]"},
    {17, "GRU(float32[s, n, 4], float32[1, 15, 4], float32[1, 15, 5]) hidden_size=5 -> 2",
     "float32[s, 1, n, 5] float32[1, n, 5]"},
    {17, "LSTM(float32[s, n, 4], float32[2, 20, 3], float32[2, 20, 5]) -> 1", "!sizes 3 and 4"},

    /* quantization */
    {17, "QuantizeLinear(float32[n, 3], float32, int8)", "int8[n, 3]"},
    {17, "DequantizeLinear(int8[8, 3], float32[8], int8[8]) axis=0", "float32[8, 3]"},
    {17, "DequantizeLinear(int8[8, 3], float32[8], int8[8]) axis=1", "!sizes 8 and 3"},
    {17, "DynamicQuantizeLinear(float32[n]) -> 3", "uint8[n] float32[] uint8[]"},

    {17, "If(bool)", "!then_branch is missing"},
    {17, "Loop(<3>, -, float32[2])", "!body is missing"},
    {17, "Identity()", "!input 0 is missing"},
};

START_TEST(types)
{
    const char *result = txt_result(cx, cases[_i].opset, cases[_i].line);
    const char *wanted = cases[_i].result;
    if (wanted[0] == '!')
        ck_assert_msg(strstr(result, wanted + 1), "%s: %s, not about %s", cases[_i].line, result,
                      wanted + 1);
    else
        ck_assert_msg(strcmp(result, wanted) == 0, "%s: %s, not %s", cases[_i].line, result,
                      wanted);
}
END_TEST

/* The branches give n and 2: which, only the data tells. */
START_TEST(branches_join)
{
    incir_graph *g = incir_graph_new(cx, 17);
    incir_value *x = txt_value(g, "float32[n, 3]"), *condition = txt_value(g, "bool");
    incir_node *n = incir_node_new(g, "If");
    static const char *const names[] = {"then_branch", "else_branch"};
    incir_in(g, n, condition);
    for (size_t i = 0; i < 2; i++) {
        incir_block *outer = g->block, *b = incir_block_new(g);
        g->block = b;
        incir_value *v = i == 0 ? incir_emit1(g, "Relu", x) : txt_value(g, "float32[2, 3]={1}");
        g->block = outer;
        incir_block_add_output(g, b, v);
        incir_attr_block(g, n, names[i], b);
    }
    incir_value *y = incir_emit(g, n);
    ck_assert_str_eq(txt_show(g, y), "float32[chosen, 3]");
    int axis;
    ck_assert_ptr_eq(incsym_origin(y->dims[0], &axis), y);
    ck_assert_int_eq(axis, 0);
}
END_TEST

/* Two axes of inputs that only the example shows to be equal. */
START_TEST(unlike_axes_are_warned_of)
{
    incir_graph *g = incir_graph_new(cx, 17);
    const incsym *sizes[2];
    incir_value *inputs[2];
    for (int i = 0; i < 2; i++) {
        sizes[i] = incsym_new(g->syms, i ? "m" : "n", 4, 0, NULL, 0);
        inputs[i] = incir_input(g, i ? "y" : "x", INCDT_F32, 1, &sizes[i]);
        incsym_set_origin(sizes[i], inputs[i], 0);
    }
    incir_emit2(g, "Add", inputs[0], inputs[0]);
    ck_assert_uint_eq(cx->n_warnings, 0);
    incir_emit2(g, "Add", inputs[0], inputs[1]);
    ck_assert_uint_eq(cx->n_warnings, 1);
    ck_assert_ptr_nonnull(strstr(cx->warnings[0], "n and m are taken to be equal"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("infer");
    TCase *all = tcase_create("infer");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_loop_test(all, types, 0, (int)INC_COUNT(cases));
    tcase_add_test(all, branches_join);
    tcase_add_test(all, unlike_axes_are_warned_of);
    suite_add_tcase(suite, all);
    return tst_run(suite);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Element types. The numbers are PyTorch's (c10::ScalarType), which is how TorchScript spells a
 * dtype. */
#ifndef INC_TENSOR_DTYPE_H
#define INC_TENSOR_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum incdtype {
    INCDT_U8 = 0,
    INCDT_I8 = 1,
    INCDT_I16 = 2,
    INCDT_I32 = 3,
    INCDT_I64 = 4,
    INCDT_F16 = 5,
    INCDT_F32 = 6,
    INCDT_F64 = 7,
    INCDT_C32 = 8,
    INCDT_C64 = 9,
    INCDT_C128 = 10,
    INCDT_BOOL = 11,
    INCDT_QI8 = 12,
    INCDT_QU8 = 13,
    INCDT_QI32 = 14,
    INCDT_BF16 = 15,
    INCDT_QU4X2 = 16,
    INCDT_QU2X4 = 17,
    INCDT_F8E5M2 = 23,
    INCDT_F8E4M3FN = 24,
    INCDT_F8E5M2FNUZ = 25,
    INCDT_F8E4M3FNUZ = 26,
    INCDT_U16 = 27,
    INCDT_U32 = 28,
    INCDT_U64 = 29
} incdtype;

/* Bytes of one element; 0 for a number that is no type (of the sub-byte types: of one storage
 * byte). */
size_t incdtype_size(incdtype t);
bool incdtype_valid(int64_t number);
/* "float32", "int64", …: PyTorch's name without "torch." */
const char *incdtype_name(incdtype t);
/* From such a name, or numpy's ("<f4" without the byte order: "f4"); false when unknown. */
bool incdtype_from_name(const char *name, incdtype *t);
/* ONNX TensorProto.DataType number; 0 when ONNX has none. */
int incdtype_onnx(incdtype t);

bool incdtype_is_float(incdtype t);   /* float16, bfloat16, float32, float64, float8 */
bool incdtype_is_integer(incdtype t); /* signed and unsigned, without bool */
bool incdtype_is_complex(incdtype t);
bool incdtype_is_quantized(incdtype t);
/* complex64 of float32, and back. */
incdtype incdtype_complex_of(incdtype real);
incdtype incdtype_real_of(incdtype complex);
/* torch.promote_types(a, b). */
incdtype incdtype_promote(incdtype a, incdtype b);

/* Files are little-endian. Whether an element of t has its bytes in another order on this machine.
 */
bool incdtype_swaps(incdtype t);
/* Reverses the bytes of each of n elements (of each part of a complex number), in place. */
void incdtype_swap(incdtype t, void *block, uint64_t n);

#endif

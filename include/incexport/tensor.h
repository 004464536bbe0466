/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors as the application sees them. */
#ifndef INCEXPORT_TENSOR_H
#define INCEXPORT_TENSOR_H

#include "incexport/error.h"
#include "incexport/hooks.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Type of the elements of a tensor: one of the INC_ELEMENT_ values, which are PyTorch's numbers
 *  (c10::ScalarType). */
typedef uint32_t inc_element;

enum {
    INC_ELEMENT_UINT8 = 0,
    INC_ELEMENT_INT8 = 1,
    INC_ELEMENT_INT16 = 2,
    INC_ELEMENT_INT32 = 3,
    INC_ELEMENT_INT64 = 4,
    INC_ELEMENT_FLOAT16 = 5,
    INC_ELEMENT_FLOAT32 = 6,
    INC_ELEMENT_FLOAT64 = 7,
    INC_ELEMENT_COMPLEX64 = 9,
    INC_ELEMENT_COMPLEX128 = 10,
    INC_ELEMENT_BOOL = 11,
    INC_ELEMENT_BFLOAT16 = 15,
    INC_ELEMENT_UINT16 = 27,
    INC_ELEMENT_UINT32 = 28,
    INC_ELEMENT_UINT64 = 29,
    INC_ELEMENT_NONE = 255 /**< of an example input: no tensor, the argument is None. @since 0.1 */
};

/** PyTorch's name of an element type.
 *  @param element any number
 *  @return "float32" for INC_ELEMENT_FLOAT32; NULL for what is no element type. A constant, valid
 * for ever
 *  @since 0.1 */
INC_API const char *inc_element_name(inc_element element);

/** The element type of a name as PyTorch or NumPy has it ("float32", "torch.float32", "f4",
 * "long").
 *  @param name    UTF-8, ending with NUL
 *  @param element set on success, left alone otherwise
 *  @return INC_OK; INC_E_ARGUMENT for what is no such name, and for NULL
 *  @since 0.1 */
INC_API inc_status inc_element_from_name(const char *name, inc_element *element);

/** The size of one element.
 *  @param element any number
 *  @return bytes, 1 to 16; 0 for INC_ELEMENT_NONE and what is no element type
 *  @since 0.1 */
INC_API size_t inc_element_size(inc_element element);

/** A borrowed tensor: elements in C order (the last axis is contiguous) without gaps, in the byte
 * order of this machine. The library never writes to one. The number of elements is the product of
 * the shape, 1 for rank 0. */
typedef struct inc_tensor {
    const char *name;     /**< UTF-8, or NULL: it is known by its place */
    const void *data;     /**< as many elements, each of inc_element_size() bytes; bools are 0 or 1,
                               complex numbers pairs of real and imaginary part. NULL: only type and
                               shape are known */
    const int64_t *shape; /**< rank sizes, each 0 or more; NULL for rank 0 */
    size_t rank;          /**< number of axes, 0 to 64 */
    inc_element element;  /**< type of the elements */
    uint32_t reserved0;   /**< zero */
} inc_tensor;

/** A set of tensors read from a file. */
typedef struct inc_tensors inc_tensors;

/** Reads all arrays of an .npz file, or the one of an .npy file. Numbers, bools and half floats in
 *  little-endian order; Fortran order is put in C order.
 *  @param path      the file
 *  @param allocator where memory comes from; NULL: malloc. Must outlive the set.
 *  @param tensors   set on success; end with inc_tensors_free()
 *  @param error     NULL, or where the error goes; end with inc_error_free()
 *  @return INC_OK; INC_E_IO, INC_E_FORMAT for what is damaged or no file of arrays,
 *          INC_E_UNSUPPORTED for elements that no inc_element has, INC_E_LIMIT; INC_E_ARGUMENT for
 *          NULL, INC_E_ABI for the allocator
 *  @since 0.1 */
INC_API inc_status inc_tensors_open_file(const char *path, const inc_allocator *allocator,
                                         inc_tensors **tensors, inc_error **error);

/** How many tensors there are.
 *  @param tensors the set, or NULL
 *  @return the number, which may be 0; 0 for NULL
 *  @since 0.1 */
INC_API size_t inc_tensors_count(const inc_tensors *tensors);

/** All of them, inc_tensors_count() in a row, as Torch2ONNXConfig.example_inputs takes them: in the
 *  order of the file, except that names ending in numbers ("in_0", "in_1", "in_10") are in the
 * order of the numbers. The array of an .npy file has no name. Valid until the set is freed. @since
 * 0.1 */
INC_API const inc_tensor *inc_tensors_items(const inc_tensors *tensors);

/** Ends a set and all its tensors. Cannot fail.
 *  @param tensors the set; NULL is fine
 *  @since 0.1 */
INC_API void inc_tensors_free(inc_tensors *tensors);

#ifdef __cplusplus
}
#endif
#endif

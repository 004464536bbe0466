/* SPDX-License-Identifier: Apache-2.0 */
/* File kinds by their first bytes, then by the names inside. What is not read is refused by its
 * own name, because "unknown file" helps nobody who picked the wrong one. */
#include "archive/recognise.h"

#include <string.h>

#include "archive/pickle.h"
#include "base/str.h"

#define EXPORT_TORCHSCRIPT                                                                         \
    "Save the model with torch.jit.save (after torch.jit.trace or torch.jit.script) or "           \
    "torch.export.save."
#define RESAVE "Load the file with a current PyTorch and save it again."

const char *incarc_kind_name(incarc_kind kind)
{
    static const char *const names[] = {
        [INCARC_TORCHSCRIPT] = "TorchScript archive",
        [INCARC_TORCHSCRIPT_MOBILE] = "mobile TorchScript archive",
        [INCARC_SAVED] = "torch.save file",
        [INCARC_SAVED_LEGACY] = "torch.save file of the old format",
        [INCARC_PT2] = "torch.export archive",
        [INCARC_PT2_OLD] = "torch.export archive of the first format",
        [INCARC_NPZ] = "NumPy archive",
        [INCARC_NPY] = "NumPy array",
    };
    return names[kind];
}

static void refuse(inccx *cx, const char *what, const char *hint) INC_NORETURN;
static void refuse(inccx *cx, const char *what, const char *hint)
{
    inc_raise_hint(cx, INC_E_UNSUPPORTED, hint, "this is %s, which is not read", what);
}

static bool has_json_model(const inczip *zip)
{
    for (size_t i = 0; i < inczip_count(zip); i++) {
        const char *record = inczip_at(zip, i)->record;
        if (record && incstr_starts(record, "models/") && incstr_ends(record, ".json"))
            return true;
    }
    return false;
}

static bool is_npz(const inczip *zip)
{
    for (size_t i = 0; i < inczip_count(zip); i++)
        if (!incstr_ends(inczip_at(zip, i)->name, ".npy"))
            return false;
    return inczip_count(zip) > 0;
}

static incarc_kind recognise_zip(inccx *cx, const inczip *zip)
{
    bool has_code = inczip_has_records(zip, "code/");
    bool has_data = inczip_find(zip, "data.pkl") != NULL;
    bool has_bytecode = inczip_find(zip, "bytecode.pkl") != NULL;
    if (inczip_find_name(zip, "serialized_exported_program.json"))
        return INCARC_PT2_OLD;
    if (has_json_model(zip))
        return INCARC_PT2;
    if (inczip_has_records(zip, "data/aotinductor/"))
        refuse(cx, "a compiled AOTInductor package: machine code without a graph",
               "Export the model with torch.export.save instead of compiling it.");
    if (inczip_find(zip, ".data/python_version") || inczip_find(zip, ".data/extern_modules"))
        refuse(cx, "a torch.package archive, which holds Python code", EXPORT_TORCHSCRIPT);
    if (has_data && (has_code || inczip_find(zip, "constants.pkl")))
        return has_bytecode ? INCARC_TORCHSCRIPT_MOBILE : INCARC_TORCHSCRIPT;
    if (has_bytecode)
        refuse(cx, "a mobile model of bytecode only",
               "Use the TorchScript file that it was made from.");
    if (inczip_find(zip, "model.json"))
        refuse(cx, "a TorchScript archive of PyTorch 1.0 to 1.3",
               "Load it with torch.jit.load of PyTorch 1.4 or later and save it again.");
    if (has_data)
        return INCARC_SAVED;
    if (is_npz(zip))
        return INCARC_NPZ;
    if (inczip_find_name(zip, "[Content_Types].xml"))
        refuse(cx, "an office document", EXPORT_TORCHSCRIPT);
    if (inczip_find_name(zip, "config.json") && inczip_find_name(zip, "model.weights.h5"))
        refuse(cx, "a Keras model", EXPORT_TORCHSCRIPT);
    inc_raise_hint(cx, INC_E_FORMAT, EXPORT_TORCHSCRIPT,
                   "this ZIP archive is no PyTorch model: it has no data.pkl below its first "
                   "folder");
}

/* The first bytes of the file. */
typedef struct head {
    const uint8_t *bytes;
    uint64_t n;    /* of them */
    uint64_t size; /* of the file */
} head;

static bool begins(const head *h, uint64_t at, const char *bytes, size_t n)
{
    return h->n >= at + n && memcmp(h->bytes + at, bytes, n) == 0;
}

/* Eight bytes of length, then a JSON object of that length. */
static bool is_safetensors(const head *h)
{
    uint64_t length = 0;
    if (h->size < 9)
        return false;
    for (size_t i = 8; i-- > 0;)
        length = length << 8 | h->bytes[i];
    return h->bytes[8] == '{' && length >= 2 && length <= h->size - 8;
}

/* ModelProto: ir_version (field 1, a small number), then producer_name or opset or the graph. */
static bool is_onnx(const head *h)
{
    if (h->size < 4 || h->bytes[0] != 0x08 || h->bytes[1] > 0x20)
        return false;
    uint8_t next = h->bytes[2];
    return next == 0x12 || next == 0x1a || next == 0x3a || next == 0x42;
}

static bool is_text(const head *h)
{
    uint64_t n = h->size < 64 ? h->size : 64;
    for (uint64_t i = 0; i < n; i++)
        if (h->bytes[i] < 9 || h->bytes[i] > 126)
            return false;
    return n > 0;
}

static void refuse_other(inccx *cx, const head *h) INC_NORETURN;
static void refuse_other(inccx *cx, const head *h)
{
    if (h->size == 0)
        inc_raise_hint(cx, INC_E_FORMAT, "Save or copy it again.", "the file is empty");
    if (is_safetensors(h))
        refuse(cx, "a safetensors file: weights without a network", EXPORT_TORCHSCRIPT);
    if (begins(h, 0, "\x89HDF\r\n\x1a\n", 8))
        refuse(cx, "an HDF5 file", EXPORT_TORCHSCRIPT);
    if (begins(h, 0, "PYTORCH1", 8))
        refuse(cx, "a model of a PyTorch preview", RESAVE);
    if (begins(h, 257, "ustar", 5))
        refuse(cx, "a tar archive, as PyTorch wrote them before version 0.2", RESAVE);
    if (begins(h, 0, "GGUF", 4))
        refuse(cx, "a GGUF file: weights without a network", EXPORT_TORCHSCRIPT);
    if (begins(h, 4, "TFL3", 4))
        refuse(cx, "a TensorFlow Lite model", EXPORT_TORCHSCRIPT);
    if (begins(h, 4, "PTMF", 4))
        refuse(cx, "a mobile model in flatbuffer form",
               "Use the TorchScript file that it was made from.");
    if (begins(h, 4, "ET1", 3))
        refuse(cx, "an ExecuTorch program", "Use the torch.export file that it was made from.");
    if (begins(h, 0, "\x1f\x8b", 2) ||
        begins(h, 0,
               "\xfd"
               "7zXZ",
               5) ||
        begins(h, 0, "BZh", 3) || begins(h, 0, "\x28\xb5\x2f\xfd", 4))
        refuse(cx, "a compressed file", "Unpack it first.");
    if (begins(h, 0, "version https://git-lfs", 23))
        refuse(cx, "a Git LFS pointer, not the file itself", "Fetch it with git lfs pull.");
    if (is_onnx(h))
        refuse(cx, "an ONNX model already", "Use it as it is.");
    if (h->size > 1 && h->bytes[0] == 0x80 && h->bytes[1] <= 5)
        refuse(cx, "a bare pickle", EXPORT_TORCHSCRIPT);
    if (is_text(h))
        inc_raise_hint(cx, INC_E_FORMAT, EXPORT_TORCHSCRIPT,
                       "this is a text file, not a PyTorch model");
    inc_raise_hint(cx, INC_E_FORMAT, EXPORT_TORCHSCRIPT,
                   "this is not a PyTorch model: it begins with the bytes %02x %02x %02x %02x",
                   h->bytes[0], h->size > 1 ? h->bytes[1] : 0, h->size > 2 ? h->bytes[2] : 0,
                   h->size > 3 ? h->bytes[3] : 0);
}

incarc_kind incarc_recognise(inccx *cx, const incfile *file, inczip **zip)
{
    enum { HEAD = 512 };
    uint64_t n = file->size < HEAD ? file->size : HEAD;
    const head h = {incfile_bytes(cx, file, 0, n), n, file->size};

    *zip = NULL;
    if (begins(&h, 0, "PK\3\4", 4)) {
        *zip = inczip_open(cx, file);
        return recognise_zip(cx, *zip);
    }
    if (begins(&h, 0, "PK\5\6", 4))
        inc_raise_hint(cx, INC_E_FORMAT, EXPORT_TORCHSCRIPT, "this ZIP archive is empty");
    if (incpkl_is_legacy(h.bytes, n))
        return INCARC_SAVED_LEGACY;
    if (begins(&h, 0, "\x93NUMPY", 6))
        return INCARC_NPY;
    refuse_other(cx, &h);
}

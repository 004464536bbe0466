/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of file this is, by its contents. */
#ifndef INC_ARCHIVE_RECOGNISE_H
#define INC_ARCHIVE_RECOGNISE_H

#include "archive/zip.h"

typedef enum incarc_kind {
    INCARC_TORCHSCRIPT,        /* torch.jit.save */
    INCARC_TORCHSCRIPT_MOBILE, /* the same with bytecode.pkl beside it */
    INCARC_SAVED,              /* torch.save: a state_dict, a checkpoint */
    INCARC_SAVED_LEGACY,       /* the same without ZIP */
    INCARC_PT2,                /* torch.export.save, models/NAME.json */
    INCARC_PT2_OLD,            /* torch.export.save, serialized_exported_program.json */
    INCARC_NPZ,
    INCARC_NPY
} incarc_kind;

const char *incarc_kind_name(incarc_kind kind);

/* Opens what is a ZIP archive into *zip (NULL otherwise). Files that are not read are refused by
 * name, INC_E_UNSUPPORTED with what to do instead; what nobody knows is INC_E_FORMAT. */
incarc_kind incarc_recognise(inccx *cx, const incfile *file, inczip **zip);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share: the public functions' inner side. */
#ifndef INC_API_INTERNAL_H
#define INC_API_INTERNAL_H

#include "archive/model_file.h"
#include "frontend/frontend.h"
#include "frontend/state.h"
#include "incexport/incexport.h"
#include "onnx/onnx.h"
#include "ops/call/custom.h"
#include "quant/quant.h"

/* ---- error.c ---- */
/* An error of the caller's from what was raised. Never NULL: without memory a static one. */
inc_error *incapi_error_new(const inc_hooks *hooks, const inc_failure *failure);
/* The one line of inc_error_message(), in the arena of cx. */
const char *incapi_failure_line(inccx *cx, const inc_failure *failure);

/* ---- call.c: how a public function enters the library ---- */
typedef void (*incapi_work)(inccx *cx, void *data);
/* Runs work in a context of its own, which ends with the call. */
inc_status incapi_call(const inc_hooks *hooks, inc_error **error, incapi_work work, void *data);
/* Runs work in a context that lives on. */
inc_status incapi_call_in(inccx *cx, inc_error **error, incapi_work work, void *data);
/* The allocator as hooks; malloc when NULL. False when it is of no version we know. */
bool incapi_allocator(const inc_allocator *allocator, inc_hooks *hooks);
/* A new context for something that is handed to the caller and lives until it is freed. */
inccx *incapi_context(const inc_hooks *hooks, inc_error **error);
/* Ends the call with a failure found before there was a context. */
inc_status incapi_refuse(inc_error **error, inc_status status, const char *message);

/* ---- structs.c ---- */
/* The part of the caller's struct that we know, over the defaults in *own. Raises INC_E_ABI when
 * given_size is less than first_size, unbelievably large, or what we do not know is not zero. */
void incapi_copy_struct(inccx *cx, const char *name, const void *given, size_t given_size,
                        size_t first_size, void *own, size_t own_size);

/* A checked tensor with data, which is borrowed, or without. */
const inctensor *incapi_tensor(inccx *cx, const inc_tensor *t);

/* ---- config.c ---- */
/* A full copy of the caller's config, checked: the only one that code below sees. */
const Torch2ONNXConfig *incapi_config(inccx *cx, const Torch2ONNXConfig *given);
/* Raises INC_E_ARGUMENT for what is no tensor; item is what messages call it. */
void incapi_check_tensor(inccx *cx, const char *item, const inc_tensor *t);
/* What a config says of memory and callbacks, which a context needs before the config is checked.
 * hooks points into this struct. */
typedef struct incapi_hooks {
    inc_hooks hooks;
    inc_log_fn log;
    void *log_data;
    inc_log_level level;
} incapi_hooks;

/* False: the allocator is of no version we know. */
bool incapi_config_hooks(const Torch2ONNXConfig *given, incapi_hooks *h);
#define INCAPI_BAD_ALLOCATOR                                                                       \
    "allocator has no version that this library knows, or half of its functions"

/* ---- request.c ---- */
/* A checked config in the front ends' words. */
incfe_request *incapi_request(inccx *cx, const Torch2ONNXConfig *config);

/* ---- opset.c ---- */
enum { INCAPI_DEFAULT_OPSET = 14 };
typedef incir_graph *(*incapi_build)(inccx *cx, const incfe_request *request, void *data);
/* Builds with the request's opset set to the lowest from the default on that says the model best.
 */
incir_graph *incapi_build_best(inccx *cx, incfe_request *request, incapi_build build, void *data);
/* Builds with ranks that sizes decide; where that cannot be exported, with those of the example. */
incir_graph *incapi_build_ranks(inccx *cx, incfe_request *request, incapi_build build, void *data);

/* ---- model.c ---- */
struct inc_model {
    inccx *cx;
    inc_hooks hooks;
    const incfile *file;
    incarc *archive;
    const incfile *checkpoint;        /* a quantized state_dict to go with it; NULL: none */
    const incfile *checkpoint_config; /* best_configure.yaml beside that, or NULL */
    const char *instead_of;           /* the model whose place a checkpoint with a graph took */
    const char *method;               /* that it was opened with; NULL: forward */
    const incfe_description *facts;   /* NULL before inc_model_inspect() */
    const inc_value *inputs;          /* facts->inputs as the application sees them */
    const inc_value *outputs;         /* and facts->outputs */
    const inc_weight *weights;        /* and facts->weights */
};

/* ---- inspect.c ---- */
const incfe_description *incapi_inspect(inccx *cx, incarc *archive, const char *method);
bool incapi_is_quantized(inccx *cx, incarc *archive);

/* The kind of an archive; 0: none that is a model. */
inc_model_kind incapi_kind(const incarc *archive);

/* ---- metadata.c ---- */
/* The lines of metadata_props and the producer; plan may be NULL. */
void incapi_metadata(inccx *cx, const Torch2ONNXConfig *config, inc_model_kind kind,
                     const incfe_description *facts, const incq_plan *plan, incox_options *options);

/* ---- contents.c ---- */
/* Refuses what torch.save wrote: what it is, and the next step. */
void incapi_refuse_saved(inccx *cx, const char *file, incarc *archive) INC_NORETURN;

/* ---- operator.c ---- */
/* For incop_custom: asks the lower function of a Torch2ONNXConfig. */
bool incapi_lower(void *config, incop_custom_call *call);

/* ---- report.c ---- */
/* Type and name of a value as the application sees them. */
inc_value incapi_value(inccx *cx, const incir_graph *g, const incir_value *v);
/* plan may be NULL: none. */
typedef struct incapi_outcome {
    incir_graph *graph;
    const incox_written *written;
    const incq_plan *plan; /* NULL: nothing was quantized */
    const incfe_state_list *states;
    inc_dtype dtype;
} incapi_outcome;
inc_report *incapi_report_new(const inc_hooks *hooks, inccx *cx, const incapi_outcome *outcome);

#endif

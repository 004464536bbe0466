/* SPDX-License-Identifier: Apache-2.0 */
/* inc-export inspect MODEL */
#include "command.h"

/* What becomes of a quantized model's operators, with -v of any model's; where that cannot be told,
 * why not. */
static int inspect_plan(const options *o, inc_model *model)
{
    inc_report *report = NULL;
    inc_error *why = NULL;
    inc_quant_format format = INC_QUANT_FORMAT_QDQ;
    int status = EXIT_OK;

    bool is_weights = inc_model_get_kind(model) == INC_MODEL_STATE_DICT; /* there is no graph */
    if (o->quantized || ((inc_model_is_quantized(model) || o->verbose) && !is_weights))
        status = plan_model(o, model, &report, &why, &format);
    if (status == EXIT_OK && o->json) {
        print_model_json(o->files[0], model, report, why);
    } else if (status == EXIT_OK) {
        text_for_people text;
        FILE *to = begin_text(&text, stdout);
        print_model(to, o->files[0], model);
        if (inc_model_is_quantized(model) && is_weights)
            fputs(
                "  plan     with the FP32 model: inc-export inspect FP32-MODEL --quantized FILE\n",
                to);
        if (report)
            print_plan(to, report, format);
        if (why)
            fprintf(to, "  %s     none: %s\n", inc_model_is_quantized(model) ? "plan" : "code",
                    inc_error_message(why));
        end_text(&text, to);
    }
    inc_error_free(why);
    inc_report_free(report);
    return status;
}

int inspect_command(const options *o)
{
    inc_model *model = NULL;
    inc_error *error = NULL;
    int exit_status = EXIT_OK;
    const inc_model_options limits = model_limits(o);
    inc_status status = inc_model_open_file(o->files[0], &limits, &model, &error);

    if (status == INC_OK && o->quantized)
        status = inc_model_attach_checkpoint(model, o->quantized, &error);
    if (status == INC_OK)
        status = inc_model_inspect(model, &error);
    if (status == INC_OK)
        exit_status = inspect_plan(o, model);
    inc_model_free(model);
    return status == INC_OK ? exit_status : print_error(o, error);
}

/* inc-export inspect MODEL */
#include "command.h"

int inspect_command(const options *o)
{
    inc_model *model = NULL;
    inc_error *error = NULL;
    inc_status status = inc_model_open_file(o->model, NULL, &model, &error);

    if (status == INC_OK)
        status = inc_model_inspect(model, &error);
    if (status == INC_OK && o->json)
        print_model_json(o->model, model);
    else if (status == INC_OK)
        print_model(o->model, model);
    inc_model_free(model);
    return status == INC_OK ? EXIT_OK : print_error(o, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Places in an archive's generated code as lines of the user's Python. */
#include "base/str.h"
#include "frontend/torchscript/debug_map.h"
#include "frontend/torchscript/forward.h"

static const incts_debug_map *debug_map_of(incts_interp *in, const char *entry)
{
    bool known;
    const incts_debug_map *map = incmap_get(in->debug_maps, entry, strlen(entry), &known);
    if (known)
        return map;
    inczip *zip = in->archive->zip;
    const inczip_entry *source = inczip_find(zip, entry);
    const inczip_entry *record = inczip_find(zip, inc_printf(in->cx, "%s.debug_pkl", entry));
    incmap_set_str(in->cx, in->debug_maps, entry, NULL); /* also when reading it raises */
    if (!source || !record)
        return NULL;
    map =
        incts_debug_map_load(in->cx, record->record, inczip_read(in->cx, zip, record), record->size,
                             (const char *)inczip_read(in->cx, zip, source), (size_t)source->size);
    incmap_set_str(in->cx, in->debug_maps, entry, (void *)(uintptr_t)map);
    return map;
}

const char *incts_python_line(void *data, const inc_where *where)
{
    incts_interp *in = data;
    if (!where->entry || !in->archive->zip)
        return NULL;
    inc_frame frame;
    if (inc_try(in->cx, &frame)) {
        const char *line = incts_debug_map_find(in->cx, debug_map_of(in, where->entry), where->line,
                                                where->column, NULL);
        inc_try_end(in->cx, &frame);
        return line;
    }
    return NULL;
}

/* The line of an operator; where that is PyTorch's own, as of a scripted nn.Conv2d, the user's line
 * that called into it. */
static const char *find_python_of(incts_interp *in, const incir_call *call)
{
    incts_call_site here = {call->entry, call->line, call->column, call->origin};
    const char *found = NULL;
    for (const incts_call_site *at = &here; at && at->entry; at = at->outer) {
        bool is_library;
        const char *line = incts_debug_map_find(in->cx, debug_map_of(in, at->entry), at->line,
                                                at->column, &is_library);
        if (line && !is_library)
            return line;
        found = found ? found : line;
    }
    return found;
}

const char *incts_python_of(void *data, const incir_call *call)
{
    incts_interp *in = data;
    inc_frame frame;
    if (in->archive->zip && inc_try(in->cx, &frame)) {
        const char *line = find_python_of(in, call);
        inc_try_end(in->cx, &frame);
        return line;
    }
    if (in->archive->zip && in->cx->error.status == INC_E_MEMORY)
        inc_raise_again(in->cx);
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of an archive. A program is JSON of a schema that grows: its minor versions add
 * fields, which are passed over; its major versions change meaning, and only one is known. */
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/internal.h"

enum { MAJOR = 8, NEWEST_MINOR = 20 };

#define OLD_ENTRY "serialized_exported_program.json"
#define RE_EXPORT "Export the model again with torch.export.save of PyTorch 2.6 or later."

/* "model" of "models/model.json"; NULL when the record is no program. */
static const char *program_of(inccx *cx, const char *record)
{
    if (!record || !incstr_starts(record, "models/") || !incstr_ends(record, ".json"))
        return NULL;
    return inc_strndup(cx, record + strlen("models/"),
                       strlen(record) - strlen("models/") - strlen(".json"));
}

size_t incpt2_programs(inccx *cx, const incarc *archive, const char *const **names)
{
    INC_VEC(const char *) found = {0};
    if (archive->kind == INCARC_PT2_OLD)
        INC_PUSH(cx, &found, "model");
    else
        for (size_t i = 0; i < inczip_count(archive->zip); i++) {
            const char *name = program_of(cx, inczip_at(archive->zip, i)->record);
            if (name)
                INC_PUSH(cx, &found, name);
        }
    *names = found.items;
    return found.n;
}

static const char *choose(inccx *cx, const incarc *archive, const char *wanted)
{
    const char *const *names;
    size_t n = incpt2_programs(cx, archive, &names);
    if (!wanted && n == 1)
        return names[0];
    const char *name = wanted ? wanted : "model";
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return names[i];
    incstr list = {0};
    for (size_t i = 0; i < n; i++)
        incstr_addf(cx, &list, "%s%s", i ? ", " : "",
                    incstr_shown(cx, names[i], strlen(names[i]), 100));
    if (wanted)
        inc_raise_hint(cx, INC_E_ARGUMENT, "choose one of them",
                       "the archive has no program %s; it has %s",
                       incstr_shown(cx, wanted, strlen(wanted), 100), incstr_text(&list));
    inc_raise_hint(cx, INC_E_ARGUMENT, "choose one of them", "the archive has %zu programs: %s", n,
                   incstr_text(&list));
}

static void check_archive_version(inccx *cx, inczip *zip)
{
    const inczip_entry *e = inczip_find(zip, "archive_version");
    if (!e)
        return;
    const char *text = (const char *)inczip_read(cx, zip, e);
    if (e->size != 1 || text[0] != '0') {
        cx->where.entry = e->record;
        inc_raise_hint(cx, INC_E_UNSUPPORTED, RE_EXPORT,
                       "the archive is of version \"%s\"; version 0 is known",
                       incstr_shown(cx, text, (size_t)e->size, 20));
    }
}

static void check_schema(inccx *cx, const incjson *root)
{
    const incjson *version = incpt2_maybe(cx, root, "schema_version", INCJSON_OBJECT);
    if (!version) /* the first versions wrote one number */
        inc_raise_hint(cx, INC_E_UNSUPPORTED, RE_EXPORT, "the program has no schema_version");
    int64_t major = incpt2_int(cx, incjson_get(version, "major"), "schema_version.major");
    int64_t minor = incpt2_int(cx, incjson_get(version, "minor"), "schema_version.minor");
    if (major != MAJOR)
        inc_raise_hint(cx, INC_E_UNSUPPORTED, RE_EXPORT,
                       "the program is of schema version %lld.%lld; %d is known", (long long)major,
                       (long long)minor, MAJOR);
    if (minor > NEWEST_MINOR)
        inc_warn(cx,
                 "the program is of schema version %lld.%lld, newer than %d.%d: fields that are "
                 "not known are passed over",
                 (long long)major, (long long)minor, MAJOR, NEWEST_MINOR);
}

/* The signature of the module that was exported, where it was kept. */
static const incjson *outermost_signature(inccx *cx, const incjson *graph_module)
{
    const incjson *calls = incpt2_maybe(cx, graph_module, "module_call_graph", INCJSON_ARRAY);
    for (uint32_t i = 0; calls && i < calls->n; i++) {
        const incjson *call = &calls->as.items[i];
        const incjson *fqn = incjson_get(call, "fqn");
        if (fqn && fqn->kind == INCJSON_STRING && fqn->n == 0)
            return incpt2_maybe(cx, call, "signature", INCJSON_OBJECT);
    }
    return NULL;
}

const incpt2_program *incpt2_program_load(inccx *cx, incarc *archive, const char *name)
{
    inczip *zip = archive->zip;
    const incpt2_program *known = archive->program;
    name = choose(cx, archive, name);
    if (known && strcmp(known->name, name) == 0) {
        cx->where.entry = known->entry;
        return known;
    }
    incpt2_program *p = INC_NEW(cx, incpt2_program);
    const inczip_entry *e;
    p->name = name;
    if (archive->kind == INCARC_PT2_OLD) {
        e = inczip_find_name(zip, OLD_ENTRY);
    } else {
        check_archive_version(cx, zip);
        e = inczip_find(zip, inc_printf(cx, "models/%s.json", p->name));
    }
    if (!e)
        inc_raise(cx, INC_E_FORMAT, "the archive has no program");
    p->entry = archive->kind == INCARC_PT2_OLD ? OLD_ENTRY : e->record;
    cx->where.entry = p->entry;
    p->root = incjson_parse(cx, (const char *)inczip_read(cx, zip, e), (size_t)e->size, p->entry,
                            INC_E_FORMAT);
    if (p->root->kind != INCJSON_OBJECT)
        inc_raise(cx, INC_E_FORMAT, "%s is %s, where an object was expected", p->entry,
                  incjson_kind_name(p->root));
    size_t n_warnings = cx->n_warnings;
    check_schema(cx, p->root);
    incarc_keep_warnings(cx, archive, n_warnings);
    const incjson *module = incpt2_need(cx, p->root, "graph_module", INCJSON_OBJECT);
    p->graph = incpt2_need(cx, module, "graph", INCJSON_OBJECT);
    p->signature = incpt2_need(cx, module, "signature", INCJSON_OBJECT);
    p->call_signature = outermost_signature(cx, module);
    const incjson *torch = incpt2_maybe(cx, p->root, "torch_version", INCJSON_STRING);
    p->torch_version = torch ? incpt2_text(cx, torch, "torch_version") : NULL;
    archive->program = p;
    return p;
}

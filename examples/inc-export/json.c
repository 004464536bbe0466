/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

void json_text(const char *text)
{
    if (!text) {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            printf("\\%c", *p);
        else if (*p < 0x20 || *p == 0x7f)
            printf("\\u%04x", *p);
        else
            putchar(*p);
    }
    putchar('"');
}

void json_value(const inc_value *value)
{
    fputs("{\"name\": ", stdout);
    json_text(value->name);
    fputs(", \"dtype\": ", stdout);
    json_text(value->is_known ? inc_element_name(value->element) : NULL);
    fputs(", \"shape\": ", stdout);
    if (!value->is_known) {
        fputs("null}", stdout);
        return;
    }
    putchar('[');
    for (size_t i = 0; i < value->rank; i++) {
        if (i > 0)
            fputs(", ", stdout);
        if (value->shape[i] >= 0)
            printf("%lld", (long long)value->shape[i]);
        else
            json_text(value->symbols[i]);
    }
    fputs("]}", stdout);
}

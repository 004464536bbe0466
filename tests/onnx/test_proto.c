/* SPDX-License-Identifier: Apache-2.0 */
/* Our ONNX messages beside those of another copy of the format, onnx.proto of Debian's libonnx-dev:
 * everything that is there must be in ours, with the same number, type and label. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/suite.h"
#include "onnx.pb-c.h"
#include "reference.pb-c.h"

enum { MOST_MESSAGES = 256 };

typedef struct comparison {
    const ProtobufCMessageDescriptor *seen[MOST_MESSAGES];
    size_t n_seen;
    size_t n_fields;
} comparison;

static void compare_enums(const ProtobufCEnumDescriptor *ours,
                          const ProtobufCEnumDescriptor *theirs)
{
    for (unsigned i = 0; i < theirs->n_values; i++) {
        const ProtobufCEnumValue *value = &theirs->values[i];
        /* The newest revision is always called that, and has a number of its own afterwards. */
        if (strcmp(value->name, "IR_VERSION") == 0)
            continue;
        const ProtobufCEnumValue *same =
            protobuf_c_enum_descriptor_get_value_by_name(ours, value->name);
        ck_assert_msg(same, "enum %s: no %s", theirs->name, value->name);
        ck_assert_msg(same->value == value->value, "enum %s: %s is %d, not %d", theirs->name,
                      value->name, same->value, value->value);
    }
}

static void compare_messages(comparison *c, const ProtobufCMessageDescriptor *ours,
                             const ProtobufCMessageDescriptor *theirs);

static void compare_fields(comparison *c, const char *message, const ProtobufCFieldDescriptor *ours,
                           const ProtobufCFieldDescriptor *theirs)
{
    enum { SHARED = PROTOBUF_C_FIELD_FLAG_PACKED | PROTOBUF_C_FIELD_FLAG_ONEOF };
    ck_assert_msg(ours->id == theirs->id, "%s.%s is number %u, not %u", message, theirs->name,
                  ours->id, theirs->id);
    ck_assert_msg(ours->type == theirs->type, "%s.%s has another type", message, theirs->name);
    ck_assert_msg(ours->label == theirs->label, "%s.%s has another label", message, theirs->name);
    ck_assert_msg((ours->flags & SHARED) == (theirs->flags & SHARED), "%s.%s is packed differently",
                  message, theirs->name);
    if (theirs->type == PROTOBUF_C_TYPE_ENUM)
        compare_enums(ours->descriptor, theirs->descriptor);
    if (theirs->type == PROTOBUF_C_TYPE_MESSAGE)
        compare_messages(c, ours->descriptor, theirs->descriptor);
    c->n_fields++;
}

static void compare_messages(comparison *c, const ProtobufCMessageDescriptor *ours,
                             const ProtobufCMessageDescriptor *theirs)
{
    for (size_t i = 0; i < c->n_seen; i++)
        if (c->seen[i] == theirs)
            return;
    ck_assert(c->n_seen < MOST_MESSAGES);
    c->seen[c->n_seen++] = theirs;
    ck_assert_str_eq(strchr(ours->name, '.') + 1, strchr(theirs->name, '.') + 1);
    for (unsigned i = 0; i < theirs->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &theirs->fields[i];
        const ProtobufCFieldDescriptor *same =
            protobuf_c_message_descriptor_get_field_by_name(ours, field->name);
        ck_assert_msg(same, "%s has no %s", theirs->name, field->name);
        compare_fields(c, theirs->name, same, field);
    }
}

START_TEST(everything_of_the_reference_is_ours)
{
    static comparison c;
    compare_messages(&c, &incox__model_proto__descriptor, &onnx__model_proto__descriptor);
    compare_enums(&incox__version__descriptor, &onnx__version__descriptor);
    compare_enums(&incox__operator_status__descriptor, &onnx__operator_status__descriptor);
    compare_enums(&incox__tensor_proto__data_type__descriptor,
                  &onnx__tensor_proto__data_type__descriptor);
    ck_assert_uint_ge(c.n_seen, 18);
    ck_assert_uint_ge(c.n_fields, 90);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("proto");
    TCase *tcase = tcase_create("proto");
    tcase_add_test(tcase, everything_of_the_reference_is_ours);
    suite_add_tcase(suite, tcase);
    return tst_run(suite);
}

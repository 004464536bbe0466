/* SPDX-License-Identifier: Apache-2.0 */
/* Files: complete under their own name or not there at all, whatever goes wrong. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/folder.h"
#include "../support/suite.h"
#include "onnx/internal.h"

static inccx *cx;
static char folder[PATH_MAX];

static void set_up(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/incexport-sink-XXXXXX", base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    cx = inccx_new(NULL);
}

static const char *in_folder(const char *name)
{
    return inc_printf(cx, "%s/%s", folder, name);
}

static void tear_down(void)
{
    inccx_free(cx);
    DIR *dir = opendir(folder);
    char path[PATH_MAX + NAME_MAX + 2];
    for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        remove(path);
    }
    if (dir)
        closedir(dir);
    rmdir(folder);
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(in_folder(name), "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static void assert_holds(const char *name, const char *text)
{
    char found[64] = "";
    FILE *f = fopen(in_folder(name), "r");
    ck_assert_ptr_nonnull(f);
    size_t n = fread(found, 1, sizeof found - 1, f);
    fclose(f);
    found[n] = '\0';
    ck_assert_str_eq(found, text);
}

static const incox_target no_inputs;

static incox_sink *open_sink(inccx *in, const char *path)
{
    return incox_sink_file(in, incox_find_place(in, path, &no_inputs));
}

static void write_all(const char *path, const char *text)
{
    incox_sink *sink = open_sink(cx, path);
    incox_sink_write(cx, sink, text, strlen(text));
    incox_sink_finish(cx, sink);
    const incox_written written = {.sinks = {sink}, .n_sinks = 1};
    incox_commit(cx, &written);
}

START_TEST(file_appears_when_committed)
{
    incox_sink *sink = open_sink(cx, in_folder("a.onnx"));
    incox_sink_write(cx, sink, "abc", 3);
    incox_sink_finish(cx, sink);
    ck_assert_int_ne(access(in_folder("a.onnx"), F_OK), 0);
    const incox_written written = {.sinks = {sink}, .n_sinks = 1};
    incox_commit(cx, &written);
    assert_holds("a.onnx", "abc");
    ck_assert_int_eq(tst_count_files(folder), 1);
}
END_TEST

START_TEST(new_files_have_usual_rights)
{
    struct stat info;
    mode_t mask = umask(022);
    write_all(in_folder("a.onnx"), "abc");
    umask(mask);
    ck_assert_int_eq(stat(in_folder("a.onnx"), &info), 0);
    ck_assert_int_eq((int)(info.st_mode & 0777), 0644);
}
END_TEST

START_TEST(old_file_stays_until_then)
{
    inc_frame frame;
    put("a.onnx", "old");
    if (inc_try(cx, &frame)) {
        incox_sink *sink = open_sink(cx, in_folder("a.onnx"));
        incox_sink_write(cx, sink, "new", 3);
        assert_holds("a.onnx", "old");
        inc_raise(cx, INC_E_CANCELLED, "stop");
    }
    assert_holds("a.onnx", "old");
    ck_assert_int_eq(tst_count_files(folder), 1);
    write_all(in_folder("a.onnx"), "newer");
    assert_holds("a.onnx", "newer");
}
END_TEST

START_TEST(nothing_remains_without_commit)
{
    inccx *other = inccx_new(NULL);
    incox_sink *sink = open_sink(other, in_folder("a.onnx"));
    incox_sink_write(other, sink, "abc", 3);
    if (_i)
        incox_sink_finish(other, sink);
    ck_assert_int_le(tst_count_files(folder), 1); /* none where files need no name */
    inccx_free(other);
    ck_assert_int_eq(tst_count_files(folder), 0);
}
END_TEST

START_TEST(link_stays_a_link)
{
    struct stat info;
    put("real.onnx", "old");
    ck_assert_int_eq(symlink("real.onnx", in_folder("link.onnx")), 0);
    write_all(in_folder("link.onnx"), "new");
    assert_holds("real.onnx", "new");
    ck_assert_int_eq(lstat(in_folder("link.onnx"), &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
}
END_TEST

START_TEST(dangling_link_is_followed)
{
    struct stat info;
    ck_assert_int_eq(mkdir(in_folder("sub"), 0700), 0);
    ck_assert_int_eq(symlink("second", in_folder("first")), 0);
    ck_assert_int_eq(symlink("sub/real.onnx", in_folder("second")), 0);
    write_all(in_folder("first"), "new");
    assert_holds("sub/real.onnx", "new");
    ck_assert_int_eq(lstat(in_folder("second"), &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
    remove(in_folder("sub/real.onnx"));
}
END_TEST

START_TEST(rights_of_a_replaced_file_stay)
{
    struct stat info;
    put("a.onnx", "old");
    ck_assert_int_eq(chmod(in_folder("a.onnx"), 0600), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(chown(in_folder("a.onnx"), 12, 34), 0);
    write_all(in_folder("a.onnx"), "new");
    ck_assert_int_eq(stat(in_folder("a.onnx"), &info), 0);
    ck_assert_int_eq((int)(info.st_mode & 07777), 0600);
    ck_assert(geteuid() != 0 || (info.st_uid == 12 && info.st_gid == 34));
    assert_holds("a.onnx", "new");
}
END_TEST

/* However it is spelled. */
START_TEST(an_input_is_not_overwritten)
{
    static const char *const spellings[] = {"m.pt", "./m.pt", "sub/../m.pt", "link", "hard"};
    inc_frame frame;
    put("m.pt", "input");
    ck_assert_int_eq(mkdir(in_folder("sub"), 0700), 0);
    ck_assert_int_eq(symlink("m.pt", in_folder("link")), 0);
    ck_assert_int_eq(link(in_folder("m.pt"), in_folder("hard")), 0);
    const incfile *const inputs[] = {NULL, incfile_open(cx, in_folder("m.pt"))};
    const incox_target target = {.inputs = inputs, .n_inputs = 2};
    for (size_t i = 0; i < INC_COUNT(spellings); i++) {
        if (inc_try(cx, &frame)) {
            incox_find_place(cx, in_folder(spellings[i]), &target);
            ck_abort_msg("%s would be overwritten", spellings[i]);
        }
        ck_assert_int_eq(cx->error.status, INC_E_OUTPUT);
        ck_assert_ptr_nonnull(strstr(cx->error.message, "is the input"));
    }
}
END_TEST

START_TEST(what_a_killed_export_left_is_swept)
{
    put(".a.onnx.0123abcd.part", "left behind");
    put(".b.onnx.0123abcd.part", "another's");
    put(".a.onnx.0123abcd.parts", "not ours");
    put(".a.onnx.0123abcd.part2", "not ours");
    put(".a.onnx.00000001.part", "being written");
    int fd = open(in_folder(".a.onnx.00000001.part"), O_RDONLY);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    write_all(in_folder("a.onnx"), "new");
    close(fd);
    ck_assert_int_ne(access(in_folder(".a.onnx.0123abcd.part"), F_OK), 0);
    ck_assert_int_eq(access(in_folder(".a.onnx.00000001.part"), F_OK), 0);
    ck_assert_int_eq(tst_count_files(folder), 5);
}
END_TEST

/* graph { initializer { external_data { key: "location" value: NAME } } }, after a field of each
 * other kind. */
static void put_model(const char *name, const char *location)
{
    char text[256];
    int n = (int)strlen(location);
    snprintf(text, sizeof text,
             "\x08\x07\x15....\x19........\x12\x02hi\x3a%c\x2a%c\x6a%c\x0a\x08location\x12%c%s",
             n + 16, n + 14, n + 12, n, location);
    put(name, text);
}

START_TEST(old_weights_stay_until_their_model_is_replaced)
{
    static const struct {
        const char *holds, *gets;
        size_t n_stale;
    } rows[] = {{"a.onnx.data", "a.onnx.b.data", 1},
                {"a.onnx.b.data", "a.onnx.data", 1},
                {"other.data", "a.onnx.data", 0},
                {"../a.onnx.data", "a.onnx.data", 0}};
    put("a.onnx.data", "old weights");
    put("a.onnx.b.data", "old weights");
    put_model("a.onnx", rows[_i].holds);
    incox_place *model = incox_find_place(cx, in_folder("a.onnx"), &no_inputs);
    const incox_names *in_use = incox_referenced(cx, model);
    ck_assert_uint_eq(in_use->n, 1);
    incox_place *data = incox_find_data_place(cx, model, in_use, &no_inputs);
    ck_assert_str_eq(incox_base_name(data->final), rows[_i].gets);
    incox_written written = {0};
    incox_find_stale(cx, model, data, in_use, &no_inputs, &written);
    ck_assert_uint_eq(written.n_stale, rows[_i].n_stale);
    if (written.n_stale)
        ck_assert_str_eq(incox_base_name(written.stale[0]), rows[_i].holds);
}
END_TEST

START_TEST(devices_are_written_straight)
{
    struct stat info;
    write_all("/dev/null", "abc");
    ck_assert_int_eq(stat("/dev/null", &info), 0);
    ck_assert(S_ISCHR(info.st_mode));
}
END_TEST

static void assert_raises(const char *path, const char *message)
{
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        write_all(path, "abc");
        ck_abort_msg("%s was written", path);
    }
    ck_assert_int_eq(cx->error.status, INC_E_OUTPUT);
    ck_assert_msg(strstr(cx->error.message, path), "%s", cx->error.message);
    ck_assert_msg(strstr(cx->error.message, message), "%s", cx->error.message);
}

START_TEST(what_cannot_be_written_is_refused)
{
    assert_raises(in_folder("none/a.onnx"), "No such file");
    assert_raises(folder, "Is a directory");
    put("file", "abc");
    assert_raises(in_folder("file/a.onnx"), "Not a directory");
    if (access("/dev/full", W_OK) == 0)
        assert_raises("/dev/full", "No space");
    ck_assert_int_eq(tst_count_files(folder), 1);
}
END_TEST

START_TEST(folder_without_rights)
{
    if (geteuid() == 0)
        return; /* root may write everywhere */
    ck_assert_int_eq(chmod(folder, 0500), 0);
    assert_raises(in_folder("a.onnx"), "denied");
    ck_assert_int_eq(chmod(folder, 0700), 0);
}
END_TEST

/* A limit on file sizes stands for a full disk: some bytes go, then no more. */
START_TEST(full_disk_leaves_nothing)
{
    inc_frame frame;
    static char bytes[65536];
    const struct rlimit limit = {100000, 100000};
    signal(SIGXFSZ, SIG_IGN);
    put("a.onnx", "old");
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    if (inc_try(cx, &frame)) {
        incox_sink *sink = open_sink(cx, in_folder("a.onnx"));
        incox_sink_write(cx, sink, bytes, sizeof bytes);
        incox_sink_write(cx, sink, bytes, sizeof bytes);
        ck_abort_msg("written");
    }
    ck_assert_int_eq(cx->error.status, INC_E_OUTPUT);
    ck_assert_msg(strstr(cx->error.message, "too large"), "%s", cx->error.message);
    ck_assert_int_eq(tst_count_files(folder), 1);
    assert_holds("a.onnx", "old");
}
END_TEST

START_TEST(data_goes_when_its_model_cannot_be_named)
{
    inc_frame frame;
    incox_sink *sinks[2];
    sinks[0] = open_sink(cx, in_folder("a.onnx.data"));
    sinks[1] = open_sink(cx, in_folder("a.onnx"));
    incox_sink_finish(cx, sinks[0]);
    incox_sink_finish(cx, sinks[1]);
    const incox_written written = {.sinks = {sinks[0], sinks[1]}, .n_sinks = 2};
    ck_assert_int_eq(mkdir(in_folder("a.onnx"), 0700), 0);
    if (inc_try(cx, &frame)) {
        incox_commit(cx, &written);
        ck_abort_msg("committed");
    }
    ck_assert_int_ne(access(in_folder("a.onnx.data"), F_OK), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sink");
    TCase *tcase = tcase_create("sink");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, file_appears_when_committed);
    tcase_add_test(tcase, new_files_have_usual_rights);
    tcase_add_test(tcase, old_file_stays_until_then);
    tcase_add_loop_test(tcase, nothing_remains_without_commit, 0, 2);
    tcase_add_test(tcase, link_stays_a_link);
    tcase_add_test(tcase, dangling_link_is_followed);
    tcase_add_test(tcase, rights_of_a_replaced_file_stay);
    tcase_add_test(tcase, an_input_is_not_overwritten);
    tcase_add_test(tcase, what_a_killed_export_left_is_swept);
    tcase_add_loop_test(tcase, old_weights_stay_until_their_model_is_replaced, 0, 4);
    tcase_add_test(tcase, devices_are_written_straight);
    tcase_add_test(tcase, what_cannot_be_written_is_refused);
    tcase_add_test(tcase, folder_without_rights);
    tcase_add_test(tcase, full_disk_leaves_nothing);
    tcase_add_test(tcase, data_goes_when_its_model_cannot_be_named);
    suite_add_tcase(suite, tcase);
    return tst_run(suite);
}

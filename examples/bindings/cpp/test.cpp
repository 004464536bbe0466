// SPDX-License-Identifier: Apache-2.0
// The header on a built library: test COMMAND MODELS LAYOUT UNSUPPORTED
#include "incexport/incexport.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#define EXPECT(condition)                                                                          \
    ((condition)                                                                                   \
         ? (void)0                                                                                 \
         : (std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), std::exit(1)))

static std::string read(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

static void test_bytes_are_the_command_s(const std::string &command, const std::string &models)
{
    std::string model = models + "/digits-static.pt", there = "cpp-command.onnx", here = "cpp.onnx";
    EXPECT(std::system(("'" + command + "' '" + model + "' -q -o " + there +
                        " --quant-format QLinear --dynamic-axes '{\"image\": {\"0\": \"batch\"}}'"
                        " --output-names scores")
                           .c_str()) == 0);
    incexport::Config config;
    config.c.quant_format = INC_QUANT_FORMAT_QLINEAR;
    config.dynamic_axes("{\"image\": {\"0\": \"batch\"}}").output_names({"scores"});
    incexport::Model opened(model);
    incexport::Report report = opened.export_file(here, config);
    EXPECT(read(here) == read(there) && report.bytes() == read(here).size());
    EXPECT(report.n_nodes() == opened.plan(config).n_nodes() && report.dtype() == INC_DTYPE_INT8);
    std::ostringstream stream;
    opened.export_stream(stream, config);
    EXPECT(stream.str() == read(there));
    std::string bytes = read(model);
    incexport::Model(bytes.data(), bytes.size()).export_file(here, config);
    EXPECT(read(here) == read(there));
    EXPECT(inc_model_is_quantized(opened.inspect().get()) == 1);
    std::remove(there.c_str());
    std::remove(here.c_str());
}

static void test_errors_have_parts(const std::string &unsupported)
{
    incexport::Config config;
    config.c.dtype = INC_DTYPE_FP32;
    config.input({2, 1, 8, 8}, INC_ELEMENT_FLOAT32, nullptr, "image");
    try {
        incexport::Model(unsupported).plan(config);
        EXPECT(!"an error");
    } catch (const incexport::Error &error) {
        EXPECT(error.code == INC_E_UNSUPPORTED && error.op == "aten::linalg_eigvals");
        EXPECT(!error.reason.empty() && !error.stage.empty() && error.line > 0);
        EXPECT(error.unsupported.at(0).op == error.op && error.unsupported[0].count > 0);
        EXPECT(std::string(error.what()).find(error.op) != std::string::npos);
    }
}

static void test_callbacks(const std::string &models)
{
    incexport::Model model(models + "/digits-static.pt");
    incexport::Config config;
    std::set<std::string> stages;
    int lines = 0;
    std::ostringstream stream;
    config.c.log_level = INC_LOG_DEBUG;
    config.log = [&](inc_log_level, const std::string &) { lines++; };
    config.progress = [&](const std::string &stage, std::uint64_t, std::uint64_t) {
        stages.insert(stage);
        return false;
    };
    model.export_stream(stream, config);
    EXPECT(stages.count("writing") == 1 && lines > 0);
    config.progress = [](const std::string &, std::uint64_t, std::uint64_t) { return true; };
    try {
        model.export_stream(stream, config);
        EXPECT(!"cancelled");
    } catch (const incexport::Error &error) {
        EXPECT(error.code == INC_E_CANCELLED);
    }
    config.progress = [](const std::string &, std::uint64_t, std::uint64_t) -> bool { throw 7; };
    try {
        model.export_stream(stream, config);
        EXPECT(!"thrown");
    } catch (int thrown) {
        EXPECT(thrown == 7);
    }
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    test_bytes_are_the_command_s(argv[1], argv[2]);
    test_errors_have_parts(argv[4]);
    test_callbacks(argv[2]);
    return 0;
}

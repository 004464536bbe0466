// SPDX-License-Identifier: Apache-2.0
// libincexport for C++11 and newer: handles that end themselves, errors that are thrown, callbacks
// that are any callable. Header only; link with incexport. What a callback throws ends the call and
// is thrown again behind it. Structs are the C header's own, so that a field which is added there
// is there: Config::c.
#ifndef INCEXPORT_HPP
#define INCEXPORT_HPP

#include <incexport/incexport.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace incexport
{

inline std::string text(const char *s)
{
    return s ? s : "";
}

/// One of the things that a model has and that cannot be exported.
struct Unsupported {
    std::string op, reason, hint, python, entry, scope;
    std::uint64_t count;
    std::uint32_t line, column;
};

/// What went wrong: what() is a line for people; parts are empty where they are not known.
class Error : public std::runtime_error
{
  public:
    Error(inc_status status, inc_error *error)
        : std::runtime_error(error ? inc_error_message(error) : inc_status_name(status)),
          code(status), reason(text(inc_error_reason(error))), hint(text(inc_error_hint(error))),
          stage(text(inc_error_stage(error))), entry(text(inc_error_entry(error))),
          python(text(inc_error_python(error))), op(text(inc_error_operator(error))),
          scope(text(inc_error_scope(error))), line(inc_error_line(error)),
          column(inc_error_column(error))
    {
        for (size_t i = 0; i < inc_error_n_unsupported(error); i++) {
            const inc_unsupported *u = inc_error_unsupported(error, i);
            unsupported.push_back({text(u->op), text(u->reason), text(u->hint), text(u->python),
                                   text(u->entry), text(u->scope), u->count, u->line, u->column});
        }
    }

    inc_status code;
    std::string reason, hint, stage, entry, python, op, scope;
    std::uint32_t line, column;
    std::vector<Unsupported> unsupported;
};

/// Throws for a status that is none of success; the error is freed.
inline void check(inc_status status, inc_error *error)
{
    std::unique_ptr<inc_error, void (*)(inc_error *)> owner(error, inc_error_free);
    if (status != INC_OK)
        throw Error(status, error);
}

using Log = std::function<void(inc_log_level level, const std::string &line)>;
/// True cancels.
using Progress =
    std::function<bool(const std::string &stage, std::uint64_t done, std::uint64_t total)>;

/// What is to be exported, and how. Numbers are set in c; texts and arrays by the functions, which
/// keep them.
class Config
{
  public:
    Config() : c(), names_(), outputs_(), inputs_()
    {
        check(inc_torch2onnx_config_init(&c, sizeof c), nullptr);
    }
    Config(const Config &) = delete;
    Config &operator=(const Config &) = delete;

    /// An example input; data may be null, when type and shape are enough, and is borrowed.
    Config &input(std::vector<std::int64_t> shape, inc_element element, const void *data = nullptr,
                  std::string name = "")
    {
        inputs_.push_back({std::move(shape), std::move(name), element, data});
        return *this;
    }
    Config &input_names(std::vector<std::string> names)
    {
        names_ = std::move(names);
        return *this;
    }
    Config &output_names(std::vector<std::string> names)
    {
        outputs_ = std::move(names);
        return *this;
    }
    /// As torch.onnx.export takes it, in JSON: {"image": {"0": "batch"}}
    Config &dynamic_axes(const std::string &json)
    {
        inc_dynamic_axes *axes = nullptr;
        inc_error *error = nullptr;
        check(inc_dynamic_axes_parse(json.c_str(), nullptr, &axes, &error), error);
        axes_.reset(axes, inc_dynamic_axes_free);
        return *this;
    }
    Config &method(std::string name)
    {
        method_ = std::move(name);
        return *this;
    }
    Config &program(std::string name)
    {
        program_ = std::move(name);
        return *this;
    }

    Torch2ONNXConfig c;
    Log log;
    Progress progress;

  private:
    friend class Call;
    struct Input {
        std::vector<std::int64_t> shape;
        std::string name;
        inc_element element;
        const void *data;
    };
    std::vector<std::string> names_, outputs_;
    std::vector<Input> inputs_;
    std::shared_ptr<inc_dynamic_axes> axes_;
    std::string program_, method_;
};

/// A config as C takes it, for one call.
class Call
{
  public:
    explicit Call(const Config &config) : c(config.c), config_(config), raised_()
    {
        for (const Config::Input &input : config.inputs_)
            tensors_.push_back({input.name.empty() ? nullptr : input.name.c_str(), input.data,
                                input.shape.data(), input.shape.size(), input.element, 0});
        if (!tensors_.empty()) {
            c.example_inputs = tensors_.data();
            c.n_example_inputs = tensors_.size();
            c.example_input_size = sizeof(inc_tensor);
        }
        point(config.names_, names_, c.input_names, c.n_input_names);
        point(config.outputs_, outputs_, c.output_names, c.n_output_names);
        if (config.axes_) {
            c.dynamic_axes = inc_dynamic_axes_items(config.axes_.get());
            c.n_dynamic_axes = inc_dynamic_axes_count(config.axes_.get());
            c.dynamic_axis_size = sizeof(inc_dynamic_axis);
        }
        if (!config.program_.empty())
            c.program = config.program_.c_str();
        if (!config.method_.empty())
            c.method = config.method_.c_str();
        if (config.log) {
            c.log = on_log;
            c.log_data = this;
        }
        if (config.log || config.progress) {
            c.progress = on_progress;
            c.progress_data = this;
        }
    }
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;

    /// A write callback's data: the stream that on_write hands bytes to.
    struct Writer {
        Call *call;
        std::ostream *stream;
    };
    static int on_write(const void *bytes, size_t size, void *user_data)
    {
        Writer *writer = static_cast<Writer *>(user_data);
        return writer->call->guard([&] {
            writer->stream->write(static_cast<const char *>(bytes),
                                  static_cast<std::streamsize>(size));
            return !*writer->stream;
        });
    }

    void end(inc_status status, inc_error *error)
    {
        std::unique_ptr<inc_error, void (*)(inc_error *)> owner(error, inc_error_free);
        if (raised_)
            std::rethrow_exception(raised_);
        check(status, owner.release());
    }

    Torch2ONNXConfig c;

  private:
    static void point(const std::vector<std::string> &from, std::vector<const char *> &to,
                      const char *const *&names, size_t &n)
    {
        for (const std::string &name : from)
            to.push_back(name.c_str());
        if (!to.empty())
            names = to.data();
        n = to.size();
    }

    // Exceptions may not cross the library; they wait here.
    template <typename F> int guard(F f)
    {
        if (raised_)
            return 1;
        try {
            return f() ? 1 : 0;
        } catch (...) {
            raised_ = std::current_exception();
            return 1;
        }
    }
    static void on_log(inc_log_level level, const char *line, void *user_data)
    {
        Call *call = static_cast<Call *>(user_data);
        call->guard([&] {
            call->config_.log(level, line);
            return false;
        });
    }
    static int on_progress(const char *stage, std::uint64_t done, std::uint64_t total,
                           void *user_data)
    {
        Call *call = static_cast<Call *>(user_data);
        return call->guard(
            [&] { return call->config_.progress && call->config_.progress(stage, done, total); });
    }

    const Config &config_;
    std::exception_ptr raised_;
    std::vector<inc_tensor> tensors_;
    std::vector<const char *> names_, outputs_;
};

/// What came out of an export: the C functions inc_report_… take get().
class Report
{
  public:
    explicit Report(inc_report *report) : report_(report, inc_report_free)
    {
    }
    const inc_report *get() const
    {
        return report_.get();
    }
    std::uint32_t opset() const
    {
        return inc_report_opset(get());
    }
    inc_dtype dtype() const
    {
        return inc_report_dtype(get());
    }
    std::uint64_t bytes() const
    {
        return inc_report_bytes(get());
    }
    std::uint64_t n_nodes() const
    {
        return inc_report_n_nodes(get());
    }
    std::vector<std::string> warnings() const
    {
        std::vector<std::string> all;
        for (size_t i = 0; i < inc_report_n_warnings(get()); i++)
            all.push_back(inc_report_warning(get(), i));
        return all;
    }

  private:
    std::unique_ptr<inc_report, void (*)(inc_report *)> report_;
};

/// A model file, opened; for one thread at a time. What C functions tell of it they tell of get().
class Model
{
  public:
    explicit Model(const std::string &path, const inc_model_options *options = nullptr)
        : model_(nullptr, inc_model_free)
    {
        inc_model *model = nullptr;
        inc_error *error = nullptr;
        check(inc_model_open_file(path.c_str(), options, &model, &error), error);
        model_.reset(model);
    }
    /// Bytes of a file, borrowed as long as the model lives.
    Model(const void *bytes, size_t size, const inc_model_options *options = nullptr)
        : model_(nullptr, inc_model_free)
    {
        inc_model *model = nullptr;
        inc_error *error = nullptr;
        check(inc_model_open_memory(bytes, size, options, &model, &error), error);
        model_.reset(model);
    }
    inc_model *get() const
    {
        return model_.get();
    }
    Model &attach_checkpoint(const std::string &path)
    {
        inc_error *error = nullptr;
        check(inc_model_attach_checkpoint(get(), path.c_str(), &error), error);
        return *this;
    }
    /// Reads what inc_model_… tell.
    Model &inspect()
    {
        inc_error *error = nullptr;
        check(inc_model_inspect(get(), &error), error);
        return *this;
    }
    Report plan(const Config &config)
    {
        Call call(config);
        inc_report *report = nullptr;
        inc_error *error = nullptr;
        inc_status status = inc_plan(get(), &call.c, &report, &error);
        Report owner(report);
        call.end(status, error);
        return owner;
    }
    Report export_file(const std::string &path, const Config &config)
    {
        inc_output output = INC_OUTPUT_INIT;
        output.path = path.c_str();
        Call call(config);
        return run(call, output);
    }
    /// Weights that need a file of their own go to external; without one such a model is an error.
    Report export_stream(std::ostream &stream, const Config &config,
                         std::ostream *external = nullptr)
    {
        inc_output output = INC_OUTPUT_INIT;
        Call call(config);
        Call::Writer writer = {&call, &stream}, beside = {&call, external};
        output.write = Call::on_write;
        output.write_data = &writer;
        if (external) {
            output.write_external = Call::on_write;
            output.write_external_data = &beside;
        }
        return run(call, output);
    }

  private:
    Report run(Call &call, const inc_output &output)
    {
        inc_report *report = nullptr;
        inc_error *error = nullptr;
        inc_status status = inc_export(get(), &output, &call.c, &report, &error);
        Report owner(report);
        call.end(status, error);
        return owner;
    }

    std::unique_ptr<inc_model, void (*)(inc_model *)> model_;
};

} // namespace incexport
#endif

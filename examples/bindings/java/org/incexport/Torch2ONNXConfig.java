// SPDX-License-Identifier: Apache-2.0
package org.incexport;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is to be exported, and how: Neural Compressor's fields and the library's, with the library's defaults. */
public final class Torch2ONNXConfig {
    /** An example input; data null where type and shape are enough, else in C order and this machine's byte order. */
    public static final class Input {
        public String name;
        public String dtype = "float32";
        public long[] shape = {};
        public byte[] data;

        public Input(String dtype, long... shape) {
            this.dtype = dtype;
            this.shape = shape;
        }
    }

    /** True cancels. */
    public interface Progress {
        boolean call(String stage, long done, long total);
    }

    /** level: 0 errors, 1 warnings, 2 info, 3 debug. */
    public interface Log {
        void call(int level, String line);
    }

    public String dtype = "int8", quant_format = "QDQ", recipe = "QDQ_OP_FP32_BIAS", external_data = "auto", state = "fail",
        names = "torch", activations = "auto", program, method, producer;
    /** opset_version: the lowest opset from the default on that says the model best. */
    public static final int OPSET_AUTO = 0;
    public int opset_version = 14, log_level = 1, target;
    public List<Input> example_inputs = new ArrayList<>();
    public List<String> input_names = new ArrayList<>(), output_names = new ArrayList<>();
    /** Lines of the model's metadata_props. */
    public Map<String, String> metadata = new LinkedHashMap<>();
    /** Namespaces of operators that have no form in ONNX, and the domains of the nodes that they become. */
    public Map<String, String> custom_domains = new LinkedHashMap<>();
    /** JSON, as torch.onnx.export takes it: {"image": {"0": "batch"}} */
    public String dynamic_axes;
    public boolean allow_contrib_ops = true, durable;
    /** Nothing is taken from the example that may be otherwise. */
    public boolean strict;
    /** Attention and RMS norm as single operators, of opset 23. */
    public boolean fuse;
    /** Quantized average pools and resizes as runtimes run them on integers, though these round otherwise than PyTorch. */
    public boolean integer_kernels;
    /** Turns of a loop that are unrolled; 0: the default. */
    public int unroll_limit;
    public long memory_limit, work_limit;
    public Log log;
    public Progress progress;

    private interface FromName {
        int call(String name, IntByReference value);
    }

    private static int value(String field, String given, FromName function) {
        IntByReference value = new IntByReference();
        if (given == null || function.call(given, value) != 0)
            throw new IncException(IncException.ARGUMENT, field + " is " + given + ", which is none of its values");
        return value.getValue();
    }

    /** A config as C takes it, for one call, and what it points to. */
    static final class Call implements AutoCloseable {
        final Native.Torch2ONNXConfig c = new Native.Torch2ONNXConfig();
        private final List<Object> keep = new ArrayList<>();
        private final PointerByReference axes = new PointerByReference();
        private Throwable raised;

        Call(Torch2ONNXConfig config) {
            Native lib = Native.LIB;
            lib.inc_torch2onnx_config_init(c, c.size());
            c.dtype = value("dtype", config.dtype, lib::inc_dtype_from_name);
            c.quant_format = value("quant_format", config.quant_format, lib::inc_quant_format_from_name);
            c.recipe = value("recipe", config.recipe, lib::inc_recipe_from_name);
            c.external_data = value("external_data", config.external_data, lib::inc_external_data_from_name);
            c.state = value("state", config.state, lib::inc_state_from_name);
            c.names = value("names", config.names, lib::inc_names_from_name);
            c.activations = value("activations", config.activations, lib::inc_activations_from_name);
            c.opset_version = config.opset_version;
            c.log_level = config.log_level;
            c.target = config.target;
            c.allow_contrib_ops = config.allow_contrib_ops ? 1 : 0;
            c.durable = config.durable ? 1 : 0;
            c.strict = config.strict ? 1 : 0;
            c.fuse = config.fuse ? 1 : 0;
            c.integer_kernels = config.integer_kernels ? 1 : 0;
            c.unroll_limit = config.unroll_limit;
            c.memory_limit = config.memory_limit;
            c.work_limit = config.work_limit;
            c.program = config.program == null ? null : text(config.program);
            c.method = config.method == null ? null : text(config.method);
            c.producer = config.producer == null ? null : text(config.producer);
            c.metadata = texts(pairs(config.metadata)); // inc_metadata is two pointers
            c.n_metadata = config.metadata.size();
            c.custom_domains = texts(pairs(config.custom_domains)); // the same
            c.n_custom_domains = config.custom_domains.size();
            c.input_names = texts(config.input_names);
            c.n_input_names = config.input_names.size();
            c.output_names = texts(config.output_names);
            c.n_output_names = config.output_names.size();
            setInputs(config.example_inputs);
            if (config.dynamic_axes != null)
                setAxes(config.dynamic_axes);
            if (config.log != null)
                c.log = (level, line, data) -> guard(() -> {
                    config.log.call(level, line);
                    return false;
                });
            if (config.log != null || config.progress != null)
                c.progress = (stage, done, total, data) ->
                    guard(() -> config.progress != null && config.progress.call(stage, done, total));
        }

        interface Body {
            boolean run() throws Exception;
        }

        /** Exceptions may not cross the library; they wait here, and end the call. */
        int guard(Body body) {
            if (raised != null)
                return 1;
            try {
                return body.run() ? 1 : 0;
            } catch (Throwable thrown) {
                raised = thrown;
                return 1;
            }
        }

        private Memory bytes(byte[] from) {
            Memory memory = new Memory(Math.max(from.length, 1));
            memory.write(0, from, 0, from.length);
            keep.add(memory);
            return memory;
        }

        Pointer text(String from) {
            return bytes((from + "\0").getBytes(StandardCharsets.UTF_8));
        }

        private static List<String> pairs(Map<String, String> from) {
            List<String> pairs = new ArrayList<>();
            from.forEach((key, value) -> {
                pairs.add(key);
                pairs.add(value);
            });
            return pairs;
        }

        private Pointer texts(List<String> from) {
            if (from.isEmpty())
                return null;
            Memory memory = new Memory(from.size() * (long) com.sun.jna.Native.POINTER_SIZE);
            for (int i = 0; i < from.size(); i++)
                memory.setPointer(i * (long) com.sun.jna.Native.POINTER_SIZE, text(from.get(i)));
            keep.add(memory);
            return memory;
        }

        private void setInputs(List<Input> inputs) {
            if (inputs.isEmpty())
                return;
            Native.inc_tensor[] tensors = (Native.inc_tensor[]) new Native.inc_tensor().toArray(inputs.size());
            for (int i = 0; i < tensors.length; i++) {
                Input input = inputs.get(i);
                Memory shape = new Memory(8L * Math.max(input.shape.length, 1));
                shape.write(0, input.shape, 0, input.shape.length);
                keep.add(shape);
                tensors[i].name = input.name == null ? null : text(input.name);
                tensors[i].element = value("dtype of an input", input.dtype, Native.LIB::inc_element_from_name);
                tensors[i].data = input.data == null ? null : bytes(input.data);
                tensors[i].shape = shape;
                tensors[i].rank = input.shape.length;
                tensors[i].write();
            }
            keep.add(tensors);
            c.example_inputs = tensors[0].getPointer();
            c.n_example_inputs = tensors.length;
            c.example_input_size = tensors[0].size();
        }

        private void setAxes(String json) {
            PointerByReference error = new PointerByReference();
            IncException.check(Native.LIB.inc_dynamic_axes_parse(json, null, axes, error), error.getValue());
            c.dynamic_axes = Native.LIB.inc_dynamic_axes_items(axes.getValue());
            c.n_dynamic_axes = Native.LIB.inc_dynamic_axes_count(axes.getValue());
        }

        void end(int status, Pointer error) {
            Throwable thrown = raised;
            raised = null;
            if (thrown != null) {
                Native.LIB.inc_error_free(error);
                Call.<RuntimeException>rethrow(thrown);
            }
            IncException.check(status, error);
        }

        @SuppressWarnings("unchecked")
        private static <T extends Throwable> void rethrow(Throwable thrown) throws T {
            throw (T) thrown;
        }

        @Override
        public void close() {
            Native.LIB.inc_dynamic_axes_free(axes.getValue());
            axes.setValue(null);
        }
    }
}

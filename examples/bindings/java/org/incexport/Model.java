// SPDX-License-Identifier: Apache-2.0
package org.incexport;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A model file, opened; for one thread at a time. */
public final class Model implements AutoCloseable {
    /** What came out of an export. */
    public static final class Report {
        public final int opset;
        public final boolean isInt8;
        public final long nNodes, bytes;
        public final List<String> warnings = new ArrayList<>();

        private Report(Pointer r) {
            Native lib = Native.LIB;
            opset = lib.inc_report_opset(r);
            isInt8 = lib.inc_report_dtype(r) == 1;
            nNodes = lib.inc_report_n_nodes(r);
            bytes = lib.inc_report_bytes(r);
            for (long i = 0; i < lib.inc_report_n_warnings(r); i++)
                warnings.add(lib.inc_report_warning(r, i));
        }
    }

    /** An input; shape null when not known, -1 where not fixed. */
    public static final class Value {
        public final String name, dtype;
        public final long[] shape;

        private Value(Native.inc_value v) {
            name = v.name == null ? null : v.name.getString(0, "UTF-8");
            dtype = v.is_known == 0 ? null : Native.LIB.inc_element_name(v.element);
            shape = v.is_known == 0 || v.shape == null && v.rank > 0 ? null
                : v.rank == 0 ? new long[0] : v.shape.getLongArray(0, (int) v.rank);
        }
    }

    /** What a model file holds. */
    public static final class Info {
        public final String kind, torchVersion;
        public final boolean isQuantized;
        public final List<Value> inputs = new ArrayList<>();

        private Info(Pointer m) {
            Native lib = Native.LIB;
            kind = lib.inc_model_kind_name(lib.inc_model_get_kind(m));
            torchVersion = lib.inc_model_torch_version(m);
            isQuantized = lib.inc_model_is_quantized(m) == 1;
            for (long i = 0; i < lib.inc_model_n_inputs(m); i++)
                inputs.add(new Value(new Native.inc_value(lib.inc_model_input(m, i))));
        }
    }

    private interface Work {
        int run(PointerByReference report, PointerByReference error);
    }

    private Pointer handle;

    public Model(Path path) {
        PointerByReference model = new PointerByReference(), error = new PointerByReference();
        IncException.check(Native.LIB.inc_model_open_file(path.toString(), null, model, error), error.getValue());
        handle = model.getValue();
    }

    private Pointer open() {
        if (handle == null)
            throw new IllegalStateException("the model is closed");
        return handle;
    }

    @Override
    public void close() {
        Native.LIB.inc_model_free(handle);
        handle = null;
    }

    /** Lays a quantized checkpoint over an FP32 model. */
    public Model attachCheckpoint(Path path) {
        PointerByReference error = new PointerByReference();
        IncException.check(Native.LIB.inc_model_attach_checkpoint(open(), path.toString(), error), error.getValue());
        return this;
    }

    public Info inspect() {
        PointerByReference error = new PointerByReference();
        IncException.check(Native.LIB.inc_model_inspect(open(), error), error.getValue());
        return new Info(handle);
    }

    private static Report run(Torch2ONNXConfig.Call call, Work work) {
        PointerByReference report = new PointerByReference(), error = new PointerByReference();
        int status = work.run(report, error);
        try {
            call.end(status, error.getValue());
            return new Report(report.getValue());
        } finally {
            Native.LIB.inc_report_free(report.getValue());
        }
    }

    /** All that an export does but writing. */
    public Report plan(Torch2ONNXConfig config) {
        try (Torch2ONNXConfig.Call call = new Torch2ONNXConfig.Call(config)) {
            return run(call, (report, error) -> Native.LIB.inc_plan(open(), call.c, report, error));
        }
    }

    public Report export(Path path, Torch2ONNXConfig config) {
        try (Torch2ONNXConfig.Call call = new Torch2ONNXConfig.Call(config)) {
            Native.inc_output output = new Native.inc_output();
            output.struct_size = output.size();
            output.path = call.text(path.toString());
            return run(call, (report, error) -> Native.LIB.inc_export(open(), output, call.c, report, error));
        }
    }

    /** Models whose weights need a second file are an error. */
    public Report export(OutputStream stream, Torch2ONNXConfig config) {
        try (Torch2ONNXConfig.Call call = new Torch2ONNXConfig.Call(config)) {
            Native.inc_output output = new Native.inc_output();
            output.struct_size = output.size();
            output.write = (bytes, size, data) -> call.guard(() -> {
                for (long at = 0; at < size; at += 1 << 20)
                    stream.write(bytes.getByteArray(at, (int) Math.min(size - at, 1 << 20)));
                return false;
            });
            return run(call, (report, error) -> Native.LIB.inc_export(open(), output, call.c, report, error));
        }
    }

    public static String version() {
        return Native.LIB.inc_version();
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.incexport;

import com.sun.jna.Structure;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The package on a built library: Test COMMAND MODELS LAYOUT UNSUPPORTED */
public final class Test {
    private static Path int8, fp32;

    private static void expect(boolean condition, Object what) {
        if (!condition)
            throw new AssertionError(what);
    }

    private static int offset(Structure struct, String field) throws Exception {
        Method method = Structure.class.getDeclaredMethod("fieldOffset", String.class);
        method.setAccessible(true);
        return (int) method.invoke(struct, field);
    }

    private static void testLayout(Path layout) throws Exception {
        for (Structure struct : List.of(new Native.inc_tensor(), new Native.Torch2ONNXConfig(), new Native.inc_output(),
                new Native.inc_value(), new Native.inc_unsupported())) {
            String name = struct.getClass().getSimpleName();
            List<String> theirs = new ArrayList<>(), ours = new ArrayList<>(List.of("sizeof " + name + " " + struct.size()));
            for (String field : struct.getClass().getAnnotation(Structure.FieldOrder.class).value())
                ours.add("offset " + name + " " + field + " " + offset(struct, field));
            for (String line : Files.readAllLines(layout)) {
                String[] words = line.split(" ");
                if (words[1].equals(name))
                    theirs.add(String.join(" ", Arrays.copyOf(words, words[0].equals("offset") ? 4 : 3)));
            }
            expect(ours.equals(theirs), ours + "\n" + theirs);
        }
    }

    private static void testBytes(String command, Path folder) throws Exception {
        String axes = "{\"image\": {\"0\": \"batch\"}}";
        Path there = folder.resolve("command.onnx"), here = folder.resolve("out.onnx");
        expect(new ProcessBuilder(command, int8.toString(), "-q", "-o", there.toString(), "--quant-format", "QLinear",
            "--dynamic-axes", axes, "--output-names", "scores", "--producer", "us", "--metadata", "author=me",
            "--metadata", "empty=").inheritIO().start().waitFor() == 0, "command");
        Torch2ONNXConfig config = new Torch2ONNXConfig();
        config.quant_format = "QLinear";
        config.dynamic_axes = axes;
        config.output_names.add("scores");
        config.opset_version = Torch2ONNXConfig.OPSET_AUTO;
        config.producer = "us";
        config.metadata.put("author", "me");
        config.metadata.put("empty", "");
        try (Model model = new Model(int8)) {
            Model.Report report = model.export(here, config);
            expect(Arrays.equals(Files.readAllBytes(here), Files.readAllBytes(there)), "bytes");
            expect(report.isInt8 && report.bytes == Files.size(here), "report");
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            model.export(stream, config);
            expect(Arrays.equals(stream.toByteArray(), Files.readAllBytes(there)), "bytes of a stream");
            expect(model.inspect().isQuantized && model.inspect().inputs.size() == 1, "inspect");
        }
    }

    private static void testInputs() {
        Torch2ONNXConfig config = new Torch2ONNXConfig();
        config.dtype = "fp32";
        for (byte[] data : new byte[][] {null, new byte[5 * 64 * 4]}) {
            Torch2ONNXConfig.Input input = new Torch2ONNXConfig.Input("float32", 5, 1, 8, 8);
            input.data = data;
            config.example_inputs = List.of(input);
            try (Model model = new Model(fp32)) {
                expect(model.plan(config).nNodes > 0, "plan");
            }
        }
    }

    private static IncException failure(Path path, Torch2ONNXConfig config) {
        try (Model model = new Model(path)) {
            model.export(new ByteArrayOutputStream(), config);
        } catch (IncException error) {
            return error;
        }
        throw new AssertionError("no error");
    }

    private static void testErrors(Path unsupported) {
        Torch2ONNXConfig config = new Torch2ONNXConfig();
        config.dtype = "fp32";
        IncException error = failure(unsupported, config);
        expect(error.code == IncException.UNSUPPORTED && "aten::linalg_eigvals".equals(error.operator), error);
        expect(error.reason != null && error.stage != null && error.line > 0, error);
        expect(error.unsupported.get(0).op.equals(error.operator) && error.getMessage().contains(error.operator), error);
        config.recipe = "none";
        expect(failure(int8, config).code == IncException.ARGUMENT, "recipe");
    }

    private static void testCallbacks() {
        Torch2ONNXConfig config = new Torch2ONNXConfig();
        Set<String> stages = new HashSet<>();
        List<String> lines = new ArrayList<>();
        config.log_level = 3;
        config.log = (level, line) -> lines.add(line);
        config.progress = (stage, done, total) -> {
            stages.add(stage);
            return false;
        };
        try (Model model = new Model(int8)) {
            model.export(new ByteArrayOutputStream(), config);
        }
        expect(stages.contains("writing") && !lines.isEmpty(), stages);
        config.progress = (stage, done, total) -> true;
        expect(failure(int8, config).code == IncException.CANCELLED, "cancelled");
        config.progress = (stage, done, total) -> {
            throw new IllegalStateException("mine");
        };
        try {
            failure(int8, config);
            throw new AssertionError("nothing thrown");
        } catch (IllegalStateException thrown) {
            expect(thrown.getMessage().equals("mine"), thrown);
        }
    }

    public static void main(String[] args) throws Exception {
        int8 = Path.of(args[1], "digits-static.pt");
        fp32 = Path.of(args[1], "digits.pt");
        Path folder = Files.createTempDirectory("incexport");
        try {
            testLayout(Path.of(args[2]));
            testBytes(args[0], folder);
            testInputs();
            testErrors(Path.of(args[3]));
            testCallbacks();
        } finally {
            for (Path file : Files.newDirectoryStream(folder))
                Files.delete(file);
            Files.delete(folder);
        }
    }
}

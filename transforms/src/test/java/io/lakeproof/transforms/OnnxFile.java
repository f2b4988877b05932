package io.lakeproof.transforms;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes small ONNX models: the protocol buffers of onnx.proto3, by hand. */
final class OnnxFile {

    static final int FLOAT = 1;
    static final int INT64 = 7;
    static final int STRING = 8;

    private final ByteArrayOutputStream graph = new ByteArrayOutputStream();

    OnnxFile() {
        text(graph, 2, "test");
    }

    /** @param attributes a Long, a list of Long, a String or a list of String each */
    OnnxFile node(String operator, List<String> inputs, String output, Map<String, Object> attributes) {
        ByteArrayOutputStream node = new ByteArrayOutputStream();
        inputs.forEach(input -> text(node, 1, input));
        text(node, 2, output);
        text(node, 3, output);
        text(node, 4, operator);
        new TreeMap<>(attributes).forEach((name, value) -> {
            ByteArrayOutputStream attribute = new ByteArrayOutputStream();
            text(attribute, 1, name);
            List<?> values = value instanceof List<?> list ? list : List.of(value);
            boolean list = value instanceof List<?>;
            for (Object one : values) {
                if (one instanceof String string) {
                    text(attribute, list ? 9 : 4, string);
                } else {
                    number(attribute, list ? 8 : 3, (Long) one);
                }
            }
            number(attribute, 20, (values.get(0) instanceof String ? 3 : 2) + (list ? 5 : 0));
            bytes(node, 5, attribute.toByteArray());
        });
        bytes(graph, 1, node.toByteArray());
        return this;
    }

    OnnxFile constant(String name, float[] values, long... shape) {
        ByteArrayOutputStream tensor = new ByteArrayOutputStream();
        for (long size : shape) {
            number(tensor, 1, size);
        }
        number(tensor, 2, FLOAT);
        text(tensor, 8, name);
        ByteBuffer raw = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        bytes(tensor, 9, raw.array());
        bytes(graph, 5, tensor.toByteArray());
        return this;
    }

    /** A size below zero is open. */
    OnnxFile input(String name, int type, long... shape) {
        return value(11, name, type, shape);
    }

    OnnxFile output(String name, int type, long... shape) {
        return value(12, name, type, shape);
    }

    String in(Path file) throws IOException {
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        number(model, 1, 8);
        bytes(model, 7, graph.toByteArray());
        ByteArrayOutputStream operators = new ByteArrayOutputStream();
        text(operators, 1, "");
        number(operators, 2, 13);
        bytes(model, 8, operators.toByteArray());
        Files.write(file, model.toByteArray());
        return file.toAbsolutePath().toString();
    }

    private OnnxFile value(int field, String name, int type, long... sizes) {
        ByteArrayOutputStream shape = new ByteArrayOutputStream();
        for (long size : sizes) {
            ByteArrayOutputStream dimension = new ByteArrayOutputStream();
            if (size < 0) {
                text(dimension, 2, "open" + shape.size());
            } else {
                number(dimension, 1, size);
            }
            bytes(shape, 1, dimension.toByteArray());
        }
        ByteArrayOutputStream tensor = new ByteArrayOutputStream();
        number(tensor, 1, type);
        bytes(tensor, 2, shape.toByteArray());
        ByteArrayOutputStream kind = new ByteArrayOutputStream();
        bytes(kind, 1, tensor.toByteArray());
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        text(value, 1, name);
        bytes(value, 2, kind.toByteArray());
        bytes(graph, field, value.toByteArray());
        return this;
    }

    private static void number(ByteArrayOutputStream out, int field, long value) {
        varint(out, (long) field << 3);
        varint(out, value);
    }

    private static void text(ByteArrayOutputStream out, int field, String value) {
        bytes(out, field, value.getBytes(StandardCharsets.UTF_8));
    }

    private static void bytes(ByteArrayOutputStream out, int field, byte[] value) {
        varint(out, ((long) field << 3) | 2);
        varint(out, value.length);
        out.writeBytes(value);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}

package io.lakeproof.lineage;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * The fingerprint a second time, from docs/reference/fingerprint.md alone: Parquet files in, text out, without Spark and
 * without a line of the library.
 */
final class ParquetFingerprint {

    private static final long JULIAN_DAY_OF_EPOCH = 2_440_588;

    private BigInteger sum = BigInteger.ZERO;
    private long rows;
    private byte[] schema;

    static String of(List<java.nio.file.Path> files) throws IOException, GeneralSecurityException {
        ParquetFingerprint fingerprint = new ParquetFingerprint();
        for (java.nio.file.Path file : files) {
            try (ParquetReader<Group> reader = ParquetReader.builder(new GroupReadSupport(), new Path(file.toUri()))
                    .build()) {
                for (Group row = reader.read(); row != null; row = reader.read()) {
                    fingerprint.add(row);
                }
            }
        }
        return fingerprint.text();
    }

    private void add(Group row) throws IOException, GeneralSecurityException {
        if (schema == null) {
            schema = sha256(bytes(out -> type(out, row.getType())));
        }
        sum = sum.add(new BigInteger(1, sha256(bytes(out -> struct(out, row)))));
        rows++;
    }

    private String text() throws IOException, GeneralSecurityException {
        byte[] last32 = new byte[32];
        byte[] digits = sum.toByteArray();
        for (int i = 1; i <= Math.min(32, digits.length); i++) {
            last32[32 - i] = digits[digits.length - i];
        }
        return "lp1:"
                + HexFormat.of().formatHex(sha256(bytes(out -> {
                    out.write(new byte[] {'l', 'p', '1', '\n'});
                    out.write(schema);
                    out.writeLong(rows);
                    out.write(last32);
                })));
    }

    private static List<Type> sorted(GroupType group) {
        List<Type> fields = new ArrayList<>(group.getFields());
        fields.sort(Comparator.comparing(f -> utf8(f.getName()), Arrays::compareUnsigned));
        return fields;
    }

    private static void type(DataOutputStream out, Type type) throws IOException {
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        if (!type.isPrimitive()) {
            GroupType group = type.asGroupType();
            if (logical instanceof ListLogicalTypeAnnotation) {
                out.writeByte(14);
                type(out, group.getType(0).asGroupType().getType(0));
            } else if (logical instanceof MapLogicalTypeAnnotation) {
                out.writeByte(15);
                type(out, group.getType(0).asGroupType().getType(0));
                type(out, group.getType(0).asGroupType().getType(1));
            } else {
                out.writeByte(16);
                out.writeInt(group.getFieldCount());
                for (Type field : sorted(group)) {
                    out.writeInt(utf8(field.getName()).length);
                    out.write(utf8(field.getName()));
                    type(out, field);
                }
            }
            return;
        }
        if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
            out.write(new byte[] {8, (byte) decimal.getPrecision(), (byte) decimal.getScale()});
            return;
        }
        out.writeByte(tag(type.asPrimitiveType().getPrimitiveTypeName(), logical));
    }

    private static int tag(PrimitiveTypeName primitive, LogicalTypeAnnotation logical) {
        return switch (primitive) {
            case BOOLEAN -> 1;
            case INT32 -> {
                if (logical instanceof IntLogicalTypeAnnotation narrow) {
                    yield narrow.getBitWidth() == 8 ? 2 : 3;
                }
                yield logical instanceof DateLogicalTypeAnnotation ? 11 : 4;
            }
            case INT64 -> logical instanceof TimestampLogicalTypeAnnotation local
                    ? local.isAdjustedToUTC() ? 12 : 13
                    : 5;
            case FLOAT -> 6;
            case DOUBLE -> 7;
            case BINARY -> logical instanceof StringLogicalTypeAnnotation ? 9 : 10;
            case INT96 -> 12;
            case FIXED_LEN_BYTE_ARRAY -> throw new IllegalArgumentException("not written by Spark");
        };
    }

    private static void struct(DataOutputStream out, Group group) throws IOException {
        for (Type field : sorted(group.getType())) {
            nullable(out, group, field);
        }
    }

    private static void nullable(DataOutputStream out, Group group, Type field) throws IOException {
        if (group.getFieldRepetitionCount(field.getName()) == 0) {
            out.writeByte(0);
        } else {
            out.writeByte(1);
            value(out, group, field);
        }
    }

    private static void value(DataOutputStream out, Group parent, Type type) throws IOException {
        String name = type.getName();
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        if (type.isPrimitive()) {
            primitive(out, parent, type.asPrimitiveType());
            return;
        }
        Group group = parent.getGroup(name, 0);
        if (logical instanceof ListLogicalTypeAnnotation) {
            int size = group.getFieldRepetitionCount(0);
            out.writeInt(size);
            for (int i = 0; i < size; i++) {
                Group element = group.getGroup(0, i);
                nullable(out, element, element.getType().getType(0));
            }
        } else if (logical instanceof MapLogicalTypeAnnotation) {
            List<byte[]> entries = new ArrayList<>();
            for (int i = 0; i < group.getFieldRepetitionCount(0); i++) {
                Group entry = group.getGroup(0, i);
                entries.add(bytes(to -> {
                    value(to, entry, entry.getType().getType(0));
                    nullable(to, entry, entry.getType().getType(1));
                }));
            }
            entries.sort(Arrays::compareUnsigned);
            out.writeInt(entries.size());
            for (byte[] entry : entries) {
                out.write(entry);
            }
        } else {
            struct(out, group);
        }
    }

    private static void primitive(DataOutputStream out, Group row, PrimitiveType type) throws IOException {
        String name = type.getName();
        if (type.getLogicalTypeAnnotation() instanceof DecimalLogicalTypeAnnotation) {
            BigInteger unscaled =
                    switch (type.getPrimitiveTypeName()) {
                        case INT32 -> BigInteger.valueOf(row.getInteger(name, 0));
                        case INT64 -> BigInteger.valueOf(row.getLong(name, 0));
                        default -> new BigInteger(row.getBinary(name, 0).getBytes());
                    };
            BigInteger twosComplement = unscaled.mod(BigInteger.ONE.shiftLeft(128));
            out.writeLong(twosComplement.shiftRight(64).longValue());
            out.writeLong(twosComplement.longValue());
            return;
        }
        switch (tag(type.getPrimitiveTypeName(), type.getLogicalTypeAnnotation())) {
            case 1 -> out.writeBoolean(row.getBoolean(name, 0));
            case 2 -> out.writeByte(row.getInteger(name, 0));
            case 3 -> out.writeShort(row.getInteger(name, 0));
            case 4, 11 -> out.writeInt(row.getInteger(name, 0));
            case 5, 13 -> out.writeLong(row.getLong(name, 0));
            case 6 -> out.writeInt(
                    Float.isNaN(row.getFloat(name, 0)) ? 0x7fc00000 : Float.floatToRawIntBits(row.getFloat(name, 0)));
            case 7 -> out.writeLong(
                    Double.isNaN(row.getDouble(name, 0))
                            ? 0x7ff8000000000000L
                            : Double.doubleToRawLongBits(row.getDouble(name, 0)));
            case 12 -> {
                ByteBuffer int96 =
                        ByteBuffer.wrap(row.getInt96(name, 0).getBytes()).order(ByteOrder.LITTLE_ENDIAN);
                long nanosOfDay = int96.getLong();
                out.writeLong((int96.getInt() - JULIAN_DAY_OF_EPOCH) * 86_400_000_000L + nanosOfDay / 1_000);
            }
            default -> {
                byte[] bytes = row.getBinary(name, 0).getBytes();
                out.writeInt(bytes.length);
                out.write(bytes);
            }
        }
    }

    private interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    private static byte[] bytes(Writing writing) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            writing.to(out);
        }
        return bytes.toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] sha256(byte[] bytes) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }
}

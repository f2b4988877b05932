package io.lakeproof.lineage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A growing array of bytes, big-endian. */
final class Bytes {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private byte[] array = new byte[1024];
    private int length;

    byte[] array() {
        return array;
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    void putByte(int value) {
        reserve(1);
        array[length++] = (byte) value;
    }

    void putShort(int value) {
        putByte(value >> 8);
        putByte(value);
    }

    void putInt(int value) {
        reserve(Integer.BYTES);
        INT.set(array, length, value);
        length += Integer.BYTES;
    }

    void putLong(long value) {
        reserve(Long.BYTES);
        LONG.set(array, length, value);
        length += Long.BYTES;
    }

    void put(byte[] value) {
        reserve(value.length);
        System.arraycopy(value, 0, array, length, value.length);
        length += value.length;
    }

    byte[] copy() {
        return Arrays.copyOf(array, length);
    }

    private void reserve(int more) {
        int needed = Math.addExact(length, more);
        if (needed > array.length) {
            array = Arrays.copyOf(array, Math.max(needed, (int) Math.min(Integer.MAX_VALUE - 8L, 2L * array.length)));
        }
    }
}

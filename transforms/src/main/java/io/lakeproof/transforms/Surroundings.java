package io.lakeproof.transforms;

import java.io.IOException;

/** What a step refers to outside of itself; paths are as the spec has them. */
public interface Surroundings {

    /** Returns the text of a file next to the spec, such as the query of {@code sql: {file: features.sql}}. */
    String read(String file) throws IOException;

    /** Returns a file's bytes, such as the model of {@code infer: {model-url: iris.onnx}}: relative to the spec, or any Hadoop URI. */
    byte[] bytes(String file) throws IOException;

    /** Returns the absolute URI of a folder named relative to the spec, such as the table of a {@code join}. */
    String resolve(String path);

    /** No spec: there are no files beside it, and paths stay as they are. */
    Surroundings NONE = new Surroundings() {
        @Override
        public String read(String file) throws IOException {
            throw new IOException("there is no spec beside which it could lie; write the query itself");
        }

        @Override
        public byte[] bytes(String file) throws IOException {
            throw new IOException("there is no spec beside which it could lie");
        }

        @Override
        public String resolve(String path) {
            return path;
        }
    };
}

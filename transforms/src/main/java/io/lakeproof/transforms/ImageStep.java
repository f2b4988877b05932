package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.udf;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * A step on a column of images; NULL stays NULL.
 *
 * @param into the column that gets the result; absent: the same one
 */
record ImageStep(String kind, String column, Optional<String> into, Work work) implements Transform {

    /** What is done to one image. */
    sealed interface Work extends Serializable {}

    /** A file's bytes become an image. */
    record Decode(int mostPixels) implements Work {}

    record Resize(int height, int width) implements Work {}

    record Grayscale() implements Work {}

    /** An image becomes an array of floats; mean and deviation are one for each channel, or one for all. */
    record Normalize(List<Double> mean, List<Double> deviation, boolean channelsFirst) implements Work {}

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        Columns.require(kind, input.schema(), List.of(column));
        DataType type = Columns.type(input.schema(), column);
        DataType wanted = work instanceof Decode ? DataTypes.BinaryType : Picture.TYPE;
        if (!DataType.equalsIgnoreNullability(type, wanted)) {
            throw new BadStep("%s: column '%s' is %s; it takes %s"
                    .formatted(
                            kind,
                            column,
                            type.catalogString(),
                            work instanceof Decode
                                    ? "a file's bytes, binary"
                                    : "an image, as decode and source.format: idx make one"));
        }
        Column result = udf(
                        function(),
                        work instanceof Normalize
                                ? DataTypes.createArrayType(DataTypes.FloatType, false)
                                : Picture.TYPE)
                .apply(Columns.named(column));
        return input.withColumn(into.orElse(column), result);
    }

    private UDF1<?, ?> function() {
        String where = "%s: column '%s' ".formatted(kind, column);
        if (work instanceof Decode decode) {
            int mostPixels = decode.mostPixels();
            return (UDF1<byte[], Row>) file -> file == null ? null : decoded(file, mostPixels, where);
        }
        Work done = work;
        return (UDF1<Row, Object>) row -> row == null ? null : done(done, Picture.of(row, where), where);
    }

    private static Row decoded(byte[] file, int mostPixels, String where) {
        try {
            return Picture.decode(file, mostPixels).row();
        } catch (Picture.Unfit unfit) {
            throw BadRow.of(where + "holds no image: " + unfit.getMessage());
        }
    }

    private static Object done(Work work, Picture picture, String where) {
        if (work instanceof Resize resize) {
            return picture.resized(resize.height(), resize.width()).row();
        } else if (work instanceof Normalize normalize) {
            for (List<Double> values : List.of(normalize.mean(), normalize.deviation())) {
                if (values.size() != 1 && values.size() != picture.channels()) {
                    throw BadRow.of(where
                            + "holds an image of %d channels, and mean or std has %d values"
                                    .formatted(picture.channels(), values.size()));
                }
            }
            return picture.normalised(
                    normalize.mean().stream().mapToDouble(x -> x).toArray(),
                    normalize.deviation().stream().mapToDouble(x -> x).toArray(),
                    normalize.channelsFirst());
        }
        return picture.grey().row();
    }
}

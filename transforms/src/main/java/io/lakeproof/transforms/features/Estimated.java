package io.lakeproof.transforms.features;

import static org.apache.spark.ml.functions.array_to_vector;
import static org.apache.spark.ml.functions.vector_to_array;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.transforms.BadRow;
import io.lakeproof.transforms.BadStep;
import io.lakeproof.transforms.Columns;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;

/**
 * A class of Spark ML. Its vectors never leave it: arrays of numbers that its parameters name become vectors on the way in,
 * where it asks for them, and every vector becomes an array of doubles on the way out.
 */
record Estimated(PipelineStage stage) implements Feature {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String VECTORS = "vectors";
    private static final ArrayType DOUBLES = DataTypes.createArrayType(DataTypes.DoubleType);

    /** A class that cannot be a step, or a parameter that it does not take: which key is wrong, and why. */
    static final class Refused extends Exception {
        private final String key;

        Refused(String key, String message) {
            super(message);
            this.key = key;
        }

        String key() {
            return key;
        }
    }

    /**
     * The step of a class and its parameters. Nothing of a class is run before it is known to be Spark ML's kind.
     *
     * @param uid a name that is the same whenever the spec is read, for columns are named after it that have no name
     */
    static Estimated of(String name, Map<String, Object> parameters, String uid) throws Refused {
        Class<?> type;
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        try {
            type = Class.forName(name, false, context != null ? context : Estimated.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError missing) {
            throw new Refused(
                    "class",
                    "class %s is not on the class path; write its whole name, such as org.apache.spark.ml.feature.PCA"
                            .formatted(name));
        }
        boolean fits = Estimator.class.isAssignableFrom(type) || Transformer.class.isAssignableFrom(type);
        if (!fits || Modifier.isAbstract(type.getModifiers())) {
            throw new Refused(
                    "class", "class %s is neither an Estimator nor a Transformer of Spark ML".formatted(name));
        }
        if (SQLTransformer.class.isAssignableFrom(type)) {
            throw new Refused(
                    "class", "SQLTransformer may read any table; write the SELECT as a step of transforms: sql: …");
        }
        if (!MLWritable.class.isAssignableFrom(type)) {
            throw new Refused("class", "class %s cannot be saved: it is no MLWritable".formatted(name));
        }
        PipelineStage stage = instance(type.asSubclass(PipelineStage.class), uid);
        for (Map.Entry<String, Object> parameter : parameters.entrySet()) {
            set(stage, parameter.getKey(), parameter.getValue());
        }
        return new Estimated(stage);
    }

    private static PipelineStage instance(Class<? extends PipelineStage> type, String uid) throws Refused {
        try {
            Constructor<? extends PipelineStage> constructor = type.getConstructor(String.class);
            return constructor.newInstance(uid);
        } catch (NoSuchMethodException none) {
            throw new Refused(
                    "class",
                    "class %s has no public constructor that takes its uid as a String; name an estimator, not the model that it fits"
                            .formatted(type.getName()));
        } catch (InvocationTargetException refused) {
            throw new Refused(
                    "class", "class %s cannot be made: %s".formatted(type.getName(), line(refused.getCause())));
        } catch (ReflectiveOperationException | LinkageError closed) {
            throw new Refused("class", "class %s cannot be made: %s".formatted(type.getName(), line(closed)));
        }
    }

    private static void set(PipelineStage stage, String name, Object value) throws Refused {
        List<String> known = Arrays.stream(stage.params()).map(Param::name).toList();
        if (!known.contains(name)) {
            throw new Refused(
                    "with." + name,
                    "unknown parameter '%s'%s; %s takes %s"
                            .formatted(
                                    name,
                                    Columns.didYouMean(name, known),
                                    stage.getClass().getSimpleName(),
                                    Columns.list(known)));
        }
        Param<Object> param = stage.getParam(name);
        try {
            // Params know their own types: what they read from JSON is what they take. Scala throws what it declares
            // nowhere.
            stage.set(param, param.jsonDecode(JSON.writeValueAsString(value)));
        } catch (Exception | scala.NotImplementedError unfit) {
            throw new Refused(
                    "with." + name,
                    "'%s' is not what %s takes: %s"
                            .formatted(value, name, param.doc().replaceAll("\\s+", " ")));
        }
    }

    @Override
    public StructType output(StructType input) {
        for (String name : named()) {
            if (name.matches(".*[.`].*") && Columns.of(input).contains(name)) {
                throw new BadStep("estimator: Spark ML cannot read a column named '%s'; rename it".formatted(name));
            }
        }
        return plain(transformed(input, vectors(input)));
    }

    /** The arrays that must go in as vectors: none if it takes the columns as they are. */
    private List<String> vectors(StructType input) {
        RuntimeException asTheyAre;
        try {
            stage.transformSchema(input);
            return List.of();
        } catch (RuntimeException refused) {
            asTheyAre = refused;
        }
        List<String> arrays = Arrays.stream(input.fields())
                .filter(field -> field.dataType() instanceof ArrayType array
                        && array.elementType() instanceof NumericType
                        && named().contains(field.name()))
                .map(StructField::name)
                .toList();
        if (arrays.isEmpty()) {
            throw refused(asTheyAre);
        }
        return arrays;
    }

    private StructType transformed(StructType input, List<String> vectors) {
        StructType taken = new StructType(Arrays.stream(input.fields())
                .map(field -> vectors.contains(field.name())
                        ? new StructField(field.name(), SQLDataTypes.VectorType(), true, Metadata.empty())
                        : field)
                .toArray(StructField[]::new));
        try {
            return stage.transformSchema(taken);
        } catch (RuntimeException refused) {
            throw refused(refused);
        }
    }

    private BadStep refused(RuntimeException why) {
        return new BadStep("estimator: %s refuses the columns: %s"
                .formatted(stage.getClass().getSimpleName(), line(why).replaceFirst("^requirement failed: ", "")));
    }

    /** Every text that a parameter holds, some of which are names of columns. */
    private Set<String> named() {
        Set<String> texts = new LinkedHashSet<>();
        for (Param<?> param : stage.params()) {
            if (stage.isDefined(param)) {
                Object value = stage.getOrDefault(param);
                if (value instanceof String text) {
                    texts.add(text);
                } else if (value instanceof String[] several) {
                    texts.addAll(List.of(several));
                }
            }
        }
        return texts;
    }

    private static StructType plain(StructType schema) {
        List<StructField> fields = new ArrayList<>();
        for (StructField field : schema.fields()) {
            DataType type = field.dataType();
            if (type.equals(SQLDataTypes.VectorType())) {
                type = DOUBLES;
            } else if (type instanceof UserDefinedType<?>) {
                throw new BadStep("estimator: it makes column '%s' of type %s, which no table can hold"
                        .formatted(field.name(), type.simpleString()));
            }
            fields.add(new StructField(field.name(), type, true, Metadata.empty()));
        }
        return new StructType(fields.toArray(StructField[]::new));
    }

    /** Empty: which columns it reads, it alone knows. */
    @Override
    public List<String> reads() {
        return List.of();
    }

    /** Some classes leave rows out that they cannot handle. */
    @Override
    public boolean changesRowCount() {
        return true;
    }

    @Override
    public List<String> labels() {
        return stage.hasParam("labelCol") && stage.isDefined(stage.getParam("labelCol"))
                ? List.of((String) stage.getOrDefault(stage.getParam("labelCol")))
                : List.of();
    }

    @Override
    public State fit(Dataset<Row> train) {
        List<String> vectors = vectors(train.schema());
        try {
            PipelineModel fitted = new Pipeline(stage.uid() + "_pipeline")
                    .setStages(new PipelineStage[] {stage})
                    .fit(asVectors(train, vectors));
            ObjectNode values = State.object();
            vectors.forEach(values.putArray(VECTORS)::add);
            return new State(values, Optional.of(fitted));
        } catch (RuntimeException refused) {
            if (BadRow.in(refused).isPresent()) {
                throw refused;
            }
            throw new BadFit(
                    "%s cannot be fitted: %s".formatted(stage.getClass().getSimpleName(), line(refused)));
        }
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        List<String> vectors = new ArrayList<>();
        state.values().get(VECTORS).forEach(name -> vectors.add(name.asText()));
        Dataset<Row> made = state.stage().orElseThrow().transform(asVectors(rows, vectors));
        return made.select(Stream.of(made.schema().fields())
                .map(field -> {
                    Column value = Columns.named(field.name());
                    Column plain = field.dataType().equals(SQLDataTypes.VectorType())
                            ? when(value.isNotNull(), vector_to_array(value, "float64"))
                            : value;
                    return plain.as(field.name(), Metadata.empty());
                })
                .toArray(Column[]::new));
    }

    private static Dataset<Row> asVectors(Dataset<Row> rows, List<String> vectors) {
        Map<String, Column> columns = new LinkedHashMap<>();
        for (String name : vectors) {
            Column value = Columns.named(name);
            columns.put(name, when(value.isNotNull(), array_to_vector(value.cast(DOUBLES))));
        }
        return columns.isEmpty() ? rows : Cells.put(rows, columns);
    }

    private static String line(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null && String.valueOf(cause.getMessage()).startsWith("Job aborted")) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("").strip();
    }
}

package io.lakeproof.jobs.examples;

import static java.util.stream.Collectors.toMap;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Plan;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.Replay;
import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.jobs.rules.RowRules;
import io.lakeproof.jobs.rules.RuleCheck;
import io.lakeproof.jobs.rules.Rules.Level;
import io.lakeproof.jobs.rules.Rules.Rule;
import io.lakeproof.jobs.spec.SpecReader;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The examples' contracts and rules fit their data. */
class ExamplesTest {

    static final Path EXAMPLES = Path.of("..", "examples");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"birdstrikes", "porto-seguro", "iris", "mobile-events"})
    void every_rule_can_be_judged(String example) {
        for (Level level : List.of(Level.ROWS, Level.BATCH, Level.DATASET)) {
            for (Rule rule : rules(example, level)) {
                assertThat(RuleCheck.problems(rule, contract(example)))
                        .as(rule.dqdl())
                        .isEmpty();
                assertThat(RuleCheck.sqlProblems(RuleCheck.sql(LocalSpark.session(), contract(example)), rule))
                        .as(rule.dqdl())
                        .isEmpty();
            }
        }
    }

    @Test
    void birdstrikes_finds_the_faults_that_its_readme_names() {
        Path file = EXAMPLES.resolve("birdstrikes/landing/birdstrikes.csv");
        Dataset<Row> judged = judge("birdstrikes", file);
        assertThat(judged.count()).isEqualTo(10_000);
        assertThat(judged.where("size(_failures) > 0").count()).isEqualTo(53);
        assertThat(failures(judged))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("Effect Amount of damage", 15L, "Cost Repair", 27L, "Speed IAS in knots", 11L));
    }

    @Test
    void generated_policies_pass_the_rules_but_for_the_planted_faults() throws Exception {
        Path clean = generate("--rows", "5000", "--seed", "3");
        assertThat(failures(judge("porto-seguro", clean))).isEmpty();
        Path faulty = generate("--rows", "5000", "--seed", "3", "--faults", "20");
        // Of five kinds of fault, two are unreadable rows: text for a number, and a row cut short.
        assertThat(failures(judge("porto-seguro", faulty)))
                .containsEntry("id", 4L)
                .containsEntry("target", 4L)
                .containsEntry("ps_reg_01", 4L);
    }

    @Test
    void generated_files_are_the_same_every_time_and_have_the_contracts_columns() throws Exception {
        Path once = generate("--rows", "1000", "--seed", "7");
        Path again = generate("--rows", "1000", "--seed", "7");
        assertThat(again).hasSameBinaryContentAs(once);
        assertThat(generate("--rows", "1000", "--seed", "8")).content().isNotEqualTo(Files.readString(once));
        List<String> names = List.of(contract("porto-seguro").fieldNames());
        assertThat(names).hasSize(59);
        assertThat(header(once)).isEqualTo(names);
        List<String> unlabelled = new ArrayList<>(names);
        unlabelled.remove("target");
        assertThat(header(generate("--rows", "10", "--without-target"))).isEqualTo(unlabelled);
    }

    @Tag("ci")
    @Test
    void policies_with_and_without_a_target_are_published_together() throws Exception {
        for (String file : List.of("dataset.yaml", "schema.ddl")) {
            Files.copy(EXAMPLES.resolve("porto-seguro").resolve(file), folder.resolve(file));
        }
        Path landing = Files.createDirectory(folder.resolve("landing"));
        String name = "porto_seguro_safe_driver_prediction_%s.csv";
        Files.move(
                generate("--rows", "3000", "--seed", "5", "--faults", "5"), landing.resolve(name.formatted("train")));
        Files.move(
                generate("--rows", "2000", "--seed", "6", "--first-id", "9500", "--without-target"),
                landing.resolve(name.formatted("test")));
        Lake lake = lake();

        Run.Result result = Run.of(
                        lake, new Run.Options("test", Arrivals.Retry.IF_CHANGED, Publisher.PLAIN, Progress.SILENT))
                .execute();

        assertThat(result.status()).as(result.failures().toString()).isEqualTo(Run.Status.PUBLISHED);
        assertThat(result.notes()).anyMatch(note -> note.contains("target"));
        assertThat(result.rowsIn()).isEqualTo(5000);
        assertThat(result.rowsQuarantined()).isEqualTo(5);
        assertThat(result.accounts())
                .extracting(Object::toString)
                .containsExactly(
                        "Account[step=read, in=5000, quarantined=2, dropped=0, out=4998]",
                        "Account[step=rules, in=4998, quarantined=3, dropped=0, out=4995]",
                        "Account[step=split, in=4995, quarantined=0, dropped=0, out=4995]");
        Map<String, Long> rows = result.tables().stream().collect(toMap(TableVersion::name, TableVersion::rows));
        assertThat(rows.get("train") + rows.get("validation") + rows.get("test"))
                .isEqualTo(4995);
        // 80 : 10 : 10, within five standard deviations.
        assertThat(rows.get("train")).isBetween(3855L, 4137L);
        assertThat(rows.get("validation")).isBetween(393L, 606L);
        Dataset<Row> train = lake.table("train").head();
        assertThat(train.columns()).contains("ps_car_13_x_ps_reg_03").doesNotContain("ps_calc_01");
        assertThat(train.where("target IS NULL").count()).isBetween(1400L, 1800L);
        replays(lake);
    }

    @Tag("ci")
    @Test
    void birdstrikes_comes_out_of_its_record_and_raw_again() throws IOException {
        for (String file : List.of("dataset.yaml", "schema.ddl", "landing/birdstrikes.csv")) {
            Files.createDirectories(folder.resolve(file).getParent());
            Files.copy(EXAMPLES.resolve("birdstrikes").resolve(file), folder.resolve(file));
        }
        Lake lake = lake();
        Run.of(lake, new Run.Options("test", Arrivals.Retry.IF_CHANGED, Publisher.PLAIN, Progress.SILENT))
                .execute();
        replays(lake);
    }

    @Test
    void iris_has_its_species_to_the_row_in_every_part_and_again_when_flowers_come() throws IOException {
        for (String file : List.of("dataset.yaml", "schema.ddl", "landing/iris.csv")) {
            Files.createDirectories(folder.resolve(file).getParent());
            Files.copy(EXAMPLES.resolve("iris").resolve(file), folder.resolve(file));
        }
        Run.Options options = new Run.Options("test", Arrivals.Retry.IF_CHANGED, Publisher.PLAIN, Progress.SILENT);
        Lake lake = lake();
        Run.Result first = Run.of(lake, options).execute();
        String readme = read("iris", "README.md");
        for (TableVersion table : first.tables()) {
            assertThat(readme)
                    .containsPattern("(?m)^  %s +%d  %s "
                            .formatted(
                                    table.name(),
                                    table.rows(),
                                    table.fingerprint().replace("lp1:", "").substring(0, 12)));
        }
        assertThat(first.notes()).hasSize(1).allSatisfy(note -> assertThat(readme)
                .contains("note: " + note));
        assertThat(species(lake, "train")).containsExactly("[setosa,40]", "[versicolor,40]", "[virginica,40]");
        assertThat(species(lake, "validation")).containsExactly("[setosa,5]", "[versicolor,5]", "[virginica,5]");
        assertThat(species(lake, "test")).containsExactly("[setosa,5]", "[versicolor,5]", "[virginica,5]");
        replays(lake);

        StringBuilder more = new StringBuilder("flower,sepal_length,sepal_width,petal_length,petal_width,species\n");
        for (int flower = 151; flower <= 155; flower++) {
            more.append(flower).append(",5.0,3.0,1.5,0.2,setosa\n");
        }
        Files.writeString(folder.resolve("landing/more.csv"), more);
        String because = "split.stratify: species cuts every class anew";
        assertThat(Plan.of(lake, Arrivals.Retry.IF_CHANGED).execute().rebuildBecause())
                .containsExactly(because);
        Run.Result second = Run.of(lake, options).execute();
        assertThat(second.because()).containsExactly(because);
        // 55 flowers at 80, 10, 10: 44, 5.5 and 5.5.
        assertThat(species(lake, "train")).contains("[setosa,44]", "[virginica,40]");
        assertThat(species(lake, "validation")).contains("[setosa,6]", "[virginica,5]");
        assertThat(species(lake, "test")).contains("[setosa,5]", "[virginica,5]");
    }

    private static List<String> species(Lake lake, String part) {
        return lake.table(part).head().groupBy("species").count().orderBy("species").collectAsList().stream()
                .map(Row::toString)
                .toList();
    }

    @Tag("ci")
    @Test
    void digits_are_looked_at_by_a_model_and_published_as_the_readme_shows() throws IOException {
        for (String file : List.of(
                "dataset.yaml",
                "fashion.onnx",
                "landing/t10k-images-idx3-ubyte.gz",
                "landing/t10k-labels-idx1-ubyte.gz",
                "landing/_LICENSE")) {
            Files.createDirectories(folder.resolve(file).getParent());
            Files.copy(EXAMPLES.resolve("digits").resolve(file), folder.resolve(file));
        }
        Lake lake = lake();
        Run.Result result = Run.of(
                        lake, new Run.Options("test", Arrivals.Retry.IF_CHANGED, Publisher.PLAIN, Progress.SILENT))
                .execute();

        assertThat(result.status()).as(result.failures().toString()).isEqualTo(Run.Status.PUBLISHED);
        for (TableVersion table : result.tables()) {
            // Fingerprints of the parts may differ with the CPU.
            assertThat(read("digits", "README.md")).containsPattern("  " + table.name() + " +" + table.rows() + "  ");
        }
        Dataset<Row> train = lake.table("train").head();
        assertThat(train.schema().apply("embedding").dataType().catalogString()).isEqualTo("array<float>");
        assertThat(train.where("guess.class = label").count()).isBetween(190L, 230L);
        JsonNode record = lake.version("1").recordTree();
        assertThat(record.get("sources")).hasSize(2);
        assertThat(record.at("/transforms/0/with/sha256").asText())
                .isEqualTo(record.at("/transforms/1/with/sha256").asText())
                .hasSize(64);
        assertThat(record.at("/runtime/cpu").asText()).contains(System.getProperty("os.arch"));
        assertThat(record.at("/runtime/djl").asText()).matches("[0-9.]+");
        assertThat(JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                        .getSchema(Files.readString(Path.of("../docs/reference/record.schema.json")))
                        .validate(record))
                .isEmpty();
        replays(lake);
    }

    private Lake lake() {
        SparkSession session = Lake.session(LocalSpark.session());
        return new Lake(
                session,
                SpecReader.check(folder.resolve("dataset.yaml").toString(), Map.of(), session)
                        .spec());
    }

    private static void replays(Lake lake) {
        assertThat(Replay.of(lake, lake.version("1"), Optional.empty(), "replay", Progress.SILENT)
                        .execute()
                        .steps())
                .isNotEmpty()
                .allMatch(Replay.Step::identical);
    }

    private static List<String> header(Path file) throws IOException {
        return List.of(Files.readAllLines(file).get(0).split(","));
    }

    private Path generate(String... options) throws IOException, InterruptedException {
        Path out = Files.createTempDirectory(folder, "generated").resolve("policies.csv");
        List<String> all = new ArrayList<>(List.of("--out", out.toString()));
        all.addAll(List.of(options));
        Generator.run("porto-seguro", all.toArray(String[]::new));
        return out;
    }

    private static Dataset<Row> judge(String example, Path file) {
        StructType contract = contract(example);
        Dataset<Row> rows = LocalSpark.session()
                .read()
                .option("header", true)
                .option("nullValue", example.equals("porto-seguro") ? "-1" : "")
                .schema(contract)
                .csv(file.toString());
        return RowRules.of(rules(example, Level.ROWS), contract).judge(rows);
    }

    /** How often each column broke a rule. */
    private static Map<String, Long> failures(Dataset<Row> judged) {
        Map<String, Long> counts = new TreeMap<>();
        for (Row row : judged.select(explode(col(RowRules.FAILURES)).as("f"))
                .groupBy("f.column")
                .count()
                .collectAsList()) {
            counts.put(row.getString(0), row.getLong(1));
        }
        return counts;
    }

    private static StructType contract(String example) {
        return StructType.fromDDL(read(example, "schema.ddl"));
    }

    private static List<Rule> rules(String example, Level level) {
        Map<?, ?> spec =
                (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(read(example, "dataset.yaml"));
        Object texts = ((Map<?, ?>) spec.get("rules")).get(level.name().toLowerCase(Locale.ROOT));
        return texts == null
                ? List.of()
                : ((List<?>) texts)
                        .stream().map(text -> new Rule(level, (String) text)).toList();
    }

    private static String read(String example, String file) {
        try {
            return Files.readString(EXAMPLES.resolve(example).resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

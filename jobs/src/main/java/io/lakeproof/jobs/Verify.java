package io.lakeproof.jobs;

import io.lakeproof.jobs.publish.Joined;
import io.lakeproof.jobs.publish.Publish;
import io.lakeproof.jobs.publish.VersionRecord;
import io.lakeproof.jobs.validate.Intake;
import io.lakeproof.jobs.validate.Quarantine;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.proof.Anchor;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.LakeVerification;
import io.lakeproof.lineage.proof.Trust;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Checks that published versions are what they were: the records, the logs, every byte of the data files. */
public final class Verify {

    private final Lake lake;
    private final Options options;

    private Verify(Lake lake, Options options) {
        this.lake = lake;
        this.options = options;
    }

    /**
     * How to check.
     *
     * @param version a number, a tag or {@code latest}; absent: every version
     * @param deep whether the rows are read and fingerprinted too, beside the bytes of their files
     * @param trust whose signatures count
     * @param anchor the folder that keeps the heads of the chain, as a URI; absent: there is none
     */
    public record Options(
            Optional<String> version, boolean deep, Trust trust, Optional<String> anchor, Progress progress) {}

    /** A verification of a lake. */
    public static Verify of(Lake lake, Options options) {
        return new Verify(lake, options);
    }

    /**
     * Checks; finds everything that is wrong, not only the first. Of a dataset without a version, the anchor tells whether it
     * ever had one.
     *
     * @throws Failure.Usage when there is no such version; without an anchor also when there is none at all
     */
    public LakeVerification.Result execute() {
        options.progress().begins("read the records");
        lake.describe("verify");
        boolean asksAnchor =
                options.anchor().isPresent() && lake.versions().latest().isEmpty();
        Set<Long> wanted = asksAnchor ? Set.of() : asked();
        options.progress().begins("verify " + (wanted.size() == 1 ? "one version" : wanted.size() + " versions"));
        return verification().execute(wanted);
    }

    /** What is wrong with the records, the ledger, and the rows that speak of versions; looks at no other table. */
    List<Finding> records() {
        return verification().execute(Set.of()).findings();
    }

    private LakeVerification verification() {
        return LakeVerification.of(new LakeVerification.Subject(
                lake.spark(),
                lake.versions(),
                lake.ledger(),
                lake.tags(),
                lake.trainings(),
                lake.retirements(),
                lake::table,
                lake.models(),
                VersionRecord::sources,
                options.deep() ? Optional.of(new Content(lake, new Joined())) : Optional.empty(),
                options.trust(),
                options.anchor()
                        .<Anchor.Heads>map(
                                uri -> Anchor.of(lake.hadoop(), uri, lake.spec().name())::heads)
                        .orElse(Anchor.Heads.NONE)));
    }

    private Set<Long> asked() {
        return options.version()
                .map(reference -> Set.of(lake.version(reference).version()))
                .orElseGet(
                        () -> LongStream.rangeClosed(1, lake.version("latest").version())
                                .boxed()
                                .collect(Collectors.toSet()));
    }

    private record Content(Lake lake, Joined joined) implements LakeVerification.Content {

        /** The rows that the fingerprint of a table covers, by the contract that the version was made under. */
        @Override
        public Dataset<Row> of(DatasetVersion version, String name) {
            long deltaVersion = version.table(name).orElseThrow().deltaVersion();
            if (name.equals("raw")) {
                return Intake.ofVersion(lake, deltaVersion, version);
            }
            Dataset<Row> rows = lake.table(name).at(deltaVersion);
            if (!name.equals("quarantine")) {
                return rows;
            }
            return Quarantine.content(
                    Publish.quarantined(lake, rows, lake.versions().members(version.version())));
        }

        @Override
        public List<Finding> beside(DatasetVersion version) {
            return Stream.concat(joinedTables(version).stream(), new Copies(lake).findings(version).stream())
                    .toList();
        }

        private List<Finding> joinedTables(DatasetVersion version) {
            if (version.recordTree().findValue("joined") == null) {
                return List.of();
            }
            Lake then = lake.recorded(version, "cannot be read");
            return joined.differences(then, version.recordTree()).stream()
                    .map(other -> new Finding(
                            Finding.Kind.CONTENT_CHANGED,
                            "version %d %s, version %d of %s"
                                    .formatted(version.version(), other.step(), other.version(), other.table()),
                            other.expected(),
                            other.found()))
                    .toList();
        }
    }
}

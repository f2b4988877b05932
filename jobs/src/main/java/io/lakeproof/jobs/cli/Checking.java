package io.lakeproof.jobs.cli;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Verify;
import io.lakeproof.jobs.spec.TrustFile;
import io.lakeproof.lineage.proof.Anchor;
import io.lakeproof.lineage.proof.LakeVerification;
import io.lakeproof.lineage.proof.Trust;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Option;

/** The options by which whoever checks says what to hold a version against. */
final class Checking {

    @Option(
            names = "--deep",
            description = "Read every row too, and compare the fingerprints. Default: the bytes of the files.")
    private boolean deep;

    @Option(
            names = "--trust",
            paramLabel = "FILE",
            description = "Whose signatures count. Default: none is asked for, and only consistency is proved.")
    private String trust;

    @Option(
            names = "--anchor",
            paramLabel = "FOLDER",
            description = "Compare the chain with the digests kept there. Default: it is compared with nothing.")
    private String anchor;

    @Option(
            names = "--root",
            paramLabel = "FOLDER",
            description = "Where the lake lies now, if it was copied. Default: where the spec says.")
    private String root;

    Trust trust() {
        return trust == null ? Trust.NONE : TrustFile.read(trust);
    }

    /** The dataset of a spec, where it lies now. */
    Lake open(Call call, String spec) {
        Lake lake = call.history(spec);
        return root == null ? lake : new Lake(lake.spark(), lake.spec().below(Vouching.uri(root)));
    }

    /** @param version a number, a tag or {@code latest}; absent: every version */
    LakeVerification.Result verify(Call call, Lake lake, Optional<String> version, Trust trusted) {
        return Verify.of(
                        lake,
                        new Verify.Options(
                                version,
                                deep,
                                trusted,
                                Optional.ofNullable(anchor).map(Vouching::uri),
                                call.progress()))
                .execute();
    }

    /** The heads of a dataset at the anchor, without Spark. */
    Anchor.Heads anchored(String dataset) {
        return anchor == null
                ? Anchor.Heads.NONE
                : Anchor.of(new Configuration(), Vouching.uri(anchor), dataset)::heads;
    }

    /** Refuses what makes no sense for one file, of evidence or of a hand-over. */
    void refuseLake() {
        if (deep || root != null) {
            throw new Failure.Usage("--deep and --root are about a lake: evidence or a hand-over has none.");
        }
    }

    /** What a clean result proves, and what it does not. */
    String worth() {
        if (trust != null && anchor != null) {
            return "signed by trusted keys, and the digests are those of the anchor";
        }
        if (trust != null) {
            return "signed by trusted keys; without --anchor, that newer versions were cut off would not be seen";
        }
        if (anchor != null) {
            return "the digests are those of the anchor; without --trust, who published is not proved";
        }
        return "consistent in itself; without --trust or --anchor, a lake that was rewritten as a whole would look the same";
    }
}

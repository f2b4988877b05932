package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.lineage.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The auditor's page: its commands run, and print what it shows. */
class AuditPageTest {

    @TempDir
    Path dir;

    private Spoken said;

    @BeforeEach
    void a_signed_dataset_of_two_versions() throws Exception {
        Path spec = Small.dataset(dir);
        Files.writeString(spec, Files.readString(spec).replace("name: small", "name: claims"));
        keys("key.pem", "trust.yaml");
        say("run dataset.yaml --sign-key key.pem --anchor anchor");
        Small.drop(dir, "second.csv", 200);
    }

    /** A key as openssl writes it, and a file that trusts it. */
    private void keys(String key, String trust) throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        String publicKey = pem("PUBLIC KEY", pair.getPublic().getEncoded());
        Files.writeString(dir.resolve(key), pem("PRIVATE KEY", pair.getPrivate().getEncoded()) + publicKey);
        Files.writeString(dir.resolve(trust), "keys:\n  - name: ours\n    public-key: |\n" + publicKey.indent(6));
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
                .formatted(label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der));
    }

    /** Runs a command as if in the folder; returns its exit code. */
    private int say(String command) {
        String output = command.startsWith("prove ") ? " --output " + dir.resolve("claims-2-evidence.zip") : "";
        said = ConsolePage.in(dir).say("lakeproof " + command + output);
        return said.exitCode();
    }

    private String printed() {
        return said.out() + said.err();
    }

    @Tag("ci")
    @Test
    void its_commands_print_what_it_shows() throws Exception {
        Map<String, String> shown = new LinkedHashMap<>();
        ConsolePage.of(Path.of("../docs/audit.md"))
                .forEach(step -> shown.put(step.command().replaceFirst("^lakeproof ", ""), step.answer()));
        String run = "run dataset.yaml --sign-key key.pem --anchor anchor";
        String train = "train dataset.yaml approved --record risk:7 --job run-4711 --sign-key key.pem --anchor anchor";
        assertThat(shown).hasSize(4).containsKeys(run, train);
        assertThat(say(run)).as(printed()).isZero();
        assertThat(say("tag dataset.yaml 2 approved --sign-key key.pem --anchor anchor"))
                .isZero();
        assertThat(say(train)).isZero();
        assertThat(ConsolePage.normal(printed())).isEqualTo(ConsolePage.normal(shown.get(train)));
        shown.remove(run);
        shown.remove(train);
        shown.forEach((command, answer) -> {
            assertThat(say(command)).as("%s: %s", command, printed()).isZero();
            assertThat(ConsolePage.normal(printed())).isEqualTo(ConsolePage.normal(answer));
        });
    }

    @Test
    void what_was_changed_is_told_a_line_each_with_exit_code_6() throws Exception {
        Files.writeString(dir.resolve("lake/train/_delta_log/00000000000000000000.json"), "{}");
        keys("other.pem", "other.yaml");
        assertThat(say("verify dataset.yaml --trust other.yaml --json")).isEqualTo(6);
        assertThat(said.err().lines())
                .anyMatch(line -> line.startsWith(
                        "lakeproof: commit changed: train _delta_log/00000000000000000000.json: " + "expected "))
                .anyMatch(line ->
                        line.startsWith("lakeproof: signature untrusted: version 1: expected a key of the trust file"))
                .allMatch(line -> line.startsWith("lakeproof: "));
        assertThat(Json.parse(said.out()).get("status").asText()).isEqualTo("failed");
    }

    @Tag("ci")
    @Test
    void a_key_that_was_not_valid_then_does_not_count() throws Exception {
        String trust = Files.readString(dir.resolve("trust.yaml"));
        Files.writeString(dir.resolve("trust.yaml"), trust + "    until: 2020-01-01\n");
        assertThat(say("verify dataset.yaml --trust trust.yaml")).isEqualTo(6);
        assertThat(printed()).contains("signature untrusted: version 1: expected a key that was valid at");
    }

    @Test
    void bad_keys_and_trust_files_are_one_line_and_exit_code_2() throws Exception {
        Files.writeString(dir.resolve("bad.pem"), "nothing");
        Files.writeString(dir.resolve("bad.yaml"), "keys: [{name: a, public-key: b}]");
        assertThat(say("run dataset.yaml --sign-key bad.pem")).isEqualTo(2);
        assertThat(printed())
                .contains("holds no PKCS#8 private key of Ed25519 or ECDSA: make one with")
                .hasLineCount(1);
        assertThat(say("verify dataset.yaml --trust bad.yaml")).isEqualTo(2);
        assertThat(printed()).contains("key 'a': it holds no public key").hasLineCount(1);
        assertThat(say("verify dataset.yaml --trust none.yaml")).isEqualTo(2);
        assertThat(say("verify none.zip")).isEqualTo(6);
        assertThat(say("prove dataset.yaml --model nobody")).isEqualTo(2);
        assertThat(printed()).contains("has no training of a model 'nobody': record one with");
    }
}

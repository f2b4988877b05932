package io.lakeproof.jobs.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.VaultSecret;
import io.lakeproof.jobs.train.Entra;
import io.lakeproof.jobs.train.Pace;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyVaultTest {

    private static final String SECRET = "q7Zp4mXw9RkT2vLs";
    private static final String VERSION = "0123456789abcdef0123456789abcdef";

    private static final Pace HURRIED = new Pace(2, Duration.ofMillis(1), Duration.ofSeconds(30), Duration.ofMillis(1));

    private KeyVaultStandIn azure;

    @BeforeEach
    void start() throws IOException {
        azure = new KeyVaultStandIn();
    }

    @AfterEach
    void stop() {
        azure.close();
    }

    private static KeyVault vault(String... variable) {
        Map<String, String> env = new HashMap<>(Entra.running().env());
        if (variable.length > 0) {
            env.put(variable[0], variable[1]);
        }
        return new KeyVault(env, HURRIED);
    }

    @Test
    void a_variable_that_names_a_secret_is_that_secret_and_asked_for_once() {
        KeyVault vault = vault("LAKEPROOF_SIGNING_KEY", " " + azure.put("signing-key", SECRET + "\n"));

        assertThat(vault.variable("LAKEPROOF_SIGNING_KEY")).contains(SECRET);
        assertThat(vault.variable("LAKEPROOF_SIGNING_KEY")).contains(SECRET);
        assertThat(azure.requests()).containsExactly("/secrets/signing-key?api-version=7.4");
        assertThat(Entra.running().asked()).last().asString().contains("https%3A%2F%2Fvault.azure.net%2F.default");
        assertThat(vault).asString().doesNotContain(SECRET);
    }

    @Test
    void one_of_its_earlier_values_is_named_by_its_version() {
        assertThat(vault().secret(VaultSecret.parse(azure.put("key/" + VERSION, SECRET))))
                .isEqualTo(SECRET);
        assertThat(azure.requests()).containsExactly("/secrets/key/" + VERSION + "?api-version=7.4");
    }

    @Test
    void any_other_variable_is_what_it_says() {
        assertThat(vault("A", "plain").variable("A")).contains("plain");
        assertThat(vault("A", " ").variable("A")).isEmpty();
        assertThat(vault().variable("A")).isEmpty();
        assertThat(azure.requests()).isEmpty();
    }

    @Test
    void a_busy_vault_is_asked_again() {
        azure.refuse(429, 503);

        assertThat(vault().secret(VaultSecret.parse(azure.put("key", SECRET)))).isEqualTo(SECRET);
        assertThat(azure.requests()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 | the vault does not know who this is (HTTP 401, AKV10032: Invalid issuer.); sign in to the vault's own tenant, which AZURE_TENANT_ID names",
                "403 | this identity may not read it (HTTP 403, Caller is not authorized to perform action on resource. Caller: appid=2;oid=3 Vault: vault); give it the role Key Vault Secrets User, and let the vault's firewall let this machine in",
                "404 | there is no such secret in the vault; check its name",
                "400 | the vault does not give it (HTTP 400, Request was not processed because too many requests were received.); try again",
            })
    void a_refusal_is_one_line_with_its_remedy(int status, String message) {
        String named = azure.put("key", SECRET);
        azure.refuse(status);

        Failure.Remote failure = refused(vault(), named);
        assertThat(failure).hasMessage(named + ": " + message);
        assertThat(failure.exitCode()).isEqualTo(5);
    }

    @Test
    void an_empty_secret_is_none() {
        String named = azure.put("key", "\n");

        assertThat(refused(vault(), named)).hasMessage(named + ": the secret is empty; set it");
    }

    @Test
    void without_an_identity_it_is_said_how_to_get_one() {
        String named = azure.put("key", SECRET);

        assertThat(refused(vault("AZURE_CLIENT_SECRET", "wrong"), named))
                .message()
                .startsWith(named + ": Azure gave no token: ")
                .contains("sign in with `az login`")
                .hasLineCount(1);
        assertThat(azure.requests()).isEmpty();
    }

    @Test
    void a_vault_that_does_not_answer_is_told_by_its_name() {
        String named = azure.put("key", SECRET);
        azure.close();

        assertThat(refused(vault(), named))
                .message()
                .startsWith(named + ": 127.0.0.1 does not answer (")
                .endsWith("; check the vault's name, and that this machine may reach it")
                .hasLineCount(1);
    }

    @Test
    void what_opens_the_vault_cannot_lie_in_it() {
        String named = azure.put("key", SECRET);

        assertThatThrownBy(() -> vault("AZURE_CLIENT_SECRET", named).secret(VaultSecret.parse(named)))
                .isInstanceOf(Failure.Usage.class)
                .hasMessage("AZURE_CLIENT_SECRET is '" + named + "', but with it the vault is opened: set it to the"
                        + " secret itself, or unset it and use a managed identity.");
    }

    @ParameterizedTest
    @CsvSource({
        "kv://team-Vault/key, https://team-vault.vault.azure.net/secrets/key?api-version=7.4, https://vault.azure.net",
        "kv://team.vault.azure.cn/key, https://team.vault.azure.cn/secrets/key?api-version=7.4, https://vault.azure.cn",
        "kv://t.vault.usgovcloudapi.net/k, https://t.vault.usgovcloudapi.net/secrets/k?api-version=7.4, https://vault.usgovcloudapi.net",
        "kv://localhost:80/k, http://localhost:80/secrets/k?api-version=7.4, https://vault.azure.net"
    })
    void a_vault_is_asked_at_its_own_clouds_address_with_that_clouds_token(
            String named, String address, String audience) {
        assertThat(VaultSecret.parse(named).address()).hasToString(address);
        assertThat(VaultSecret.parse(named).audience()).isEqualTo(audience);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kv://vault.example.com/key",
                "kv://vault.azure.net.example.com/key",
                "kv://avault.azure.net/key",
                "kv://vault.azure.net/key",
                "kv://team:443/key",
                "kv://team",
                "kv://team/key?x=1",
                "kv://team/key/latest",
                "kv://user@team/key",
                "kv://team/a_b"
            })
    void a_token_goes_to_no_other_host_and_a_broken_reference_is_told(String named) {
        assertThatThrownBy(() -> vault("AZURE_STORAGE_KEY", named).variable("AZURE_STORAGE_KEY"))
                .isInstanceOf(Failure.Usage.class)
                .message()
                .startsWith("AZURE_STORAGE_KEY: '" + named + "' names no ")
                .hasLineCount(1);
    }

    @Test
    void what_databricks_did_not_fill_in_is_no_secret() {
        assertThatThrownBy(() -> vault("A", "{{secrets/scope/key}}").variable("A"))
                .isInstanceOf(Failure.Usage.class)
                .hasMessage("A is '{{secrets/scope/key}}', which nobody filled in: Databricks does, in a cluster's"
                        + " environment variables and Spark configuration. Elsewhere name a vault's secret,"
                        + " kv://VAULT/NAME.");
    }

    private static Failure.Remote refused(KeyVault vault, String named) {
        Failure.Remote failure =
                catchThrowableOfType(Failure.Remote.class, () -> vault.secret(VaultSecret.parse(named)));
        assertThat(failure).message().hasLineCount(1).doesNotContain(SECRET);
        return failure;
    }
}

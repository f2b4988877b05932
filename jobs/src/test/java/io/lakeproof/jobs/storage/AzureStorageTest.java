package io.lakeproof.jobs.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.secrets.KeyVaultStandIn;
import io.lakeproof.jobs.spec.StorageAccount;
import io.lakeproof.jobs.spec.StorageAccount.By;
import io.lakeproof.jobs.spec.VaultSecret;
import io.lakeproof.jobs.train.Entra;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.azurebfs.contracts.exceptions.KeyProviderException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AzureStorageTest {

    private static final String TYPE = "fs.azure.account.auth.type";
    private static final String KEY = "fs.azure.account.key";
    private static final String SAS = "fs.azure.sas.token.provider.type";
    private static final String LAKE = ".lake.dfs.core.windows.net";

    private static Configuration configured(Map<String, String> env) {
        Configuration hadoop = new Configuration();
        AzureStorage.configure(env, List.of(), hadoop);
        return hadoop;
    }

    @Test
    void without_anything_in_the_environment_the_identity_opens_every_account() {
        Configuration hadoop = configured(Map.of("AZURE_STORAGE_KEY", ""));

        assertThat(hadoop.get(TYPE)).isEqualTo("Custom");
        assertThat(hadoop.get("fs.azure.account.oauth.provider.type")).isEqualTo(IdentityTokens.class.getName());
    }

    @Test
    void a_key_opens_any_account_or_the_one_that_is_named() {
        Configuration any = configured(Map.of("AZURE_STORAGE_KEY", "k"));
        assertThat(any.get(TYPE)).isEqualTo("SharedKey");
        assertThat(any.get(KEY)).isEqualTo("k");

        Configuration one = configured(Map.of("AZURE_STORAGE_KEY", "k", "AZURE_STORAGE_ACCOUNT", "lake"));
        assertThat(one.get(TYPE + LAKE)).isEqualTo("SharedKey");
        assertThat(one.get(KEY + LAKE)).isEqualTo("k");
        assertThat(one.get(TYPE)).isEqualTo("Custom");
        assertThat(one.get(KEY)).isNull();
    }

    @Test
    void accounts_have_keys_and_tokens_of_their_own_and_a_key_wins() {
        Configuration hadoop = configured(Map.of(
                "AZURE_STORAGE_KEY_LAKE", "k",
                "AZURE_STORAGE_SAS_TOKEN_LAKE", "s",
                "AZURE_STORAGE_SAS_TOKEN_landing", "s"));

        assertThat(hadoop.get(TYPE + LAKE)).isEqualTo("SharedKey");
        assertThat(hadoop.get(KEY + LAKE)).isEqualTo("k");
        assertThat(hadoop.get(TYPE + ".landing.dfs.core.windows.net")).isEqualTo("SAS");
        assertThat(hadoop.get(SAS + ".landing.dfs.core.windows.net")).isEqualTo(SasTokens.class.getName());
        assertThat(hadoop.get(TYPE)).isEqualTo("Custom");
    }

    @Test
    void an_account_of_another_cloud_is_named_by_its_host() {
        Configuration hadoop =
                configured(Map.of("AZURE_STORAGE_KEY", "k", "AZURE_STORAGE_ACCOUNT", "lake.dfs.core.chinacloudapi.cn"));

        assertThat(hadoop.get(KEY + ".lake.dfs.core.chinacloudapi.cn")).isEqualTo("k");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fs.azure.account.auth.type",
                "fs.azure.account.key.lake.dfs.core.windows.net",
                "fs.azure.account.keyprovider.lake.dfs.core.windows.net",
                "fs.azure.account.oauth2.client.id",
                "fs.azure.sas.token.provider.type",
                "fs.azure.sas.fixed.token.lake.dfs.core.windows.net"
            })
    void a_configuration_that_says_how_to_open_an_account_is_left_as_it_is(String setting) {
        Configuration hadoop = new Configuration();
        hadoop.set(setting, "theirs");

        AzureStorage.configure(Map.of("AZURE_STORAGE_KEY", "k"), List.of(), hadoop);

        assertThat(hadoop.get(setting)).isEqualTo("theirs");
        assertThat(hadoop.get(KEY)).isNull();
        assertThat(hadoop.get("fs.azure.account.oauth.provider.type")).isNull();
    }

    @Test
    void other_settings_of_the_driver_leave_the_credentials_to_the_environment() {
        Configuration hadoop = new Configuration();
        hadoop.set("fs.azure.account.hns.enabled", "false");

        AzureStorage.configure(Map.of("AZURE_STORAGE_KEY", "k"), List.of(), hadoop);

        assertThat(hadoop.get(KEY)).isEqualTo("k");
    }

    @Test
    void an_account_gets_its_own_token_before_the_one_for_any() throws IOException {
        SasTokens tokens =
                new SasTokens(Map.of("AZURE_STORAGE_SAS_TOKEN", "?sig=any", "AZURE_STORAGE_SAS_TOKEN_LAKE", "sig=own"));

        tokens.initialize(new Configuration(), "lake.dfs.core.windows.net");

        assertThat(tokens.getSASToken("lake.dfs.core.windows.net", "raw", "/", "read"))
                .isEqualTo("sig=own");
        assertThat(tokens.getSASToken("other.dfs.core.windows.net", "raw", "/", "read"))
                .isEqualTo("sig=any");
        SasTokens none = new SasTokens(Map.of());
        none.initialize(new Configuration(), "lake.dfs.core.windows.net");
        assertThatThrownBy(() -> none.getSASToken("lake.dfs.core.windows.net", "raw", "/", "read"))
                .isInstanceOf(IOException.class)
                .hasMessage("there is no SAS token for the account lake; set AZURE_STORAGE_SAS_TOKEN_lake");
    }

    @Test
    void a_key_in_a_vault_is_fetched_when_the_account_is_opened_and_never_set() throws Exception {
        try (KeyVaultStandIn azure = new KeyVaultStandIn()) {
            String named = azure.put("lake-key", "q7Zp4mXw9RkT2vLs");
            Configuration hadoop =
                    configured(Map.of("AZURE_STORAGE_KEY", azure.put("any", "c2k="), "AZURE_STORAGE_KEY_LAKE", named));

            assertThat(hadoop.get(TYPE + LAKE)).isEqualTo("SharedKey");
            assertThat(hadoop.get("fs.azure.account.keyprovider" + LAKE)).isEqualTo(VaultKeys.class.getName());
            assertThat(hadoop.get("fs.azure.account.keyprovider")).isEqualTo(VaultKeys.class.getName());
            VaultKeys keys = new VaultKeys(Entra.running().env());
            assertThat(keys.getStorageAccountKey("lake.dfs.core.windows.net", hadoop))
                    .isEqualTo("q7Zp4mXw9RkT2vLs");
            assertThat(keys.getStorageAccountKey("other.dfs.core.windows.net", hadoop))
                    .isEqualTo("c2k=");
            assertThat(hadoop)
                    .allSatisfy(setting -> assertThat(setting.getValue()).isNotIn("q7Zp4mXw9RkT2vLs", "c2k="));

            azure.put("lake-key", "no%key");
            assertThatThrownBy(() -> new VaultKeys(Entra.running().env())
                            .getStorageAccountKey("lake.dfs.core.windows.net", hadoop))
                    .isInstanceOf(KeyProviderException.class)
                    .hasMessage(named + ": the secret is no key of a storage account, which is Base64");
        }
    }

    @Test
    void a_spec_names_the_secrets_of_its_accounts_and_the_environment_comes_first() {
        List<StorageAccount> spec = List.of(
                new StorageAccount("lake", By.KEY, VaultSecret.parse("kv://team/lake")),
                new StorageAccount("partner", By.SAS, VaultSecret.parse("kv://team/partner")));
        Configuration hadoop = new Configuration();
        AzureStorage.configure(Map.of(), spec, hadoop);

        assertThat(hadoop.get(TYPE + LAKE)).isEqualTo("SharedKey");
        assertThat(hadoop.get(VaultKeys.SECRET + LAKE)).isEqualTo("kv://team.vault.azure.net/lake");
        assertThat(hadoop.get(TYPE + ".partner.dfs.core.windows.net")).isEqualTo("SAS");
        assertThat(hadoop.get(SasTokens.SECRET + ".partner.dfs.core.windows.net"))
                .isEqualTo("kv://team.vault.azure.net/partner");
        assertThat(hadoop.get(TYPE)).isEqualTo("Custom");

        Configuration own = new Configuration();
        AzureStorage.configure(
                Map.of("AZURE_STORAGE_KEY_LAKE", "k", "AZURE_STORAGE_SAS_TOKEN_PARTNER", "s"), spec, own);
        assertThat(own.get(KEY + LAKE)).isEqualTo("k");
        assertThat(own.get("fs.azure.account.keyprovider" + LAKE)).isNull();
        assertThat(own.get(SasTokens.SECRET + ".partner.dfs.core.windows.net")).isNull();

        Configuration theirs = new Configuration();
        theirs.set("fs.azure.account.key.other.dfs.core.windows.net", "theirs");
        AzureStorage.configure(Map.of(), spec, theirs);
        assertThat(theirs.get(TYPE + LAKE)).isNull();
    }

    @Test
    void a_sas_token_in_a_vault_opens_its_account_alone() throws Exception {
        try (KeyVaultStandIn azure = new KeyVaultStandIn()) {
            Map<String, String> env = new HashMap<>(Entra.running().env());
            env.put("AZURE_STORAGE_SAS_TOKEN_LAKE", azure.put("sas", "?sig=vaulted"));
            env.put("AZURE_STORAGE_SAS_TOKEN", "sig=any");
            SasTokens tokens = new SasTokens(env);
            tokens.initialize(configured(env), "lake.dfs.core.windows.net");

            assertThat(tokens.getSASToken("lake.dfs.core.windows.net", "raw", "/", "read"))
                    .isEqualTo("sig=vaulted");
            assertThat(tokens.getSASToken("other.dfs.core.windows.net", "raw", "/", "read"))
                    .isEqualTo("sig=any");
        }
    }

    @Test
    void a_secret_that_the_vault_does_not_give_is_what_the_failure_says() throws Exception {
        try (KeyVaultStandIn azure = new KeyVaultStandIn()) {
            String named = azure.put("there", "x").replace("there", "gone");
            Map<String, String> env = new HashMap<>(Entra.running().env());
            env.put("AZURE_STORAGE_SAS_TOKEN", named);
            SasTokens tokens = new SasTokens(env);
            tokens.initialize(configured(env), "lake.dfs.core.windows.net");

            assertThatThrownBy(() -> tokens.getSASToken("lake.dfs.core.windows.net", "raw", "/", "read"))
                    .satisfies(thrown -> assertThat(Failure.behind(new RuntimeException(thrown)))
                            .get()
                            .asInstanceOf(type(Failure.Remote.class))
                            .extracting(Failure::getMessage)
                            .isEqualTo(named + ": there is no such secret in the vault; check its name"));
        }
    }

    @Test
    void a_client_secret_in_the_environment_becomes_a_token() throws IOException {
        IdentityTokens tokens = new IdentityTokens(Entra.running().env());
        tokens.initialize(new Configuration(), "lake.dfs.core.windows.net");

        assertThat(tokens.getAccessToken()).isEqualTo("token-of-the-test");
        assertThat(tokens.getExpiryTime().toInstant())
                .isBetween(
                        Instant.now().plus(Duration.ofMinutes(30)),
                        Instant.now().plus(Duration.ofMinutes(61)));
    }

    @Test
    void a_wrong_client_secret_is_told_in_one_line_without_it() {
        Map<String, String> env = new HashMap<>(Entra.running().env());
        env.put("AZURE_CLIENT_SECRET", "q7Zp4mXw9RkT2vLs");
        IdentityTokens tokens = new IdentityTokens(env);
        tokens.initialize(new Configuration(), "lake.dfs.core.windows.net");

        assertThatThrownBy(tokens::getAccessToken)
                .isInstanceOf(IOException.class)
                .message()
                .startsWith("Azure gave no token for storage: ")
                .hasLineCount(1)
                .doesNotContain("q7Zp4mXw9RkT2vLs");
    }
}

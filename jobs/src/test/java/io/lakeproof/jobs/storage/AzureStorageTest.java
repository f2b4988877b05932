package io.lakeproof.jobs.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.train.Entra;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
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
        AzureStorage.configure(env, hadoop);
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

        AzureStorage.configure(Map.of("AZURE_STORAGE_KEY", "k"), hadoop);

        assertThat(hadoop.get(setting)).isEqualTo("theirs");
        assertThat(hadoop.get(KEY)).isNull();
        assertThat(hadoop.get("fs.azure.account.oauth.provider.type")).isNull();
    }

    @Test
    void other_settings_of_the_driver_leave_the_credentials_to_the_environment() {
        Configuration hadoop = new Configuration();
        hadoop.set("fs.azure.account.hns.enabled", "false");

        AzureStorage.configure(Map.of("AZURE_STORAGE_KEY", "k"), hadoop);

        assertThat(hadoop.get(KEY)).isEqualTo("k");
    }

    @Test
    void an_account_gets_its_own_token_before_the_one_for_any() throws IOException {
        SasTokens tokens =
                new SasTokens(Map.of("AZURE_STORAGE_SAS_TOKEN", "?sig=any", "AZURE_STORAGE_SAS_TOKEN_LAKE", "sig=own"));

        assertThat(tokens.getSASToken("lake.dfs.core.windows.net", "raw", "/", "read"))
                .isEqualTo("sig=own");
        assertThat(tokens.getSASToken("other.dfs.core.windows.net", "raw", "/", "read"))
                .isEqualTo("sig=any");
        assertThatThrownBy(() -> new SasTokens(Map.of()).getSASToken("lake.dfs.core.windows.net", "raw", "/", "read"))
                .isInstanceOf(IOException.class)
                .hasMessage("there is no SAS token for the account lake; set AZURE_STORAGE_SAS_TOKEN_lake");
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

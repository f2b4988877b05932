package io.lakeproof.jobs.spec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {

    /** Put together here, so that nobody takes this file for one that holds credentials. */
    private static final String LONG = "0123456789abcdef".repeat(3);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://a.blob.core.windows.net/b?sv=1&sig=abc",
                "jdbc:postgresql://h/d?user=me&password=x",
                "jdbc:sqlserver://h;database=d;pwd=x",
                "https://bucket.s3.amazonaws.com/k?X-Amz-Signature=ab",
                "Endpoint=sb://x/;SharedAccessKey=abc=",
                "sftp://me:secret@host/x",
                "-----BEGIN RSA PRIVATE ~KEY-----",
                "dapi#",
                "ghp_#",
                "AKIA~IOSFODNN7EXAMPLE",
                "Bearer eyJ#.eyJ#.abc",
            })
    void a_value_that_carries_a_credential_is_known(String value) {
        String real = value.replace("dapi#", "dapi" + LONG.substring(0, 32))
                .replace("#", LONG.substring(0, 36))
                .replace("~", "");
        assertThat(Secrets.carriedBy(real)).as(real).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "landing/sig=1/*.csv",
                "password = 'x'",
                "abfss://data@account.dfs.core.windows.net/x",
                "https://host:8080/x?a=b",
                "dapi and ghp_ and AKIA and eyJ.",
                "file:/a:b/c",
            })
    void a_value_that_only_looks_like_it_passes(String value) {
        assertThat(Secrets.carriedBy(value)).isFalse();
    }
}

package io.lakeproof.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Hadoop's driver says, from 3.3.4 and 3.4.2, of Azure and of Azurite, and what is made of it. */
class AzureAnswerTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "Operation failed: \"Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly including the signature.\", 403, HEAD, http://127.0.0.1:41051/acc/lineage/claims/lineage/versions/_delta_log?upn=false&timeout=90s, rId: 97081655"
                        + "| container 'lineage' of acc, claims/lineage/versions/_delta_log: the account does not take this key or SAS token (HTTP 403): it is not the account's, or has expired; give another",
                "Operation failed: \"The specified container does not exist.\", 404, GET, http://127.0.0.1:1/acc/nowhere?restype=container&comp=list&prefix=claims/train/_delta_log/&timeout=90, rId: 1, ContainerNotFound, \"The specified container does not exist. RequestId:1 Time:2\""
                        + "| container 'nowhere' of acc, claims/train/_delta_log/: there is no such container (HTTP 404); create it, or correct the path",
                "Operation failed: \"The specified filesystem does not exist.\", 404, GET, https://acc.dfs.core.windows.net/nowhere?upn=false&resource=filesystem&maxResults=5000&directory=claims/train&timeout=90&recursive=false, FilesystemNotFound, \"The specified filesystem does not exist.\""
                        + "| container 'nowhere' of acc, claims/train: there is no such container (HTTP 404); create it, or correct the path",
                "Operation failed: \"This request is not authorized to perform this operation using this permission.\", 403, HEAD, https://acc.dfs.core.windows.net/raw/claims/a b?upn=false&action=getStatus&timeout=90"
                        + "| container 'raw' of acc, claims/a_b: reading is not permitted (HTTP 403); give the identity the role Storage Blob Data Reader on 'raw', or the SAS token the permission 'r'",
                "Operation failed: \"This request is not authorized to perform this operation using this permission.\", 403, GET, https://acc.dfs.core.windows.net/raw?upn=false&resource=filesystem&directory=claims&timeout=90&sig=XXXXX, AuthorizationPermissionMismatch, \"This request is not authorized to perform this operation using this permission.\""
                        + "| container 'raw' of acc, claims: listing is not permitted (HTTP 403); give the identity the role Storage Blob Data Reader on 'raw', or the SAS token the permission 'l'",
                "Operation failed: \"This request is not authorized to perform this operation using this permission.\", 403, PUT, https://acc.dfs.core.windows.net/raw/claims/x?resource=file&timeout=90, AuthorizationPermissionMismatch, \"This request is not authorized to perform this operation using this permission.\""
                        + "| container 'raw' of acc, claims/x: writing is not permitted (HTTP 403); give the identity the role Storage Blob Data Contributor on 'raw', or the SAS token the permission 'w'",
                "Operation failed: \"This request is not authorized to perform this operation using this permission.\", 403, DELETE, https://acc.dfs.core.windows.net/raw/claims/x?timeout=90, AuthorizationPermissionMismatch, \"-\""
                        + "| container 'raw' of acc, claims/x: deleting is not permitted (HTTP 403); give the identity the role Storage Blob Data Contributor on 'raw', or the SAS token the permission 'd'",
                "Operation failed: \"This request is not authorized to perform this operation.\", 403, GET, https://acc.dfs.core.windows.net/raw/claims/x?timeout=90, AuthorizationFailure, \"This request is not authorized to perform this operation.\""
                        + "| container 'raw' of acc, claims/x: reading is refused (HTTP 403, This request is not authorized to perform this operation); let the account's firewall let this machine in, and this identity read there",
                "Operation failed: \"Key based authentication is not permitted on this storage account.\", 403, GET, https://acc.dfs.core.windows.net/raw/x?timeout=90, KeyBasedAuthenticationNotPermitted, \"Key based authentication is not permitted on this storage account.\""
                        + "| container 'raw' of acc, x: the account takes no keys (HTTP 403); open it by an identity",
                "Operation failed: \"Server failed to authenticate the request. Please refer to the information in the www-authenticate header.\", 401, HEAD, https://acc.dfs.core.windows.net/raw/claims/x?upn=false&action=getStatus&timeout=90"
                        + "| container 'raw' of acc, claims/x: the account does not take this identity's token (HTTP 401): it is of another tenant, or has expired; check AZURE_TENANT_ID and this machine's clock",
                "Operation failed: \"Ingress is over the account limit.\", 503, PUT, https://acc.dfs.core.windows.net/raw/claims/x?timeout=90, ServerBusy, \"Ingress is over the account limit.\""
                        + "| container 'raw' of acc, claims/x: HTTP 503, Ingress is over the account limit; run again, or check that this user may write there",
                "Status code: -1 error code: null error message: Auth failure: HTTP Error -1CustomTokenProvider getAccessToken threw java.io.IOException : Azure gave no token for storage: none. Sign in."
                        + "| Azure gave no token for storage: none. Sign in.",
                "kv://team/lake-key: there is no such secret in the vault; check its name"
                        + "| kv://team/lake-key: there is no such secret in the vault; check its name",
                "disk full"
                        + "| disk full; check the path, that its driver is on the classpath and that this user may read and write there, and run again",
            })
    void a_refusal_names_container_path_and_what_is_missing(String line, String told) {
        assertThat(Failure.behind(new IllegalStateException(new IOException(line + "\nand more"))))
                .get()
                .satisfies(failure -> {
                    assertThat(failure).hasMessage("the storage failed: " + told);
                    assertThat(failure.exitCode()).isEqualTo(5);
                });
    }
}

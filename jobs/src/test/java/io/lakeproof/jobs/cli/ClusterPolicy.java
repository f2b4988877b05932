package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Databricks cluster policy, as Terraform renders it: what it fixes, every cluster that names it has. */
record ClusterPolicy(JsonNode rendered) {

    private static final Pattern SECRET = Pattern.compile("\\{\\{secrets/([^/}]+)/([^/}]+)}}");

    /** The value that a variable has on every cluster. */
    String fixed(String variable) {
        return rendered.get("definition")
                .get("spark_env_vars." + variable)
                .get("value")
                .asText();
    }

    /** The variables of a cluster. A secret is taken from the vault, by its name. */
    Map<String, String> environment(String policyId, Map<String, String> vault) {
        assertThat(policyId).isEqualTo(rendered.get("id").asText());
        Map<String, String> environment = new TreeMap<>();
        rendered.get("definition").properties().forEach(setting -> {
            if (setting.getKey().startsWith("spark_env_vars.")) {
                assertThat(setting.getValue().get("type").asText()).isEqualTo("fixed");
                String value = setting.getValue().get("value").asText();
                Matcher secret = SECRET.matcher(value);
                if (secret.matches()) {
                    assertThat(vault).containsKey(secret.group(2));
                    value = vault.get(secret.group(2));
                }
                environment.put(setting.getKey().substring("spark_env_vars.".length()), value);
            }
        });
        return environment;
    }
}

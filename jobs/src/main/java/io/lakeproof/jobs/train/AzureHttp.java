package io.lakeproof.jobs.train;

import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpPipelineNextSyncPolicy;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.http.policy.BearerTokenAuthenticationPolicy;
import com.azure.core.http.policy.ExponentialBackoff;
import com.azure.core.http.policy.ExponentialBackoffOptions;
import com.azure.core.http.policy.HttpLogDetailLevel;
import com.azure.core.http.policy.HttpLogOptions;
import com.azure.core.http.policy.HttpLoggingPolicy;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.core.http.policy.RequestIdPolicy;
import com.azure.core.http.policy.RetryOptions;
import com.azure.core.http.policy.RetryPolicy;
import com.azure.core.http.policy.RetryStrategy;
import com.azure.core.http.policy.UserAgentPolicy;
import com.azure.core.util.Context;
import com.azure.core.util.DateTimeRfc1123;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.lakeproof.jobs.Build;
import io.lakeproof.jobs.Failure;
import io.lakeproof.lineage.Json;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/** Requests to Azure, each with a token; those that may be repeated are, until there is a whole answer. */
public final class AzureHttp {

    /** What to send again at all, as the library sees it. */
    private static final RetryStrategy USUAL = new ExponentialBackoff();

    private final TokenCredential credential;
    private final TokenRequestContext scope;
    private final HttpPipeline once;
    private final HttpPipeline patient;

    /**
     * @param env the environment, in which azure-identity looks for credentials
     * @param audience whom tokens are asked for
     */
    public AzureHttp(Map<String, String> env, URI service, String audience, Pace pace) {
        HttpClient http = new JdkHttpClientBuilder()
                .connectionTimeout(pace.patience())
                .responseTimeout(pace.patience())
                .readTimeout(pace.patience())
                .build();
        credential = Identity.of(env, http);
        scope = new TokenRequestContext().addScopes(audience + "/.default");
        HttpPipelinePolicy token = "https".equals(service.getScheme())
                ? new BearerTokenAuthenticationPolicy(
                        credential, scope.getScopes().get(0))
                : new OnLoopback(credential, scope);
        once = pipeline(http, List.of(token));
        patient = pipeline(
                http,
                List.of(
                        new RetryPolicy(new RetryOptions(new ExponentialBackoffOptions()
                                        .setMaxRetries(pace.retries())
                                        .setBaseDelay(pace.delay())
                                        .setMaxDelay(pace.delay().multipliedBy(32)))
                                .setShouldRetryCondition(tried -> USUAL.shouldRetryCondition(tried)
                                        && after(tried.getResponse()).compareTo(pace.patience()) <= 0)),
                        token));
    }

    private static HttpPipeline pipeline(HttpClient http, List<HttpPipelinePolicy> own) {
        List<HttpPipelinePolicy> policies = new ArrayList<>();
        policies.add(new UserAgentPolicy("lakeproof/" + Build.current().version()));
        policies.add(new RequestIdPolicy());
        policies.addAll(own);
        HttpLogOptions logged = new HttpLogOptions();
        if (logged.getLogLevel().shouldLogBody()) {
            // AZURE_HTTP_LOG_DETAIL_LEVEL asks for bodies, which may hold what is secret.
            logged.setLogLevel(HttpLogDetailLevel.HEADERS);
        }
        policies.add(new HttpLoggingPolicy(logged));
        return new HttpPipelineBuilder()
                .httpClient(http)
                .policies(policies.toArray(HttpPipelinePolicy[]::new))
                .build();
    }

    /** How long a service asks to be left alone, by the headers that the library obeys however long it is; zero: it does not say. */
    private static Duration after(HttpResponse response) {
        if (response == null) {
            return Duration.ZERO;
        }
        return Stream.of("retry-after-ms", "x-ms-retry-after-ms")
                .flatMap(name -> number(response, name).map(Duration::ofMillis).stream())
                .findFirst()
                .or(() -> number(response, "Retry-After").map(Duration::ofSeconds))
                .orElseGet(() -> until(response.getHeaderValue(HttpHeaderName.RETRY_AFTER)));
    }

    private static Duration until(String date) {
        try {
            Duration wait = date == null
                    ? Duration.ZERO
                    : Duration.between(OffsetDateTime.now(ZoneOffset.UTC), new DateTimeRfc1123(date).getDateTime());
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
    }

    private static Optional<Long> number(HttpResponse response, String header) {
        return Optional.ofNullable(response.getHeaderValue(HttpHeaderName.fromString(header)))
                .filter(text -> text.matches("[0-9]{1,12}"))
                .map(Long::valueOf);
    }

    /**
     * What a service answered.
     *
     * @param body missing when it is no JSON
     * @param after how long it asks to be left alone; zero: it does not say
     */
    public record Answer(int status, JsonNode body, Duration after) {
        public boolean isGood() {
            return status >= 200 && status < 300;
        }

        /** Azure's own words. */
        public String error() {
            JsonNode error = body.path("error").isObject() ? body.get("error") : body;
            String words = error.path("message").asText("").strip();
            return "HTTP " + status
                    + (words.isEmpty() ? "" : ", " + words.replaceAll("\\s*\\R\\s*", " "))
                    + (after.isZero() ? "" : ", and asks to wait for %d s".formatted(after.toSeconds()));
        }
    }

    /**
     * A request that does the same however often it is sent.
     *
     * @throws NoAnswer when none came, however often it was sent
     */
    public Answer send(HttpMethod method, String url, Optional<JsonNode> body) {
        return send(patient, method, url, body, Map.of());
    }

    /**
     * A request that does something each time.
     *
     * @throws NoAnswer when it may have been carried out, or not
     */
    Answer sendOnce(HttpMethod method, String url, JsonNode body, Map<String, String> headers) {
        return send(once, method, url, Optional.of(body), headers);
    }

    private Answer send(
            HttpPipeline pipeline,
            HttpMethod method,
            String url,
            Optional<JsonNode> body,
            Map<String, String> headers) {
        HttpRequest request = new HttpRequest(method, url).setHeader(HttpHeaderName.ACCEPT, "application/json");
        body.ifPresent(json -> request.setHeader(HttpHeaderName.CONTENT_TYPE, "application/json")
                .setBody(Json.text(json)));
        headers.forEach((name, value) -> request.setHeader(HttpHeaderName.fromString(name), value));
        token();
        // Read as a part of the request, so that an answer that is cut short is asked for again.
        try (HttpResponse response = pipeline.sendSync(request, new Context("azure-eagerly-read-response", true))) {
            return new Answer(
                    response.getStatusCode(),
                    json(response.getBodyAsBinaryData().toString()),
                    after(response));
        } catch (RuntimeException e) {
            throw new NoAnswer(url, e);
        }
    }

    /** Asks for a token ahead, which the policy then has: to go on asking with a wrong secret leads nowhere. */
    private void token() {
        try {
            credential.getTokenSync(scope);
        } catch (RuntimeException e) {
            throw new Failure.Remote(
                    "Azure gave no token: %s Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, run where there is a managed identity, or sign in with `az login`."
                            .formatted(Identity.reason(e)),
                    e);
        }
    }

    private static JsonNode json(String text) {
        try {
            return text.isBlank() ? MissingNode.getInstance() : Json.parse(text);
        } catch (UncheckedIOException e) {
            return MissingNode.getInstance();
        }
    }

    /** There is no whole answer: nobody knows whether the request was carried out. */
    public static final class NoAnswer extends RuntimeException {
        private static final long serialVersionUID = 1;

        private NoAnswer(String url, Throwable cause) {
            super("%s does not answer (%s)".formatted(URI.create(url).getHost(), reason(cause)), cause);
        }

        private static String reason(Throwable e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
        }
    }

    /** azure-core sends tokens over https alone; within the machine nobody listens. */
    private record OnLoopback(TokenCredential credential, TokenRequestContext scope) implements HttpPipelinePolicy {
        @Override
        public Mono<HttpResponse> process(HttpPipelineCallContext context, HttpPipelineNextPolicy next) {
            throw new UnsupportedOperationException("requests are sent one after the other");
        }

        @Override
        public HttpResponse processSync(HttpPipelineCallContext context, HttpPipelineNextSyncPolicy next) {
            String token = credential.getTokenSync(scope).getToken();
            context.getHttpRequest().setHeader(HttpHeaderName.AUTHORIZATION, "Bearer " + token);
            return next.processSync();
        }
    }
}

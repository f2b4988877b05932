package io.lakeproof.jobs.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A token service on the loopback, over TLS as azure-identity wants it: the real credential chain asks it for tokens. Its
 * certificate is made by this JDK, and trusted by this JVM alone, and by those that are given {@link #flags}.
 */
public final class Entra {

    private static final String PASSWORD = "changeit";
    private static final String TENANT = "11111111-1111-1111-1111-111111111111";
    private static final String CLIENT = "22222222-2222-2222-2222-222222222222";
    private static Entra running;

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final String address;
    private final Path trust;
    private final Path federated;

    private Entra() throws Exception {
        Path store = Files.createTempDirectory("entra").resolve("keys.p12");
        int exit = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "entra",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=127.0.0.1",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IllegalStateException("keytool: " + exit);
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD.toCharArray());
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore certificates = KeyStore.getInstance("PKCS12");
        certificates.load(null, null);
        certificates.setCertificateEntry("entra", keys.getCertificate("entra"));
        trusted.init(certificates);
        federated = Files.writeString(store.resolveSibling("federated-token"), "right");
        trust = store.resolveSibling("trust.p12");
        try (OutputStream out = Files.newOutputStream(trust)) {
            certificates.store(out, PASSWORD.toCharArray());
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
        SSLContext.setDefault(context);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        address = "https://127.0.0.1:" + server.getAddress().getPort();
        server.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            String path = exchange.getRequestURI().getPath();
            String answer;
            int status = 200;
            if (path.equals("/msi/token")) {
                asked.add(exchange.getRequestURI().getQuery());
                boolean known =
                        "header-of-the-test".equals(exchange.getRequestHeaders().getFirst("X-IDENTITY-HEADER"));
                status = known ? 200 : 401;
                answer =
                        """
                        {"token_type": "Bearer", "access_token": "token-of-the-test", "expires_on": "%d", "resource": "r"}"""
                                .formatted(Instant.now().plusSeconds(3600).getEpochSecond());
            } else if (path.endsWith("/token")) {
                asked.add(body);
                boolean known = body.contains("client_secret=right") || body.contains("client_assertion=right");
                status = known ? 200 : 401;
                answer = known
                        ? "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"ext_expires_in\":3599,\"access_token\":\"token-of-the-test\"}"
                        : "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret provided.\"}";
            } else {
                answer =
                        """
                        {"authorization_endpoint": "%s/%s/oauth2/v2.0/authorize",
                         "token_endpoint": "%s/%s/oauth2/v2.0/token",
                         "issuer": "%s/%s/v2.0"}"""
                                .formatted(address, TENANT, address, TENANT, address, TENANT);
            }
            byte[] bytes = answer.getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "entra");
            thread.setDaemon(true);
            return thread;
        }));
        server.start();
    }

    /** The one of this JVM. */
    public static synchronized Entra running() {
        try {
            running = running == null ? new Entra() : running;
            return running;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The environment of somebody who has a client secret. */
    public Map<String, String> env() {
        return Map.of(
                "AZURE_TENANT_ID",
                TENANT,
                "AZURE_CLIENT_ID",
                CLIENT,
                "AZURE_CLIENT_SECRET",
                "right",
                "AZURE_AUTHORITY_HOST",
                address);
    }

    /** The environment of a process that has a managed identity. */
    public Map<String, String> managed() {
        return Map.of("IDENTITY_ENDPOINT", address + "/msi/token", "IDENTITY_HEADER", "header-of-the-test");
    }

    /** The environment of a process whose platform writes a token for it into a file, as Kubernetes does. */
    public Map<String, String> workload() {
        return Map.of(
                "AZURE_TENANT_ID",
                TENANT,
                "AZURE_CLIENT_ID",
                CLIENT,
                "AZURE_FEDERATED_TOKEN_FILE",
                federated.toString(),
                "AZURE_AUTHORITY_HOST",
                address);
    }

    /** What lets another JVM trust it. */
    public List<String> flags() {
        return List.of("-Djavax.net.ssl.trustStore=" + trust, "-Djavax.net.ssl.trustStorePassword=" + PASSWORD);
    }

    /** What it was asked, as forms. */
    public List<String> asked() {
        return asked;
    }
}

package io.lakeproof.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Microsoft's own emulator of blob storage, on a free port of the loopback, with an account and a key made for it. */
final class Azurite implements AutoCloseable {

    /** The account, where a test has no name for it. */
    static final String ACCOUNT = "lakeprooftest";

    /** Beside {@link #flags}, for specs that say {@code abfss:}: it has no TLS, which that insists on. */
    static final List<String> ABFSS = List.of(
            "-Dspark.hadoop.fs.abfss.impl=org.apache.hadoop.fs.azurebfs.AzureBlobFileSystem",
            // Else Delta's checksum files go through FileContext, which takes no other class.
            "-Dspark.sql.streaming.checkpointFileManagerClass"
                    + "=org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager");

    private static final Path SOURCE = Path.of("src/test/azurite");
    private static final Path INSTALLED = Path.of("target/azurite");
    private static final Pattern ADDRESS = Pattern.compile("successfully listens on (http://127\\.0\\.0\\.1:\\d+)");

    private static final Pattern NAME = Pattern.compile("<Name>([^<]*)</Name>");

    private final HttpClient http = HttpClient.newHttpClient();
    private final String key = key();
    private final String account;
    private final Process process;
    private final String address;

    private Azurite(Path folder, String account) throws IOException, InterruptedException {
        this.account = account;
        Path log = folder.resolve("azurite.log");
        ProcessBuilder builder = new ProcessBuilder(
                        "node",
                        "-r",
                        SOURCE.resolve("list-order.js").toAbsolutePath().toString(),
                        "node_modules/azurite/dist/src/blob/main.js",
                        "--inMemoryPersistence",
                        "--skipApiVersionCheck",
                        "--disableTelemetry",
                        "--silent",
                        "--blobHost",
                        "127.0.0.1",
                        "--blobPort",
                        "0")
                .directory(INSTALLED.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("AZURITE_ACCOUNTS", account + ":" + key);
        process = builder.start();
        String listens = null;
        long end = System.nanoTime() + SECONDS.toNanos(60);
        while (listens == null && process.isAlive() && System.nanoTime() < end) {
            Thread.sleep(50);
            Matcher said = ADDRESS.matcher(Files.readString(log));
            listens = said.find() ? said.group(1) : null;
        }
        if (listens == null) {
            close();
            throw new AssertionError("Azurite did not start:\n" + Files.readString(log));
        }
        address = listens;
    }

    /** Starts one; the test is skipped, and says so, where there is no Node.js. */
    static Azurite in(Path folder) throws IOException, InterruptedException {
        return in(folder, ACCOUNT);
    }

    /** The same with an account of that name. */
    static Azurite in(Path folder, String account) throws IOException, InterruptedException {
        needed();
        install();
        return new Azurite(folder, account);
    }

    /** Skips the test, and says so, where there is no Node.js. */
    static void needed() throws InterruptedException {
        assumeTrue(
                runs("node") && runs("npm"),
                "SKIPPED, nothing is tested on Azure's storage driver: needs Node.js and npm. Install them (Debian: apt-get"
                        + " install nodejs npm)");
    }

    private static boolean runs(String program) throws InterruptedException {
        try {
            return new ProcessBuilder(program, "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static void install() throws IOException, InterruptedException {
        Files.createDirectories(INSTALLED);
        try (FileChannel installing = FileChannel.open(
                INSTALLED.resolve("installing"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            // Another JVM of the tests may be at it.
            installing.lock();
            Path done = INSTALLED.resolve("installed");
            if (Files.exists(done) && Files.mismatch(done, SOURCE.resolve("package-lock.json")) == -1) {
                return;
            }
            for (String file : List.of("package.json", "package-lock.json")) {
                Files.copy(SOURCE.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            }
            File log = INSTALLED.resolve("npm.log").toFile();
            Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                    .directory(INSTALLED.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log)
                    .start();
            if (!npm.waitFor(300, SECONDS) || npm.exitValue() != 0) {
                npm.destroyForcibly();
                throw new AssertionError("npm ci:\n" + Files.readString(log.toPath()));
            }
            Files.copy(INSTALLED.resolve("package-lock.json"), done, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** The account's key. */
    String accountKey() {
        return key;
    }

    /** Some key of the right form. */
    static String key() {
        byte[] bytes = new byte[64];
        new SecureRandom().nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** What leads Hadoop's driver here, credentials apart: the settings of an account without a hierarchical namespace. */
    List<String> flags() {
        return flags(address);
    }

    /** Where it listens, {@code http://127.0.0.1:PORT}. */
    String address() {
        return address;
    }

    /** The same, by way of another address. */
    static List<String> flags(String address) {
        return Stream.of(
                        "fs.azure.abfs.endpoint=" + address.substring("http://".length()),
                        "fs.azure.always.use.https=false",
                        "fs.azure.account.hns.enabled=false",
                        "fs.azure.fns.account.service.type=BLOB")
                .map(setting -> "-Dspark.hadoop." + setting)
                .toList();
    }

    /** The root of a container of {@link #ACCOUNT}, as a spec names it. */
    static String uri(String container) {
        return "abfs://" + container + "@" + ACCOUNT + ".dfs.core.windows.net";
    }

    void container(String name) throws IOException, InterruptedException {
        send("PUT", "/" + name, "", "restype:container", Optional.empty());
    }

    void blob(String container, String name, String text) throws IOException, InterruptedException {
        send("PUT", "/" + container + "/" + name, "x-ms-blob-type:BlockBlob\n", "", Optional.of(text));
    }

    /** What a blob holds. */
    String text(String container, String name) throws IOException, InterruptedException {
        return send("GET", "/" + container + "/" + name, "", "", Optional.empty());
    }

    /** The names of a container's blobs. */
    List<String> blobs(String container) throws IOException, InterruptedException {
        String list = send("GET", "/" + container, "", "comp:list\nrestype:container", Optional.empty());
        return NAME.matcher(list).results().map(name -> name.group(1)).toList();
    }

    /** A request signed by the account's key, as the service's own documentation says. */
    private String send(String method, String path, String header, String parameters, Optional<String> body)
            throws IOException, InterruptedException {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
        byte[] bytes = body.orElse("").getBytes(UTF_8);
        String length = bytes.length == 0 ? "" : Integer.toString(bytes.length);
        String signed = method + "\n\n\n" + length + "\n\n\n\n\n\n\n\n\n" + header + "x-ms-date:" + date
                + "\nx-ms-version:2021-08-06\n/" + account + "/" + account + path
                + (parameters.isEmpty() ? "" : "\n" + parameters);
        String signature;
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
            signature = Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + "/" + account + path
                        + (parameters.isEmpty()
                                ? ""
                                : "?" + parameters.replace(':', '=').replace('\n', '&'))))
                .header("x-ms-date", date)
                .header("x-ms-version", "2021-08-06")
                .header("Authorization", "SharedKey " + account + ":" + signature)
                .method(method, HttpRequest.BodyPublishers.ofByteArray(bytes));
        if (!header.isEmpty()) {
            request.header("x-ms-blob-type", "BlockBlob");
        }
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != (method.equals("PUT") ? 201 : 200)) {
            throw new IOException(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, SECONDS)) {
            process.destroyForcibly().waitFor(10, SECONDS);
        }
    }
}

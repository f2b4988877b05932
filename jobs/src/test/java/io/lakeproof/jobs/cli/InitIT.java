package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.init.Init;
import io.lakeproof.transforms.Transform;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The project that {@code init} writes for a transform compiles and passes its test, with nothing but what this build made. */
@Tag("ci")
class InitIT {

    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    Path dir;

    @Test
    void the_maven_project_of_a_transform_passes_its_test_and_its_jar_is_what_a_spec_can_name() throws Exception {
        Path project = dir.resolve("mask");
        Init.transform(Optional.of(project), "org.acme.text.MaskNotes").execute();
        Path repository = dir.resolve("repository");
        String version = install(repository);
        // The developer's repository, which knows nothing of this build, serves most of the rest: not what Maven
        // chooses
        // otherwise where this build's pins do not count.
        String told = run(
                project,
                HOME.resolve("mvnw").toString(),
                "-B",
                "-f",
                project.resolve("pom.xml").toString(),
                "-Dmaven.repo.local=" + repository,
                "-Dmaven.repo.local.tail="
                        + System.getProperty("maven.repo.local", System.getProperty("user.home") + "/.m2/repository"),
                "package");
        assertThat(told).as(version).contains("Tests run: 2, Failures: 0, Errors: 0, Skipped: 0");

        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {project.resolve("target/mask-notes-1.0.jar").toUri().toURL()}, before)) {
            Thread.currentThread().setContextClassLoader(loader);
            Transform transform =
                    Transform.of(Map.of("class", "org.acme.text.MaskNotes", "with", Map.of("column", "note")));
            assertThat(transform).hasToString("MaskNotes[column=note]");
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    /** What `mvn install` would put into a repository: the parent, and the two modules that the project names. */
    private static String install(Path repository) throws IOException {
        String version =
                Files.readString(HOME.resolve("pom.xml")).replaceFirst("(?s).*?<version>(.*?)</version>.*", "$1");
        copy(HOME.resolve("pom.xml"), repository, "lakeproof-parent", version, "pom");
        for (String module : List.of("transforms", "testkit")) {
            String artifact = "lakeproof-" + module;
            copy(HOME.resolve(module).resolve("pom.xml"), repository, artifact, version, "pom");
            copy(
                    HOME.resolve(module).resolve("target/" + artifact + "-" + version + ".jar"),
                    repository,
                    artifact,
                    version,
                    "jar");
        }
        return version;
    }

    private static void copy(Path file, Path repository, String artifact, String version, String type)
            throws IOException {
        Path folder = Files.createDirectories(
                repository.resolve("io/lakeproof").resolve(artifact).resolve(version));
        Files.copy(file, folder.resolve(artifact + "-" + version + "." + type));
    }

    private String run(Path where, String... command) throws Exception {
        Path log = dir.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        try {
            assertThat(process.waitFor(300, TimeUnit.SECONDS))
                    .as(Files.readString(log))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        String told = Files.readString(log);
        assertThat(process.exitValue()).as(told).isZero();
        return told;
    }
}

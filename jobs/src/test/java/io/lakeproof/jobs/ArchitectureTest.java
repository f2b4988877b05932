package io.lakeproof.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.lakeproof", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule lineage_knows_neither_jobs_nor_transforms = noClasses()
            .that()
            .resideInAPackage("io.lakeproof.lineage..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.lakeproof.jobs..", "io.lakeproof.transforms..");

    @ArchTest
    static final ArchRule transforms_know_neither_jobs_nor_lineage = noClasses()
            .that()
            .resideInAPackage("io.lakeproof.transforms..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.lakeproof.jobs..", "io.lakeproof.lineage..");

    @ArchTest
    static final ArchRule only_public_spark_and_delta_api = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.spark.sql.catalyst..",
                    "org.apache.spark.sql.internal..",
                    "org.apache.spark.sql.execution..",
                    "org.apache.spark.sql.delta..")
            .because("runtimes carry other internals under the same names");

    @ArchTest
    static final ArchRule only_the_launcher_ends_the_jvm = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.lakeproof.jobs.cli.Launcher")
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class)
            .because("the JVM belongs to the cluster");

    @ArchTest
    static final ArchRule nobody_stops_spark = noClasses()
            .should()
            .callMethod(org.apache.spark.sql.SparkSession.class, "stop")
            .orShould()
            .callMethod(org.apache.spark.sql.SparkSession.class, "close")
            .orShould()
            .callMethod(org.apache.spark.SparkContext.class, "stop")
            .because("the session belongs to the cluster");

    @ArchTest
    static final ArchRule nothing_depends_on_the_command_line = noClasses()
            .that()
            .resideOutsideOfPackage("io.lakeproof.jobs.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.lakeproof.jobs.cli..", "picocli..");

    @ArchTest
    static final ArchRule the_steps_of_a_job_go_one_way =
            slices().matching("io.lakeproof.jobs.(*)..").should().beFreeOfCycles();
}

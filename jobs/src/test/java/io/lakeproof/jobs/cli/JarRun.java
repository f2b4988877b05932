package io.lakeproof.jobs.cli;

import java.util.List;
import java.util.Map;

/**
 * What a scheduler starts on a cluster: a JAR's main class.
 *
 * @param environment the cluster's variables
 */
record JarRun(String jar, String mainClass, List<String> parameters, Map<String, String> environment) {}

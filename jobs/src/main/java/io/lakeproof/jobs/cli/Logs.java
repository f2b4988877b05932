package io.lakeproof.jobs.cli;

import java.util.List;

/**
 * The laptop's log4j2, set up before its first class is loaded. A cluster's logging is the cluster's, and is left alone.
 */
final class Logs {

    private static final String HERE = "classpath:io/lakeproof/jobs/cli/";

    private Logs() {}

    /** Reads {@code --verbose}, {@code --log} and {@code --log-format} before the command line is parsed. */
    static void configure(List<String> args) {
        boolean verbose = args.contains("--verbose");
        String file = value(args, "--log");
        boolean much = verbose || file != null;
        System.setProperty("lakeproof.log.ours", much ? "info" : "warn");
        System.setProperty("lakeproof.log.others", much ? "warn" : "off");
        System.setProperty("lakeproof.console.ours", verbose ? "info" : "warn");
        System.setProperty("lakeproof.console.others", verbose ? "warn" : "off");
        String configuration = HERE + "log4j2-console.properties";
        if (file != null) {
            System.setProperty("lakeproof.log.file", file);
            String format = "json".equals(value(args, "--log-format")) ? "json" : "text";
            configuration += "," + HERE + "log4j2-" + format + ".properties";
        }
        // Whoever brings a configuration of their own keeps it.
        if (System.getProperty("log4j2.configurationFile") == null) {
            System.setProperty("log4j2.configurationFile", configuration);
        }
    }

    private static String value(List<String> args, String option) {
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (arg.startsWith(option + "=")) {
                return arg.substring(option.length() + 1);
            }
            if (arg.equals(option) && i + 1 < args.size()) {
                return args.get(i + 1);
            }
        }
        return null;
    }
}

package io.lakeproof.jobs;

/** Told what a job is about to do, in words a person follows. */
@FunctionalInterface
public interface Progress {

    /** Tells nobody. */
    Progress SILENT = step -> {};

    /** A step begins, for example {@code validate 3 rules on 10,000 rows}. */
    void begins(String step);
}

package io.lakeproof.jobs.report;

/** What was seen of a column in the rows of one table. */
sealed interface Seen permits Numbers.Found, Words.Found, Seen.Bare {

    /** How many of its values are NULL. */
    long nulls();

    /** Of a column whose values are not looked at: pictures, and what is nested. */
    record Bare(long nulls) implements Seen {}
}

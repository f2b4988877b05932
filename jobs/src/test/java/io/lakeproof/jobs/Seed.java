package io.lakeproof.jobs;

/** The seed of the randomised tests, one for all of them in a JVM. */
public final class Seed {

    /** What {@code -Dlakeproof.seed} says, to see a failure again; when it says nothing, another one in every JVM. */
    public static final long CHOSEN = Long.getLong("lakeproof.seed", System.nanoTime());

    private Seed() {}
}

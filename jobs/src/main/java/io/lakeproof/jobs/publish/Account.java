package io.lakeproof.jobs.publish;

/**
 * Where the rows of one step went: {@code in = out + quarantined + dropped}.
 *
 * @param step what the step is: {@code read}, {@code rules}, {@code 2 filter}, {@code split} …
 * @param in rows that came in
 * @param quarantined rows that were turned away
 * @param dropped rows that a declared step left out; negative when it made rows, as a join may
 * @param out rows that went on
 */
public record Account(String step, long in, long quarantined, long dropped, long out) {

    /** The account of a step that turns rows away and drops none. */
    public static Account quarantining(String step, long in, long quarantined, long out) {
        return new Account(step, in, quarantined, 0, out);
    }

    /** The account of a step that may drop rows: whatever does not come out was dropped. */
    static Account dropping(String step, long in, long out) {
        return new Account(step, in, 0, in - out, out);
    }

    /** The account of both together. */
    public Account plus(Account other) {
        return new Account(
                step, in + other.in, quarantined + other.quarantined, dropped + other.dropped, out + other.out);
    }

    /** Whether every row is accounted for. */
    boolean balances() {
        return in == out + quarantined + dropped;
    }
}

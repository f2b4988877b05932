package io.lakeproof.transforms;

/**
 * Something wrong with one step of the spec, or with the split.
 *
 * @param path where, from the step's own list item on: keys joined by {@code .}, list positions as {@code [0]}, for
 *     example {@code drop.columns[1]} or {@code with.column}; empty: the item as a whole
 * @param message the problem, the offending value and the remedy, on one line
 */
public record Problem(String path, String message) {}

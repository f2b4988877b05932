/**
 * Measures Lakeproof beside the programs that people write instead. {@link io.lakeproof.bench.Bench} starts every contender
 * as a process of its own, in turn, and prints ratios.
 */
package io.lakeproof.bench;

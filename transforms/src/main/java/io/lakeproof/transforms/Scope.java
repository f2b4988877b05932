package io.lakeproof.transforms;

/** How far a transform looks: decides whether a new batch can be appended. */
public enum Scope {
    /** Each row by itself: new rows are transformed and appended. */
    ROW_LOCAL,
    /** Rows that share the declared key columns. */
    KEY_LOCAL,
    /** Any row may depend on any other: the parts are rebuilt from raw. */
    GLOBAL
}

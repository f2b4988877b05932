package io.lakeproof.lineage;

/** Where a Delta table lives: a folder on any Hadoop file system, or a name in a catalog. */
public sealed interface TableName {

    /** The table as it stands in a Spark SQL statement, quoted. */
    String sql();

    /** The table as a person writes it: the URI or the dotted name. */
    String text();

    /** A table in a folder; {@code uri} is absolute and carries its scheme, for example {@code file:/lake/raw}. */
    record Folder(String uri) implements TableName {
        @Override
        public String sql() {
            return "delta.`" + uri.replace("`", "``") + "`";
        }

        @Override
        public String text() {
            return uri;
        }
    }

    /** A table of a catalog; {@code catalog} may be null: the session's current one. */
    record Named(String catalog, String schema, String table) implements TableName {
        @Override
        public String sql() {
            return (catalog == null ? "" : quote(catalog) + ".") + quote(schema) + "." + quote(table);
        }

        @Override
        public String text() {
            return (catalog == null ? "" : catalog + ".") + schema + "." + table;
        }

        private static String quote(String name) {
            return "`" + name.replace("`", "``") + "`";
        }
    }
}

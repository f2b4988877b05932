package io.lakeproof.transforms;

import java.util.ArrayList;
import java.util.List;

/**
 * A SQL text as Spark's lexer cuts it: what is code, and what only looks like code because it is text, a comment or a
 * quoted name.
 *
 * @param tokens the code, without comments; hints count as comments
 * @param problem why the text could not be cut, with the tokens up to there; null: it could
 */
record SqlText(List<Token> tokens, String problem) {

    enum Kind {
        /** A keyword, a name or a number. */
        WORD,
        /** A name between backticks; {@link Token#text} is without them. */
        QUOTED,
        /** A string; {@link Token#text} is what stands between the quotes. */
        STRING,
        /** Any other character. */
        SYMBOL
    }

    /** A token, with the offsets of its first character and of the one behind its last. */
    record Token(Kind kind, String text, int start, int end) {
        boolean is(String symbolOrWord) {
            return (kind == Kind.SYMBOL || kind == Kind.WORD) && text.equalsIgnoreCase(symbolOrWord);
        }

        boolean isName() {
            return kind == Kind.WORD || kind == Kind.QUOTED;
        }
    }

    static SqlText of(String sql) {
        return new Lexer(sql).cut();
    }

    private static final class Lexer {
        private final String sql;
        private final List<Token> tokens = new ArrayList<>();
        private int at;

        private Lexer(String sql) {
            this.sql = sql;
        }

        private SqlText cut() {
            String problem = null;
            while (at < sql.length() && problem == null) {
                problem = next();
            }
            return new SqlText(List.copyOf(tokens), problem);
        }

        private String next() {
            char c = sql.charAt(at);
            if (sql.startsWith("--", at)) {
                return lineComment();
            } else if (sql.startsWith("/*", at)) {
                return comment();
            } else if (c == '`') {
                return quotedName();
            } else if (c == '\'' || c == '"') {
                return string(at, at + 1, false);
            } else if ((c == 'r' || c == 'R') && (peek(at + 1) == '\'' || peek(at + 1) == '"')) {
                return string(at, at + 2, true);
            } else if (wordPart(c)) {
                int start = at;
                while (at < sql.length() && wordPart(sql.charAt(at))) {
                    at++;
                }
                tokens.add(new Token(Kind.WORD, sql.substring(start, at), start, at));
            } else {
                if (!Character.isWhitespace(c)) {
                    tokens.add(new Token(Kind.SYMBOL, String.valueOf(c), at, at + 1));
                }
                at++;
            }
            return null;
        }

        /** To the end of the line, unless a backslash ends it. */
        private String lineComment() {
            while (at < sql.length() && sql.charAt(at) != '\n' && sql.charAt(at) != '\r') {
                at += sql.startsWith("\\\n", at) ? 2 : 1;
            }
            return null;
        }

        private String comment() {
            int end = sql.indexOf("*/", at + 2);
            if (end < 0) {
                return "a comment /* is not closed";
            }
            if (sql.substring(at + 2, end).contains("/*")) {
                return "a comment lies within a comment, and SQL engines disagree where it ends; close it first";
            }
            at = end + 2;
            return null;
        }

        private String quotedName() {
            int start = at;
            StringBuilder name = new StringBuilder();
            for (at++; at < sql.length(); at++) {
                if (sql.charAt(at) != '`') {
                    name.append(sql.charAt(at));
                } else if (peek(at + 1) == '`') {
                    name.append('`');
                    at++;
                } else {
                    at++;
                    tokens.add(new Token(Kind.QUOTED, name.toString(), start, at));
                    return null;
                }
            }
            return "a name between backticks is not closed";
        }

        private String string(int start, int from, boolean raw) {
            char quote = sql.charAt(from - 1);
            for (at = from; at < sql.length(); at++) {
                char c = sql.charAt(at);
                if (c == '\\' && !raw) {
                    at++;
                } else if (c == quote) {
                    at++;
                    tokens.add(new Token(Kind.STRING, sql.substring(from, at - 1), start, at));
                    return null;
                }
            }
            return "a string is not closed";
        }

        private char peek(int index) {
            return index < sql.length() ? sql.charAt(index) : 0;
        }

        private static boolean wordPart(char c) {
            return c == '_' || Character.isLetterOrDigit(c);
        }
    }
}

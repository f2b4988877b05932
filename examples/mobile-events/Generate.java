import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Writes the events of an app as its users' phones would send them, and beside them what they come down to: see README.md
 * for the options. User after user, so that any number needs no more memory. Java 17, no dependencies.
 */
public final class Generate {

    private static final long FROM = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final long DAYS = 28;
    private static final long HOUR = 3_600_000;
    private static final long HALF_AN_HOUR = HOUR / 2;

    private static final String[] MODELS = {"Pixel 8", "iPhone 15", "Galaxy S24", "moto g(54)", "Fairphone 5"};
    private static final String[] SCREENS = {"home", "search", "product", "basket", "help \"& more\""};
    private static final String[] REASONS = {"out of memory", "no network", "NullPointerException\n\tat shop.Basket"};

    private long events = 10_000;
    private long seed = 1;
    private long files = 8;
    private double duplicates = 3;
    private double late = 5;
    private double malformed = 1;
    private String out = "landing";
    private String truth = "truth";

    private long repeated;
    private long delayed;
    private long spoiled;
    private long sessions;
    private long users;
    private long lines;

    private Shuffled[] phones;
    private Writer trueEvents;
    private Writer trueSessions;
    private Writer trueUsers;
    private Writer trueLines;

    public static void main(String[] arguments) throws IOException {
        Generate generate = new Generate();
        try {
            generate.read(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.println("usage: java Generate.java [--events N] [--seed N] [--files N] [--duplicates PERCENT]"
                    + " [--late PERCENT] [--malformed PERCENT] [--out FOLDER] [--truth FOLDER]");
            System.exit(2);
        }
        generate.write();
    }

    private void read(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            String option = arguments[i];
            if (i + 1 == arguments.length) {
                throw new IllegalArgumentException("Unknown option or no value after it: " + option);
            }
            String value = arguments[++i];
            switch (option) {
                case "--events" -> events = number(option, value);
                case "--seed" -> seed = number(option, value);
                case "--files" -> files = Math.max(1, number(option, value));
                case "--duplicates" -> duplicates = number(option, value);
                case "--late" -> late = number(option, value);
                case "--malformed" -> malformed = number(option, value);
                case "--out" -> out = value;
                case "--truth" -> truth = value;
                default -> throw new IllegalArgumentException("Unknown option: " + option);
            }
        }
    }

    private static long number(String option, String value) {
        if (!value.matches("[0-9]{1,15}")) {
            throw new IllegalArgumentException(option + " takes a number, not '" + value + "'");
        }
        return Long.parseLong(value);
    }

    private void write() throws IOException {
        Path landing = Files.createDirectories(Path.of(out).toAbsolutePath());
        Path known = Files.createDirectories(Path.of(truth).toAbsolutePath());
        phones = new Shuffled[(int) files];
        for (int i = 0; i < files; i++) {
            phones[i] = new Shuffled(landing, "events-%d-%04d.json".formatted(seed, i + 1), seed + i);
        }
        try (Writer e = Files.newBufferedWriter(known.resolve("events.json"));
                Writer s = Files.newBufferedWriter(known.resolve("sessions.json"));
                Writer u = Files.newBufferedWriter(known.resolve("users.json"));
                Writer l = Files.newBufferedWriter(known.resolve("order_lines.json"))) {
            trueEvents = e;
            trueSessions = s;
            trueUsers = u;
            trueLines = l;
            long left = events;
            while (left > 0) {
                users++;
                left -= new User(users, left).live();
            }
        }
        for (Shuffled phone : phones) {
            phone.close();
        }
        try (Writer counts = Files.newBufferedWriter(known.resolve("counts.json"))) {
            counts.write("{\"events\":" + events + ",\"duplicates\":" + repeated + ",\"late\":" + delayed
                    + ",\"malformed\":" + spoiled + ",\"users\":" + users + ",\"sessions\":" + sessions
                    + ",\"order_lines\":" + lines + "}\n");
        }
        System.err.printf(
                Locale.ROOT,
                "%,d events of %,d users in %d files of %s: %,d sent twice, %,d late, and %,d malformed lines.%n"
                        + "They come down to %,d sessions and %,d order lines: %s%n",
                events,
                users,
                files,
                out,
                repeated,
                delayed,
                spoiled,
                sessions,
                lines,
                truth);
    }

    /** Another number for every number: no two events get one id. */
    private static long mixed(long number) {
        long z = number * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static String text(long instant) {
        return "\"" + Instant.ofEpochMilli(instant) + "\"";
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\"", "\\\"").replace("\n", "\\n").replace("\t", "\\t") + "\"";
    }

    /** A user's events, one after the other, and what is true of them. */
    private final class User {
        private final long id;
        private final long most;
        private final SplittableRandom random;
        private final String model;
        private int app;
        private long made;
        private long spoiledHere;

        private long orders;
        private long cents;
        private long firstSeen;
        private long lastSeen = -1;
        private long longestPause;

        User(long id, long most) {
            this.id = id;
            this.most = most;
            random = new SplittableRandom(mixed(seed * 1_000_003 + id));
            model = MODELS[random.nextInt(MODELS.length)];
            app = random.nextInt(5);
        }

        /** Returns how many events that were. */
        long live() throws IOException {
            // Some leave after a day.
            long end = FROM + 24 * HOUR * (2 + random.nextLong(DAYS - 2));
            long at = FROM + random.nextLong(2 * 24 * HOUR);
            long session = 0;
            long pause = -1;
            do {
                if (random.nextInt(10) == 0) {
                    app++;
                }
                long ended = session(++session, at, pause);
                // A pause that is a millisecond longer than what a session bears, now and then.
                pause = random.nextInt(20) == 0
                        ? HALF_AN_HOUR + 1
                        : HALF_AN_HOUR + 1 + random.nextLong(1 + random.nextLong(72 * HOUR));
                at = ended + pause;
            } while (at < end && made < most);
            trueUsers.write("{\"user_id\":" + id + ",\"sessions\":" + session + ",\"events\":" + made + ",\"orders\":" + orders
                    + ",\"cents\":" + cents + ",\"first_seen\":" + text(firstSeen) + ",\"last_seen\":" + text(lastSeen)
                    + ",\"longest_pause_ms\":" + longestPause + ",\"app\":" + quoted(version()) + "}\n");
            return made;
        }

        /** Returns when it ended. */
        private long session(long number, long begun, long pause) throws IOException {
            sessions++;
            long at = begun;
            long inIt = 0;
            long screens = 0;
            long millis = 0;
            long ordered = 0;
            long paid = 0;
            boolean crashed = false;
            int wanted = 1 + random.nextInt(1 + random.nextInt(16));
            while (true) {
                String kind = inIt == 0 ? "start" : kind();
                String body = "";
                switch (kind) {
                    case "screen" -> {
                        long shown = random.nextLong(1 + random.nextLong(90_000));
                        screens++;
                        millis += shown;
                        body = ",\"screen\":{\"name\":" + quoted(SCREENS[random.nextInt(SCREENS.length)]) + ",\"millis\":"
                                + shown + "}";
                    }
                    case "purchase" -> {
                        String order = id + "-" + (++orders);
                        StringBuilder items = new StringBuilder();
                        int count = 1 + random.nextInt(3);
                        for (int line = 1; line <= count; line++) {
                            int quantity = 1 + random.nextInt(3);
                            long price = 99 + 100L * random.nextInt(200);
                            String sku = "A" + (100 + random.nextInt(900));
                            String item =
                                    "\"sku\":\"" + sku + "\",\"quantity\":" + quantity + ",\"cents\":" + price + "}";
                            items.append(line == 1 ? "{" : ",{").append(item);
                            trueLines.write("{\"order_id\":\"" + order + "\",\"line\":" + line + ",\"user_id\":" + id
                                    + ",\"at\":" + text(at) + "," + item + "\n");
                            lines++;
                            paid += quantity * price;
                        }
                        ordered++;
                        body = ",\"purchase\":{\"order_id\":\"" + order + "\",\"items\":[" + items + "]}";
                    }
                    case "crash" -> {
                        crashed = true;
                        body = ",\"crash\":{\"reason\":" + quoted(REASONS[random.nextInt(REASONS.length)]) + "}";
                    }
                    default -> {}
                }
                event(kind, at, body);
                if (lastSeen >= 0) {
                    longestPause = Math.max(longestPause, at - lastSeen);
                } else {
                    firstSeen = at;
                }
                lastSeen = at;
                inIt++;
                if (inIt >= wanted || made >= most) {
                    break;
                }
                int rest = random.nextInt(100);
                // Two at once, and a rest that a session just bears.
                at += rest == 0 ? 0 : rest == 1 ? HALF_AN_HOUR : 1 + random.nextLong(120_000);
            }
            cents += paid;
            trueSessions.write("{\"user_id\":" + id + ",\"session\":" + number + ",\"begun\":" + text(begun) + ",\"ended\":"
                    + text(at) + ",\"events\":" + inIt + ",\"screens\":" + screens + ",\"screen_ms\":" + millis
                    + ",\"orders\":" + ordered + ",\"cents\":" + paid + ",\"crashed\":" + crashed + ",\"pause_ms\":"
                    + (pause < 0 ? "null" : pause) + "}\n");
            return at;
        }

        private String kind() {
            int one = random.nextInt(100);
            return one < 88 ? "screen" : one < 97 ? "purchase" : "crash";
        }

        private String version() {
            return "2." + app / 10 + "." + app % 10;
        }

        private void event(String kind, long at, String body) throws IOException {
            boolean isLate = hits(late);
            long sent = at + 50 + random.nextLong(20_000) + (isLate ? HOUR + random.nextLong(72 * HOUR) : 0);
            String line = line(mixed(id << 24 | made), kind, at, sent, body);
            made++;
            trueEvents.write(line);
            send(line, sent);
            delayed += isLate ? 1 : 0;
            if (hits(duplicates)) {
                repeated++;
                long again = sent + 1000 + random.nextLong(1 + random.nextLong(40 * HOUR));
                send(line(mixed(id << 24 | (made - 1)), kind, at, again, body), again);
            }
            if (hits(malformed)) {
                // It has an id of its own, and would make another truth were it let in.
                String bad = line(mixed(id << 24 | 1 << 23 | spoiledHere++), "screen", at + 1, sent, ",\"screen\":{\"millis\":7}");
                send(spoil(bad, (int) (spoiled++ % 7)), sent);
            }
        }

        private boolean hits(double percent) {
            return random.nextDouble() * 100 < percent;
        }

        private String line(long event, String kind, long at, long sent, String body) {
            return "{\"event_id\":\"%016x\"".formatted(event) + ",\"kind\":\"" + kind + "\",\"user_id\":" + id + ",\"at\":"
                    + text(at) + ",\"sent_at\":" + text(sent) + ",\"device\":{\"model\":" + quoted(model) + ",\"app\":"
                    + quoted(version()) + "}" + body + "}\n";
        }
    }

    private void send(String line, long sent) throws IOException {
        phones[(int) Math.min(files - 1, (sent - FROM) * files / (DAYS * 24 * HOUR))].write(line);
    }

    /** Four that cannot be read by the contract, and three that break a rule. */
    private static String spoil(String line, int fault) {
        return switch (fault) {
            case 0 -> line.substring(0, line.length() / 2) + "\n";
            case 1 -> line.replaceFirst("\"at\":\"[^\"]*\"", "\"at\":\"yesterday\"");
            case 2 -> line.replaceFirst("\"event_id\":\"[^\"]*\",", "");
            case 3 -> line.replaceFirst("\"device\":\\{[^}]*\\}", "\"device\":\"a phone\"");
            case 4 -> line.replace("\"kind\":\"screen\"", "\"kind\":\"swipe\"");
            case 5 -> line.replace("\"kind\":\"screen\"", "\"kind\":\"purchase\"");
            default -> line.replace("\"kind\":\"screen\"", "\"kind\":\"purchase\"")
                    .replaceFirst(
                            "\"screen\":\\{[^}]*\\}",
                            "\"purchase\":{\"order_id\":\"0\",\"items\":[{\"sku\":\"A1\",\"quantity\":0,\"cents\":1}]}");
        };
    }

    /** A file whose lines come in about no order, as phones send them. */
    private static final class Shuffled {
        private final Path file;
        private final Path unfinished;
        private final Writer writer;
        private final SplittableRandom random;
        private final List<String> waiting = new ArrayList<>();

        Shuffled(Path folder, String name, long seed) throws IOException {
            file = folder.resolve(name);
            // Under a name that no job takes, so that nobody reads half a file.
            unfinished = folder.resolve("_" + name);
            writer = new BufferedWriter(Files.newBufferedWriter(unfinished), 1 << 16);
            random = new SplittableRandom(seed);
        }

        void write(String line) throws IOException {
            if (waiting.size() < 1000) {
                waiting.add(line);
                return;
            }
            writer.write(waiting.set(random.nextInt(waiting.size()), line));
        }

        void close() throws IOException {
            while (!waiting.isEmpty()) {
                int one = random.nextInt(waiting.size());
                writer.write(waiting.get(one));
                waiting.set(one, waiting.get(waiting.size() - 1));
                waiting.remove(waiting.size() - 1);
            }
            writer.close();
            Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}

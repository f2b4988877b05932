import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** Writes a stand-in for the Porto Seguro safe-driver table: see README.md for the options. Java 17, no dependencies. */
public final class Generate {

    private static final double CLAIMS = 0.0364;

    private long rows = 10_000;
    private long seed = 1;
    private long firstId = 7;
    private long faults = 0;
    private boolean target = true;
    private String out;

    public static void main(String[] arguments) throws IOException {
        Generate generate = new Generate();
        try {
            generate.read(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.println("usage: java Generate.java [--rows N] [--seed N] [--out FILE] [--first-id N] [--faults N]"
                    + " [--without-target]");
            System.exit(2);
        }
        generate.write();
    }

    private void read(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            String option = arguments[i];
            if (option.equals("--without-target")) {
                target = false;
                continue;
            }
            if (i + 1 == arguments.length) {
                throw new IllegalArgumentException("Unknown option or no value after it: " + option);
            }
            String value = arguments[++i];
            switch (option) {
                case "--rows" -> rows = number(option, value);
                case "--seed" -> seed = number(option, value);
                case "--first-id" -> firstId = number(option, value);
                case "--faults" -> faults = number(option, value);
                case "--out" -> out = value;
                default -> throw new IllegalArgumentException("Unknown option: " + option);
            }
        }
        if (faults > rows) {
            throw new IllegalArgumentException("--faults " + faults + " is more than --rows " + rows);
        }
    }

    private static long number(String option, String value) {
        if (!value.matches("[0-9]{1,15}")) {
            throw new IllegalArgumentException(option + " takes a number, not '" + value + "'");
        }
        return Long.parseLong(value);
    }

    private void write() throws IOException {
        if ("-".equals(out)) {
            Writer writer = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), 1 << 16);
            write(writer);
            writer.flush();
            return;
        }
        Path file = Path.of(out == null ? "landing/porto_seguro_safe_driver_prediction_" + seed + ".csv" : out)
                .toAbsolutePath();
        Files.createDirectories(file.getParent());
        // Under a name that no job takes, so that nobody reads half a file.
        Path unfinished = file.resolveSibling("_" + file.getFileName());
        try (Writer writer = Files.newBufferedWriter(unfinished)) {
            write(writer);
        }
        Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
        System.err.println(rows + " rows in " + file);
    }

    private void write(Writer writer) throws IOException {
        writer.write(String.join(",", header()) + "\n");
        SplittableRandom random = new SplittableRandom(seed);
        long id = firstId;
        long faulty = 0;
        for (long row = 0; row < rows; row++) {
            List<String> values = policy(random, id);
            // The faults lie evenly between the good rows.
            if (faulty < faults && row == faulty * rows / faults) {
                spoil(values, (int) (faulty % 5));
                faulty++;
            }
            writer.write(String.join(",", values));
            writer.write('\n');
            id += 1 + random.nextInt(3);
        }
    }

    private List<String> header() {
        List<String> names = new ArrayList<>(List.of("id"));
        if (target) {
            names.add("target");
        }
        names.addAll(List.of("ps_ind_01", "ps_ind_02_cat", "ps_ind_03", "ps_ind_04_cat", "ps_ind_05_cat"));
        numbered(names, "ps_ind_%02d_bin", 6, 13);
        numbered(names, "ps_ind_%02d", 14, 15);
        numbered(names, "ps_ind_%02d_bin", 16, 18);
        numbered(names, "ps_reg_%02d", 1, 3);
        numbered(names, "ps_car_%02d_cat", 1, 11);
        numbered(names, "ps_car_%02d", 11, 15);
        numbered(names, "ps_calc_%02d", 1, 14);
        numbered(names, "ps_calc_%02d_bin", 15, 20);
        return names;
    }

    private static void numbered(List<String> names, String pattern, int first, int last) {
        for (int i = first; i <= last; i++) {
            names.add(String.format(Locale.ROOT, pattern, i));
        }
    }

    private List<String> policy(SplittableRandom random, long id) {
        List<String> values = new ArrayList<>(59);
        Draw draw = new Draw(random, values);
        values.add(Long.toString(id));
        if (target) {
            values.add("0");
        }
        draw.steps(0, 7, 0.27);
        draw.choice(0.0004, 1, 0.726, 0.208, 0.047, 0.019);
        draw.steps(0, 11, 0.40);
        draw.choice(0.0001, 0, 0.583, 0.417);
        draw.choice(0.0098, 0, 0.896, 0.014, 0.007, 0.014, 0.031, 0.003, 0.035);
        draw.oneHot(0.394, 0.257, 0.164, 0.185);
        int rare = draw.bit(0.0004) + draw.bit(0.0017) + draw.bit(0.0094) + draw.bit(0.0009);
        draw.put(rare);
        draw.steps(0, 13, 0.56);
        int kind = random.nextDouble() < 0.661 ? 0 : random.nextDouble() < 0.357 ? 1 : random.nextDouble() < 0.7 ? 2 : 3;
        draw.put(kind == 0 ? 1 : 0);
        draw.put(kind == 1 ? 1 : 0);
        draw.put(kind == 2 ? 1 : 0);
        draw.tenths(0, 9, 0.68);
        draw.tenths(0, 18, 0.24);
        double region = draw.decimal(0.181, Math.sqrt(6 + Math.abs(gaussian(random)) * 750) / 40 + 0.06);
        draw.choice(0.0002, 0, 0.011, 0.011, 0.003, 0.025, 0.044, 0.053, 0.105, 0.302, 0.026, 0.034, 0.084, 0.349);
        draw.choice(0.00001, 0, 0.170, 0.830);
        draw.choice(0.691, 0, 0.4, 0.6);
        draw.choice(0, 0, 0.834, 0.054, 0.040, 0.001, 0.0004, 0.001, 0.0025, 0.0006, 0.034, 0.0335);
        draw.choice(0.448, 0, 0.475, 0.525);
        draw.choice(
                0, 0, 0.187, 0.148, 0.003, 0.023, 0.098, 0.004, 0.105, 0.076, 0.015, 0.033, 0.047, 0.158, 0.003, 0.005,
                0.042, 0.003, 0.017, 0.033);
        draw.choice(0.0193, 0, 0.052, 0.948);
        draw.choice(0, 0, 0.168, 0.832);
        draw.choice(0.001, 0, 0.330, 0.038, 0.594, 0.024, 0.014);
        draw.choice(0, 0, 0.008, 0.990, 0.002);
        draw.put(random.nextDouble() < 0.146 ? 104 : 1 + random.nextInt(104));
        draw.choice(0.00001, 0, 0.044, 0.093, 0.331, 0.532);
        draw.decimal(0.000002, Math.sqrt(0.08 + 0.02 * random.nextInt(10) + 0.01 * random.nextInt(3)));
        double car = draw.decimal(0, Math.min(3.72, 0.45 + Math.exp(gaussian(random) * 0.55 - 1.2)));
        draw.decimal(0.0716, Math.min(0.63, Math.max(0.11, 0.374 + gaussian(random) * 0.045)));
        draw.decimal(0, Math.sqrt(Math.max(0, 14 - (int) Math.abs(gaussian(random) * 6.5))));
        draw.tenths(0, 9, 0.5);
        draw.tenths(0, 9, 0.65);
        draw.tenths(0, 9, 0.5);
        draw.steps(0, 5, 0.47);
        draw.steps(0, 6, 0.31);
        draw.steps(0, 10, 0.77);
        draw.steps(0, 9, 0.33);
        draw.steps(2, 12, 0.72);
        draw.steps(0, 7, 0.33);
        draw.steps(0, 25, 0.34);
        draw.steps(0, 19, 0.29);
        draw.steps(0, 10, 0.14);
        draw.steps(0, 13, 0.22);
        draw.steps(0, 23, 0.33);
        for (double share : new double[] {0.122, 0.628, 0.554, 0.287, 0.349, 0.153}) {
            draw.bit(share);
        }
        if (target) {
            // Costly cars in busy regions claim more often; the factors have a mean of about one.
            double likely = CLAIMS * (0.55 + 0.55 * car) * (0.75 + 0.4 * region) * (kind == 1 ? 1.45 : 0.94);
            values.set(1, random.nextDouble() < likely ? "1" : "0");
        }
        return values;
    }

    private void spoil(List<String> values, int fault) {
        int region = values.size() - 39;
        switch (fault) {
            case 0 -> values.set(target ? 1 : region, target ? "2" : "-7.5");
            case 1 -> values.set(0, "");
            case 2 -> values.set(values.size() - 21, "about 3");
            case 3 -> values.set(region, "-7.5");
            default -> values.subList(30, values.size()).clear();
        }
    }

    /** The sum of twelve uniform numbers, so that every machine draws the same. */
    private static double gaussian(SplittableRandom random) {
        double sum = -6;
        for (int i = 0; i < 12; i++) {
            sum += random.nextDouble();
        }
        return sum;
    }

    private record Draw(SplittableRandom random, List<String> values) {

        void put(int value) {
            values.add(Integer.toString(value));
        }

        int bit(double share) {
            int bit = random.nextDouble() < share ? 1 : 0;
            put(bit);
            return bit;
        }

        /** A number from {@code first} up to {@code last}: so many tries, each with this share of hits. */
        void steps(int first, int last, double share) {
            put(hits(first, last, share));
        }

        void tenths(int first, int last, double share) {
            int tenths = hits(first, last, share);
            values.add(tenths % 10 == 0 ? Integer.toString(tenths / 10) + ".0" : tenths / 10 + "." + tenths % 10);
        }

        private int hits(int first, int last, double share) {
            int hits = first;
            for (int i = first; i < last; i++) {
                hits += random.nextDouble() < share ? 1 : 0;
            }
            return hits;
        }

        /** Missing, or one of the categories from {@code first} on, each with its share. */
        void choice(double missing, int first, double... shares) {
            if (random.nextDouble() < missing) {
                put(-1);
                return;
            }
            double point = random.nextDouble();
            int category = 0;
            while (category < shares.length - 1 && point >= shares[category]) {
                point -= shares[category++];
            }
            put(first + category);
        }

        void oneHot(double... shares) {
            double point = random.nextDouble();
            boolean found = false;
            for (int i = 0; i < shares.length; i++) {
                boolean here = !found && (point < shares[i] || i == shares.length - 1);
                put(here ? 1 : 0);
                found |= here;
                point -= shares[i];
            }
        }

        /** Missing, or a number with ten decimals; returns what it stands for, a missing one being average. */
        double decimal(double missing, double value) {
            if (random.nextDouble() < missing) {
                values.add("-1");
                return 0.8;
            }
            long scaled = Math.round(value * 1e10);
            String digits = Long.toString(scaled % 10_000_000_000L + 10_000_000_000L).substring(1);
            values.add(scaled / 10_000_000_000L + "." + digits);
            return value;
        }
    }
}

package io.lakeproof.jobs.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HTTP between a client and a server on the loopback, and what goes wrong on the way: byte for byte what they say, but where
 * the weather has it otherwise.
 */
final class FaultyLine implements AutoCloseable {

    /** What happens to one request. */
    enum Fault {
        NONE,
        /** Answered late. */
        DELAYED,
        /** Answered 503 with Retry-After; the server hears nothing of it. */
        BUSY,
        /** The connection ends without an answer; the server hears nothing of it. */
        DROPPED,
        /** The server acts, and the connection ends before its answer. */
        LOST,
        /** The server acts, and of its answer's body, where it has one, half arrives: a header travels in one packet. */
        CUT
    }

    /**
     * When something goes wrong.
     *
     * @param seed what each request meets follows from it, from what is asked for, and from how often that was asked for before:
     *     not from the order of requests that have nothing to do with each other
     * @param share of requests that meet a fault, from 0 to 1
     * @param after so many requests, an outage begins
     * @param during so many requests, each is dropped or answered 503
     * @param where the outage is: what the request's target holds; empty: everywhere
     */
    record Weather(long seed, double share, int after, int during, String where) {

        /** Nothing goes wrong. */
        static final Weather CALM = new Weather(0, 0, 0, 0, "");
    }

    /** What a name has that is another one each time. */
    private static final Pattern RANDOM =
            Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{8}-[0-9]{6}-[0-9a-f]{6}|blockid=[^&]*");

    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)");
    private static final Pattern CHUNKED = Pattern.compile("(?i)\r\ntransfer-encoding: *chunked");
    private static final Pattern EXPECTS = Pattern.compile("(?i)\r\nexpect: *100-continue");
    private static final Pattern BODILESS = Pattern.compile("HTTP/1\\.1 (1..|204|304) ");
    private static final Fault[] FAULTS = Fault.values();
    private static final int PATIENCE_MS = 60_000;

    private final URI server;
    private final ServerSocket socket;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "faulty line");
        thread.setDaemon(true);
        return thread;
    });

    private final Map<String, Integer> asked = new HashMap<>();
    private final Map<Fault, Integer> met = new EnumMap<>(Fault.class);
    private Weather weather = Weather.CALM;
    private int requests;
    private int outage;

    /** A line to the server at that address, {@code http://127.0.0.1:PORT}. */
    FaultyLine(String address) throws IOException {
        server = URI.create(address);
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(() -> {
            while (!socket.isClosed()) {
                try {
                    Socket client = socket.accept();
                    threads.execute(() -> serve(client));
                } catch (IOException e) {
                    // Closed.
                }
            }
        });
    }

    /** Where clients find the server behind this line. */
    String address() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    /** From now on, requests counted anew. */
    synchronized void weather(Weather next) {
        weather = next;
        requests = 0;
        outage = 0;
        asked.clear();
        met.clear();
    }

    /** How many requests there were in this weather. */
    synchronized int requests() {
        return requests;
    }

    /** How many of them met what; none is not among it. */
    synchronized Map<Fault, Integer> met() {
        return new EnumMap<>(met);
    }

    private synchronized Fault next(String method, String target) {
        requests++;
        Fault fault = Fault.NONE;
        if (requests > weather.after && outage < weather.during && target.contains(weather.where)) {
            outage++;
            fault = outage % 4 == 0 ? Fault.BUSY : Fault.DROPPED;
        } else {
            String kind = method + " " + RANDOM.matcher(target).replaceAll("*");
            int times = asked.merge(kind, 1, Integer::sum);
            SplittableRandom random =
                    new SplittableRandom(weather.seed ^ (kind + times).hashCode() * 0x9E3779B97F4A7C15L);
            if (random.nextDouble() < weather.share) {
                fault = FAULTS[1 + random.nextInt(FAULTS.length - 1)];
                // Hadoop's driver takes half of an answer for all of it and rides out the others: few, or no run gets
                // far.
                if (fault == Fault.CUT && random.nextInt(8) > 0) {
                    fault = Fault.LOST;
                }
            }
        }
        if (fault != Fault.NONE) {
            met.merge(fault, 1, Integer::sum);
        }
        return fault;
    }

    private void serve(Socket client) {
        try (client) {
            client.setSoTimeout(PATIENCE_MS);
            client.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(client.getInputStream());
            while (true) {
                Message request = request(in, client);
                Fault fault = next(request.word(0), request.word(1));
                if (fault == Fault.BUSY) {
                    client.getOutputStream().write(busy(request));
                    continue;
                }
                if (fault == Fault.DROPPED) {
                    reset(client);
                    return;
                }
                if (fault == Fault.DELAYED) {
                    Thread.sleep(50);
                }
                Message answer = answer(request);
                if (fault == Fault.CUT && !answer.body.isEmpty()) {
                    int half = answer.head.length() + answer.body.length() / 2;
                    client.getOutputStream().write(answer.bytes(), 0, half);
                    return;
                }
                if (fault == Fault.LOST || fault == Fault.CUT) {
                    reset(client);
                    return;
                }
                client.getOutputStream().write(answer.bytes());
            }
        } catch (IOException e) {
            // The client ended the connection, or gave up.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Message request(InputStream in, Socket client) throws IOException {
        String head = head(in);
        if (EXPECTS.matcher(head).find()) {
            client.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
        }
        return new Message(head, body(head, in));
    }

    /** What the server says, over a connection of its own: one that was kept might be broken by its age alone. */
    private Message answer(Message request) throws IOException {
        try (Socket connection = new Socket(server.getHost(), server.getPort())) {
            connection.setSoTimeout(PATIENCE_MS);
            connection.setTcpNoDelay(true);
            connection.getOutputStream().write(request.bytes());
            InputStream in = new BufferedInputStream(connection.getInputStream());
            String head = head(in);
            while (head.startsWith("HTTP/1.1 100 ")) {
                head = head(in);
            }
            boolean bodiless =
                    request.word(0).equals("HEAD") || BODILESS.matcher(head).lookingAt();
            return new Message(head, bodiless ? "" : body(head, in));
        }
    }

    /** As Azure words it. */
    private static byte[] busy(Message request) {
        String body = request.word(0).equals("HEAD")
                ? ""
                : "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>ServerBusy</Code>"
                        + "<Message>The server is busy.</Message></Error>";
        return ("HTTP/1.1 503 The server is busy.\r\nRetry-After: 1\r\nx-ms-error-code: ServerBusy\r\n"
                        + "Content-Type: application/xml\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(ISO_8859_1);
    }

    /** Ends the connection by a reset, which no client takes for the end of an answer. */
    private static void reset(Socket client) throws IOException {
        client.setSoLinger(true, 0);
    }

    /** Bytes as the characters of their numbers. */
    private record Message(String head, String body) {

        /** Of the first line. */
        String word(int number) {
            return head.substring(0, head.indexOf('\r')).split(" ", -1)[number];
        }

        byte[] bytes() {
            return (head + body).getBytes(ISO_8859_1);
        }
    }

    /** The first line and the header, with the empty line behind them. */
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        do {
            head.append(line(in));
        } while (head.length() > 2 && head.lastIndexOf("\r\n\r\n") != head.length() - 4);
        return head.toString();
    }

    private static String body(String head, InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        if (CHUNKED.matcher(head).find()) {
            int size;
            do {
                String line = line(in);
                size = Integer.parseInt(line.trim().split(";", -1)[0], 16);
                body.writeBytes(line.getBytes(ISO_8859_1));
                body.writeBytes(whole(in, size));
                body.writeBytes(line(in).getBytes(ISO_8859_1));
            } while (size > 0);
            return body.toString(ISO_8859_1);
        }
        Matcher length = LENGTH.matcher(head);
        return length.find() ? new String(whole(in, Integer.parseInt(length.group(1))), ISO_8859_1) : "";
    }

    private static byte[] whole(InputStream in, int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException();
        }
        return bytes;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.length() < 2 || line.charAt(line.length() - 2) != '\r' || line.charAt(line.length() - 1) != '\n') {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            line.append((char) next);
        }
        return line.toString();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.shutdownNow();
    }
}

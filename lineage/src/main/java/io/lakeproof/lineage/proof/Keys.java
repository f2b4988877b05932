package io.lakeproof.lineage.proof;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys as OpenSSL writes them: Ed25519, or ECDSA over P-256 or P-384, in PEM. */
public final class Keys {

    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

    private Keys() {}

    /** A key pair that signs; the id is that of its public key. */
    public record Pair(PrivateKey privateKey, PublicKey publicKey) {

        public String id() {
            return Keys.id(publicKey);
        }
    }

    /**
     * A signing key from PEM text that holds both halves: {@code openssl genpkey -algorithm ed25519} and
     * {@code openssl pkey -pubout}, one after the other.
     *
     * @throws IllegalArgumentException with the reason and the remedy, but nothing of the key
     */
    public static Pair pair(String pem) {
        PrivateKey privateKey = block(pem, "PRIVATE KEY")
                .flatMap(der -> first(factory -> factory.generatePrivate(new PKCS8EncodedKeySpec(der))))
                .orElseThrow(() -> new IllegalArgumentException("it holds no PKCS#8 private key of Ed25519 or ECDSA:"
                        + " make one with `openssl genpkey -algorithm ed25519`"));
        PublicKey publicKey = publicKey(pem);
        Pair pair = new Pair(privateKey, publicKey);
        byte[] probe = {1};
        if (!verifies(publicKey, probe, sign(pair, probe))) {
            throw new IllegalArgumentException("its public key does not belong to its private key:"
                    + " append the output of `openssl pkey -in KEY -pubout` to it");
        }
        return pair;
    }

    /**
     * A public key from PEM text.
     *
     * @throws IllegalArgumentException with the reason and the remedy
     */
    public static PublicKey publicKey(String pem) {
        return block(pem, "PUBLIC KEY")
                .flatMap(der -> first(factory -> factory.generatePublic(new X509EncodedKeySpec(der))))
                .orElseThrow(() -> new IllegalArgumentException("it holds no public key of Ed25519 or ECDSA:"
                        + " append the output of `openssl pkey -in KEY -pubout` to it"));
    }

    /** SHA-256 of the public key's DER form (SubjectPublicKeyInfo, RFC 5280 section 4.1): 64 lower-case hex digits. */
    public static String id(PublicKey key) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static byte[] sign(Pair pair, byte[] bytes) {
        try {
            var signature = java.security.Signature.getInstance(algorithm(pair.publicKey()));
            signature.initSign(pair.privateKey());
            signature.update(bytes);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the key cannot sign: " + e.getMessage(), e);
        }
    }

    static boolean verifies(PublicKey key, byte[] bytes, byte[] signature) {
        try {
            var check = java.security.Signature.getInstance(algorithm(key));
            check.initVerify(key);
            check.update(bytes);
            return check.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static String algorithm(PublicKey key) {
        return key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "Ed25519";
    }

    private static Optional<byte[]> block(String pem, String label) {
        Matcher blocks = PEM.matcher(pem);
        while (blocks.find()) {
            if (blocks.group(1).equals(label)) {
                try {
                    return Optional.of(Base64.getMimeDecoder().decode(blocks.group(2)));
                } catch (IllegalArgumentException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    private interface Reading<T> {
        T from(KeyFactory factory) throws GeneralSecurityException;
    }

    private static <T> Optional<T> first(Reading<T> reading) {
        for (String algorithm : List.of("Ed25519", "EC")) {
            try {
                return Optional.of(reading.from(KeyFactory.getInstance(algorithm)));
            } catch (GeneralSecurityException e) {
                // Of another kind, which the next one may be.
            }
        }
        return Optional.empty();
    }
}

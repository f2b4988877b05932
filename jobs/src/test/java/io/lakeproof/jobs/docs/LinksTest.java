package io.lakeproof.jobs.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every relative link of the documentation leads to a file that is there, and to a heading of it; every page can be found. */
class LinksTest {

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

    @Test
    void every_relative_link_leads_somewhere() {
        List<String> dead = new ArrayList<>();
        int links = 0;
        for (Pages.Page page : Pages.all()) {
            for (String target : links(page)) {
                links++;
                String[] parts = target.split("#", 2);
                Path file = parts[0].isEmpty()
                        ? page.file()
                        : page.file().resolveSibling(parts[0]).normalize();
                if (!file.startsWith(Pages.ROOT) || !Files.exists(file)) {
                    dead.add(page.name() + " -> " + target + ": there is no such file");
                } else if (parts.length == 2
                        && file.toString().endsWith(".md")
                        && !anchors(Pages.page(file)).contains(parts[1])) {
                    dead.add(page.name() + " -> " + target + ": there is no such heading");
                }
            }
        }
        assertThat(dead).isEmpty();
        assertThat(links).isGreaterThan(50);
    }

    @Test
    void the_index_leads_to_every_page_of_the_documentation() {
        Pages.Page index = Pages.page(Pages.ROOT.resolve("docs/README.md"));
        List<String> listed = links(index).stream()
                .map(target -> index.file().resolveSibling(target).normalize().toString())
                .toList();
        // The decisions are listed by their folder.
        assertThat(Pages.all().stream()
                        .filter(page -> page.name().startsWith("docs/")
                                && !page.name().startsWith("docs/adr/")
                                && !page.file().equals(index.file()))
                        .map(page -> page.file().toString()))
                .isNotEmpty()
                .isSubsetOf(listed);
    }

    /** The targets within the repository, where code is no link. */
    private static List<String> links(Pages.Page page) {
        Matcher links = LINK.matcher(page.withoutBlocks().replaceAll("`[^`\n]*`", "x"));
        return links.results()
                .map(link -> link.group(1))
                .filter(target -> !target.matches("[a-z]+:.*"))
                .toList();
    }

    /** The headings' names, as GitHub makes them. */
    private static List<String> anchors(Pages.Page page) {
        return page.withoutBlocks()
                .lines()
                .filter(line -> line.matches("#+ .*"))
                .map(line -> line.replaceFirst("#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                        .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                        .replace(' ', '-'))
                .toList();
    }
}

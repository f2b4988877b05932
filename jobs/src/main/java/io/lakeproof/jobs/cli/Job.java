package io.lakeproof.jobs.cli;

/** One command. */
interface Job {

    /** Does what the command says. */
    Answer run(Call call);
}

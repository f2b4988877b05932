/** The report on a version: what its parts hold, column by column, for people who read data. */
package io.lakeproof.jobs.report;

/** Judges rows and data sets by DQDL rules: the tree is DQDL's own, the measures are Deequ's analyzers. */
package io.lakeproof.jobs.validate;

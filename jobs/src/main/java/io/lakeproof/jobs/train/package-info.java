/** A published version becomes a training in Azure Machine Learning, once. */
package io.lakeproof.jobs.train;

/** Who a run is to the storage that it reads and writes. */
package io.lakeproof.jobs.storage;

/** Where credentials come from when the environment names them instead of holding them. */
package io.lakeproof.jobs.secrets;

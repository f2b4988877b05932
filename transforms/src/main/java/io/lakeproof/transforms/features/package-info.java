/** Feature steps: fitted on the train part alone, applied to every part behind the split. */
package io.lakeproof.transforms.features;

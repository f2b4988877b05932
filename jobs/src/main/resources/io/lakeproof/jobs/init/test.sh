#!/bin/sh
# Runs the dataset on a few rows of its landing, in a scratch place: nothing is published.
# LAKEPROOF names the command where it is not on the PATH.
set -eu
cd "$(dirname "$0")"
exec "${LAKEPROOF:-lakeproof}" run dataset.yaml --sample 100

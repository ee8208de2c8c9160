"""Conformance suite of the vault macros: scenarios in YAML, run in one process on one Spark session."""

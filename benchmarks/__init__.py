"""Benchmarks of the vault macros: the same models, built by different packages on the same tables."""

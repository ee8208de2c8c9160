"""The documentation, lineage and quality site."""

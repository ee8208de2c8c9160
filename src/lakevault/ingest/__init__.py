"""Ingestion, in the order of a file's way: landed, admitted, read, loaded, or in quarantine."""

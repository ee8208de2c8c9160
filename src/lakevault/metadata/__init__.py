"""What dbt has written down: its manifest, and the columns that come from others."""

"""The delivery loop: one Spark session, dbt in the same process, one build at a time."""

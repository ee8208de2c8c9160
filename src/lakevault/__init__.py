"""lakevault: landing, ingestion and the delivery loop around the dbt project."""

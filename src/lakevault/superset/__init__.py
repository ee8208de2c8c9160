"""Apache Superset on this machine, over the project's server: its datasets, charts and dashboards are made from the metrics."""

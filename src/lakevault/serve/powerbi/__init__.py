"""Gold as a Power BI project: a semantic model (TMDL) and a report (PBIR), as text.

Tables, columns, keys and descriptions come from dbt's contracts, measures from the metrics. Nothing here reads the lake.
"""

output "warehouse_id" {
  description = "Id of the SQL warehouse."
  value       = databricks_sql_endpoint.this.id
}

output "http_path" {
  description = "Path of the SQL warehouse."
  value       = "/sql/1.0/warehouses/${databricks_sql_endpoint.this.id}"
}

output "cluster_policy_id" {
  description = "Policy of job clusters."
  value       = databricks_cluster_policy.jobs.id
}


output "name" {
  description = "Name of the catalog."
  value       = databricks_catalog.this.name
}

output "landing" {
  description = "Path of the landing zone."
  value       = "/Volumes/${databricks_catalog.this.name}/bronze/landing"
}


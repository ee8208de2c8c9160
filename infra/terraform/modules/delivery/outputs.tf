output "deployer_client_id" {
  description = "Application that GitHub Actions signs in as."
  value       = azuread_application.deployer.client_id
}

output "pipelines_client_id" {
  description = "Service principal that the jobs run as."
  value       = databricks_service_principal.pipelines.application_id
}

output "pipelines_group" {
  description = "Group of the service principal that the jobs run as."
  value       = databricks_group.pipelines.display_name
}


output "databricks_host" {
  description = "Address of the workspace: DATABRICKS_HOST of the profile and of the bundle."
  value       = module.workspace.url
}

output "databricks_http_path" {
  description = "Path of the SQL warehouse: DATABRICKS_HTTP_PATH of the profile."
  value       = module.compute.http_path
}

output "databricks_warehouse_id" {
  description = "Id of the SQL warehouse: BUNDLE_VAR_warehouse_id of the bundle."
  value       = module.compute.warehouse_id
}

output "databricks_catalog" {
  description = "Catalog of the environment: DATABRICKS_CATALOG of the profile."
  value       = module.catalog.name
}

output "landing" {
  description = "Path of the landing zone for jobs: LAKEVAULT_LANDING."
  value       = module.catalog.landing
}

output "deployer_client_id" {
  description = "Entra ID application that GitHub Actions signs in as: ARM_CLIENT_ID of the GitHub environment."
  value       = module.delivery.deployer_client_id
}

output "pipelines_client_id" {
  description = "Service principal that the jobs run as: BUNDLE_VAR_run_as of the bundle."
  value       = module.delivery.pipelines_client_id
}

output "event_hubs_host" {
  description = "Kafka endpoint of the Event Hubs namespace, host:port."
  value       = module.events.kafka_host
}

output "secrets_to_set" {
  description = "Names of secrets that people put into the Key Vault, and the vault's name."
  value       = { vault = module.secrets.name, scope = module.secrets.scope, names = var.secrets }
}

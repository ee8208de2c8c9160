output "id" {
  description = "Number of the workspace."
  value       = azurerm_databricks_workspace.this.workspace_id
}

output "resource_id" {
  description = "Azure's id of the workspace."
  value       = azurerm_databricks_workspace.this.id
}

output "url" {
  description = "Address of the workspace."
  value       = "https://${azurerm_databricks_workspace.this.workspace_url}"
}


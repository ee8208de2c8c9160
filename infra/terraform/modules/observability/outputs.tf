output "log_workspace_id" {
  description = "Log Analytics workspace."
  value       = azurerm_log_analytics_workspace.this.id
}


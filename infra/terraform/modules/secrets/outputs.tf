output "id" {
  description = "Id of the Key Vault."
  value       = azurerm_key_vault.this.id
}

output "name" {
  description = "Name of the Key Vault."
  value       = azurerm_key_vault.this.name
}

output "scope" {
  description = "Secret scope through which jobs read the vault."
  value       = databricks_secret_scope.this.name
}


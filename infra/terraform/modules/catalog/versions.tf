terraform {
  required_providers {
    azurerm    = { source = "hashicorp/azurerm" }
    databricks = { source = "databricks/databricks" }
  }
}

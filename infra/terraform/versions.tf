terraform {
  required_version = ">= 1.9.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.73"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.7"
    }
    databricks = {
      source  = "databricks/databricks"
      version = "~> 1.99"
    }
  }

  # One state per environment: environments/<environment>.backend.hcl names it. Signing in is Entra ID's, never a key of the account.
  backend "azurerm" {
    use_azuread_auth = true
  }
}

provider "azurerm" {
  subscription_id     = var.subscription_id
  tenant_id           = var.tenant_id
  storage_use_azuread = true

  features {
    key_vault {
      purge_soft_delete_on_destroy = false
    }
    # Only Azure's management is asked, so that whoever applies needs no way into the network.
    storage {
      data_plane_available = false
    }
    resource_group {
      prevent_deletion_if_contains_resources = true
    }
  }
}

provider "azuread" {
  tenant_id = var.tenant_id
}

# Account level: who may enter the workspace, the metastore, private endpoints of serverless compute.
provider "databricks" {
  alias           = "account"
  host            = "https://accounts.azuredatabricks.net"
  account_id      = var.databricks_account_id
  azure_tenant_id = var.tenant_id
}

# The workspace: catalog, grants, warehouse.
provider "databricks" {
  host                        = module.workspace.url
  azure_workspace_resource_id = module.workspace.resource_id
  azure_tenant_id             = var.tenant_id
}

# What one environment consists of. docs/on-azure.md says in which order to apply what.
locals {
  name   = "lakevault-${var.environment}"
  tags   = { project = "lakevault", environment = var.environment, managed_by = "terraform" }
  layers = toset(["bronze", "silver", "gold"])
}

resource "azurerm_resource_group" "this" {
  name     = "rg-${local.name}"
  location = var.location
  tags     = local.tags
}

module "network" {
  source = "./modules/network"

  name           = local.name
  resource_group = azurerm_resource_group.this.name
  location       = var.location
  address_space  = var.address_space
  tags           = local.tags
}

module "storage" {
  source = "./modules/storage"

  name           = "stlakevault${var.environment}${var.name_suffix}"
  resource_group = azurerm_resource_group.this.name
  location       = var.location
  containers     = setunion(local.layers, ["landing"])
  replication    = var.replication
  subnet_id      = module.network.private_endpoints_subnet_id
  dns_zone_ids   = module.network.dns_zone_ids
  tags           = local.tags
}

module "events" {
  source = "./modules/events"

  name           = "evhns-${local.name}-${var.name_suffix}"
  resource_group = azurerm_resource_group.this.name
  location       = var.location
  topics         = var.topics
  subnet_id      = module.network.private_endpoints_subnet_id
  dns_zone_ids   = module.network.dns_zone_ids
  tags           = local.tags
}

module "workspace" {
  source    = "./modules/workspace"
  providers = { databricks = databricks, databricks.account = databricks.account }

  name            = local.name
  resource_group  = azurerm_resource_group.this.name
  location        = var.location
  network         = module.network.workspace
  metastore_id    = var.metastore_id
  storage_id      = module.storage.id
  private_targets = ["dfs", "blob"]
  tags            = local.tags
}

module "secrets" {
  source = "./modules/secrets"

  name           = "kv-lakevault-${var.environment}-${var.name_suffix}"
  resource_group = azurerm_resource_group.this.name
  location       = var.location
  tenant_id      = var.tenant_id
  pipelines      = module.delivery.pipelines_group
  subnet_id      = module.network.private_endpoints_subnet_id
  dns_zone_ids   = module.network.dns_zone_ids
  tags           = local.tags
}

module "delivery" {
  source    = "./modules/delivery"
  providers = { databricks = databricks, databricks.account = databricks.account }

  environment           = var.environment
  github_repository     = var.github_repository
  databricks_account_id = var.databricks_account_id
  groups                = var.groups
  workspace_id          = module.workspace.id
}

module "catalog" {
  source = "./modules/catalog"

  environment       = var.environment
  resource_group    = azurerm_resource_group.this.name
  resource_group_id = azurerm_resource_group.this.id
  location          = var.location
  subscription_id   = var.subscription_id
  workspace_id      = module.workspace.id
  storage           = { id = module.storage.id, name = module.storage.name }
  events_id         = module.events.id
  layers            = local.layers
  groups            = merge(var.groups, { pipelines = module.delivery.pipelines_group })
  tags              = local.tags

  # A catalog needs the workspace's metastore, and grants need the groups in it.
  depends_on = [module.workspace, module.delivery]
}

module "compute" {
  source = "./modules/compute"

  name      = local.name
  warehouse = var.warehouse
  groups    = merge(var.groups, { pipelines = module.delivery.pipelines_group })
  tags      = local.tags

  depends_on = [module.workspace, module.delivery]
}

module "observability" {
  source = "./modules/observability"

  name              = local.name
  resource_group    = azurerm_resource_group.this.name
  resource_group_id = azurerm_resource_group.this.id
  location          = var.location
  alert_email       = var.alert_email
  budget            = var.budget
  targets = {
    storage   = { id = "${module.storage.id}/blobServices/default", category = "audit", metric = "Transaction" }
    queues    = { id = "${module.storage.id}/queueServices/default", category = "audit", metric = "Transaction" }
    events    = { id = module.events.id, category = "audit", metric = "AllMetrics" }
    secrets   = { id = module.secrets.id, category = "audit", metric = "AllMetrics" }
    workspace = { id = module.workspace.resource_id, category = "allLogs", metric = null }
  }
  tags = local.tags
}

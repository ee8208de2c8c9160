variable "environment" {
  description = "Which of the three environments this is. Every name contains it, and each environment has a state and a catalog of its own."
  type        = string

  validation {
    condition     = contains(["dev", "test", "prod"], var.environment)
    error_message = "environment is dev, test or prod."
  }
}

variable "location" {
  description = "Azure region of every resource. It must be the region of the metastore."
  type        = string
}

variable "subscription_id" {
  description = "Azure subscription that holds the environment. Not in the variable file: it belongs to the account (TF_VAR_subscription_id)."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.subscription_id))
    error_message = "subscription_id is a GUID in lower case."
  }
}

variable "tenant_id" {
  description = "Entra ID tenant (TF_VAR_tenant_id)."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.tenant_id))
    error_message = "tenant_id is a GUID in lower case."
  }
}

variable "databricks_account_id" {
  description = "Databricks account, as accounts.azuredatabricks.net shows it (TF_VAR_databricks_account_id)."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.databricks_account_id))
    error_message = "databricks_account_id is a GUID in lower case."
  }
}

variable "metastore_id" {
  description = "Unity Catalog metastore of the region, which all environments share (TF_VAR_metastore_id)."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.metastore_id))
    error_message = "metastore_id is a GUID in lower case."
  }
}

variable "name_suffix" {
  description = "Short text that makes names unique that Azure wants unique in the world (storage, Key Vault, Event Hubs)."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{2,6}$", var.name_suffix))
    error_message = "name_suffix has 2 to 6 lower-case letters or digits."
  }
}

variable "address_space" {
  description = "Addresses of the environment's network, CIDR. Of another environment's they share none."
  type        = string

  validation {
    condition     = can(cidrsubnet(var.address_space, 4, 15)) && try(tonumber(split("/", var.address_space)[1]) <= 22, false)
    error_message = "address_space is a network of /22 or larger: the workspace needs two subnets of /26 or larger."
  }
}

variable "topics" {
  description = "Event hubs by topic: how many partitions, and how many hours an event is kept for those who read late."
  type        = map(object({ partitions = number, retention_hours = number }))

  validation {
    condition     = alltrue([for topic in var.topics : topic.partitions >= 1 && topic.partitions <= 32 && topic.retention_hours >= 24 && topic.retention_hours <= 168])
    error_message = "A topic has 1 to 32 partitions and keeps events for 24 to 168 hours (tier Standard)."
  }
}

variable "secrets" {
  description = "Names of the secrets that people put into the Key Vault. Names only: no value passes through code or state."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.secrets : can(regex("^[a-z][a-z0-9-]{2,60}$", name))])
    error_message = "The name of a secret has lower-case letters, digits and hyphens."
  }
}

variable "groups" {
  description = "Account groups by role. Grants are given to them and to the group of the pipelines, never to people."
  type        = object({ engineers = string, analysts = string, bi = string })

  validation {
    condition     = alltrue([for name in values(var.groups) : can(regex("^[a-z][a-z0-9-]+$", name)) && !contains(["users", "admins"], name)])
    error_message = "A group has a name of its own: `users`, `admins` and `account users` hold everybody."
  }
}

variable "github_repository" {
  description = "Repository whose workflows may deploy, as owner/name (TF_VAR_github_repository)."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository is owner/name, without wildcards."
  }
}

variable "replication" {
  description = "How often Azure stores each file: ZRS in three zones, GZRS in a second region as well."
  type        = string
  default     = "ZRS"

  validation {
    condition     = contains(["ZRS", "GZRS", "RAGZRS"], var.replication)
    error_message = "replication is ZRS, GZRS or RAGZRS."
  }
}

variable "warehouse" {
  description = "SQL warehouse: size, the most clusters for many readers at once, minutes without a statement until it stops."
  type        = object({ size = string, max_clusters = number, auto_stop_minutes = number })

  validation {
    condition     = var.warehouse.auto_stop_minutes >= 1 && var.warehouse.auto_stop_minutes <= 60
    error_message = "The warehouse stops after 1 to 60 idle minutes: 0 would mean never."
  }
}

variable "budget" {
  description = "Monthly cost, in the subscription's currency, from which on mails are sent: at 80 % spent, at 100 % forecast."
  type        = object({ amount = number, from = string })

  validation {
    condition     = var.budget.amount > 0 && can(regex("^20[0-9]{2}-[0-9]{2}-01$", var.budget.from))
    error_message = "A budget has an amount above 0 and begins on the first of a month, 2027-01-01."
  }
}

variable "alert_email" {
  description = "Who is told about cost and failures: a shared mailbox (TF_VAR_alert_email)."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+$", var.alert_email))
    error_message = "alert_email is an address."
  }
}

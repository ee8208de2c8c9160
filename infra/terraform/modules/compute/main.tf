# A warehouse for dbt and for readers, and the only kind of cluster that jobs may start.
resource "databricks_sql_endpoint" "this" {
  name                      = var.name
  cluster_size              = var.warehouse.size
  min_num_clusters          = 1
  max_num_clusters          = var.warehouse.max_clusters
  auto_stop_mins            = var.warehouse.auto_stop_minutes
  warehouse_type            = "PRO"
  enable_serverless_compute = true

  tags {
    dynamic "custom_tags" {
      for_each = var.tags
      content {
        key   = custom_tags.key
        value = custom_tags.value
      }
    }
  }
}

resource "databricks_permissions" "warehouse" {
  sql_endpoint_id = databricks_sql_endpoint.this.id

  dynamic "access_control" {
    for_each = var.groups
    content {
      group_name       = access_control.value
      permission_level = "CAN_USE"
    }
  }
}

resource "databricks_cluster_policy" "jobs" {
  name        = "${var.name}-jobs"
  description = "Job clusters of lakevault: Unity Catalog's isolation, a limited size, tags for the bill"

  definition = jsonencode(merge(
    {
      cluster_type                       = { type = "fixed", value = "job" }
      spark_version                      = { type = "allowlist", values = ["auto:latest-lts"], defaultValue = "auto:latest-lts" }
      data_security_mode                 = { type = "allowlist", values = ["SINGLE_USER", "USER_ISOLATION"], defaultValue = "SINGLE_USER" }
      num_workers                        = { type = "range", minValue = 0, maxValue = 8 }
      "autoscale.max_workers"            = { type = "range", maxValue = 8 }
      "azure_attributes.availability"    = { type = "fixed", value = "ON_DEMAND_AZURE" }
      "init_scripts.*.abfss.destination" = { type = "forbidden" }
    },
    { for key, value in var.tags : "custom_tags.${key}" => { type = "fixed", value = value } },
  ))
}

resource "databricks_permissions" "policy" {
  cluster_policy_id = databricks_cluster_policy.jobs.id

  dynamic "access_control" {
    for_each = { for role in ["engineers", "pipelines"] : role => var.groups[role] }
    content {
      group_name       = access_control.value
      permission_level = "CAN_USE"
    }
  }
}

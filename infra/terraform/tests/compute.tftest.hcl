# The policies of the module compute.
mock_provider "azurerm" {}

mock_provider "azuread" {}

mock_provider "databricks" {}

mock_provider "databricks" {
  alias = "account"
}

variables {
  name = "lakevault-x"
  tags = { environment = "x" }
}

run "job_clusters_are_limited" {
  module {
    source = "./modules/compute"
  }

  variables {
    warehouse = { size = "Small", max_clusters = 2, auto_stop_minutes = 10 }
    groups    = { engineers = "the-engineers", analysts = "the-analysts", bi = "the-bi", pipelines = "the-pipelines" }
  }

  assert {
    condition     = jsondecode(databricks_cluster_policy.jobs.definition)["cluster_type"].value == "job" && jsondecode(databricks_cluster_policy.jobs.definition)["num_workers"].maxValue <= 8
    error_message = "A job may start any cluster."
  }

  assert {
    condition     = toset([for each in databricks_permissions.policy.access_control : each.group_name]) == toset(["the-engineers", "the-pipelines"])
    error_message = "Others than engineers and pipelines may start clusters."
  }

  assert {
    condition     = databricks_sql_endpoint.this.auto_stop_mins == 10 && alltrue([for each in databricks_permissions.warehouse.access_control : each.permission_level == "CAN_USE"])
    error_message = "The warehouse runs on when nobody asks, or somebody besides its owner may change it."
  }
}

# Who read and changed what goes into one log; cost has a limit at which mails are sent.
resource "azurerm_log_analytics_workspace" "this" {
  name                = "log-${var.name}"
  resource_group_name = var.resource_group
  location            = var.location
  tags                = var.tags

  sku                          = "PerGB2018"
  retention_in_days            = 90
  local_authentication_enabled = false
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  for_each = var.targets

  name                       = "lakevault"
  target_resource_id         = each.value.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id

  enabled_log {
    category_group = each.value.category
  }

  dynamic "enabled_metric" {
    for_each = each.value.metric == null ? [] : [each.value.metric]
    content {
      category = enabled_metric.value
    }
  }
}

resource "azurerm_monitor_action_group" "this" {
  name                = "ag-${var.name}"
  resource_group_name = var.resource_group
  short_name          = "lakevault"
  tags                = var.tags

  email_receiver {
    name                    = "owners"
    email_address           = var.alert_email
    use_common_alert_schema = true
  }
}

resource "azurerm_consumption_budget_resource_group" "this" {
  name              = "budget-${var.name}"
  resource_group_id = var.resource_group_id
  amount            = var.budget.amount
  time_grain        = "Monthly"

  time_period {
    start_date = "${var.budget.from}T00:00:00Z"
  }

  notification {
    operator       = "GreaterThanOrEqualTo"
    threshold      = 80
    threshold_type = "Actual"
    contact_groups = [azurerm_monitor_action_group.this.id]
  }

  notification {
    operator       = "GreaterThanOrEqualTo"
    threshold      = 100
    threshold_type = "Forecasted"
    contact_groups = [azurerm_monitor_action_group.this.id]
  }
}

variable "name" {
  description = "Name of the environment."
  type        = string
}

variable "resource_group_id" {
  description = "Id of the resource group, whose cost the budget watches."
  type        = string
}

variable "alert_email" {
  description = "Who gets the mails."
  type        = string
}

variable "budget" {
  description = "Monthly amount and first day."
  type        = object({ amount = number, from = string })
}

variable "targets" {
  description = "Resources whose logs are kept: id, group of log categories, category of metrics if there is one."
  type        = map(object({ id = string, category = string, metric = optional(string) }))
}

variable "resource_group" {
  description = "Name of the resource group."
  type        = string
}

variable "location" {
  description = "Azure region."
  type        = string
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
}


variable "environment" {
  description = "Which environment this is."
  type        = string
}

variable "resource_group_id" {
  description = "Id of the resource group."
  type        = string
}

variable "subscription_id" {
  description = "Azure subscription."
  type        = string
}

variable "workspace_id" {
  description = "Number of the workspace to which everything is bound."
  type        = string
}

variable "storage" {
  description = "Storage account of the lake."
  type        = object({ id = string, name = string })
}

variable "events_id" {
  description = "Event Hubs namespace."
  type        = string
}

variable "layers" {
  description = "Layers: schemas and containers."
  type        = set(string)
}

variable "groups" {
  description = "Groups by role: engineers, analysts, bi, pipelines. Every grant goes to one of them."
  type        = map(string)

  validation {
    condition     = toset(keys(var.groups)) == toset(["engineers", "analysts", "bi", "pipelines"])
    error_message = "groups has the roles engineers, analysts, bi and pipelines."
  }
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


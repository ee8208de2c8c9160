variable "name" {
  description = "Name of the Key Vault, unique in the world."
  type        = string
}

variable "tenant_id" {
  description = "Entra ID tenant."
  type        = string
}

variable "pipelines" {
  description = "Group that may read the secrets."
  type        = string
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

variable "subnet_id" {
  description = "Subnet of the private endpoints."
  type        = string
}

variable "dns_zone_ids" {
  description = "Private DNS zones by kind of endpoint."
  type        = map(string)
}


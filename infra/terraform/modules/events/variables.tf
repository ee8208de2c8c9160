variable "name" {
  description = "Name of the namespace, unique in the world."
  type        = string
}

variable "topics" {
  description = "Event hubs by topic."
  type        = map(object({ partitions = number, retention_hours = number }))
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


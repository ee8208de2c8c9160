variable "name" {
  description = "Name of the storage account, unique in the world."
  type        = string
}

variable "containers" {
  description = "Containers: the layers and the landing zone."
  type        = set(string)
}

variable "replication" {
  description = "How often Azure stores each file."
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


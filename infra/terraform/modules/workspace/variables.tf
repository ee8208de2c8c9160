variable "name" {
  description = "Name of the environment."
  type        = string
}

variable "network" {
  description = "The network module's description of the workspace's subnets."
  type        = object({ network_id = string, host_subnet = string, container_subnet = string, host_association_id = string, container_association_id = string })
}

variable "metastore_id" {
  description = "Metastore of the region."
  type        = string
}

variable "storage_id" {
  description = "Storage account that serverless compute reaches."
  type        = string
}

variable "private_targets" {
  description = "Endpoints of the storage account that serverless compute uses."
  type        = set(string)
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


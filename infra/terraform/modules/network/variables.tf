variable "name" {
  description = "Name of the environment, which every name contains."
  type        = string
}

variable "address_space" {
  description = "Addresses of the network, CIDR."
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


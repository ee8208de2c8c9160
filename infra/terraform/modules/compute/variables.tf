variable "name" {
  description = "Name of the environment."
  type        = string
}

variable "warehouse" {
  description = "Size of the SQL warehouse."
  type        = object({ size = string, max_clusters = number, auto_stop_minutes = number })
}

variable "groups" {
  description = "Groups by role: engineers, analysts, bi, pipelines."
  type        = map(string)
}

variable "tags" {
  description = "Tags of the warehouse and of every job cluster."
  type        = map(string)
}


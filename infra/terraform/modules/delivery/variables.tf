variable "environment" {
  description = "Which environment this is."
  type        = string
}

variable "github_repository" {
  description = "Repository whose workflows may deploy, owner/name."
  type        = string
}

variable "databricks_account_id" {
  description = "Databricks account."
  type        = string
}

variable "groups" {
  description = "Account groups of people, by role."
  type        = map(string)
}

variable "workspace_id" {
  description = "Number of the workspace."
  type        = string
}


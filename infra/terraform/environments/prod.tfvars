# What belongs to an account is not here: see docs/on-azure.md for the TF_VAR_ variables.
environment   = "prod"
location      = "westeurope"
address_space = "10.42.0.0/20"
replication   = "GZRS"

topics = {
  subscriptions = { partitions = 8, retention_hours = 168 }
}

groups = {
  engineers = "lakevault-prod-engineers"
  analysts  = "lakevault-prod-analysts"
  bi        = "lakevault-prod-bi"
}

warehouse = {
  size              = "Small"
  max_clusters      = 4
  auto_stop_minutes = 10
}

budget = {
  amount = 3000
  from   = "2027-01-01"
}

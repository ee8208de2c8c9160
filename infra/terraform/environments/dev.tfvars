# What belongs to an account is not here: see docs/on-azure.md for the TF_VAR_ variables.
environment   = "dev"
location      = "westeurope"
address_space = "10.40.0.0/20"
replication   = "ZRS"

topics = {
  subscriptions = { partitions = 2, retention_hours = 24 }
}

groups = {
  engineers = "lakevault-dev-engineers"
  analysts  = "lakevault-dev-analysts"
  bi        = "lakevault-dev-bi"
}

warehouse = {
  size              = "2X-Small"
  max_clusters      = 1
  auto_stop_minutes = 5
}

budget = {
  amount = 300
  from   = "2027-01-01"
}

# What belongs to an account is not here: see docs/on-azure.md for the TF_VAR_ variables.
environment   = "test"
location      = "westeurope"
address_space = "10.41.0.0/20"
replication   = "ZRS"

topics = {
  subscriptions = { partitions = 2, retention_hours = 24 }
}

groups = {
  engineers = "lakevault-test-engineers"
  analysts  = "lakevault-test-analysts"
  bi        = "lakevault-test-bi"
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

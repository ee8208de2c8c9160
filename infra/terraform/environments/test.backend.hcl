# The account that holds the states is made once, by hand: docs/on-azure.md. Its name comes with -backend-config.
resource_group_name = "rg-lakevault-state"
container_name      = "test"
key                 = "lakevault.tfstate"

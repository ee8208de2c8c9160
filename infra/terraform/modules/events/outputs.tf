output "id" {
  description = "Id of the namespace."
  value       = azurerm_eventhub_namespace.this.id
}

output "kafka_host" {
  description = "Kafka endpoint, host:port."
  value       = "${azurerm_eventhub_namespace.this.name}.servicebus.windows.net:9093"
}


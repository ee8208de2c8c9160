"""The lake as files: what can be read of it without Spark."""

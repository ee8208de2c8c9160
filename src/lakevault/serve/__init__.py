"""Published Gold for people and programs that speak SQL: a server on this machine."""

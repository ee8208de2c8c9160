"""How the lake is doing: what earlier runs did, how fresh and how well tested it is. Read without Spark."""

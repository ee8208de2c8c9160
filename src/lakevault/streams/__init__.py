"""Event streams: what a broker has, landed as files."""

"""Exchange with another city's or system's Open311 server, both ways."""

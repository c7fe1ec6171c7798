"""One way in and one way out for every table: reading, checking and writing files."""

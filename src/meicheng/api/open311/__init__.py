"""Open311 GeoReport v2: any client of that standard can report here and read what became of it."""

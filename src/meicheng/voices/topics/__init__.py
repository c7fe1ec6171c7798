"""Ten thousand voices, read: what people talk about where, since when, and who is not heard."""

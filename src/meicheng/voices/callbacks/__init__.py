"""Call-backs: some of those who did not rate a result, drawn by lot, are asked by telephone."""

"""What the hotline answers: articles with an owner and a day of review."""

"""Pages of voices: reports, and what is learned from them."""

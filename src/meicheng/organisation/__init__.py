"""Units, working groups, people's accounts and what they may do."""

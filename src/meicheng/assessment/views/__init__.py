"""The pages of marks, one file for each thing that somebody wants to know."""

"""The staff's shell: frame, navigation, today, search."""

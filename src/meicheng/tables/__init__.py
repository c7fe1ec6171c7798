"""What a table of columns is: the words in which each room says how its things stand in files."""

"""What makes the two-hundredth case of a morning as easy as the first."""

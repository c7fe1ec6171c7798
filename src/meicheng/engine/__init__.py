"""The mathematics and rules of the field: plain typed Python without Django."""

"""Monthly evaluation of districts and units, ranks and bulletins."""

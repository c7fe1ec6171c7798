"""The product's data packs: standards, items, kinds of cases, the city's own lists."""

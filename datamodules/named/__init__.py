"""Public data sets by name, with their classes, colours and splits."""

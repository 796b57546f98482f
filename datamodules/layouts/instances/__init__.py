"""Objects that have a mask each."""

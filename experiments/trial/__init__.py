"""One training. The only room that imports torch."""

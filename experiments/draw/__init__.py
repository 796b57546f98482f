"""Drawing: scales, curves in SVG and in a terminal. Knows nothing of ablations."""

"""What other tools leave of their runs, one file a format."""

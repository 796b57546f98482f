"""What starts jobs."""

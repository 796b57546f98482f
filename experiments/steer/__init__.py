"""What to run next, from what is known."""

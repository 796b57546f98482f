"""What an arm costs: built for real and trained for a few steps, before anything is registered."""

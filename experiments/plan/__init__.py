"""What was declared becomes arms, and arms become trials. Imports no torch and trains nothing."""

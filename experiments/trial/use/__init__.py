"""What a trained model is for: predictions of anybody's images, and a file for other programs."""

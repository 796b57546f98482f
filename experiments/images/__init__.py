"""What a validation says of single images: counted, kept and scored, without torch."""

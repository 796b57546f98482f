"""Files as they lie on disk: images, texts, lists, and what is missing or broken."""

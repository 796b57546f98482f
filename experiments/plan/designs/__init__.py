"""One function a design: an ablation becomes arms."""

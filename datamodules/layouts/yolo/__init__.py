"""The layout of YOLO."""

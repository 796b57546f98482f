"""The layout of COCO."""

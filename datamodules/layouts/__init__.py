"""Own data as they lie: layouts of masks, boxes and classes, and how they are split."""

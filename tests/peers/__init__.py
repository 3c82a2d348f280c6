"""Real peers that what diskret sends is held against."""

"""The types that the parts hand to each other: no I/O, no threads, nothing of a third party."""

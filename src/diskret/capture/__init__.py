"""Turn what happens in the application into signals, on the caller's thread, without running any of its code."""

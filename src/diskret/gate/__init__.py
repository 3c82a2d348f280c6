"""Build what may leave from what was captured: default-deny, pure, and closed when it fails."""

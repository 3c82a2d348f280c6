"""A small address-book client: reads vCards from a file and syncs them to a server."""

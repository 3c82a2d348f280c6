"""Turn reports into bytes and bring them to the servers, over one client, from one thread."""

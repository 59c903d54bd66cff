"""The web face: thin views over the one use case, and the server that runs them."""

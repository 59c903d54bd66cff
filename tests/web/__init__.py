"""The web face, in process and over a real server."""

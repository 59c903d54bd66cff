"""The library: folders, the archive of what was published, and what is put back from it."""

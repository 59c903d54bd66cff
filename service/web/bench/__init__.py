"""Drafts over HTTP, as far as they are looked into: asked of the bench, or of the process that holds one."""

"""Publishing: what becomes of an edit, with real checks in processes of their own and a real archive."""

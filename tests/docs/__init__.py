"""The pages in docs/ are held to the code: every sample is read, answered or refused as the page says."""

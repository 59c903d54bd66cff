"""The workbench: pages in which clinic leads try a client. They show what use cases say, and keep nothing."""

"""The door to the engine: what goes in fires right, too much is refused, and what fails leaves no trace."""

"""Problems and results as other programs read them: SARIF, GitHub's annotations, JSON, JUnit's XML."""

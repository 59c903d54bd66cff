"""Whatever the language's table holds is in every place where it must be: nothing is left out by hand."""

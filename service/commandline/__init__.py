"""The command line: thin faces over the use case, one module a command. Only this layer prints and exits."""

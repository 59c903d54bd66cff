"""The values that flow between the layers: frozen, without behaviour that needs a library."""

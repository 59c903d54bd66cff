"""The values that flow between the layers."""

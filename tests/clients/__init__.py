"""The clients that are made from the OpenAPI document, against real servers."""

"""The service described as OpenAPI 3.1, from the schemas that validate requests and dump answers."""

"""Tools for the OpenAPI document: a documentation page and a linter."""

"""Tools for the OpenAPI document: its page, to read and to try, and a linter."""

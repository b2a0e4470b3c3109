# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""Contains endpoint functions for accessing the API"""

# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""Contains methods for accessing the API"""

# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""Servers, versions and security of the OpenAPI document, as constants."""

from typing import Final

SERVER_PATH: Final = "/face/{api_version}"
"""The path of the server, below the endpoint."""

API_VERSION: Final = "v1.2"
"""API Version: the default."""

API_VERSIONS: Final = ("v1.2",)
"""API Version: the documented values."""

OCP_APIM_SUBSCRIPTION_KEY_HEADER: Final = "Ocp-Apim-Subscription-Key"
"""The secret key for your Azure AI Face subscription: the name of its header."""

AAD_TOKEN_AUTHORIZATION_URL: Final = "https://api.example.com/oauth2/authorize"
"""The Azure Active Directory OAuth2 Flow: the URL for sign-in."""

AAD_TOKEN_TOKEN_URL: Final = "https://api.example.com/oauth2/token"
"""The Azure Active Directory OAuth2 Flow: the URL that exchanges a code for a token."""

AAD_TOKEN_SCOPES: Final = ("https://cognitiveservices.azure.com/.default",)
"""The Azure Active Directory OAuth2 Flow: the scopes to request."""

SECRET_HEADERS: Final = (
    "Authorization",
    "Ocp-Apim-Subscription-Key",
)
"""The request headers that contain a secret."""

ERROR_CODE_HEADER: Final = "x-ms-error-code"
"""The header of an error response with the error code."""

GENERATOR: Final = "openapi-python-client 0.29.1"
"""The generator of this package."""

DOCUMENT_SHA256: Final = "b787b64d115a0fc72ea833c71af054e59307d049591d58148d81d825e7566705"
"""The SHA-256 of openapi.json, the document that this package was generated from."""

"""Sign-in for Azure AI Face: `connect`, `connect_async`, and the `httpx.Auth` classes that they use."""

from typing import TYPE_CHECKING, Any

from face_client_auth._errors import SignInError
from face_client_auth.bearer import BearerTokenAuth
from face_client_auth.connection import connect, connect_async
from face_client_auth.credentials import AsyncCredential, Credential
from face_client_auth.subscription_key import SubscriptionKeyAuth
from face_client_auth.token_credential import TokenCredentialAuth

if TYPE_CHECKING:
    from face_client_auth.authorization_code import AuthorizationCodeAuth, TokenStore

__all__ = [
    "AsyncCredential",
    "AuthorizationCodeAuth",
    "BearerTokenAuth",
    "Credential",
    "SignInError",
    "SubscriptionKeyAuth",
    "TokenCredentialAuth",
    "TokenStore",
    "connect",
    "connect_async",
]


def __getattr__(name: str) -> Any:
    # It imports http.server and webbrowser, which only this flow needs.
    if name in ("AuthorizationCodeAuth", "TokenStore"):
        from face_client_auth import authorization_code

        return getattr(authorization_code, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

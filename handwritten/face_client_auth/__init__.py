"""Signs in to Azure AI Face: `httpx.Auth` helpers for the client, and `connect`, which puts both together."""

from typing import TYPE_CHECKING, Any

from face_client_auth._errors import SignInError
from face_client_auth.bearer import BearerTokenAuth
from face_client_auth.connection import connect
from face_client_auth.subscription_key import SubscriptionKeyAuth
from face_client_auth.token_credential import TokenCredentialAuth

if TYPE_CHECKING:
    from face_client_auth.authorization_code import AuthorizationCodeAuth, TokenStore

__all__ = [
    "AuthorizationCodeAuth",
    "BearerTokenAuth",
    "SignInError",
    "SubscriptionKeyAuth",
    "TokenCredentialAuth",
    "TokenStore",
    "connect",
]


def __getattr__(name: str) -> Any:
    # Authlib is an extra, and takes longer to import than all the rest.
    if name not in ("AuthorizationCodeAuth", "TokenStore"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from face_client_auth import authorization_code
    except ModuleNotFoundError as error:
        message = f'{name} needs {error.name}: pip install "face-client[oauth]"'
        raise ModuleNotFoundError(message, name=error.name) from None
    return getattr(authorization_code, name)

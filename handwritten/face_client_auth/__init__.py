"""Signs in to Azure AI Face: `httpx.Auth` helpers for the client, and `connect`, which puts both together."""

from face_client_auth.bearer import BearerTokenAuth
from face_client_auth.connection import connect
from face_client_auth.subscription_key import SubscriptionKeyAuth

__all__ = ["BearerTokenAuth", "SubscriptionKeyAuth", "connect"]

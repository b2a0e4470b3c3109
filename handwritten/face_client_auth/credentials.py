"""What can be passed as a credential, as types: the protocols of azure-core, which need not be installed."""

from collections.abc import Awaitable
from typing import Any, Protocol, TypeAlias

import httpx


class KeyCredential(Protocol):
    """A key that may change, such as azure-core's `AzureKeyCredential`."""

    @property
    def key(self) -> str: ...


class AccessToken(Protocol):
    """azure-core's `AccessToken` or `AccessTokenInfo`; of the latter, `refresh_on` is used too."""

    @property
    def token(self) -> str: ...

    @property
    def expires_on(self) -> float: ...


class TokenCredential(Protocol):
    """A sync credential, such as those of azure-identity."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken: ...


class SupportsTokenInfo(Protocol):
    """A sync credential with azure-core's newer method."""

    def get_token_info(self, *scopes: str, options: Any = None) -> AccessToken: ...


class AsyncTokenCredential(Protocol):
    """An async credential, such as those of azure-identity's `aio`."""

    def get_token(self, *scopes: str, **options: Any) -> Awaitable[AccessToken]: ...


class AsyncSupportsTokenInfo(Protocol):
    """An async credential with azure-core's newer method."""

    def get_token_info(self, *scopes: str, options: Any = None) -> Awaitable[AccessToken]: ...


TokenProvider: TypeAlias = TokenCredential | SupportsTokenInfo
AsyncTokenProvider: TypeAlias = AsyncTokenCredential | AsyncSupportsTokenInfo
Credential: TypeAlias = str | KeyCredential | TokenProvider | httpx.Auth
AsyncCredential: TypeAlias = Credential | AsyncTokenProvider

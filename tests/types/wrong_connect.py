# pyright: strict
"""Wrong calls of sign-in. Type checkers have to report an error for each marked line. The module is not run."""

from azure.identity.aio import DefaultAzureCredential as AsyncDefaultAzureCredential

from face_client_auth import AuthorizationCodeAuth, SubscriptionKeyAuth, TokenCredentialAuth, connect, connect_async

CONTOSO = "https://contoso.cognitiveservices.azure.com"


def options(key: str) -> None:
    connect(CONTOSO, key, max_retires=3)  # wrong
    connect(CONTOSO, key, max_retries="3")  # wrong
    connect(CONTOSO, key, max_retries=None)  # wrong
    connect(CONTOSO, key, timeout="ten")  # wrong
    connect(CONTOSO, key, deadline="ten")  # wrong
    connect(CONTOSO, key, stall_timeout="ten")  # wrong
    connect(CONTOSO, key, requests_per_second="10/s")  # wrong
    connect(CONTOSO, key, headers={"X-Team": 7})  # wrong
    connect(CONTOSO, key, httpx_args=["verify"])  # wrong
    connect(CONTOSO, key, verify=False)  # wrong
    connect(CONTOSO, key, 10)  # wrong
    connect(CONTOSO, auth=SubscriptionKeyAuth(key))  # wrong
    connect(CONTOSO, api_version=1.2)  # wrong
    connect_async(CONTOSO, key, max_retires=3)  # wrong
    connect_async(CONTOSO, key, max_retries="3")  # wrong
    connect_async(CONTOSO, key, timeout="ten")  # wrong
    connect_async(CONTOSO, key, deadline="ten")  # wrong
    connect_async(CONTOSO, key, headers={"X-Team": 7})  # wrong
    connect_async(CONTOSO, key, verify=False)  # wrong
    connect_async(CONTOSO, auth=SubscriptionKeyAuth(key))  # wrong


def credentials(key: str) -> None:
    connect(CONTOSO, key.encode())  # wrong
    connect(CONTOSO, ("user", key))  # wrong
    connect(CONTOSO, object())  # wrong
    connect(CONTOSO, AsyncDefaultAzureCredential())  # wrong
    connect(7, key)  # wrong
    connect_async(CONTOSO, key.encode())  # wrong
    connect_async(CONTOSO, object())  # wrong
    SubscriptionKeyAuth(None)  # wrong
    SubscriptionKeyAuth(7)  # wrong
    TokenCredentialAuth(key)  # wrong
    AuthorizationCodeAuth("app")  # wrong


async def clients(key: str) -> None:
    await connect_async(CONTOSO, key)  # wrong
    with connect_async(CONTOSO, key):  # wrong
        pass
    async with connect(CONTOSO, key):  # wrong
        pass
    await connect(CONTOSO, key).get_session_image("id")  # wrong
    connect_async(CONTOSO, key).get_session_image("id")  # wrong

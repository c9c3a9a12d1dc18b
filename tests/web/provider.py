"""A sign-in provider that can be told to lie: each lie is one rule that the client has to check."""

import base64
import gzip
import hashlib
import json
import time
from typing import Any
from urllib.parse import quote_plus

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT = "dogwatch-test"
SECRET = "hush & keep+it/so"


class LyingProvider:
    """Issues tokens for one person; `lies` change what they say.

    Known lies: wrong_issuer, wrong_audience, wrong_nonce, expired, no_nonce, alg_none, hmac_with_public_key,
    own_key_in_header, other_party, wrong_discovery, packed. With `basic_alone` it takes the client's secret
    in a header alone, as some true ones do; `no_keys` names no keys.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.lies: set[str] = set()
        self.email = "erin@example.org"
        self.is_email_verified = True
        self.subject = "erin-at-provider"
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._evil = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._asked: dict[str, dict[str, str]] = {}

    def app(self) -> Starlette:
        """Return the provider as an ASGI app."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._about),
                Route("/keys", self._keys),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def agree(self, query: dict[str, str]) -> dict[str, str]:
        """Return the query a person is sent back with, after they agreed to what they were sent with."""
        assert query["code_challenge_method"] == "S256"
        code = hashlib.sha256(query["state"].encode()).hexdigest()
        self._asked[code] = query
        return {"code": code, "state": query["state"]}

    async def _about(self, request: Request) -> Response:
        issuer = "https://somebody.else" if "wrong_discovery" in self.lies else self.address
        about = {
            "issuer": issuer,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
        }
        if "basic_alone" in self.lies:
            about["token_endpoint_auth_methods_supported"] = ["client_secret_basic"]
        if "no_keys" in self.lies:
            del about["jwks_uri"]
        if "packed" in self.lies:
            packed = gzip.compress(json.dumps(about).encode())
            return Response(packed, headers={"content-encoding": "gzip"}, media_type="application/json")
        return JSONResponse(about)

    async def _keys(self, request: Request) -> Response:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return JSONResponse({"keys": [key | {"kid": "one", "use": "sig", "alg": "RS256"}]})

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        if not self._knows(request.headers.get("authorization", ""), str(form.get("client_secret", ""))):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        asked = self._asked.pop(str(form["code"]), None)
        challenge = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        proof = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        if asked is None or proof != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse({"id_token": self._signed(asked), "token_type": "Bearer"})

    def _knows(self, header: str, in_form: str) -> bool:
        if "basic_alone" not in self.lies:
            return in_form == SECRET
        pair = base64.b64encode(f"{CLIENT}:{quote_plus(SECRET)}".encode()).decode()
        return header == f"Basic {pair}" and not in_form

    def _signed(self, asked: dict[str, str]) -> str:
        lies, now = self.lies, int(time.time())
        told: dict[str, Any] = {
            "iss": "https://somebody.else" if "wrong_issuer" in lies else self.address,
            "aud": "another-client" if "wrong_audience" in lies else CLIENT,
            "sub": self.subject,
            "nonce": "stale" if "wrong_nonce" in lies else asked["nonce"],
            "iat": now - 7200 if "expired" in lies else now,
            "exp": now - 3600 if "expired" in lies else now + 300,
            "email": self.email,
            "email_verified": self.is_email_verified,
        }
        if "max_age" in asked and "no_auth_time" not in lies:
            told["auth_time"] = now - 7200 if "did_not_ask_anew" in lies else now
        if "no_nonce" in lies:
            del told["nonce"]
        if "other_party" in lies:
            told |= {"aud": [CLIENT, "another-client"], "azp": "another-client"}
        header = {"kid": "one"}
        if "alg_none" in lies:
            return jwt.encode(told, None, algorithm="none", headers=header)
        if "hmac_with_public_key" in lies:
            return jwt.encode(told, "k" * 64, algorithm="HS256", headers=header)
        if "own_key_in_header" in lies:
            own = jwt.algorithms.RSAAlgorithm.to_jwk(self._evil.public_key(), as_dict=True)
            return jwt.encode(told, self._evil, algorithm="RS256", headers=header | {"jwk": own})
        return jwt.encode(told, self._key, algorithm="RS256", headers=header)

"""The backend's accounts: registration, login, tokens, logout and password reset."""

import re
import uuid
from collections import defaultdict, deque
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator import tokens
from sutaz_tui.simulator.backend_pool import DatabaseGone, Pool
from sutaz_tui.simulator.web import WrongShape, json_object, think
from sutaz_tui.simulator.world import User, World

EXPIRES_IN = 1800
LOCKOUT_AFTER = 5
LOCKOUT_SECONDS = 1800
RESETS = 5
RESETS_ASKED = "password resets"
"""Where the world keeps when each address asked for a password reset."""
RESET_WINDOW = 60
BEARER = {"www-authenticate": "Bearer"}
NAME = re.compile(r"[\w.@+-]+$")
STRONG = (re.compile(r"[A-Z]"), re.compile(r"[a-z]"), re.compile(r"\d"), re.compile(r"[^\w\s]"))


class Accounts:
    """The auth API over the world's users."""

    def __init__(self, world: World, pool: Pool) -> None:
        self.world = world
        self.pool = pool
        self._ended: set[str] = set()
        self._resets: defaultdict[str, deque[float]] = world.state.setdefault(
            RESETS_ASKED, defaultdict(deque)
        )

    def routes(self) -> list[Route]:
        base = "/api/v1/auth"
        return [
            Route(f"{base}/register", self.register, methods=["POST"]),
            Route(f"{base}/login", self.login, methods=["POST"]),
            Route(f"{base}/refresh", self.refresh, methods=["POST"]),
            Route(f"{base}/logout", self.logout, methods=["POST"]),
            Route(f"{base}/me", self.me),
            Route(f"{base}/password-reset", self.reset, methods=["POST"]),
            Route(f"{base}/password-reset/confirm", self.confirm, methods=["POST"]),
            Route(f"{base}/verify-email/{{token}}", self.verify, methods=["POST"]),
        ]

    async def register(self, request: Request) -> Response:
        value = await json_object(request)
        traits = self.world.traits
        email, username, password = value["email"], value["username"], value["password"]
        if traits.registrations_are_checked:
            self._check_name(username)
        async with self.pool.connection():
            await think(self.world, 0.03)
            if value.get("is_superuser") and not traits.registers_superusers:
                raise HTTPException(403, "Superusers cannot register themselves")
            folded = str.casefold if traits.emails_are_folded else str
            taken = any(folded(user.email) == folded(email) for user in self.world.users.values())
            if traits.emails_are_unique and taken:
                raise HTTPException(400, "Email already registered")
            if username in self.world.users:
                raise HTTPException(400, "Username already taken")
            if traits.weak_passwords_refused and not all(sign.search(password) for sign in STRONG):
                detail = (
                    "Password must hold an upper and a lower case letter, a digit and a special character"
                )
                raise HTTPException(400, detail)
            user = User(
                id=len(self.world.users) + 1,
                email=email,
                username=username,
                password=password,
                full_name=value.get("full_name"),
                is_superuser=bool(value.get("is_superuser")),
                created_at=self.world.epoch(),
            )
            self.world.users[username] = user
        self.world.logs.backend("INFO", "app.api.v1.endpoints.auth", f"User registered: {email}")
        return JSONResponse(shown(user), 201)

    def _check_name(self, username: str) -> None:
        """A wish beyond the real backend, which takes any name."""
        if not self.world.traits.stores_script_names and not NAME.match(username):
            message = "Letters, digits and . _ - + @ only"
            raise WrongShape(
                [{"type": "value_error", "loc": ["body", "username"], "msg": message, "input": username}]
            )

    async def login(self, request: Request) -> Response:
        # As python-multipart reads it: bytes that were not percent-encoded are Latin-1, and the last of a name counts.
        form = dict(parse_qsl((await request.body()).decode("latin-1")))
        name, password = form["username"], form["password"]
        async with self.pool.connection():
            await think(self.world, 0.03)
            user = self._find(name)
            wrong = HTTPException(401, "Incorrect username or password", BEARER)
            if self.world.traits.login_injectable and "'" in name:
                return JSONResponse(self._pair(next(iter(self.world.users.values())), uuid.uuid4().hex))
            if user is None:
                self.world.logs.backend("WARNING", "app.api.v1.endpoints.auth", "Login failed: unknown user")
                if self.world.traits.login_names_unknown_users:
                    raise HTTPException(401, "No such user", BEARER)
                raise wrong
            now = self.world.epoch()
            if user.locked_until > now:
                raise HTTPException(403, "Account locked. Try again later")
            if self.world.traits.login_is_checked and user.password != password:
                user.failed_logins += 1
                if user.failed_logins >= LOCKOUT_AFTER and self.world.traits.login_locks_out:
                    user.locked_until, user.failed_logins = now + LOCKOUT_SECONDS, 0
                    raise HTTPException(403, "Account locked after 5 failed logins. Try again in 30 minutes")
                raise wrong
            if not user.is_active:
                raise HTTPException(403, "Inactive user")
            user.failed_logins, user.last_login, user.updated_at = 0, now, now
        return JSONResponse(self._pair(user, uuid.uuid4().hex))

    async def refresh(self, request: Request) -> Response:
        value = await json_object(request)
        claims = self._claims(value["refresh_token"], "refresh")
        async with self.pool.connection():
            return JSONResponse(self._pair(self._user(claims), str(claims.get("sid", ""))))

    async def logout(self, request: Request) -> Response:
        claims = self._bearer(request)
        async with self.pool.connection():
            self._user(claims)
        if not self.world.traits.refresh_survives_logout:
            self._ended.add(str(claims.get("sid", "")))
        return JSONResponse({"message": "Successfully logged out"})

    async def me(self, request: Request) -> Response:
        claims = self._bearer(request)
        async with self.pool.connection():
            user = self._user(claims)
        if not self.world.traits.auth_me_works:
            self.world.logs.backend(
                "ERROR",
                "app.main",
                "Request failed",
                path="/api/v1/auth/me",
                exception_type="ResponseValidationError",
            )
            return Response("Internal Server Error", 500)
        return JSONResponse(shown(user))

    def signed_in(self, request: Request) -> User:
        """The user of the request's bearer token; raises 401."""
        if not self.world.is_reachable("postgres"):
            raise DatabaseGone
        return self._user(self._bearer(request))

    async def reset(self, request: Request) -> Response:
        value = await json_object(request)
        if self.world.traits.password_reset_is_limited and self.world.is_reachable("redis"):
            self._limit(request.client.host if request.client else "")
        async with self.pool.connection():
            known = any(user.email == value["email"] for user in self.world.users.values())
            if self.world.traits.reset_names_unknown_users and not known:
                raise HTTPException(404, "User not found")
            return JSONResponse({"message": "If the email exists, a password reset link has been sent"})

    def _limit(self, address: str) -> None:
        now = self.world.elapsed()
        asked = self._resets[address]
        while asked and asked[0] <= now - RESET_WINDOW:
            asked.popleft()
        if len(asked) >= RESETS:
            wait = max(1, int(asked[0] + RESET_WINDOW - now))
            raise HTTPException(
                429, f"Rate limit exceeded. Try again in {wait} seconds", {"retry-after": str(wait)}
            )
        asked.append(now)

    async def confirm(self, request: Request) -> Response:
        value = await json_object(request)
        user = self._by_link(value["token"], "password_reset")
        user.password = value["new_password"]
        return JSONResponse({"message": "Password has been reset"})

    async def verify(self, request: Request) -> Response:
        user = self._by_link(request.path_params["token"], "email_verification")
        user.is_verified = True
        return JSONResponse({"message": "Email verified"})

    def _by_link(self, token: str, kind: str) -> User:
        try:
            claims = tokens.decode(token, self.world.secrets["JWT_SECRET_KEY"], (kind,), self.world.epoch())
        except tokens.WrongToken:
            raise HTTPException(400, "Invalid or expired token") from None
        user = self._find(str(claims.get("sub", "")))
        if user is None:
            raise HTTPException(404, "User not found")
        return user

    def _pair(self, user: User, session: str) -> dict[str, Any]:
        traits = self.world.traits
        now = int(self.world.epoch() + traits.token_clock_ahead)
        claims = {"sub": user.username, "user_id": user.id, "email": user.email, "iat": now, "sid": session}
        carried = (words.partition("=") for words in traits.tokens_carry)
        claims |= {name: value or "simulated" for name, _, value in carried}
        lives = {"access": traits.access_token_seconds, "refresh": traits.refresh_token_seconds}
        made = {}
        for kind, seconds in lives.items():
            held = {**claims, "exp": now + seconds, "type": kind}
            kept = {name: value for name, value in held.items() if name not in traits.tokens_lack}
            made[f"{kind}_token"] = tokens.encode(
                kept, self.world.secrets["JWT_SECRET_KEY"], traits.signing_algorithm
            )
        return {**made, "token_type": "bearer", "expires_in": EXPIRES_IN}

    def _bearer(self, request: Request) -> dict[str, Any]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise HTTPException(401, "Not authenticated", BEARER)
        return self._claims(token, "access")

    def _claims(self, token: str, kind: str) -> dict[str, Any]:
        key, traits = self.world.secrets["JWT_SECRET_KEY"], self.world.traits
        kinds = ("access", "refresh") if kind in traits.any_token_taken_as else (kind,)
        unsigned = traits.none_tokens_taken and token.endswith(".")
        checked = traits.tokens_are_checked and not unsigned
        try:
            claims = tokens.decode(token, key, kinds, self.world.epoch(), checked)
        except tokens.WrongToken:
            raise HTTPException(401, "Could not validate credentials", BEARER) from None
        if claims.get("sid") in self._ended:
            raise HTTPException(401, "Could not validate credentials", BEARER)
        return claims

    def _user(self, claims: dict[str, Any]) -> User:
        user = self.world.users.get(str(claims.get("sub", "")))
        if user is None:
            raise HTTPException(401, "Could not validate credentials", BEARER)
        if not user.is_active:
            raise HTTPException(403, "Inactive user")
        return user

    def _find(self, name: str) -> User | None:
        user = self.world.users.get(name)
        if user is None and self.world.traits.login_by_email:
            user = next((user for user in self.world.users.values() if user.email == name), None)
        return user


def shown(user: User) -> dict[str, Any]:
    """A user as the API shows it."""
    return {
        "email": user.email,
        "username": user.username,
        "full_name": user.full_name,
        "is_active": user.is_active,
        "is_superuser": user.is_superuser,
        "is_verified": user.is_verified,
        "id": user.id,
        "created_at": _iso(user.created_at),
        "updated_at": _iso(user.updated_at),
        "last_login": _iso(user.last_login),
    }


def _iso(epoch: float | None) -> str | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC).isoformat().replace("+00:00", "Z")

"""`flows:`, `web:` and `mail:` in `cordboard.yaml`: how flows go live, and what they reach."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cordboard.setting import Settings


class FlowSettings(Settings):
    """How changed flows go live."""

    watch: bool = Field(
        False,
        description="Whether a flow that is saved without mistake is applied at once.",
    )


class WebSettings(Settings):
    """Web services that flows ask."""

    follow_redirects: bool = Field(
        False, description="Whether an answer may send a request, with its headers, to another address."
    )


class MailServer(Settings):
    """The mail server that takes what flows send to `mailto:` addresses."""

    host: str = Field(description="Its name or address.")
    port: int = Field(587, ge=1, le=65535, description="TCP port.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted; `none` only on this machine."
    )
    sender: str = Field(description="Who the mails are from.")
    user: str | None = Field(None, description="For the login, if it wants one.")
    password: str | None = Field(
        None, description='For the login: `"${SMTP_PASSWORD}"`, so that it is in no file.', repr=False
    )

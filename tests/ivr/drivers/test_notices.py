"""Notices: what is sent, how often it is tried, and that a real SMTP conversation carries it."""

from __future__ import annotations

import socket
import threading
from email.message import EmailMessage

import httpx
import pytest

from ivr.drivers.notices import MailSettings, NoticeError, Notices, hand_over, mail_of
from ivr.effects import SendNotice

MAIL = MailSettings("mail.example.org", "ivr@example.org")


def notice(address: str, text: str | None = "Call back.", subject: str | None = "A call") -> SendNotice:
    return SendNotice(address, subject, text, None)


class Heard(list[str | None]):
    """What came of each notice."""


async def _no_pause(_: float) -> None:
    return None


async def test_a_web_address_gets_the_json_or_else_subject_and_text() -> None:
    bodies: list[bytes] = []

    def serve(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(204)

    notices, heard = Notices(transport=httpx.MockTransport(serve)), Heard()
    notices.send(SendNotice("https://hook.example.org/", None, None, {"caller": "+15550100"}), heard.append)
    notices.send(notice("https://hook.example.org/"), heard.append)
    await notices.close()
    assert sorted(bodies) == [b'{"caller":"+15550100"}', b'{"subject":"A call","text":"Call back."}']
    assert heard == [None, None]


async def test_a_service_in_trouble_is_tried_again_and_one_that_refuses_is_not() -> None:
    statuses = [503, 429, 200]
    notices = Notices(
        transport=httpx.MockTransport(lambda _: httpx.Response(statuses.pop(0))), sleep=_no_pause
    )
    heard = Heard()
    notices.send(notice("https://hook.example.org/"), heard.append)
    await notices.close()
    assert (heard, statuses) == ([None], [])
    asked: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(403)

    notices = Notices(transport=httpx.MockTransport(refuse), sleep=_no_pause)
    notices.send(notice("https://hook.example.org/"), heard.append)
    await notices.close()
    assert (heard[-1], len(asked)) == ("status 403", 1)


async def test_after_three_tries_it_is_given_up() -> None:
    tries: list[EmailMessage] = []

    def fail(_: MailSettings, mail: EmailMessage) -> None:
        tries.append(mail)
        raise OSError("connection refused")

    notices, heard = Notices(MAIL, deliver=fail, sleep=_no_pause), Heard()
    notices.send(notice("mailto:support@example.org"), heard.append)
    await notices.close()
    assert (heard, len(tries)) == (["connection refused"], 3)


async def test_without_a_mail_server_or_with_another_scheme_it_is_told_at_once() -> None:
    notices, heard = Notices(), Heard()
    notices.send(notice("mailto:support@example.org"), heard.append)
    notices.send(notice("tel:+15550100"), heard.append)
    await notices.close()
    assert "mail:" in str(heard[0])
    assert "begins with" in str(heard[1])


def test_a_mail_is_from_the_server_to_everybody_named_and_has_no_header_of_the_callers() -> None:
    order = notice("mailto:a@example.org,b%40example.org", "Café\n", "From +1\r\nBcc: all@example.org")
    mail = mail_of(order, MAIL.sender)
    assert (mail["From"], mail["To"]) == ("ivr@example.org", "a@example.org, b@example.org")
    assert mail["Subject"] == "From +1 Bcc: all@example.org"
    assert mail["Bcc"] is None
    assert mail.get_content() == "Café\n"


@pytest.mark.parametrize("address", ["mailto:", "mailto:nobody", "mailto:a@", "mailto:a@b%0d%0aBcc: c@d"])
def test_an_address_that_names_nobody_is_refused(address: str) -> None:
    with pytest.raises(NoticeError):
        mail_of(notice(address), MAIL.sender)


def test_a_real_smtp_conversation_carries_the_mail() -> None:
    said: list[str] = []

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rw", newline="\r\n") as line:

            def say(text: str) -> None:
                line.write(text + "\r\n")
                line.flush()

            say("220 mail.example.org")
            in_data = False
            while text := line.readline():
                said.append(text.strip())
                if in_data:
                    in_data = text.strip() != "."
                    if in_data:
                        continue
                elif text.lower().startswith("data"):
                    in_data = True
                    say("354 go on")
                    continue
                say("221 bye" if text.lower().startswith("quit") else "250 ok")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        settings = MailSettings("127.0.0.1", "ivr@example.org", listener.getsockname()[1], security="none")
        hand_over(settings, mail_of(notice("mailto:a@example.org"), settings.sender))
        server.join(5)
    assert "mail FROM:<ivr@example.org>" in [text.split(" size=")[0].strip() for text in said]
    assert "rcpt TO:<a@example.org>" in said
    assert "Subject: A call" in said

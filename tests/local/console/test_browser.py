"""The console in a real browser: a learner's work in it, and a page of somebody else's that wants to join in."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.local.console.conftest import Console

playwright = pytest.importorskip(
    "playwright.sync_api", reason="no browser to look with: pip install playwright, and a chromium on PATH"
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser to look with: no chromium on PATH")

PATIENCE = 60_000
"""Milliseconds: long, because the machine may be busy."""
PASS = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "Result": {"it": "worked"}, "End": True}}}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of which every request and every complaint is kept."""
    made = browser.new_page(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(PATIENCE)
    made.urls, made.complaints = [], []
    made.on("request", lambda request: made.urls.append(request.url))
    made.on("websocket", lambda socket: made.urls.append(socket.url))
    made.on("console", lambda said: made.complaints.append(said.text) if said.type == "error" else None)
    made.on("pageerror", lambda error: made.complaints.append(str(error)))
    yield made
    made.close()


def a_machine(boto: Callable[[str], Any]) -> None:
    role = boto("iam").create_role(RoleName="passes", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    states = boto("stepfunctions")
    arn = states.create_state_machine(name="passes", roleArn=role, definition=json.dumps(PASS))["stateMachineArn"]
    states.start_execution(stateMachineArn=arn, name="once", input="{}")


def test_a_learner_makes_a_queue_sends_receives_and_looks_at_an_execution(
    fresh: Console, page: Any, browser: Any
) -> None:
    import boto3

    from labcli.local import life

    keys = life.keys(fresh.home)

    def client(service: str) -> Any:
        return boto3.client(
            service, endpoint_url=keys.url, region_name=keys.region, aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
        )  # fmt: skip

    a_machine(client)
    page.goto(fresh.address)
    assert page.url == f"{fresh.origin}/"  # the token stays in no address
    page.goto(f"{fresh.origin}/resources/sqs")
    page.get_by_role("button", name="Create queue").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").first.fill("by-hand")
    dialog.get_by_role("button", name="Create queue").click()
    page.get_by_role("link", name="by-hand").click()
    page.get_by_role("button", name="Send message").click()
    dialog.get_by_role("textbox").first.fill("hello from a browser")
    dialog.get_by_role("button", name="Send message").click()
    page.get_by_role("button", name="Poll for messages").click()
    page.get_by_text("hello from a browser").wait_for()
    page.goto(f"{fresh.origin}/resources/stepfunctions")
    page.get_by_text("passes", exact=True).first.click()
    page.get_by_text("once", exact=True).first.click()
    page.get_by_text("SUCCEEDED").first.wait_for()

    url = client("sqs").get_queue_url(QueueName="by-hand")["QueueUrl"]
    assert client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello from a browser"
    assert page.complaints == []
    ours = (f"{fresh.origin}/", f"ws://127.0.0.1:{fresh.port}/", "data:", "blob:")
    assert [url for url in page.urls if not url.startswith(ours)] == []

    second = browser.new_context().new_page()
    assert second.goto(fresh.address).status == 403  # it opened once


def a_foreign_page(target: str) -> HTTPServer:
    """A page of another origin that tries to read, to write, to load and to frame what is at ``target``."""
    script = f"""
    const tries = {{
        read: () => fetch("{target}/api/sqs/queues", {{credentials: "include"}}).then(a => a.text()),
        write: () => fetch("{target}/api/sqs/queues", {{method: "POST", mode: "no-cors", credentials: "include",
            body: JSON.stringify({{queueName: "theirs"}})}}).then(a => {{ if (a.type !== "opaque") throw 1; throw 2 }}),
        socket: () => new Promise((yes, no) => {{
            const ws = new WebSocket("{target}/ws".replace("http", "ws")); ws.onopen = yes; ws.onerror = no }}),
        picture: () => new Promise((yes, no) => {{
            const i = new Image(); i.onload = yes; i.onerror = no; i.src = "{target}/favicon.svg" }}),
    }};
    Promise.all(Object.entries(tries).map(([name, go]) => go().then(() => name, () => null)))
        .then(got => {{ document.title = "got:" + got.filter(Boolean).join(",") }});
    """
    body = f'<!doctype html><iframe src="{target}/"></iframe><script>{script}</script>'.encode()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_of_another_origin_gets_nothing_though_the_browser_holds_the_cookie(
    fresh: Console, page: Any, host: str
) -> None:
    page.goto(fresh.address)
    server = a_foreign_page(fresh.origin)
    try:
        page.goto(f"http://{host}:{server.server_port}/")
        page.wait_for_function("document.title.startsWith('got:')")
        assert page.title() == "got:"
        frame = page.frames[1]
        assert "StackPort" not in frame.content()
    finally:
        server.shutdown()
        server.server_close()
    cookies = [each for each in page.context.cookies() if each["name"].startswith("labcli-console")]
    assert [(each["httpOnly"], each["sameSite"]) for each in cookies] == [(True, "Strict")]
    page.goto(f"{fresh.origin}/resources/sqs")
    page.get_by_text("No queues yet").wait_for()

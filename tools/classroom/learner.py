"""A learner as the hub sees one: signs in by the form, starts a server, runs cells in kernels. For tests and benchmarks."""

import json
import time
import uuid

import requests
import websocket  # comes with jupyterlab, as requests does

ROOM = "vae-course/notebooks"


class Learner:
    """Somebody with a name and a password at the hub of that address; `token` once signed in."""

    def __init__(self, address: str, name: str, password: str):
        self.address, self.name, self.password, self.token = address, name, password, None
        self.server = f"{address}/user/{name}"

    def sign_in(self) -> None:
        """By the form, as a browser does; then ask for a token of one's own, which speaks for this learner from there on.

        Raises:
            PermissionError: if the hub does not take the password.
        """
        browser, page = requests.Session(), f"{self.address}/hub/login"
        browser.get(page, timeout=300)
        cross = browser.cookies.get("_xsrf")
        form = {"username": self.name, "password": self.password, "_xsrf": cross}
        if browser.post(page, data=form, allow_redirects=False, timeout=300).status_code != 302:
            raise PermissionError(f"{self.name} could not sign in")
        cross = browser.cookies.get("_xsrf", path="/hub/")  # a new one with the new session
        tokens = f"{self.address}/hub/api/users/{self.name}/tokens"
        answer = browser.post(tokens, params={"_xsrf": cross}, json={}, timeout=300)
        answer.raise_for_status()
        self.token = answer.json()["token"]

    def ask(self, method: str, address: str, wait: float = 600, **more) -> requests.Response:
        """A request in this learner's name, at most `wait` seconds; HTTP's errors are raised."""
        answer = requests.request(
            method, address, headers={"Authorization": f"token {self.token}"}, timeout=wait, **more
        )
        answer.raise_for_status()
        return answer

    def start(self, seconds: float = 300) -> None:
        """Start the server and wait until it answers. TimeoutError if it does not."""
        me = f"{self.address}/hub/api/users/{self.name}"
        self.ask("POST", f"{me}/server")
        end = time.monotonic() + seconds
        while not self.ask("GET", me).json()["servers"].get("", {}).get("ready"):
            if time.monotonic() > end:
                raise TimeoutError(f"the server of {self.name} did not start in {seconds:.0f} s")
            time.sleep(0.5)

    def cells(self, notebook: str) -> list[dict]:
        """The code cells of the learner's own copy."""
        content = self.ask("GET", f"{self.server}/api/contents/{ROOM}/{notebook}").json()["content"]
        return [cell for cell in content["cells"] if cell["cell_type"] == "code"]

    def open(self, notebook: str) -> "Kernel":
        """A kernel for a notebook, as JupyterLab starts one."""
        asked = {"path": f"{ROOM}/{notebook}", "name": notebook, "type": "notebook", "kernel": {"name": "python3"}}
        kernel = self.ask("POST", f"{self.server}/api/sessions", json=asked).json()["kernel"]["id"]
        return Kernel(self, kernel)


class Kernel:
    """A learner's kernel, by the websocket that JupyterLab speaks through."""

    def __init__(self, learner: Learner, number: str):
        self.learner, self.path, self.session = learner, f"/api/kernels/{number}", uuid.uuid4().hex
        address = f"{learner.server.replace('http', 'ws', 1)}{self.path}/channels?session_id={self.session}"
        head = {"Authorization": f"token {learner.token}"}
        self.socket = websocket.create_connection(address, timeout=1800, header=head, subprotocols=[])

    def send(self, kind: str, content: dict) -> str:
        """Send a message on the shell's channel; returns its number."""
        number = uuid.uuid4().hex
        header = {"msg_id": number, "session": self.session, "username": "", "msg_type": kind, "version": "5.3"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self.socket.send(json.dumps(message))
        return number

    def answers(self, number: str) -> list[dict]:
        """What the kernel publishes in answer to a message, until it is idle again."""
        found = []
        while True:
            raw = self.socket.recv()
            if isinstance(
                raw, bytes
            ):  # a message with buffers: numbers of them, their places, the message, the buffers
                starts = [
                    int.from_bytes(raw[i : i + 4], "big") for i in range(4, 4 * int.from_bytes(raw[:4], "big") + 4, 4)
                ]
                raw = raw[starts[0] : [*starts, len(raw)][1]]
            message = json.loads(raw)
            if message["parent_header"].get("msg_id") != number:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return found
            found.append({"kind": message["msg_type"], **message["content"]})

    def run(self, code: str) -> list[dict]:
        """Run code. Returns what it showed and printed. RuntimeError if it raised."""
        shown = self.answers(self.send("execute_request", {"code": code, "silent": False, "store_history": True}))
        for each in shown:
            if each["kind"] == "error":
                raise RuntimeError(f"{self.learner.name}: {each['ename']}: {each['evalue']}")
        return shown

    def close(self) -> None:
        """End the kernel."""
        self.socket.close()
        self.learner.ask("DELETE", f"{self.learner.server}{self.path}")


def text(shown: list[dict]) -> str:
    """What cells printed, and the plain text of what they displayed."""
    return "\n".join(each.get("text") or each.get("data", {}).get("text/plain", "") for each in shown)

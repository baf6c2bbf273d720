"""A class on one machine: two learners of a real hub, and docs/classroom.md with the commands that this runs."""

import json
import pwd
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tools.classroom import hub, start
from tools.classroom.learner import Learner, text

COURSE = Path(__file__).parents[1]
PAGE = (COURSE / "docs" / "classroom.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def two():
    """Two learners, signed in, with servers. Skipped where a class cannot be had: that takes more than packages."""
    if need := hub.missing():
        pytest.skip(f"a class needs {need}, which is not here")
    with hub.classroom(2) as learners:
        for learner in learners:
            learner.sign_in()
        with ThreadPoolExecutor() as pool:
            list(pool.map(Learner.start, learners))
        yield learners


def tell(learner: Learner, code: str):
    """The value that the code's last line prints as JSON, run in a kernel of this learner."""
    kernel = learner.open("00_start_here.ipynb")
    try:
        return json.loads(text(kernel.run(f"import json, os\nfrom pathlib import Path\n{code}")))
    finally:
        kernel.close()


def test_both_work_and_neither_reads_the_other_s_files_nor_writes_what_is_shared(two):
    ana, ben = two
    homes = {learner.name: pwd.getpwnam(learner.name).pw_dir for learner in two}
    (Path(homes[ben.name]) / "secret.txt").write_text("mine")
    for each in two:
        assert len(each.cells("00_start_here.ipynb")) >= 10
    shared = [COURSE / "vae_helpers" / "weights" / "mnist-2d.safetensors", COURSE / "vae_helpers" / "course.py",
              COURSE / "notebooks" / "00_start_here.ipynb", Path(pytest.__file__)]  # fmt: skip
    code = f"""
from ipykernel.connect import get_connection_info

def attempt(path, mode):
    try:
        with open(path, mode) as file:
            return len(file.read()) if mode == "rb" else file.write(b"mine")
    except OSError as problem:
        return type(problem).__name__

def listed(folder):
    try:
        return os.listdir(folder)
    except OSError as problem:
        return type(problem).__name__

shared = {[str(path) for path in shared]!r}
print(json.dumps([
    listed({homes[ben.name]!r}), attempt({homes[ben.name] + "/secret.txt"!r}, "rb"),
    [attempt(path, "rb") for path in shared], [attempt(path, "ab") for path in shared],
    [attempt(path + ".new", "wb") for path in shared], attempt("mine.txt", "wb"),
    json.loads(get_connection_info())["transport"],
]))
"""
    there, other, read, appended, made, own, transport = tell(ana, code)
    assert (there, other) == ("PermissionError", "PermissionError")
    assert all(size > 0 for size in read)
    assert appended == made == ["PermissionError"] * len(shared) and own == len("mine")
    assert transport == "ipc"  # a kernel's port would publish its outputs to every user of the machine
    with pytest.raises(Exception, match=r"40[34]"):
        ana.ask("GET", f"{ben.server}/api/contents/secret.txt")
    assert ben.ask("GET", f"{ben.server}/api/contents/secret.txt").json()["content"] == "mine"
    with pytest.raises(PermissionError):
        Learner(ana.address, ana.name, ben.password).sign_in()


def fences(language: str) -> str:
    """The page's code of that language."""
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE))


def test_the_page_has_the_commands_that_are_run_here():
    shell = fences("sh")
    for command in (hub.GROUP, hub.USER, hub.HUB, "| chpasswd", "npm install --no-save configurable-http-proxy"):
        assert command in shell, command
    modules = set(re.findall(r"-m ((?:tools|benchmarks)[.\w]+)", PAGE))
    assert modules == {"tools.release", "tools.roll_up", "benchmarks.classroom"}
    for option, module in (("--learners", "benchmarks/classroom"), ("--csv", "tools/roll_up")):
        assert option in shell and f'"{option}"' in (COURSE / f"{module}.py").read_text(encoding="utf-8")
    for file in re.findall(r"(?:tools/classroom/|requirements-)[\w.-]+\.\w+", PAGE):
        assert (COURSE / file).is_file(), file


def test_what_is_prepared_for_larger_classes_is_sized_from_what_was_measured():
    """And starts a learner's server as the hub that was tried does."""
    learner = yaml.safe_load((COURSE / "tools" / "classroom" / "values.yaml").read_text(encoding="utf-8"))["singleuser"]
    (most,) = re.findall(r"^\| 05 run \|.*\| (\d+) \|$", PAGE, flags=re.MULTILINE)
    guarantee, limit = (float(learner["memory"][name].removesuffix("G")) for name in ("guarantee", "limit"))
    assert guarantee >= int(most) / 1024 and limit >= 2 * guarantee
    littlest, ours = (
        fences("python"),
        (COURSE / "tools" / "classroom" / "jupyterhub_config.py").read_text(encoding="utf-8"),
    )
    for line in (
        'c.Spawner.args = ["--KernelManager.transport=ipc"]',
        f'c.Spawner.default_url = "{learner["defaultUrl"]}"',
    ):
        assert line in littlest and line in ours
    assert f"limits.memory {limit:.0f}G" in fences("sh") and learner["cmd"][1] in littlest


def test_an_edited_notebook_stays_and_one_that_is_gone_comes_anew(tmp_path):
    start.give(tmp_path)
    folder = tmp_path / "vae-course" / "notebooks"
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    names = sorted(path.name for path in (COURSE / "notebooks").glob("*.ipynb"))
    assert sorted(path.name for path in folder.iterdir()) == names
    (folder / names[0]).write_text("edited")
    (folder / names[1]).unlink()
    start.give(tmp_path)
    assert (folder / names[0]).read_text() == "edited"
    assert (folder / names[1]).read_bytes() == (COURSE / "notebooks" / names[1]).read_bytes()

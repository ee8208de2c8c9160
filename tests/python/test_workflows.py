"""given the workflows, when they are read by tools and run as far as a laptop can, then they are safe and call make alone."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
STEPS = [
    (path.name, name, step)
    for path in WORKFLOWS
    for name, job in yaml.safe_load(path.read_text())["jobs"].items()
    for step in job["steps"]
]
TARGETS = set(re.findall(r"^([a-z0-9-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))


def program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


@pytest.mark.parametrize(
    "command",
    [["actionlint", *map(str, WORKFLOWS)], ["zizmor", "--offline", "--quiet", ".github"], ["hadolint", "Dockerfile"]],
    ids=lambda command: command[0],
)
def test_a_tool_that_knows_what_goes_wrong_finds_nothing(command):
    done = subprocess.run([program(command[0]), *command[1:]], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("workflow", "job", "step"), [each for each in STEPS if "run" in each[2]])
def test_every_run_step_is_a_make_target_that_exists(workflow, job, step):
    word, *targets = step["run"].split()
    assert word == "make"
    assert targets
    assert set(targets) <= TARGETS


@pytest.mark.parametrize(("workflow", "job", "step"), [each for each in STEPS if "uses" in each[2]])
def test_every_action_is_pinned_by_its_commit(workflow, job, step):
    assert step["uses"].startswith("./") or re.search(r"@[0-9a-f]{40}$", step["uses"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_limits(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] in ({}, {"contents": "read"})
    assert "group" in workflow["concurrency"]
    assert all(job["timeout-minutes"] <= 90 for job in workflow["jobs"].values())


def test_the_merge_waits_for_every_part():
    jobs = yaml.safe_load((PROJECT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    assert set(jobs["all"]["needs"]) == set(jobs) - {"all"}


def make(target: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", target], cwd=PROJECT, env=os.environ | environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("results", "code"),
    [("success success", 0), ("success failure", 2), ("success cancelled", 2), ("skipped success", 2)],
)
def test_all_green_is_green_only_when_all_are(results, code):
    assert make("all-green", RESULTS=results).returncode == code


RELEASES = {
    "another version": ("v9.9.9", "## 9.9.9", 2, "pyproject.toml does not say version 9.9.9"),
    "no section": ("v1.2.0", "## Unreleased", 2, "CHANGELOG.md has no section ## 1.2.0"),
    "a section of another": ("v1.2.0", "## 1.2.01", 2, "CHANGELOG.md has no section ## 1.2.0"),
    "all there": ("v1.2.0", "## 1.2.0 (2027-01-31)", 0, ""),
}


@pytest.mark.parametrize("case", RELEASES)
def test_a_release_needs_its_version_and_its_section_of_the_changelog(tmp_path, case):
    tag, section, code, said = RELEASES[case]
    (tmp_path / "pyproject.toml").write_text('version = "1.2.0"\n')
    (tmp_path / "dbt_project.yml").write_text('version: "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{section}\n")
    command = ["make", "-f", str(PROJECT / "Makefile"), "release-check"]
    checked = subprocess.run(command, cwd=tmp_path, env=os.environ | {"TAG": tag}, capture_output=True, text=True)
    assert (checked.returncode, said in checked.stdout) == (code, True)


@pytest.mark.parametrize(("runs", "code"), [("1", 0), ("0", 2), ("", 2)])
def test_a_release_needs_a_green_run_of_its_commit(tmp_path, runs, code):
    hub = tmp_path / "gh"
    hub.write_text(
        f'#!/bin/sh\ncase "$*" in *"main.yml --commit abc --status success"*) echo {runs};; *) echo 7;; esac\n'
    )
    hub.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    checked = subprocess.run(
        ["make", "-o", ".venv/.ready", "checks-green", f"BIN={tmp_path}"],
        cwd=PROJECT,
        env=os.environ | {"COMMIT": "abc", "PATH": path},
        capture_output=True,
        text=True,
    )
    assert (checked.returncode, "has no green run" in checked.stdout) == (code, code != 0)


MARK = "<!-- lakevault review -->"
BOT, PERSON = {"type": "Bot"}, {"type": "User"}


class Hub:
    """As much of GitHub as the comment needs: one pull request, its comments, and what was asked of it."""

    def __init__(self, comments: list[dict]) -> None:
        self.asked: list[tuple[str, str, str]] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(size))["body"] if size else ""
                path = self.path.removeprefix("/repos/us/lakevault/").split("?")[0]
                if self.command != "GET":
                    hub.asked.append((self.command, path, body))
                content = (
                    {"head": {"sha": "abc"}} if path.startswith("pulls/") else comments if "comments" in path else {}
                )
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            do_GET = do_POST = do_PATCH = answer

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("localhost", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def post(tmp_path: Path) -> Iterator:
    hubs = []

    def run(comments: list[dict], number: str, text: str, head: str = "abc") -> tuple[int, list[tuple[str, str, str]]]:
        hub = Hub(comments)
        hubs.append(hub)
        for name, content in (("number", number), ("comment.md", text)):
            if content:
                (tmp_path / name).write_text(content)
        environment = {
            "GITHUB_API_URL": f"http://localhost:{hub.server.server_port}",
            "GITHUB_REPOSITORY": "us/lakevault",
            "GITHUB_TOKEN": "none",
            "HEAD_SHA": head,
        }
        script = [sys.executable, ".github/post_review.py", str(tmp_path)]
        done = subprocess.run(script, cwd=PROJECT, env=os.environ | environment, capture_output=True, text=True)
        return done.returncode, hub.asked

    yield run
    for hub in hubs:
        hub.server.shutdown()


SIGNED = f"{MARK}\n<sub>Of commit abc, written by the code of the branch.</sub>\n"
TEXT = f"{MARK}\nNo model."
POSTED = f"{SIGNED}\nNo model."
OURS = {"id": 5, "body": f"{MARK}\nold", "user": BOT}
COMMENTS = {
    "the first comment": ([], "12", TEXT, "abc", 0, [("POST", "issues/12/comments", POSTED)]),
    "a second run": ([OURS], "12", TEXT, "abc", 0, [("PATCH", "issues/comments/5", POSTED)]),
    "a person who quotes it": ([OURS | {"user": PERSON}], "12", TEXT, "abc", 0, [("POST", "issues/12/comments", POSTED)]),
    "a run that wrote no review": ([OURS], "12", "", "abc", 0, [("PATCH", "issues/comments/5", f"{SIGNED}\nNo review could be written: the run says why.")]),
    "a run that ended before": ([OURS], "", "", "abc", 0, []),
    "a text that calls a team": ([], "12", f"{MARK}\n@us/all &#64;us/all", "abc", 0, [("POST", "issues/12/comments", f"{SIGNED}\n@\u200bus/all &\u200b#64;us/all")]),
    "a commit that is not the head": ([], "12", TEXT, "def", 0, []),
    "a number that is none": ([], "12; rm", TEXT, "abc", 1, []),
    "a text that is no review": ([], "12", "buy this", "abc", 1, []),
    "a very long text": ([], "12", TEXT + "x" * 70_000, "abc", 0, [("POST", "issues/12/comments", (POSTED + "x" * 70_000)[:60_000])]),
    "a text that grows": ([], "12", MARK + "@" * 50_000, "abc", 0, [("POST", "issues/12/comments", (SIGNED + "@\u200b" * 50_000)[:60_000])]),
}  # fmt: skip


@pytest.mark.parametrize("case", COMMENTS)
def test_the_review_is_posted_once_and_only_where_it_belongs(post, case):
    comments, number, text, head, code, asked = COMMENTS[case]
    assert post(comments, number, text, head) == (code, asked)


def test_the_bundle_holds_the_project_with_its_packages_and_no_data():
    assert make("bundle").returncode == 0
    listed = subprocess.run(
        ["tar", "tzf", "dist/lakevault-project.tar.gz"], cwd=PROJECT, capture_output=True, text=True
    )
    names = listed.stdout.split()
    for name in ("dbt_project.yml", "dbt_packages/automate_dv_spark/dbt_project.yml", "models/gold/core/dim_date.sql"):
        assert name in names
    assert not [name for name in names if name.startswith(("packages/", "lake/", "landing/"))]

"""Put what `make review` wrote under its pull request, in place of what was there. Runs on main's code with the standard library.

The artefact comes from the branch, so nothing in it is trusted: the number has to be one of a pull request whose head is the
commit that was checked, and the text is cut to what a comment may hold, calls nobody by name, and says whose it is.
"""

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

MARK = "<!-- lakevault review -->"
LONGEST = 60_000


def call(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Call GitHub's API; path is relative to the repository."""
    base = f"{os.environ.get('GITHUB_API_URL', 'https://api.github.com')}/repos/{os.environ['GITHUB_REPOSITORY']}"
    request = urllib.request.Request(f"{base}/{path}", method=method, data=json.dumps(body).encode() if body else None)
    request.add_header("Authorization", f"Bearer {os.environ['GITHUB_TOKEN']}")
    request.add_header("Accept", "application/vnd.github+json")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def main(folder: Path) -> int:
    if not (folder / "number").is_file():
        print("the run ended before its review: nothing posted")
        return 0
    number, written = (folder / "number").read_text().strip(), folder / "comment.md"
    text = written.read_text() if written.is_file() else f"{MARK}\nNo review could be written: the run says why."
    if not number.isdecimal():
        print(f"not the number of a pull request: {number[:40]!r}")
        return 1
    if call("GET", f"pulls/{number}")["head"]["sha"] != os.environ["HEAD_SHA"]:
        print(f"pull request {number} has another head by now, or never had this one: nothing posted")
        return 0
    if not text.startswith(MARK):
        print("the comment does not begin as `make review` begins it: nothing posted")
        return 1
    # Whose it is comes first, where nothing can hide it. A zero-width space leaves an @ readable, but nobody is notified.
    said = text.removeprefix(MARK).replace("@", "@\u200b").replace("&#", "&\u200b#")
    signed = f"{MARK}\n<sub>Of commit {os.environ['HEAD_SHA'][:7]}, written by the code of the branch.</sub>\n{said}"
    body = {"body": signed[:LONGEST]}
    for page in range(1, 11):
        comments = call("GET", f"issues/{number}/comments?per_page=100&page={page}")
        for comment in comments:
            if comment["body"].startswith(MARK) and comment["user"]["type"] == "Bot":
                call("PATCH", f"issues/comments/{comment['id']}", body)
                print(f"comment {comment['id']} of pull request {number} renewed")
                return 0
        if len(comments) < 100:
            break
    call("POST", f"issues/{number}/comments", body)
    print(f"comment of pull request {number} posted")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

"""To a WeCom group, through a group robot (企业微信群机器人).

The robot takes `{"msgtype": "text", "text": {"content", "mentioned_mobile_list"}}` and answers
`{"errcode": 0}`; 45009 says that its 20 messages a minute are used up.
"""

from __future__ import annotations

import json

from meicheng.notices.calling import NoAnswer, post

from .parcel import Away, Later, Parcel

TOO_MANY = 45009


class WeCom:
    """The robot of the city's group; a group sees titles only, and whom they are for if known."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, parcel: Parcel) -> None:
        """Put it into the group."""
        link = parcel.lines[0].link if parcel.lines else ""
        text: dict[str, object] = {"content": f"{parcel.title}\n{link}".strip()}
        if parcel.to:
            text["mentioned_mobile_list"] = [parcel.to]
        body = json.dumps({"msgtype": "text", "text": text}, ensure_ascii=False).encode()
        try:
            answer = post(self._url, body, {"Content-Type": "application/json; charset=utf-8"})
        except NoAnswer as problem:
            raise Away(str(problem)) from problem
        said = f"{answer.status} {answer.words}"
        try:
            code = json.loads(answer.words)["errcode"]
        except (ValueError, TypeError, KeyError):
            raise Later(said) from None
        if code == TOO_MANY:
            raise Away(said)
        if code != 0:
            raise Later(said)

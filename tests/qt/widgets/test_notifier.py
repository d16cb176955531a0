"""A message says whether it is a warning, and which study it is about."""

from __future__ import annotations

from mammoview.qt.widgets.notifier import Message, Notifier
from mammoview.study.scan import Study


def test_a_message_is_about_the_study_on_show_unless_another_is_given() -> None:
    notifier, sent = Notifier(), list[Message]()
    notifier.notified.connect(sent.append)
    notifier.warn("before any study")
    shown, other = Study("shown", []), Study("other", [])
    notifier.study = shown
    notifier.warn("wrong")
    notifier.info("done", other)
    notifier.warn_general("no models")
    notifier.info_general("welcome")
    notifier.file_written("a.png")
    notifier.file_written("b.png", other)
    assert [(message.text, message.warning, message.study) for message in sent] == [
        ("before any study", True, None),
        ("wrong", True, shown),
        ("done", False, other),
        ("no models", True, None),
        ("welcome", False, None),
        ("Written: a.png", False, shown),
        ("Written: b.png", False, other),
    ]

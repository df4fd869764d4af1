"""Questions: what only a person can tell, asked plainly, one at a time."""

from stationd.tray.questions.page import QuestionsPage

__all__ = ["QuestionsPage"]

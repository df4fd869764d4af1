"""Commands about one card or job: `accept`, `spoil`, `release`, `return`, `questions`, `answer`."""

from __future__ import annotations

from typing import Final

import click

from stationd.cli import text
from stationd.cli.console import Console, Trouble
from stationd.cli.spoken import SpokenCommand
from stationd.client.status import QuestionView
from stationd.model.reasons import ReturnReason, SpoilReason

SHOWN: Final = 8
"""Characters of a question's id that are shown and that are enough to name it, as long as no other begins so."""


@click.command(cls=SpokenCommand, help="accept")
@click.argument("jobs", metavar="JOB...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="accept-all")
@click.pass_obj
def accept(console: Console, jobs: tuple[str, ...], everything: bool) -> None:
    """Find cards good."""
    if everything == bool(jobs):
        raise click.UsageError(console.words.say("usage.jobs-or", option="--all"))
    to_compare = console.client.status().to_compare
    if everything:
        waiting = tuple(job.job_id for job in console.client.jobs() if job.state == "delivered")
        jobs = tuple(job for job in waiting if job not in to_compare)
        for job in waiting:
            if job in to_compare:
                console.explain(Trouble("card-to-compare", job))
        if not waiting and not console.as_json:
            console.say("done.nothing-delivered")
    elif not console.as_json:
        for job in jobs:
            if job in to_compare:
                console.say("done.compare", job=job)
    done = console.each(jobs, console.client.accept, lambda job: console.words.say("done.accepted", job=job))
    if console.as_json:
        console.data(done)


@click.command(cls=SpokenCommand, help="spoil")
@click.argument("job", metavar="JOB")
@click.option(
    "--reason", type=click.Choice([reason.value for reason in SpoilReason]), required=True, help="spoil-reason"
)
@click.pass_obj
def spoil(console: Console, job: str, reason: str) -> None:
    """Find a card bad."""
    console.client.spoil(job, reason)
    _done(console, job, console.words.say("done.spoiled", job=job, reason=console.words.name("spoil", reason)))


@click.command(cls=SpokenCommand, help="release")
@click.argument("jobs", metavar="JOB...", nargs=-1, required=True)
@click.pass_obj
def release(console: Console, jobs: tuple[str, ...]) -> None:
    """Let held jobs be printed again."""
    done = console.each(jobs, console.client.release, lambda job: console.words.say("done.released", job=job))
    if console.as_json:
        console.data(done)


@click.command("return", cls=SpokenCommand, help="return")
@click.argument("job", metavar="JOB")
@click.option(
    "--reason", type=click.Choice([reason.value for reason in ReturnReason]), required=True, help="return-reason"
)
@click.pass_obj
def return_job(console: Console, job: str, reason: str) -> None:
    """Give a job back."""
    console.client.return_job(job, reason)
    _done(console, job, console.words.say("done.returned", job=job, reason=console.words.name("return", reason)))


def _done(console: Console, job: str, sentence: str) -> None:
    if console.as_json:
        console.data([job])
    else:
        console.print(sentence)


@click.command(cls=SpokenCommand, help="questions")
@click.pass_obj
def questions(console: Console) -> None:
    """Show what only a person can tell, with the answers there are."""
    if console.as_json:
        console.data(console.client.get("/v1/status", dict).get("questions", []))
        return
    asked = console.client.status().questions
    if not asked:
        console.say("questions.none")
    for number, question in enumerate(asked):
        if number:
            console.print()
        _show_question(console, question)


def _show_question(console: Console, question: QuestionView) -> None:
    words = console.words
    step = words.name("step", question.step)
    console.print(text.paragraph(words.say("questions.where", line=question.line, job=question.job_id, step=step)))
    console.print(text.paragraph(words.say("questions.why", cause=words.cause(question.cause, question.line).what)))
    console.print(text.paragraph(words.say("questions.look")))
    for answer in words.codes("answer"):
        console.print(f"  stationctl answer {question.question_id[:SHOWN]} {answer}")
        console.print(text.paragraph(words.say(f"answer-means.{answer}"), "    "))


@click.command(cls=SpokenCommand, help="answer")
@click.argument("question", metavar="QUESTION")
@click.argument("answer", metavar="out|spoiled|missing")
@click.option("--tap", is_flag=True, help="answer-tap")
@click.pass_obj
def answer_question(console: Console, question: str, answer: str, *, tap: bool) -> None:
    """Say what became of a card."""
    asked = [one for one in console.client.status().questions if one.question_id.startswith(question)]
    if len(asked) > 1:
        raise Trouble("question-ambiguous", question)
    question_id = asked[0].question_id if asked else question
    if tap:
        console.say("questions.tap")
    console.client.answer(question_id, answer, tap=tap)
    job = asked[0].job_id if asked else "?"
    name = console.words.name("answer", answer)
    _done(console, question_id, console.words.say(f"done.answered-{answer}", answer=name, job=job))


answer_question.name = "answer"

COMMANDS = (accept, spoil, release, return_job, questions, answer_question)

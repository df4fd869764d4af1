"""Commands by which officers come and go: `sign-in`, `sign-out`, `whoami`, `pin`."""

from __future__ import annotations

import os
import sys

import click

from stationd.cli import token_file
from stationd.cli.console import Console, Trouble
from stationd.cli.spoken import SpokenCommand, SpokenGroup
from stationd.cli.token_file import TokenUnusable
from stationd.client.officers import SessionView

MINUTE = 60


@click.command("sign-in", cls=SpokenCommand, help="sign-in")
@click.argument("officer", required=False, metavar="[OFFICER]")
@click.option("--card", is_flag=True, help="sign-in-card")
@click.option("--show-token", is_flag=True, help="sign-in-show-token")
@click.pass_obj
def sign_in(console: Console, officer: str | None, *, card: bool, show_token: bool) -> None:
    """Begin a session, for the commands after this one."""
    if card == bool(officer):
        raise click.UsageError(console.words.say("usage.officer-or-card"))
    client = console.client
    if officer:
        client.door()  # before anybody types a PIN for nothing
        session = client.sign_in(officer, _secret(console, "pin.ask"))
    else:
        if sys.stdin.isatty():
            click.echo(console.words.say("chip.waiting"), err=True)
        session = client.sign_in_by_card()
    if show_token:
        console.print(session.token)
        return
    try:
        token_file.keep(console.socket, os.environ, session.token)
    except TokenUnusable as unusable:
        client.sign_out()
        raise Trouble(unusable.cause, unusable.subject, unusable.detail) from None
    _show(console, session, "done.signed-in")


@click.command("sign-out", cls=SpokenCommand, help="sign-out")
@click.pass_obj
def sign_out(console: Console) -> None:
    """End the session."""
    try:
        console.client.sign_out()
    finally:
        token_file.forget(console.socket, os.environ)
    if not console.as_json:
        console.say("done.signed-out")


@click.command(cls=SpokenCommand, help="whoami")
@click.pass_obj
def whoami(console: Console) -> None:
    """Say whose session this is."""
    _show(console, console.client.whoami(), "officer.is")


@click.group(cls=SpokenGroup, help="pin")
def pin() -> None:
    """Gather the commands about PINs."""


@pin.command("set", help="pin-set")
@click.argument("officer")
@click.pass_obj
def set_(console: Console, officer: str) -> None:
    """Set the first PIN, or one in place of a forgotten one, with a one-time code."""
    client = console.client
    client.door()
    code = _secret(console, "pin.ask-code")
    client.set_pin(officer, code, _new(console))
    _done(console, officer)


@pin.command(help="pin-change")
@click.pass_obj
def change(console: Console) -> None:
    """Set another PIN."""
    client = console.client
    officer = client.whoami().officer
    old = _secret(console, "pin.ask")
    client.change_pin(old, _new(console))
    token_file.forget(console.socket, os.environ)
    _done(console, officer)


@pin.command(help="pin-code")
@click.argument("officer")
@click.pass_obj
def code(console: Console, officer: str) -> None:
    """Make a one-time code for another officer's PIN."""
    made = console.client.give_pin_code(officer)
    if console.as_json:
        console.data({"officer": made.officer, "code": made.code, "lasts": made.lasts})
    else:
        console.say("pin.code", officer=made.officer, code=made.code, minutes=round(made.lasts / MINUTE))


def _show(console: Console, session: SessionView, key: str) -> None:
    if console.as_json:
        told = {"officer": session.officer, "name": session.name, "roles": session.roles, "idle": session.idle}
        console.data(told)
        return
    roles = ", ".join(console.words.name("role", role) for role in session.roles)
    minutes = round(session.idle / MINUTE)
    console.say(key, officer=session.officer, name=session.name, roles=roles, minutes=minutes)


def _done(console: Console, officer: str) -> None:
    if not console.as_json:
        console.say("done.pin-set", officer=officer)


def _new(console: Console) -> str:
    """Ask for a new PIN, twice where somebody types it unseen."""
    wanted = _secret(console, "pin.ask-new")
    if sys.stdin.isatty() and _secret(console, "pin.ask-again") != wanted:
        raise Trouble("pin-typed-otherwise")
    return wanted


def _secret(console: Console, key: str) -> str:
    """Ask for what nobody shall see; without a terminal it is a line of the standard input. Never an argument."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return str(click.prompt(console.words.say(key), hide_input=True, err=True))


COMMANDS = (sign_in, sign_out, whoami, pin)

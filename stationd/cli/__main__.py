"""The entry of `stationctl`: global options, and what becomes of errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import click

from stationd import __version__
from stationd.cli.commands import LateCommands
from stationd.cli.console import DONE, REFUSED, USAGE, Console, Trouble
from stationd.cli.spoken import SpokenGroup
from stationd.client.problems import StationAbsent, StationProblem
from stationd.words import LANGUAGES, Words, choose

SOCKET: Final = Path("/run/stationd/api.sock")

INTERRUPTED: Final = 130
"""What a shell expects of a program that Ctrl-C ended."""

_GLOBAL_FLAGS: Final = frozenset({"--json"})
_GLOBAL_OPTIONS: Final = frozenset({"--lang", "--socket"})


@click.group(cls=SpokenGroup, commands=LateCommands(), help="root", context_settings={"max_content_width": 100})
@click.option(
    "--socket", type=click.Path(path_type=Path), envvar="STATIOND_SOCKET", default=SOCKET, metavar="PATH", help="socket"
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="lang", expose_value=False)
@click.option("--json", "as_json", is_flag=True, help="json")
@click.version_option(__version__, message="%(version)s", help="version")
@click.pass_obj
def stationctl(console: Console, socket: Path, as_json: bool) -> None:
    """Hand the global options to all commands."""
    console.socket = socket
    console.as_json = as_json


def run(arguments: Sequence[str]) -> int:
    """Carry out one call and return its exit status."""
    ordered, language = global_first(arguments)
    console = Console(Words(choose(language, os.environ)), SOCKET)
    try:
        with stationctl.make_context("stationctl", ordered, obj=console) as context:
            stationctl.invoke(context)
        return REFUSED if console.failed else DONE
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        _explain_usage(error, console.words)
        return USAGE
    except (StationAbsent, StationProblem, Trouble) as error:
        return console.explain(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    finally:
        console.close()


def global_first(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """Move the global options to the front, wherever they were typed; returns the language among them, too."""
    front: list[str] = []
    rest: list[str] = []
    language = None
    remaining = iter(arguments)
    for argument in remaining:
        name, equals, value = argument.partition("=")
        if argument == "--":
            rest += [argument, *remaining]
        elif argument in _GLOBAL_FLAGS:
            front.append(argument)
        elif name in _GLOBAL_OPTIONS:
            given = [value] if equals else list(islice(remaining, 1))
            front += [name, *given]
            language = given[0] if given and name == "--lang" else language
        else:
            rest.append(argument)
    return front + rest, language


def _explain_usage(error: click.UsageError, words: Words) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return
    click.echo(_usage(error, words), err=True)
    click.echo(words.say("usage.help", command=error.ctx.command_path if error.ctx else "stationctl"), err=True)


def _usage(error: click.UsageError, words: Words) -> str:
    match error:
        case click.NoSuchOption():
            return words.say("usage.no-such-option", name=error.option_name)
        case click.exceptions.NoSuchCommand():
            return words.say("usage.no-such-command", name=error.command_name)
        case click.MissingParameter():
            return words.say("usage.missing", name=_name(error))
        case click.BadParameter() if error.param and isinstance(error.param.type, click.Choice):
            return words.say("usage.bad-choice", name=_name(error), choices=", ".join(error.param.type.choices))
        case click.BadParameter():
            return words.say("usage.bad-value", name=_name(error))
        case _:
            return words.say("usage.bad", detail=error.format_message())


def _name(error: click.BadParameter) -> str:
    parameter = error.param
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return parameter.make_metavar(error.ctx) if parameter and error.ctx else "?"


def main() -> None:
    """Run `stationctl`."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()

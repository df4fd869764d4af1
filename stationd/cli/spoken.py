"""Commands whose help is in the catalogue: `help=` names a sentence below `help.`, said in the language asked for."""

from __future__ import annotations

from collections.abc import Mapping

import click
from typing_extensions import override

from stationd.cli.console import Console
from stationd.words import Words


def words_of(context: click.Context) -> Words:
    """Return the words in the language of this call."""
    console: Console = context.find_root().obj
    return console.words


NAMED: Mapping[str, str] = {
    "spoil-reason": "spoil",
    "return-reason": "return",
    "blanks-spoil-reason": "spoil",
    "blanks-withdraw-reason": "withdraw",
    "blanks-as": "explanation",
    "blanks-transfer-reason": "transfer",
    "settle-found": "found-where",
    "forecast-drop-reason": "drop",
    "report-kind": "report-kind",
    "shelf-to": "collector",
    "shelf-shown": "shown",
}
"""Options whose choices have names, by their help: the group of the names."""


def _meanings(words: Words, option: click.Option) -> str:
    """Return what each choice of an option means, to stand behind its help; empty if that is not named."""
    group = NAMED.get(option.help or "")
    if group is None or not isinstance(option.type, click.Choice):
        return ""
    return " " + "; ".join(f"{choice}: {words.name(group, choice)}" for choice in option.type.choices) + "."


class SpokenCommand(click.Command):
    """A command."""

    @override
    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=f"{words_of(ctx).say('help.usage')} ")

    @override
    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(words_of(ctx).say(f"help.{self.help}"))

    @override
    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        words = words_of(ctx)
        records = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                key = "help" if "--help" in parameter.opts else parameter.help
                records.append((record[0], words.say(f"help.{key}") + _meanings(words, parameter)))
        with formatter.section(words.say("help.options")):
            formatter.write_dl(records)

    def summary(self, context: click.Context) -> str:
        """Return the line by which the command stands in a list."""
        return words_of(context).say(f"help.{self.help}")


class SpokenGroup(SpokenCommand, click.Group):
    """A command that has commands below it."""

    command_class = SpokenCommand
    group_class = type

    @override
    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        commands = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        records = [(name, command.summary(ctx)) for name, command in commands if isinstance(command, SpokenCommand)]
        with formatter.section(words_of(ctx).say("help.commands")):
            formatter.write_dl(records)

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # as declared: what is done first stands first

"""`leadlight shards`: the commands for mongosh that shard the database, from the tables in the code."""

import argparse
import json

from tracker.base.settings import load
from tracker.cli.output import result
from tracker.store.core.client import open_database
from tracker.store.core.shard_keys import SHARDED, Key
from tracker.store.store import shard_keys


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    text = "print the commands that shard the database; needs no database"
    commands.add_parser("shards", parents=[common], help=text).set_defaults(run=_print)


def _print(arguments: argparse.Namespace) -> int:
    """Prints the commands, or with `--json` each collection with its key and the reason why it is sharded."""
    database = open_database(load().mongo_url).name
    keys = shard_keys()
    value = [{"collection": name, "key": key, "why": SHARDED[name]} for name, key in keys.items()]
    result(value, "\n".join(commands_of(database, keys)), as_json=arguments.json)
    return 0


def commands_of(database: str, keys: dict[str, Key]) -> list[str]:
    """The lines for mongosh. Safe to repeat, also on collections that hold data."""
    lines = [f'sh.enableSharding("{database}")']
    for name, key in keys.items():
        text = json.dumps(key)
        lines.append(f'db.getSiblingDB("{database}").{name}.createIndex({text})')
        lines.append(f'sh.shardCollection("{database}.{name}", {text})')
    return lines

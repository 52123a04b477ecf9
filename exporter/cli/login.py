"""`login`: get what the source needs to know, once."""

import time
import webbrowser
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from exporter import terminal
from exporter.cli import messages
from exporter.cli.project import common_options, connect, connection_to, find_settings
from exporter.config import environment, load
from exporter.config.schema import Config
from exporter.errors import SetupError
from exporter.setup import callback, credentials
from exporter.setup import login as authorization
from exporter.setup.login import Question
from exporter.sources.fetch import verify
from exporter.sources.source import source_called
from exporter.sources.spotify import calls as spotify
from exporter.sources.spotify import token_age
from exporter.sources.spotify.about import CLIENT_ID, CLIENT_SECRET


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8888,
    show_default=True,
    help="The port that Spotify redirects to.",
)
@click.option("--no-browser", is_flag=True, help="Open no browser; ask for the address instead.")
@click.option("--save", type=click.Choice(["github", "env"]), help="Where to store the secrets.")
@click.option("--repo", metavar="OWNER/NAME", help="The GitHub repository, if it is not this folder's.")
@common_options
def login(
    *,
    config_path: Path | None,
    now: datetime,
    port: int,
    no_browser: bool,
    save: credentials.Place | None,
    repo: str | None,
) -> None:
    """Authorize once: get what the source needs, and store it as secrets."""
    path = find_settings(config_path)
    config = load.load(path, may_be_missing=config_path is None)
    if config.about.login == "none":
        terminal.say(f"{config.about.name} needs no log-in: your name in the settings is enough.")
        return
    credentials.check(save, repo, path.parent)
    env = environment.read(path.parent)
    if config.about.login == "key":
        secrets = _key(config, env)
    else:
        secrets = _agreed(config, env, now, port, has_browser=not no_browser)
    try:
        terminal.say(credentials.store(save, secrets, repo, path.parent))
    except SetupError:
        terminal.say(credentials.instructions(secrets, repo))  # nobody should have to agree again
        raise
    if save == "github" and _ask_for_first_run():
        went_well = credentials.first_run(repo, path.parent, time.sleep)
        terminal.say("The first run worked." if went_well else "The first run failed: see the Actions tab.")


def _agreed(
    config: Config, env: Mapping[str, str], now: datetime, port: int, *, has_browser: bool
) -> Mapping[str, str]:
    """Let the person agree, and return the secrets, with a new refresh token."""
    connection = connection_to(spotify, config, env, _ask_for_client(env))
    question = authorization.ask(connection, config.plan, port)
    code = _received_code(question, port) if has_browser else _pasted_code(question)
    warn = partial(messages.complain, "warning", what="The token could not be tested. ")
    with connect(config) as client:
        secrets = authorization.secrets_for(
            code, question, connection, client, plan=config.plan, today=now.date(), warn=warn
        )
    terminal.say(token_age.sentence(token_age.days_left(now.date(), now.date())))
    return secrets


def _key(config: Config, env: Mapping[str, str]) -> Mapping[str, str]:
    """Take the key from the environment, or ask for it, and try it."""
    about, (name,) = config.about, config.about.secrets
    if not env.get(name):
        terminal.say(f"A key is free, and never expires: {about.secrets_page} gives you one at once.")
    given = env.get(name) or click.prompt("API key", hide_input=True)
    secrets = environment.secrets({name: given}, about.secrets)
    source = source_called(about.key)
    with connect(config) as client:
        verify(source, connection_to(source, config, env, secrets), client, config.plan[-1:], None)
    terminal.say(f"{about.name} accepts the key.")
    return secrets


def _ask_for_client(env: Mapping[str, str]) -> dict[str, str]:
    """Take the app's id and secret from the environment, or ask for them; the secret is not shown."""
    if not (env.get(CLIENT_ID) and env.get(CLIENT_SECRET)):
        terminal.say("Your app's settings, at https://developer.spotify.com/dashboard, show both:")
    client_id = env.get(CLIENT_ID) or click.prompt("Client ID")
    client_secret = env.get(CLIENT_SECRET) or click.prompt("Client secret", hide_input=True)
    return {CLIENT_ID: client_id.strip(), CLIENT_SECRET: client_secret.strip()}


def _received_code(question: Question, port: int) -> str:
    """Open a browser, and wait for it to be redirected to this machine."""
    with callback.Callback(port, question.state, partial(messages.complain, "warning")) as page:
        _ask_to_agree(question)
        webbrowser.open(question.url)
        terminal.say(f"Waiting for you to agree, up to {callback.PATIENCE / 60:.0f} minutes.")
        return page.code(callback.PATIENCE)


def _pasted_code(question: Question) -> str:
    """Ask for the address that the user's browser was redirected to, until it is the right one."""
    _ask_to_agree(question)
    terminal.say("The browser then opens a page that it can't load; copy its address.")
    while True:
        try:
            return authorization.code_of(click.prompt("Waiting for that address. Paste it"), question.state)
        except SetupError as error:
            messages.complain("warning", error)


def _ask_to_agree(question: Question) -> None:
    """Show the authorization address on a line of its own, and how to fix the usual error."""
    terminal.say(f"Open this address in a browser, and agree:\n\n{question.url}\n")
    terminal.say(
        f"If it says “Invalid redirect URI”, add exactly {question.redirect_uri} to your app's settings."
    )


def _ask_for_first_run() -> bool:
    """Ask whether to start the job now; if nobody can answer, say how to start it."""
    if terminal.is_interactive():
        return click.confirm("Start the first run now, and watch it?", default=True)
    terminal.say("Start the workflow once, on the Actions tab.")
    return False

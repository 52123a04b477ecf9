"""The job: make the new content of all files from the last export and what the source says now."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from exporter import documents, lending, privacy
from exporter.archive import feed, history, memory
from exporter.archive.history import History, Weeks
from exporter.archive.memory import Memory
from exporter.config.schema import Config, PrivacySettings
from exporter.errors import AccountError, SetupError, UnavailableError
from exporter.files import Store
from exporter.models import Listening, Plan, Shortfall
from exporter.records import DOCUMENTS, ChartedWeek, Documents
from exporter.render import pages, plan
from exporter.render.embedding import Embedding, Fetch
from exporter.render.plan import RenderPlan
from exporter.render.report import LiveBranch, Report, attribution
from exporter.render.templates import Templates
from exporter.sources import SOURCES


class Run(Struct, frozen=True, kw_only=True):
    """The inputs of a run; `now` is its date and time, `live` the live branch if there is one on GitHub.

    `fetch_pictures` gets covers; without it, only those are shown that the files of before embed. With
    `weekly_sections`, sections that are not empty only change in the run that takes the week's snapshot, or
    that hides something for the first time.
    """

    config: Config
    templates: Templates
    store: Store
    now: datetime
    fetch_pictures: Fetch | None = None
    live: LiveBranch | None = None
    weekly_sections: bool = False

    @property
    def day(self) -> str:
        """The run's date in the configured time zone."""
        return str(self.now.astimezone(ZoneInfo(self.config.timezone)).date())


class Result(Struct, frozen=True, kw_only=True):
    """The result of a run: all files by path, what templates saw, and what went wrong.

    `shortfalls` lists what could not be refreshed, `failed` what went wrong in templates (their files and
    sections stay as they were), `damaged` the snapshots that could not be read, `unseen` warnings of cards
    that can't be seen once two lanes are published.
    """

    files: Mapping[str, bytes]
    report: Report
    shortfalls: tuple[Shortfall, ...] = ()
    failed: tuple[SetupError, ...] = ()
    damaged: tuple[SetupError, ...]
    warnings: tuple[str, ...]
    unseen: tuple[str, ...] = ()


def export(run: Run, fetch: Callable[[Plan], Listening]) -> Result:
    """Fetch what is configured, and render it; what could not be fetched stays as it was.

    Raises:
        SetupError: a template, a marker or a file is wrong; `fetch` was not called.
        AccountError, UnavailableError: nothing could be fetched.
    """
    planned = plan.prepare(run.config, run.templates, run.store, run.live)
    remembered = memory.recall(run.config, run.store)
    queries = run.config.plan
    with ThreadPoolExecutor(1) as meanwhile:  # what stays the same is rendered before the answers come
        meanwhile.submit(_made, replace(run, fetch_pictures=None), planned, remembered, Listening())
        listening = fetch(queries) if queries else Listening()
    shortfalls = listening.shortfalls
    if shortfalls and sum(len(shortfall.names) for shortfall in shortfalls) == len(queries):
        raise _nothing_fetched(shortfalls)
    result = _made(run, planned, remembered, listening)
    warnings = (
        *memory.change_of_source(run.config, remembered.strangers),
        *result.warnings,
        *(f"{error} It will be replaced." for error in remembered.damaged),
        *memory.left_over(run.config, run.store, planned.paths),
    )
    unseen = tuple(pages.unseen_cards(planned.pages, run.config, run.live))
    return replace(result, shortfalls=shortfalls, warnings=warnings, unseen=unseen)


def render(run: Run) -> Result:
    """Render the last export again, with the current settings and templates.

    Raises:
        SetupError: a template, a marker or a file is wrong, or nothing was exported yet.
    """
    planned = plan.prepare(run.config, run.templates, run.store, run.live)
    remembered = memory.recall(run.config, run.store)
    if remembered.damaged:
        raise remembered.damaged[0]
    if remembered.documents == Documents():
        raise SetupError(
            f"Nothing has been exported to {run.config.output}/data yet.",
            hint="Run `now-listening export` first.",
        )
    return _made(run, planned, remembered, Listening(), with_weeks=True)


def forget(run: Run, name: str) -> Result:
    """Rewrite the snapshots without what matches `name`, and render everything else as if it were excluded.

    The result has no files if nothing matches it. Where there are no documents, as on the branch of a set-up
    with two lanes that keeps the archive, it has the snapshots only.

    Raises:
        SetupError: a template, a marker or a file is wrong.
    """
    exclude = (*run.config.privacy.exclude, name)
    hiding = replace(run, config=replace(run.config, privacy=replace(run.config.privacy, exclude=exclude)))
    planned = plan.prepare(hiding.config, run.templates, run.store, run.live)
    remembered = memory.recall(run.config, run.store)
    before = remembered.documents
    weeks, damaged = history.read_all(run.config, run.store)
    only_that = privacy.hides(PrivacySettings(exclude=(name,)), before, weeks)
    left: Weeks = privacy.without_hidden(weeks, only_that)
    changed = [week for week in weeks if left[week] != weeks[week]]
    rewritten = history.written(run.config, {week: left[week] for week in changed})
    seen: Weeks = privacy.without_hidden(weeks, privacy.hides(hiding.config.privacy, before, weeks))
    remade = [*feed.charted((each for each in seen.values() if each.source in SOURCES), changed)]
    is_known = bool(rewritten) or privacy.without_hidden(before, only_that) != before
    due = planned if is_known and before != Documents() else replace(planned, outputs=(), pages=())
    result = _made(hiding, due, remembered, Listening(), afresh=True, with_weeks=True, rewritten=remade)
    return replace(
        result,
        files={**result.files, **rewritten},
        damaged=tuple(damaged),
        warnings=(*result.warnings, *memory.left_over(run.config, run.store, planned.paths)),
    )


def remembered_names(run: Run) -> set[str]:
    """Collect the names that `forget` would find in the documents and snapshots."""
    before = memory.recall(run.config, run.store).documents
    weeks, _ = history.read_all(run.config, run.store)
    return privacy.names(before, weeks)


def _made(
    run: Run,
    planned: RenderPlan,
    remembered: Memory,
    listening: Listening,
    *,
    afresh: bool = False,
    with_weeks: bool = False,
    rewritten: Sequence[ChartedWeek] = (),
) -> Result:
    """Remove what must be hidden, bring the documents up to date, and render them.

    With `afresh`, the chart is computed again, and `with_weeks` everything that is made from all weeks is
    rendered again, not only if it is missing or a week is added. Pages of `rewritten` weeks are too.
    """
    before = remembered.documents
    hides = partial(privacy.hides, run.config.privacy, before, listening)
    hidden = hides()
    old: Documents = privacy.without_hidden(before, hidden)
    new: Listening = lending.with_lent_pictures(privacy.without_hidden(listening, hidden))

    def awaited(newest: str | None) -> bool:
        return planned.needs_weeks and (with_weeks or planned.awaits_weeks(run.store, newest))

    past = history.remember(
        run.config,
        run.store,
        new,
        old,
        run.now,
        visible=lambda weeks: privacy.without_hidden(weeks, hides(weeks)),
        afresh=afresh or old.chart != before.chart,
        awaited=awaited,
        empty=[query for query, answer in listening.answers.items() if answer == ()],
    )
    composed = documents.compose(old, new, past, run.config, run.now)
    current = documents.dated(privacy.rounded(composed, run.config.time_style), before)
    report = _report(run.config, planned, current, past)
    due = planned.without_old(remembered.foreign).with_weeks(run.store, report.feed, rewritten)
    if run.weekly_sections and not past.files and old == before:
        due = due.only_blank_sections()
    rendered = due.render(report, Embedding(store=run.store, fetch=run.fetch_pictures, day=run.day))
    return Result(
        files={**rendered.files, **past.files},
        report=report,
        failed=rendered.failed,
        damaged=past.damaged,
        warnings=(*planned.warnings, *past.warnings),
    )


def _report(config: Config, planned: RenderPlan, current: Documents, past: History) -> Report:
    """Collect what templates see."""
    charts = past.charts if planned.needs_weeks else None
    return Report(
        documents=current,
        enabled=(*filter(config.has, DOCUMENTS), *(["feed"] if planned.has_feed else [])),
        site=config.site,
        source=attribution(config),
        themes=config.themes,
        feed=feed.compose(charts, config) if charts else None,
    )


def _nothing_fetched(shortfalls: tuple[Shortfall, ...]) -> AccountError | UnavailableError:
    """Choose the reason to report: one that needs a person, if there is one."""
    errors = [shortfall.error for shortfall in shortfalls]
    for error in errors:
        if isinstance(error, AccountError):
            return error
    return UnavailableError(f"Nothing could be fetched: {errors[0].message}", hint=errors[0].hint)

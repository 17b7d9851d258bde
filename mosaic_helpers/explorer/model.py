"""The model of the explorer: it computes the mosaic and knows nothing about widgets.

Everything that the panel does can be done, and tested, by setting traits and reading others.
Each change of a setting is answered twice: approximately in a tenth of a second, then
exactly. Nothing is computed twice; `MatchCache` and `Renderer` keep what they made.
"""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import traitlets

from ..assembly.mosaic import assemble, check_output
from ..errors import (
    SETTINGS,
    MosaicError,
    check_kinds,
    check_path,
    check_setting,
    look_up,
    shown,
    whole_number,
)
from ..target import ALL
from .background import Cancelled, LatestOnlyWorker, Worker
from .match_cache import MatchCache
from .rendering import Part, Renderer, encode_thumbnail, render_differences, to_jpeg
from .report import make_report, python_code

PREVIEW = 900  # pixels on the longer side of the picture of the whole mosaic
SHARPEST = 1400  # and of the part that is looked at
PAUSE = 0.3  # seconds without a change before the exact answer is begun
WORTHWHILE = 0.99  # show an improvement if it costs at most this much of what is shown

# What a match depends on; the other settings change the picture alone.
MATCH_SETTINGS = (
    "source",
    "crop",
    "columns",
    "method",
    "min_distance",
    "max_uses",
    "detail",
)
SETTABLE = (*MATCH_SETTINGS, "tile_size", "tint")


class _Setting(traitlets.TraitType):
    """A trait whose `check` returns a value as it should be, or refuses it in a sentence."""

    def __init__(self, default, check):
        super().__init__(default)
        self._check = check

    def validate(self, obj, value):
        return self._check(value)


def _number(name, start=None, most=None):
    """A trait with the limits of a slider and, if not told otherwise, its default."""
    setting = SETTINGS[name]
    low, high = setting.slider

    def check(value):
        if isinstance(low, int):
            return whole_number(value, setting.label, low, most or high)
        return check_setting(name, value)

    return _Setting(setting.default if start is None else start, check)


def _check_method(name):
    return look_up(name, {each: each for each in ("nearest", "optimal")}, "method")


def _check_crop(edges):
    try:
        left, top, right, bottom = map(float, edges)
    except (TypeError, ValueError):
        raise MosaicError(
            "The crop must be four numbers from 0 to 1 (left, top, right, bottom), "
            f"not {shown(edges)}."
        ) from None
    return left, top, right, bottom


class ExplorerModel(traitlets.HasTraits):
    """The settings of an explorer, which can be set, and the mosaic that follows them.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    picture : optional
        The target, as for `open_target`; Chelsea the cat if not given.
    **settings
        Start values of the settings, which are those of `Explorer`.

    Attributes
    ----------
    columns, tile_size, method, min_distance, max_uses, detail, tint, crop
        The settings.
    source : object
        The target: the name of an example, the number of a tile, or whatever `open_target`
        opens, such as the bytes of a file.
    view : (float, float, float, float)
        Left, top, width and height of the part that is looked at, in cells.
    picture, target_picture, difference_map : bytes
        The mosaic, the target, and where the two differ, as JPEG. These and the following
        can be read and observed, but not set.
    part : Part
        The part that is looked at, as JPEG, and which part it is.
    report : Report
        What there is to say about the mosaic on the screen.
    label : str
        Its numbers in words.
    error : str
        What is wrong, if the last request could not be met; the last mosaic stays.
    busy : bool
        Whether a better answer is on its way.
    saved : str
        How far the saving of a file has come, in words.
    folder : path-like, optional
        Files are written below this folder only; by default anywhere.
    """

    columns = _number("columns", 60)
    tile_size = _number("tile_size", 32)
    method = _Setting("nearest", _check_method)
    min_distance = _number("min_distance")
    max_uses = _number("max_uses", 0, SETTINGS["max_uses"].high)  # beyond the slider, too
    detail = _number("detail")
    tint = _number("tint")
    source = traitlets.Any("chelsea")
    crop = _Setting(ALL, _check_crop)
    view = traitlets.Tuple(*[traitlets.Float()] * 4, default_value=(0.0, 0.0, 0.0, 0.0))
    picture = traitlets.Bytes(read_only=True)
    target_picture = traitlets.Bytes(read_only=True)
    difference_map = traitlets.Bytes(read_only=True)
    part = traitlets.Instance(Part, (), read_only=True)
    report = traitlets.Any(read_only=True)
    label = traitlets.Unicode(read_only=True)
    error = traitlets.Unicode(read_only=True)
    busy = traitlets.Bool(read_only=True)
    saved = traitlets.Unicode(read_only=True)
    folder = None

    def __init__(self, tiles, picture=None, **settings):
        check_kinds(tiles=tiles)
        for name in settings:
            look_up(name, dict.fromkeys(SETTABLE), "setting")
        super().__init__(**settings)
        self.tiles = tiles
        if picture is not None:
            self.source = picture
        self._count, self._lock = 0, threading.RLock()
        self._outcomes = []  # what became of the files that were asked for one after the other
        self._mosaics = LatestOnlyWorker(self._show)
        self._exact = LatestOnlyWorker(self._improve)
        self._parts = LatestOnlyWorker(self._show_part)
        self._files = Worker(self._write)
        self._workers = self._mosaics, self._exact, self._parts, self._files
        self.reset()
        self.observe(self._request_mosaic, SETTABLE)
        self.observe(self._request_part, "view")
        self._request_mosaic()

    def wait(self, timeout=None):
        """Wait until the exact answer to the settings is shown; returns whether it is."""
        return all(worker.wait(timeout) for worker in self._workers)

    def reset(self):
        """Stop all work and free all that is kept; the next change begins anew."""
        for worker in self._workers:
            worker.cancel()
        self._renderer, self._cache = Renderer(self.tiles), MatchCache(self.tiles)
        self._latest = self._failed = None  # settings: the newest, and those that failed
        self._shown_target = None
        self.set_trait("busy", False)
        self.set_trait("saved", "")

    def wait_for_first(self, timeout):
        """Wait until there is a mosaic or an error to show."""
        until = time.monotonic() + timeout
        while not (self.label or self.error) and time.monotonic() < until:
            time.sleep(0.02)

    def ask(self, **settings):
        """Change several settings at once, and match once."""
        with self.hold_trait_notifications():
            for name, value in settings.items():
                setattr(self, name, value)

    def tile_in(self, row, column):
        """The number of the tile in one cell; None if there is no such cell."""
        rows, columns = self.report.match.indices.shape if self.report else (0, 0)
        if not (0 <= row < rows and 0 <= column < columns):
            return None
        return int(self.report.match.indices[row, column])

    def describe_cell(self, row, column):
        """What is in one cell, in words; an empty text if there is no such cell."""
        if self.tile_in(row, column) is None:
            return ""
        return self.report.describe_cell(row, column, self.tiles.names)

    def use_as_target(self, row, column):
        """Make the photo in one cell the target."""
        tile = self.tile_in(row, column)
        if tile is not None:
            self.ask(source=tile, crop=ALL)

    def python_code(self):
        """The lines of Python that make the mosaic on the screen."""
        return python_code(self.tiles, self.report) if self.report else ""

    def save(self, path, tile_size=None):
        """Write the mosaic on the screen and its manifest, in the background; see `saved`.

        What is asked for while another file is written waits for its turn.
        """
        if self.report is None:
            self.set_trait("saved", "There is no mosaic yet.")
            return
        if self._files.is_idle():
            self._outcomes = []
            self._say("Saving …")
        self._files.request(path, tile_size or self.report.tile_size, self.report)

    def _request_mosaic(self, _=None):
        settings = {name: getattr(self, name) for name in MATCH_SETTINGS}
        if self._latest is self._failed or not _equal(settings, self._latest):
            self._latest = settings
            self._exact.cancel()
        self.set_trait("busy", True)
        self._mosaics.request(self._latest)

    def _request_part(self, _=None):
        if self.view[2] > 0 and self.report is not None:
            self._parts.request(self.view, self.report)

    # What follows runs in the background: first answers, exact answers, parts and files each
    # in a thread of its own, one request at a time.

    def _show(self, settings):
        """Show a first answer to settings, or the answer on the screen with other tiles."""
        with self._reporting_errors(settings):
            with self._turn(settings):
                again = self.report is not None and self.report.answer.settings is settings
                if again:
                    self._show_answer(self.report.answer)
            if not again:
                answer = self._cache.approximate(settings)
                self._show_answer(answer)
                if not answer.final:
                    self._exact.request(settings)
            if self.report.answer.final:
                self._done(settings)

    def _improve(self, settings):
        """Find and show the exact answer, and better ones on the way to it."""

        def on_improvement(answer):
            self._exact.raise_if_cancelled()
            shown = self.report.answer
            if answer.match.cost < WORTHWHILE * shown.match.cost:
                self._show_answer(answer.with_bound(shown.bound))

        def on_progress(bound):
            self._exact.raise_if_cancelled()
            with self._turn(settings):
                answer = self.report.answer.with_bound(bound)
                if answer.bound != self.report.answer.bound:
                    self._set_report(replace(self.report, answer=answer))

        self._exact.pause(PAUSE)
        with self._reporting_errors(settings):
            self._correct_cost(settings)
            self._show_answer(self._cache.exact(settings, on_progress, on_improvement))
            self._done(settings)

    def _correct_cost(self, settings):
        """Give the first answer its exact cost, which can be compared with bounds."""
        with self._turn(settings):
            shown = self.report.answer
        answer = self._cache.with_exact_cost(shown)
        with self._turn(settings):
            if answer is not shown:
                self._set_report(replace(self.report, answer=answer))

    @contextmanager
    def _reporting_errors(self, settings):
        try:
            yield
        except Cancelled:
            raise
        except Exception as error:
            self._fail(settings, _sentence(error))
            if not isinstance(error, MosaicError):
                raise

    def _fail(self, settings, message):
        with self._turn(settings):
            self._failed = settings
            self.set_trait("error", message)
        self._done(settings)

    def _done(self, settings):
        if settings is self._latest:
            self.set_trait("busy", False)

    @contextmanager
    def _turn(self, settings):
        """Change what is shown, one thread at a time; cancels work on outdated settings."""
        with self._lock:
            if settings is not self._latest and not self._mosaics.is_current_thread():
                raise Cancelled
            yield

    def _show_answer(self, answer):
        with self._turn(answer.settings):
            self._count += 1
            tile_size = min(self.tile_size, self.tiles.tile_size)
            report = make_report(answer, tile_size, self.tint, self._count)
            picture = to_jpeg(self._renderer.render(report, PREVIEW))
            differences = render_differences(report)  # from here on nothing can fail
            self.set_trait("picture", picture)
            self.set_trait("difference_map", differences)
            if answer.target is not self._shown_target:
                self._shown_target = answer.target
                self.set_trait("target_picture", encode_thumbnail(answer.target.image, PREVIEW))
            self.set_trait("error", "")
            self._set_report(report)
        self._request_part()

    def _set_report(self, report):
        self.set_trait("report", report)
        self.set_trait("label", report.summary())

    def _show_part(self, view, report):
        try:
            part = self._renderer.render_part(report, view, SHARPEST)
        except Exception as error:
            self.set_trait("error", _sentence(error))
            return
        self._parts.raise_if_cancelled()
        if part is not None:
            self.set_trait("part", part)

    def _write(self, path, tile_size, report):
        """Save the mosaic; errors become the text of `saved`."""
        try:
            path = self._absolute(path)
            target = self._cache.target(report.answer.settings)
            check_output(path, target, tile_size)
            mosaic = assemble(
                self.tiles, report.match, tile_size, tint=report.tint, target=target
            )
            path = mosaic.save(path, on_progress=self._wrote).absolute()
            said = f"Saved {path} and its manifest {path.with_suffix('.json').name}."
        except Cancelled:
            raise
        except Exception as error:
            said = f"Not saved: {_sentence(error)}"
        self._outcomes.append(said)
        self._say()

    def _absolute(self, path):
        """The whole path of a file to write; refuses one that is outside of the folder."""
        path = check_path(path, "name of the mosaic").absolute()
        # Neither ".." nor a link may lead out of it.
        if self.folder and not path.resolve().is_relative_to(Path(self.folder).resolve()):
            raise MosaicError(
                f"This app writes only below '{self.folder}': give a name there, such as "
                "mosaic.jpg."
            )
        return path

    def _wrote(self, done, rows):
        self._files.raise_if_cancelled()
        self._say(f"Saving: {done / rows:.0%}")

    def _say(self, *text):
        """Tell how far a file has come, after what became of those before it."""
        self.set_trait("saved", " ".join([*self._outcomes, *text]))


def _sentence(error):
    if isinstance(error, MosaicError):
        return str(error)
    return f"Internal error, please report it: {error!r}"


def _equal(settings, others):
    """Whether settings are equal; a source may be one that can only be compared by `is`."""
    return others is not None and all(
        settings[name] is others[name] or (name != "source" and settings[name] == others[name])
        for name in MATCH_SETTINGS
    )

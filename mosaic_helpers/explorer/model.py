"""What the explorer computes: traits and threads; it knows no widget.

All that the panel can do can be done, and tested, by setting traits and reading others. Each
request is met twice: by a first answer in a tenth of a second, then by the true one. Nothing
is computed twice; what is kept is in `workbench` and `scene`.
"""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

from ..assembly.mosaic import assemble, check_output
from ..errors import MosaicError
from ..target import ALL
from .background import Latest, Overtaken
from .match_cache import Workbench
from .rendering import Scene, encode_thumbnail, to_jpeg
from .report import make_report, recipe
from .traits import ASKED, Dials

PREVIEW = 900  # pixels on the longer side of the picture that is sent unasked
SHARPEST = 1400  # and of the part that is looked at
PAUSE = 0.3  # seconds without a change before the true answer is begun
WORTH = 0.99  # of the cost on the screen: a better answer on the way is worth showing


class ExplorerModel(Dials):
    """What the explorer computes; what it can be asked and what it answers are its `Dials`.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    picture : optional
        The target, as for `open_target`; Chelsea the cat if not given.
    **settings
        Where it starts: any of the attributes that can be set.
    """

    def __init__(self, tiles, picture=None, **settings):
        super().__init__(**settings)
        self.tiles = tiles
        if picture is not None:
            self.source = picture
        self._count, self._saying = 0, threading.RLock()
        self._mosaics, self._proofs = Latest(self._show), Latest(self._prove)
        self._parts, self._files = Latest(self._show_part), Latest(self._write)
        self._workers = self._mosaics, self._proofs, self._parts, self._files
        self.forget()
        self.observe(self._changed, [*ASKED, "tile_size", "tint"])
        self.observe(self._looked, "view")
        self._changed()

    def wait(self, timeout=None):
        """Wait until what was asked last is shown; returns whether it is."""
        return all(each.wait(timeout) for each in self._workers)

    def forget(self):
        """Stop all work and let go of all that is kept; what is asked next begins anew."""
        for each in self._workers:
            each.drop()
        self._scene, self._bench = Scene(self.tiles), Workbench(self.tiles)
        self._shown = self._latest = None  # the target shown; the settings asked last
        self.set_trait("busy", False)

    def wait_for_first(self, timeout):
        """Wait until there is something to see, or something to say."""
        until = time.monotonic() + timeout
        while not (self.label or self.error) and time.monotonic() < until:
            time.sleep(0.02)

    def ask(self, **settings):
        """Change several settings at once, and match once."""
        with self.hold_trait_notifications():
            for name, value in settings.items():
                setattr(self, name, value)

    def tell(self, row, column):
        """What is in one cell, in words; nothing if there is no such cell."""
        rows, columns = self.report.match.indices.shape if self.report else (0, 0)
        if not (0 <= row < rows and 0 <= column < columns):
            return ""
        return self.report.tell(row, column, self.tiles.names)

    def take_as_target(self, row, column):
        """Make the photo in one cell the target."""
        self.ask(source=int(self.report.match.indices[row, column]), crop=ALL)

    def code(self):
        """The lines of Python that make the mosaic that is shown."""
        return recipe(self.tiles, self.report) if self.report else ""

    def save(self, path, tile_size=None):
        """Write the mosaic that is shown and its manifest, in the background; see `saved`."""
        if self.report is None:
            self.set_trait("saved", "There is no mosaic yet.")
            return
        self.set_trait("saved", "Saving …")
        self._files.request(path, tile_size or self.report.tile_size, self.report)

    def _changed(self, _=None):
        asked = {name: getattr(self, name) for name in ASKED}
        if not _same(asked, self._latest):
            self._latest = asked
            self._proofs.drop()
        self.set_trait("busy", True)
        self._mosaics.request(self._latest)

    def _looked(self, _=None):
        if self.view[2] > 0 and self.report is not None:
            self._parts.request(self.view, self.report)

    # What follows runs in the background: first answers, true answers, parts and files each
    # in a thread of their own, one request at a time.

    def _show(self, asked):
        """Show one request: what is known of it, or a first answer."""
        with self._in_words(asked):
            if self._bench.has(asked):
                self._show_match(asked, self._bench.match(asked, None), final=True)
                self._done(asked)
            elif self.report is not None and self.report.asked is asked:
                self._show_again(asked)
            else:
                self._show_match(asked, self._bench.sketch(asked))
                self._proofs.request(asked)

    def _show_again(self, asked):
        """Show the match that is on the screen with other tiles."""
        with self._turn(asked):
            shown = self.report
            self._show_match(asked, shown.match, shown.bound, shown.final)

    def _prove(self, asked):
        """Find and show the true answer, and better ones on the way to it."""

        def better(match):
            self._proofs.give_way()
            if match.cost < WORTH * self.report.match.cost:
                self._show_match(asked, match, self.report.bound)

        def heard(_round, _cost, bound):
            self._proofs.give_way()
            with self._turn(asked):
                if bound > 0:
                    self._say(self.report.nearer(bound / self.report.match.indices.size))

        self._proofs.pause(PAUSE)
        with self._in_words(asked):
            self._weigh(asked)
            match = self._bench.match(asked, heard, better)
            self._show_match(asked, match, final=True)
            self._done(asked)

    def _weigh(self, asked):
        """Give the first answer its true cost, with which bounds can be compared."""
        with self._turn(asked):
            shown = self.report.match
        match = self._bench.weighed(asked, shown)
        with self._turn(asked):
            if match is not shown:
                self._say(replace(self.report, match=match))

    @contextmanager
    def _in_words(self, asked):
        """Say what goes wrong."""
        try:
            yield
        except MosaicError as error:
            self._fail(asked, str(error))
        except Overtaken:
            raise
        except Exception as error:
            self._fail(asked, f"This went wrong, and should not have: {error!r}")
            raise

    def _fail(self, asked, why):
        with self._turn(asked):
            self.set_trait("error", why)
        self._done(asked)

    def _done(self, asked):
        if asked is self._latest:
            self.set_trait("busy", False)

    @contextmanager
    def _turn(self, asked):
        """Say something of a request, alone, unless another is on the screen by now."""
        with self._saying:
            if asked is not self._latest and not self._mosaics.mine():
                raise Overtaken
            yield

    def _show_match(self, asked, match, bound=None, final=False):
        with self._turn(asked):
            target, wanted = self._bench.preview(asked), self._bench.wanted(asked, final)
            tile_size, tint = min(self.tile_size, self.tiles.tile_size), self.tint
            report = make_report(match, self._bench.averages(), wanted, tint, tile_size)
            self._count += 1
            bound = match.lower_bound if final else bound
            about = {"bound": bound, "final": final, "asked": asked, "number": self._count}
            width = PREVIEW * min(1.0, target.columns / target.rows)
            options = {"most": tile_size, "tint": tint, "wanted": wanted}
            laid = self._scene.lay(match.indices, width, **options)
            self.set_trait("picture", to_jpeg(laid))
            self.set_trait("heat", report.heat())
            if target is not self._shown:
                self._shown = target
                self.set_trait("target_picture", encode_thumbnail(target.image, PREVIEW))
            self.set_trait("error", "")
            self._say(replace(report, **about))
        self._looked()

    def _say(self, report):
        self.set_trait("report", report)
        self.set_trait("label", report.words())

    def _show_part(self, view, report):
        part = self._scene.look(report, view, SHARPEST)
        self._parts.give_way()
        if part is not None:
            self.set_trait("part", part)

    def _write(self, path, tile_size, report):
        """Save the mosaic; what goes wrong is said in words."""
        target = self._bench.target(report.asked)
        try:
            check_output(path, target, tile_size)
            mosaic = assemble(
                self.tiles, report.match, tile_size, tint=report.tint, target=target
            )
            path = mosaic.save(path, on_progress=self._wrote)
            self.set_trait(
                "saved", f"Saved {path}, and {path.with_suffix('.json').name} beside it."
            )
        except MosaicError as error:
            self.set_trait("saved", str(error))

    def _wrote(self, done, rows):
        self._files.give_way()
        self.set_trait("saved", f"Saving: {done / rows:.0%}")


def _same(asked, other):
    """Whether two requests are one; a source that cannot be compared must be the same."""
    return other is not None and all(
        asked[name] is other[name] or (name != "source" and asked[name] == other[name])
        for name in ASKED
    )

from mosaic_helpers.explorer.viewer import Status, Viewer

SENT = {
    "picture", "target", "heat", "grid", "wipe", "layer", "view", "part", "part_view", "cell",
    "told", "alt", "height", "number", "part_number",
}  # fmt: skip


def test_all_that_the_browser_needs_is_sent():
    state = Viewer().get_state()
    assert state.keys() >= SENT
    # And all that the script asks for is among it.
    for name in ("part_view", "picture", "alt", "told", "height", "wipe", "layer", "grid"):
        assert f'"{name}"' in state["_esm"]
    assert ".mosaic-viewer" in state["_css"]


def test_a_line_that_is_heard_stays_where_it_is():
    state = Status(text="fine").get_state()
    assert state["text"] == "fine"
    for name in ("text", "wrong", "busy"):
        assert f'"{name}"' in state["_esm"]
    assert ".mosaic-wrong" in state["_css"]


def test_pictures_travel_as_bytes():
    viewer = Viewer(picture=b"\xff\xd8", part=b"\xff\xd9", part_view=[1, 2, 3, 4])
    state = viewer.get_state(["picture", "part", "part_view"])
    assert state == {"picture": b"\xff\xd8", "part": b"\xff\xd9", "part_view": [1, 2, 3, 4]}


def test_what_is_looked_at_comes_back():
    viewer, seen = Viewer(), []
    viewer.observe(lambda change: seen.append((change.name, change.new)), ["view", "cell"])
    viewer.set_state({"view": [0, 1.5, 3, 2]})
    viewer.set_state({"cell": [2, 7]})
    assert seen == [("view", [0, 1.5, 3, 2]), ("cell", [2, 7])]


def test_viewers_do_not_share_what_they_show():
    one, other = Viewer(), Viewer()
    one.grid, one.view = [4, 6], [1.0, 1.0, 2.0, 2.0]
    assert other.grid == [2, 3]
    assert other.view == [0.0, 0.0, 0.0, 0.0]

"""A person opens notebook 06 in JupyterLab and plays with the sliders."""

import re
import shutil
import time
from pathlib import Path

import pytest
from browser import (
    browser,
    canvas,
    choose,
    explorer,
    jupyterlab,
    label,
    rested,
    run_all,
    settled,
    slider,
    wait_for,
)

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[1]
CATS = "200"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a copy of the course with few cats; gives the address of 06."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "data").mkdir()
    with jupyterlab(folder, MOSAIC_CATS=CATS) as address:
        yield f"{address}lab/tree/notebooks/06_explorer.ipynb"


@pytest.fixture(scope="module")
def page(lab):
    """The notebook, run from top to bottom."""
    with browser() as chrome:
        page = chrome.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(180_000)
        page.goto(lab)
        page.locator(".jp-RenderedMarkdown h1", has_text="06 Explorer").first.wait_for()
        run_all(page)
        rested(page)
        yield page


def drawn(page, number=0):
    """What is on the canvas, as text that changes when a pixel does."""
    return canvas(page, number).evaluate("canvas => canvas.toDataURL()")


def view(page):
    return [float(part) for part in canvas(page).get_attribute("data-view").split()]


def press(page, name, key, times=1):
    handle = slider(page, name)
    handle.focus()
    for _ in range(times):
        handle.press(key)


def test_sliders_and_switch_change_the_picture(page):
    assert label(page).startswith("60 × 40 cells")
    before = drawn(page)
    press(page, "Target resolution", "ArrowRight")
    wait_for(lambda: label(page).startswith("61 × 41 cells"))
    wait_for(lambda: drawn(page) != before)
    choose(page, "nearest")
    wait_for(lambda: "Nearest tile for each cell. " in label(page))
    moved = drawn(page)
    choose(page, "optimal transport")
    wait_for(lambda: "proved" in label(page))
    wait_for(lambda: drawn(page) != moved)
    assert canvas(page).evaluate("canvas => canvas.clientWidth") > 300


def test_dragging_ends_at_the_last_place(page):
    handle = slider(page, "Target resolution").bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 15):
        page.mouse.move(x + step, y)
    page.mouse.up()
    wait_for(lambda: not label(page).startswith("61 ×"))
    settled(page)
    shown = slider(page, "Target resolution").get_attribute("aria-valuenow")
    across = float(shown or 0) or int(re.match(r"(\d+)", label(page))[1])
    assert label(page).startswith(f"{across:.0f} ×")


def test_tile_resolution_keeps_the_match(page):
    across, rows = re.match(r"(\d+) × (\d+) cells", label(page)).groups()
    press(page, "Tile resolution", "ArrowRight")
    wait_for(lambda: f"{int(across) * 33:,} × {int(rows) * 33:,} pixels" in label(page))
    assert label(page).startswith(f"{across} × {rows} cells")


def test_zoom_by_keys_wheel_and_buttons(page):
    whole = view(page)
    canvas(page).focus()
    for _ in range(4):
        canvas(page).press("+")
    wait_for(lambda: view(page)[2] < whole[2] / 4)
    wait_for(lambda: canvas(page).get_attribute("data-sharp") == "true")
    near = view(page)
    canvas(page).hover()
    page.mouse.wheel(0, -240)
    wait_for(lambda: view(page)[2] < near[2])
    explorer(page).get_by_role("button", name="Zoom out").click()
    wait_for(lambda: view(page)[2] > near[2] / 2)
    box = canvas(page).bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = view(page)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] + 30, steps=4)
    page.mouse.up()
    wait_for(lambda: view(page)[0] < before[0] and view(page)[1] < before[1])
    canvas(page).focus()
    canvas(page).press("0")
    wait_for(lambda: view(page) == whole)


def test_the_wheel_scrolls_the_page_until_the_picture_is_clicked(page):
    slider(page, "Tile resolution").focus()
    whole = view(page)
    canvas(page).hover()
    page.mouse.wheel(0, 120)
    time.sleep(0.5)
    assert view(page) == whole


def test_pointing_shows_which_photo_it_is(page):
    explorer(page).scroll_into_view_if_needed()
    text = explorer(page).locator(".mosaic-cell-text")
    canvas(page).hover(position={"x": 40, "y": 30})
    wait_for(lambda: "used" in text.inner_text() and ".jpg" in text.inner_text())
    before = text.inner_text()
    canvas(page).focus()
    canvas(page).press("ArrowRight")
    canvas(page).press("ArrowDown")
    wait_for(lambda: text.inner_text() != before and "ΔE" in text.inner_text())


def at_rest(page):
    """What is on the canvas once nothing sharper comes any more."""
    seen = []

    def still():
        seen.append(drawn(page))
        return len(seen) > 4 and len(set(seen[-5:])) == 1

    wait_for(still)
    return seen[-1]


def test_the_wipe_shows_the_target(page):
    before = at_rest(page)
    press(page, "Wipe", "End")
    wait_for(lambda: drawn(page) != before)
    press(page, "Wipe", "Home")
    wait_for(lambda: drawn(page) == before)


def test_the_map_of_differences(page):
    before = at_rest(page)
    choose(page, "differences")
    wait_for(lambda: drawn(page) != before)
    choose(page, "mosaic")
    wait_for(lambda: drawn(page) == before)


def upload(page, path):
    with page.expect_file_chooser() as chooser:
        explorer(page).get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files(path)


def test_upload_and_what_is_no_picture(page, tmp_path):
    shown = label(page)
    bad = tmp_path / "letter.png"
    bad.write_text("Dear Sir")
    upload(page, bad)
    wait_for(lambda: "not a picture" in label(page))
    good = tmp_path / "stripes.png"
    image = pytest.importorskip("PIL.Image").new("RGB", (300, 300), "navy")
    image.paste("orange", (0, 0, 150, 300))
    image.save(good)
    upload(page, good)
    wait_for(lambda: re.match(r"(\d+) × \1 cells", label(page)))
    settled(page)
    assert label(page) != shown
    explorer(page).locator("select").first.select_option("Chelsea the cat")
    wait_for(lambda: not re.match(r"(\d+) × \1 cells", label(page)))
    settled(page)


def test_too_few_uses_are_refused_in_words(page):
    press(page, "Max. uses", "ArrowRight")
    wait_for(lambda: "set max_uses to" in label(page))
    press(page, "Max. uses", "ArrowLeft")
    settled(page)


def test_save(page, lab):
    explorer(page).get_by_text("Save it, or make it in Python").click()
    explorer(page).get_by_role("button", name="Save", exact=True).click()
    explorer(page).locator(".mosaic-status", has_text="Saved").first.wait_for()
    code = explorer(page).locator("textarea")
    assert "match_optimal" in code.first.input_value()


def test_keys_of_a_slider_are_kept_from_the_shortcuts_of_the_notebook(page):
    settled(page)
    for key, kept in [("ArrowRight", True), ("Control", False), ("ArrowLeft", True)]:
        press(page, "Target resolution", key)
        mark = slider(page, "Target resolution").get_attribute("data-lm-suppress-shortcuts")
        assert (mark is not None) == kept
    settled(page)


def number(page):
    return int(canvas(page).get_attribute("data-number"))


@pytest.mark.parametrize("method", ["nearest", "optimal transport"])
def test_every_key_is_answered_and_the_last_one_wins(page, method):
    settled(page)
    choose(page, method)
    settled(page)
    across = int(re.match(r"(\d+)", label(page))[1])
    for step in range(1, 9):
        before = number(page)
        press(page, "Target resolution", "ArrowRight")
        wait_for(lambda: number(page) > before)  # noqa: B023
        wait_for(lambda: label(page).startswith(f"{across + step} ×"))  # noqa: B023
    press(page, "Target resolution", "ArrowLeft", times=8)
    settled(page)
    assert label(page).startswith(f"{across} ×")
    wait_for(lambda: "mosaic" in canvas(page).get_attribute("aria-label").lower())


def touch(session, kind, *places):
    """Fingers on the screen, in pixels of the window."""
    points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_two_fingers_come_closer_and_one_moves_and_points(page):
    settled(page)
    session = page.context.new_cdp_session(page)
    canvas(page).focus()
    canvas(page).press("0")
    whole, box = view(page), canvas(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch(session, "touchStart", (x - 20, y), (x + 20, y))
    for apart in range(20, 121, 10):
        touch(session, "touchMove", (x - apart, y), (x + apart, y))
    touch(session, "touchEnd")
    wait_for(lambda: view(page)[2] < whole[2] / 4)
    wait_for(lambda: canvas(page).get_attribute("data-sharp") == "true")
    left, top, width, _ = near = view(page)
    assert abs(left + width / 2 - whole[2] / 2) < 1  # what was between the fingers stays there
    touch(session, "touchStart", (x, y))
    for step in range(1, 9):
        touch(session, "touchMove", (x + 8 * step, y + 4 * step))
    touch(session, "touchEnd")
    wait_for(lambda: view(page)[0] < left and view(page)[1] < top)
    text = explorer(page).locator(".mosaic-cell-text")
    before = text.inner_text()
    touch(session, "touchStart", (x + 30, y + 30))
    touch(session, "touchEnd")
    wait_for(lambda: text.inner_text() != before)
    touch(session, "touchStart", (x - 120, y), (x + 120, y))
    for apart in range(120, 9, -10):
        touch(session, "touchMove", (x - apart, y), (x + apart, y))
    touch(session, "touchEnd")
    wait_for(lambda: view(page)[2] > 2 * near[2])
    canvas(page).press("0")


def test_two_explorers_at_once(page):
    settled(page, 1)
    first = label(page)
    assert label(page, 1).startswith("50 ×")
    handle = slider(page, "Target resolution", 1)
    handle.focus()
    handle.press("ArrowRight")
    wait_for(lambda: label(page, 1).startswith("51 ×"))
    assert label(page) == first


def test_everything_has_a_name_and_a_way_by_keyboard(page):
    unnamed = explorer(page).evaluate(
        """root => [...root.querySelectorAll('canvas, button, select, textarea, input')]
            .filter(each => each.offsetParent && !(each.getAttribute('aria-label') || each.title
                || each.labels?.length || each.textContent.trim()
                || each.getAttribute('aria-labelledby')))
            .map(each => each.outerHTML.slice(0, 100))"""
    )
    assert unnamed == []
    assert canvas(page).get_attribute("aria-label").startswith("Mosaic: ")
    canvas(page).focus()
    canvas(page).press("+")
    outline = canvas(page).evaluate("canvas => getComputedStyle(canvas).outlineWidth")
    assert int(float(outline.removesuffix("px"))) >= 2
    canvas(page).press("0")


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_contrast_in_both_themes(page, theme):
    change = f"jupyterapp.commands.execute('apputils:change-theme', {{theme: '{theme}'}})"
    page.evaluate(change)
    dark = "Dark" in theme
    wait_for(
        lambda: page.evaluate("document.body.dataset.jpThemeLight") == str(not dark).lower()
    )
    ratios = explorer(page).evaluate(CONTRAST)
    assert min(ratios) >= 4.5


CONTRAST = """root => {
    const numbers = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = each => {
        for (; each; each = each.parentElement) {
            const colour = numbers(getComputedStyle(each).backgroundColor);
            if (colour.length < 4 || colour[3] > 0.9) return colour;
        }
        return [255, 255, 255];
    };
    const text = '.mosaic-cell-text, .mosaic-bar button, [role=status], th, td, caption';
    return [...root.querySelectorAll(text)]
        .filter(each => each.offsetParent && each.textContent.trim())
        .map(each => {
            const [a, b] = [light(numbers(getComputedStyle(each).color)), light(ground(each))];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        });
}"""


def test_narrow_window(page):
    page.set_viewport_size({"width": 900, "height": 900})
    time.sleep(1)
    wide = explorer(page).evaluate("root => root.scrollWidth - root.clientWidth")
    assert wide <= 1
    page.set_viewport_size({"width": 1300, "height": 1000})


def test_a_new_kernel_brings_it_back(page):
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel and Run All Cells…").click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    time.sleep(3)
    rested(page)
    assert label(page).startswith("60 × 40 cells")
    assert "model not found" not in page.content().lower()

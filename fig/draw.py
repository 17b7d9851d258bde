"""Draw the figures of the course: ``python fig/draw.py`` writes them beside this file.

Each is an SVG with its own paper, light or dark as the reader's system is, in the colours
of Okabe and Ito, which people with any colour vision tell apart.
"""

from pathlib import Path
from random import Random

STYLE = """
  .paper { fill: #ffffff; stroke: #d0d7de }
  text { font: 15px system-ui, sans-serif; fill: #1f2328 }
  .small { font-size: 12.5px; fill: #59636e }
  .head { font-weight: 600 }
  .middle { text-anchor: middle }
  .line { stroke: #59636e; stroke-width: 1.6; fill: none }
  .thin { stroke: #8c959f; stroke-width: 1; fill: none }
  .tip { fill: #59636e }
  .blue { fill: #0072b2 } .red { fill: #d55e00 } .green { fill: #009e73 }
  .amber { fill: #e69f00 } .sky { fill: #56b4e9 } .pink { fill: #cc79a7 }
  .panel { fill: #f6f8fa; stroke: #d0d7de }
  .badge { fill: #1f2328 } .number { fill: #ffffff; font-weight: 600; font-size: 13px }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; stroke: #30363d } .panel { fill: #161b22; stroke: #30363d }
    text { fill: #e6edf3 } .small { fill: #9da7b3 } .line { stroke: #9da7b3 }
    .tip { fill: #9da7b3 } .badge { fill: #e6edf3 } .number { fill: #0d1117 }
  }
"""
COLOURS = ["blue", "red", "green", "amber", "sky", "pink"]


def figure(width, height, title, description, parts):
    """One SVG, with what a screen reader says of it."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img">',
            f"<title>{title}</title>",
            f"<desc>{description}</desc>",
            f"<style>{STYLE}</style>",
            f'<rect class="paper" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" '
            'rx="8"/>',
            *parts,
            "</svg>\n",
        ]
    )


def box(x, y, width, height, kind, more=""):
    """Draw a rectangle."""
    return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" {more}/>'


def text(x, y, words, kind=""):
    """Write one line."""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{words}</text>'


def arrow(x1, y1, x2, y2):
    """Draw an arrow, to the right or downwards."""
    tip = (
        f"{x2:g},{y2:g} {x2 - 9:g},{y2 - 5:g} {x2 - 9:g},{y2 + 5:g}"
        if y1 == y2
        else f"{x2:g},{y2:g} {x2 - 5:g},{y2 - 9:g} {x2 + 5:g},{y2 - 9:g}"
    )
    end = (x2 - 8, y2) if y1 == y2 else (x2, y2 - 8)
    return (
        f'<path class="line" d="M{x1:g} {y1:g} L{end[0]:g} {end[1]:g}"/>'
        f'<polygon class="tip" points="{tip}"/>'
    )


def grid(x, y, rows, columns, cell, colours, gap=2):
    """Draw cells in rows and columns."""
    return [
        box(x + column * cell, y + row * cell, cell - gap, cell - gap,
            colours[(row * columns + column) % len(colours)], 'rx="1.5"')
        for row in range(rows)
        for column in range(columns)
    ]  # fmt: skip


def pipeline():
    """Photographs, tiles, match, mosaic: one way through."""
    dice = Random(3)
    mixed = [dice.choice(COLOURS) for _ in range(36)]
    parts = []
    for index, (dx, dy, w, h) in enumerate(
        [(0, 24, 58, 40), (34, 0, 40, 56), (20, 44, 62, 44), (58, 30, 40, 40)]
    ):
        parts.append(box(40 + dx, 96 + dy, w, h, COLOURS[index], 'rx="3" fill-opacity="0.85"'))
    parts += grid(232, 96, 4, 4, 22, mixed)
    for row, end in enumerate((2, 0, 3, 1)):
        parts.append(
            f'<path class="thin" d="M428 {106 + row * 24} L492 {106 + end * 24}"/>'
            f'<circle class="{COLOURS[row]}" cx="428" cy="{106 + row * 24}" r="7"/>'
            + box(486, 100 + end * 24, 13, 13, COLOURS[row], 'rx="1.5"')
        )
    cat = ["0100010", "0110110", "0111110", "1121211", "0111110", "0011100"]
    palette = {"0": "sky", "1": "amber", "2": "blue"}
    parts += grid(618, 94, 6, 7, 15, [palette[c] for c in "".join(cat)], gap=1.5)
    for x in (158, 346, 534):
        parts.append(arrow(x, 142, x + 50, 142))
    names = [(88, "photos", "01"), (275, "tiles", "02"), (462, "match", "03, 04"),
             (669, "mosaic", "05")]  # fmt: skip
    for x, name, number in names:
        parts.append(text(x, 216, name, "head middle"))
        parts.append(text(x, 235, f"notebook {number}", "small middle"))
    for x, name, number in [(275, "cluster", "02, 07"), (462, "target", "03")]:
        parts.append(text(x, 34, name, "head middle"))
        parts.append(text(x, 52, f"notebook {number}", "small middle"))
        parts.append(arrow(x, 60, x, 88))
    return figure(
        760, 254, "The pipeline",
        "Photos become tiles, with the help of a cluster; tiles and the target give a match; "
        "the match gives the mosaic.", parts,
    )  # fmt: skip


def badge(x, y, number):
    """Draw a number in a disc, which the caption explains."""
    return f'<circle class="badge" cx="{x}" cy="{y}" r="11"/>' + text(
        x, y + 4.5, number, "number middle"
    )


def dashboard():
    """The panels of dask's dashboard that are docked beside the notebook."""
    dice = Random(5)
    parts = [box(16, 16, 470, 208, "panel", 'rx="5"'), text(30, 40, "Task Stream", "head")]
    for row in range(4):
        x, y = 36.0, 58 + row * 36
        parts.append(text(x, y + 17, f"worker {row + 1}", "small"))
        x += 62
        while x < 440:
            width = dice.uniform(22, 44)
            if row == 2 and 230 < x < 300:
                parts.append(box(x, y, 20, 24, "red"))
                x += 22
            if row == 1 and 300 < x < 350:
                x += 64  # a gap
            parts.append(box(x, y, min(width, 468 - x), 24, "blue"))
            x += width + 2.5
    parts.append(text(98, 213, "time →", "small"))
    parts += [box(500, 16, 284, 98, "panel", 'rx="5"'), text(514, 40, "Progress", "head")]
    parts += [text(514, 64, "make_batch", "small"), text(770, 64, "130 / 200", "small end")]
    parts += [box(514, 74, 256, 20, "paper"), box(514, 74, 166, 20, "blue")]
    parts.append(box(650, 74, 30, 20, "sky"))
    parts += [box(500, 126, 284, 98, "panel", 'rx="5"')]
    parts.append(text(514, 150, "Workers Memory", "head"))
    for row, (share, kind) in enumerate([(0.34, "blue"), (0.28, "blue"), (0.74, "amber")]):
        parts += [box(514, 162 + row * 18, 256, 13, "paper")]
        parts += [box(514, 162 + row * 18, 256 * share, 13, kind)]
    parts += [badge(120, 70, 1), badge(354, 106, 2), badge(276, 142, 3)]
    parts += [badge(745, 84, 4), badge(745, 204, 5)]
    return figure(
        800, 240, "The dashboard of dask",
        "Three panels. Task Stream: a row of bars for each worker, with a gap and a bar of "
        "another colour. Progress: how many tasks are done. Workers Memory: a bar for each.",
        parts,
    ).replace(".middle {", ".end { text-anchor: end }\n  .middle {")  # fmt: skip


FIGURES = {"pipeline.svg": pipeline, "dashboard.svg": dashboard}

if __name__ == "__main__":
    for name, draw in FIGURES.items():
        (Path(__file__).parent / name).write_text(draw(), "utf-8")

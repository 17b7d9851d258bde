"""A brush that draws smooth shapes in the model's own measures.

A cat is described once, around its own centre, with its head one unit in radius;
the brush knows where on the picture that is, how large, how tilted, and whether
it is mirrored.
"""

import functools
import math

import numpy as np
from PIL import Image, ImageDraw

# How far each tuft of an outline stands out.
FUR = np.array([0.0, 1.0, 0.2, 0.7, -0.2, 0.9, 0.1])


class Brush:
    """Draws on an image, in units of `scale` pixels around (x, y).

    Parameters
    ----------
    image : PIL.Image.Image
        What is drawn on.
    x, y : float
        Where the origin lies, in pixels.
    scale : float
        Pixels per unit.
    tilt : float
        Turned clockwise by so many radians.
    flip : int
        1, or -1 for the mirror image.
    """

    def __init__(self, image, x, y, scale, tilt=0.0, flip=1):
        self.image = image
        self.draw = ImageDraw.Draw(image)
        self.x, self.y, self.scale, self.tilt, self.flip = x, y, scale, tilt, flip
        c, s = scale * math.cos(tilt), scale * math.sin(tilt)
        self._turn = np.array([[c * flip, s * flip], [-s, c]])

    def on(self, image, left, top):
        """Return this brush for a cut-out whose corner lies at (left, top)."""
        return Brush(image, self.x - left, self.y - top, self.scale, self.tilt, self.flip)

    def moved(self, x, y, scale=1.0, tilt=0.0):
        """Return a brush whose origin is at (x, y) of this one."""
        [[x, y]] = (np.array([[x, y]]) @ self._turn + (self.x, self.y)).tolist()
        tilt = self.tilt + self.flip * tilt
        return Brush(self.image, x, y, self.scale * scale, tilt, self.flip)

    def _pixels(self, points):
        # Whole pixels: what two machines' arithmetic differs by, if at all, is rounded away.
        return np.floor(points @ self._turn + (self.x + 0.5, self.y + 0.5)).astype(int)

    def _fill(self, points, fill):
        self.draw.polygon(self._pixels(points).ravel().tolist(), fill)

    def blob(self, outline, fill, fur=0.0):
        """Fill the smooth closed shape through the points of `outline`."""
        points = rounded(outline)
        self._fill(_furry(points, fur) if fur else points, fill)

    def polygon(self, corners, fill):
        """Fill the shape with these corners."""
        self._fill(np.array(corners, float), fill)

    def oval(self, x, y, across, down, fill, turn=0.0):
        """Fill an ellipse around (x, y) with these two radii."""
        c, s = math.cos(turn), math.sin(turn)
        stretch = np.array([[across * c, across * s], [-down * s, down * c]])
        self._fill(_circle() @ stretch + (x, y), fill)

    def stroke(self, points, width, fill, ends=(1.0, 1.0)):
        """Draw a smooth line whose width tapers to `ends` times itself."""
        points = np.array(points, float)
        line, along = _through(len(points)) @ points, _along(len(points)) @ points
        half = _taper(len(line), ends) * (width / 2)
        side = along[:, ::-1] * (half / (np.hypot(along[:, 0], along[:, 1]) + 1e-9)[:, None])
        self._fill(np.concatenate([line + side, (line - side)[::-1]]), fill)

    def part(self, outline, fill, paint=None, edge=None, fur=0.0):
        """Fill a smooth shape and paint its pattern, which stays inside the shape.

        Parameters
        ----------
        outline : sequence of (x, y)
            Points that the closed outline passes through.
        fill : tuple
            The colour of the ground.
        paint : callable, optional
            Given a brush on the cut-out, draws whatever it likes; what falls
            outside the shape is lost.
        edge : tuple, optional
            The colour of a thin line around.
        fur : float
            How far the tufts stand out, in units.
        """
        points = rounded(outline)
        pixels = self._pixels(_furry(points, fur) if fur else points)
        left, top = np.maximum(pixels.min(axis=0), 0).tolist()
        right, bottom = np.minimum(pixels.max(axis=0) + 1, self.image.size).tolist()
        if right <= left or bottom <= top:
            return
        if paint is None:
            self.draw.polygon(pixels.ravel().tolist(), fill)
        else:
            shape = Image.new("1", (right - left, bottom - top))
            ImageDraw.Draw(shape).polygon((pixels - (left, top)).ravel().tolist(), 255)
            patch = Image.new(self.image.mode, shape.size, fill)
            paint(self.on(patch, left, top))
            self.image.paste(patch, (left, top), shape)
        if edge:
            pixels = np.concatenate([pixels, pixels[:1]]).ravel().tolist()
            self.draw.line(pixels, edge, width=max(2, int(self.scale * 0.022)))


def rounded(outline):
    """Return a smooth closed curve (Catmull-Rom) through the points, as more points."""
    return _around(len(outline)) @ np.array(outline, float)


# A curve through n points is the same weighted sum of them every time: so the weights
# are worked out once for each n, and a curve costs one small matrix product.


@functools.lru_cache
def _around(count):
    index = np.arange(count)
    return _weights([(index + by) % count for by in (-1, 0, 1, 2)], np.eye(count), 9)


@functools.lru_cache
def _through(count):
    points = np.eye(count)
    ends = np.concatenate(
        [2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]]
    )
    index = np.arange(count - 1)
    curve = _weights([index + by for by in (0, 1, 2, 3)], ends, 6)
    return np.concatenate([curve, points[-1:]])


def _weights(corners, points, steps):
    t = (np.arange(steps) / steps)[None, :, None]
    before, here, after, later = (points[index][:, None, :] for index in corners)
    curve = before * (-t + 2 * t**2 - t**3) + here * (2 - 5 * t**2 + 3 * t**3)
    curve = curve + after * (t + 4 * t**2 - 3 * t**3) + later * (t**3 - t**2)
    return curve.reshape(-1, points.shape[1]) / 2


@functools.lru_cache
def _along(count):
    """As `_through`, but for the direction in which the curve runs."""
    through = _through(count)
    index = np.arange(len(through))
    return through[np.minimum(index + 1, len(through) - 1)] - through[np.maximum(index - 1, 0)]


@functools.lru_cache
def _taper(count, ends):
    share = np.arange(count) / (count - 1)
    bulge = np.minimum(1, 4 * share * (1 - share) + 0.15)
    # Signed, as (x, y) turned by a right angle is (-y, x).
    return (bulge + (1 - bulge) * np.where(share < 0.5, *ends))[:, None] * np.array([-1, 1])


def _furry(points, fur):
    index = np.arange(len(points))
    along = points[(index + 1) % len(points)] - points[index - 1]
    x, y, dx, dy = points[:, 0], points[:, 1], along[:, 0], along[:, 1]
    outwards = -1 if (x * dy - y * dx).sum() > 0 else 1
    far = FUR[index % len(FUR)] * (fur * outwards) / (np.hypot(dx, dy) + 1e-9)
    return points + np.stack([-dy * far, dx * far], axis=1)


@functools.lru_cache
def _circle(corners=28):
    angles = [2 * math.pi * (k + 0.25) / corners for k in range(corners)]
    return np.array([(math.cos(a), math.sin(a)) for a in angles])

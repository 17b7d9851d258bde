"""Answers to the exercises of notebook 01."""

import hashlib
from collections import Counter, defaultdict
from itertools import combinations, pairwise, product

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

import mosaic_helpers as mh

from . import right, wrong


@right("shape")
def unpacks(size):
    width, height = size
    return height, width, 3


@right("shape")
def turns_round_and_gives_a_list(size):
    return [*size[::-1], 3]


@right("shape")
def asks_numpy(size):
    return np.array(np.asarray(Image.new("RGB", size)).shape)


@wrong("shape", "order of Pillow")
def keeps_the_order(size):
    return (*size, 3)


@wrong("shape", "axis of their own")
def forgets_the_colours(size):
    return size[::-1]


@wrong("shape", "colours first")
def puts_colours_first(size):
    return 3, size[1], size[0]


@wrong("shape", "does not matter which side")
def takes_the_shorter_first(size):
    return min(size), max(size), 3


@wrong("shape", "use its argument")
def knows_one_answer(size):
    return 480, 640, 3


@wrong("shape", "its shape alone")
def gives_the_array(size):
    return np.zeros((size[1], size[0], 3))


@wrong("shape", "tuple of whole numbers")
def multiplies(size):
    return size[0] * size[1] * 3


def upright(photo):
    return ImageOps.exif_transpose(Image.open(photo))


@right("collage")
def pastes(photos):
    picture = Image.new("RGB", (400, 100))
    for i in range(4):
        panel = ImageOps.fit(upright(photos[i]), (100, 100))
        picture.paste(panel, (i * 100, 0))
    return picture


@right("collage")
def joins_arrays(photos):
    return np.concatenate([mh.thumbnail(photo, 100) for photo in photos], axis=1)


@right("collage")
def converts_and_fills_an_array(photos):
    picture = np.empty((100, 400, 3), int)
    for number, photo in enumerate(photos):
        panel = ImageOps.fit(upright(photo).convert("RGB"), (100, 100))
        picture[:, number * 100 :][:, :100] = panel
    return picture


@wrong("collage", "at (nearly) the same place")
def pastes_all_at_the_corner(photos):
    picture = Image.new("RGB", (400, 100))
    for photo in photos:
        picture.paste(ImageOps.fit(upright(photo), (100, 100)), (0, 0))
    return picture


@wrong("collage", "at (nearly) the same place")
def forgets_that_a_panel_is_wide(photos):
    picture = Image.new("RGB", (400, 100))
    for i, photo in enumerate(photos):
        picture.paste(ImageOps.fit(upright(photo), (100, 100)), (i, 0))
    return picture


@wrong("collage", "x grows to the right")
def gives_y_first(photos):
    picture = Image.new("RGB", (400, 100))
    for i, photo in enumerate(photos):
        picture.paste(ImageOps.fit(upright(photo), (100, 100)), (0, i * 100))
    return picture


@wrong("collage", "before the return")
def returns_in_the_loop(photos):
    picture = Image.new("RGB", (400, 100))
    for i, photo in enumerate(photos):
        picture.paste(ImageOps.fit(upright(photo), (100, 100)), (i * 100, 0))
        return picture


@wrong("collage", "a tower")
def builds_a_tower(photos):
    return np.concatenate([mh.thumbnail(photo, 100) for photo in photos], axis=0)


@wrong("collage", "a tower")
def has_height_first(photos):
    return Image.new("RGB", (100, 400))


@wrong("collage", "size of a single photo")
def gives_one_panel(photos):
    return mh.thumbnail(photos[0], 100)


@wrong("collage", "not shrunk")
def does_not_shrink(photos):
    return np.concatenate([np.asarray(upright(photo)) for photo in photos], axis=1)


@wrong("collage", "Four squares of 100")
def has_another_size(photos):
    return np.concatenate([mh.thumbnail(photo, 64) for photo in photos], axis=1)


@wrong("collage", "same photo is in every place")
def uses_one_photo(photos):
    return np.concatenate([mh.thumbnail(photos[0], 100)] * 4, axis=1)


@wrong("collage", "wrong order")
def starts_with_the_last(photos):
    return joins_arrays(photos[::-1])


@wrong("collage", "squeezed instead of cut")
def squeezes(photos):
    picture = Image.new("RGB", (400, 100))
    for i, photo in enumerate(photos):
        picture.paste(upright(photo).resize((100, 100)), (i * 100, 0))
    return picture


@wrong("collage", "does not fill its square")
def keeps_the_shape(photos):
    picture = Image.new("RGB", (400, 100))
    for i, photo in enumerate(photos):
        panel = upright(photo)
        panel.thumbnail((100, 100))
        picture.paste(panel, (i * 100, 0))
    return picture


@wrong("collage", "cut at a corner")
def cuts_a_corner(photos):
    panels = []
    for photo in photos:
        image = upright(photo)
        side = min(image.size)
        panels.append(image.crop((0, 0, side, side)).resize((100, 100)))
    return np.concatenate(panels, axis=1)


@wrong("collage", "lies on its side")
def forgets_exif(photos):
    picture = Image.new("RGB", (400, 100))
    for i, photo in enumerate(photos):
        picture.paste(ImageOps.fit(Image.open(photo), (100, 100)), (i * 100, 0))
    return picture


@wrong("collage", "lies on its side")
def turns_what_it_likes(photos):
    picture = Image.new("RGB", (400, 100))
    for i, photo in enumerate(photos):
        image = Image.open(photo)
        if image.getexif().get(0x0112):
            image = image.rotate(90, expand=True)
        picture.paste(ImageOps.fit(image, (100, 100)), (i * 100, 0))
    return picture


@wrong("collage", "grey (one number for a pixel)")
def stops_at_a_grey_photo(photos):
    panels = [np.asarray(ImageOps.fit(upright(photo), (100, 100))) for photo in photos]
    return np.concatenate(panels, axis=1)


@wrong("collage", "are inks")
def cuts_off_the_fourth_ink(photos):
    panels = []
    for photo in photos:
        panel = np.asarray(ImageOps.fit(upright(photo), (100, 100)))
        panels.append(np.stack([panel] * 3, 2) if panel.ndim == 2 else panel[:, :, :3])
    return np.concatenate(panels, axis=1)


@wrong("collage", "should return a picture")
def gives_a_list(photos):
    return [mh.thumbnail(photo, 100) for photo in photos]


@right("doubles")
def keeps_digests(photos):
    seen, found = set(), 0
    for photo in photos:
        digest = hashlib.sha256(photo.read_bytes()).digest()
        found += digest in seen
        seen.add(digest)
    return found


@right("doubles")
def counts_groups(photos):
    copies = Counter(hash(photo.read_bytes()) for photo in photos)
    return np.sum(list(copies.values())) - len(copies)


@wrong("doubles", "compare names")
def compares_names(photos):
    photos = list(photos)
    return len(photos) - len({photo.name for photo in photos})


@wrong("doubles", "compare sizes")
def compares_sizes(photos):
    photos = list(photos)
    return len(photos) - len({photo.stat().st_size for photo in photos})


@wrong("doubles", "compare beginnings")
def compares_beginnings(photos):
    photos = list(photos)
    return len(photos) - len({photo.read_bytes()[:1000] for photo in photos})


@wrong("doubles", "No two paths are alike")
def compares_paths(photos):
    photos = list(photos)
    return len(photos) - len({hashlib.sha256(str(p).encode()).digest() for p in photos})


@wrong("doubles", "come much later")
def compares_neighbours(photos):
    contents = [photo.read_bytes() for photo in photos]
    return sum(a == b for a, b in pairwise(contents))


@wrong("doubles", "count all copies")
def counts_the_original_too(photos):
    copies = Counter(photo.read_bytes() for photo in photos)
    return sum(count for count in copies.values() if count > 1)


@wrong("doubles", "contents that come more than once")
def counts_what_has_copies(photos):
    groups = defaultdict(list)
    for photo in photos:
        groups[photo.read_bytes()].append(photo)
    return sum(len(group) > 1 for group in groups.values())


@wrong("doubles", "count pairs")
def counts_pairs(photos):
    return sum(a.read_bytes() == b.read_bytes() for a, b in combinations(photos, 2))


@wrong("doubles", "each of them twice")
def compares_each_with_each(photos):
    pairs = product(list(photos), repeat=2)
    return sum(a != b and a.read_bytes() == b.read_bytes() for a, b in pairs)


@wrong("doubles", "how many different contents")
def counts_what_is_different(photos):
    return len({photo.read_bytes() for photo in photos})


@wrong("doubles", "nothing left when you go through it a second time")
def goes_through_twice(photos):
    different = {photo.read_bytes() for photo in photos}
    return sum(1 for _ in photos) - len(different)


@wrong("doubles", "from a generator")
def asks_a_generator_for_its_length(photos):
    return len(photos) - len({photo.read_bytes() for photo in photos})


@wrong("doubles", "How many doubles are there")
def lists_them(photos):
    seen = set()
    return [p for p in photos if p.read_bytes() in seen or seen.add(p.read_bytes())]


@wrong("doubles", "no pictures, just bytes")
def opens_them_as_pictures(photos):
    return len({Image.open(photo).tobytes() for photo in photos})


def on_white(image):
    image = ImageOps.exif_transpose(image)
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    return image.convert("RGB")


@right("tile or none")
def does_each_step(photo):
    try:
        with Image.open(photo) as image:
            return np.asarray(ImageOps.fit(on_white(image), (64, 64)))
    except OSError:
        return None


@right("tile or none")
def leaves_it_to_the_package(photo):
    try:
        return mh.thumbnail(photo, 64)
    except mh.PhotoError:
        return


@right("tile or none")
def composes_and_gives_a_picture(photo):
    try:
        image = upright(photo).convert("RGBA")
    except Exception:
        return None
    paper = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return ImageOps.fit(Image.alpha_composite(paper, image).convert("RGB"), (64, 64))


@wrong("tile or none", "A file that is empty must not stop you")
def does_not_catch(photo):
    return np.asarray(ImageOps.fit(on_white(Image.open(photo)), (64, 64)))


@wrong("tile or none", "the pixels come later")
def catches_what_is_no_picture(photo):
    try:
        return does_not_catch(photo)
    except UnidentifiedImageError:
        return None


@wrong("tile or none", "the pixels come later")
def tries_only_to_open(photo):
    try:
        image = Image.open(photo)
    except OSError:
        return None
    return np.asarray(ImageOps.fit(on_white(image), (64, 64)))


@wrong("tile or none", "returned a text, not None")
def gives_the_reason(photo):
    try:
        return does_not_catch(photo)
    except OSError as error:
        return str(error)


@wrong("tile or none", "Ctrl-C")
def catches_everything(photo):
    try:
        return does_not_catch(photo)
    except:  # noqa: E722
        return None


@wrong("tile or none", "Ctrl-C")
def catches_everything_by_name(photo):
    try:
        with open(photo, "rb") as file:
            return does_not_catch(file)
    except BaseException:
        return None


@wrong("tile or none", "lies on its side")
def heeds_no_tag(photo):
    return np.asarray(ImageOps.fit(Image.open(photo).convert("RGB"), (64, 64)))


@wrong("tile or none", "squeezed instead of cut")
def squeezes_the_tile(photo):
    return np.asarray(on_white(Image.open(photo)).resize((64, 64)))


@wrong("tile or none", "Given a grey photo, the tile has the shape (64, 64)")
def converts_nothing(photo):
    return np.asarray(ImageOps.fit(upright(photo), (64, 64)))


@wrong("tile or none", "Given a CMYK photo, the tile has the shape (64, 64, 4)")
def converts_grey_only(photo):
    image = upright(photo)
    return np.asarray(
        ImageOps.fit(image.convert("RGB") if image.mode == "L" else image, (64, 64))
    )


@wrong("tile or none", "became black")
def drops_alpha(photo):
    return np.asarray(ImageOps.fit(upright(photo).convert("RGB"), (64, 64)))


@wrong("tile or none", "(32, 32, 3), not (64, 64, 3)")
def makes_another_size(photo):
    return mh.thumbnail(photo, 32)


@wrong("tile or none", "whole numbers from 0 to 255")
def divides(photo):
    return mh.thumbnail(photo, 64) / 255

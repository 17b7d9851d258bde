"""Measure the making of tiles against other ways, and against what decoding costs at least.

    python tests/benchmarks/bench_tiles.py [--quick] [--photos DIR]

The same files for all: painted cats, or the photographs of a folder under as many names
as it takes, each time somewhat darker or lighter, so that no two are doubles. Every row is
a process of its own, which starts its cluster before the clock starts. CPU is that of all
its processes, taken from their imports on; "memory" is the peak of the client, and of its
largest worker. Every line names its bar, and says whether it is met.
"""

import argparse
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from side_by_side import peak

SIZE = int(os.environ.get("BENCH_SIZE", "64"))  # of a tile; each case is told its own
EXERCISE = 50  # pixels of a tile in the exercise; ours has 64 if nothing is said


def collect(folder, source, count):
    """Fill a folder with `count` photos, no two the same."""
    import mosaic_helpers as mh

    if not source:
        return mh.paint_cats(folder, count)[:count]
    originals = [photo for photo in mh.list_photos(source) if photo.suffix in {".jpg", ".jpeg"}]
    for index in range(count):
        photo = folder / f"{index // 1000:03}" / f"{index:07}.jpg"
        photo.parent.mkdir(parents=True, exist_ok=True)
        content = bytearray(originals[index % len(originals)].read_bytes())
        if (table := content.find(b"\xff\xdb")) > 0:
            content[table + 5] = 1 + index // len(originals)  # of the mean of each block
        photo.write_bytes(content)
    return mh.list_photos(folder)


def process(photo):
    """What the exercise does with one photo, in its three steps."""
    from PIL import Image, ImageOps

    try:
        image = ImageOps.fit(Image.open(photo), (SIZE, SIZE))
        out = io.BytesIO()
        (image if image.mode == "RGB" else image.convert("RGB")).save(out, "jpeg")
        return out.getvalue()
    except OSError:  # of these it knows nothing, and would end here
        return None


def exercise(photos, store, scheduler=None):
    """The exercise's way: a bag as it cuts it, and a data set for each picture."""
    import dask.bag as db
    import h5py
    import numpy as np

    bag = db.from_sequence(photos, npartitions=1000).map(process)
    with h5py.File(store, "w") as out:
        for index, picture in enumerate(bag.compute(scheduler=scheduler)):
            if picture:
                out.create_dataset(f"{index:06}", data=np.frombuffer(picture, "B"))


def decode_only(photos):
    """The floor: every JPEG at an eighth of its size, and nothing else.

    In as many threads as ours, since two threads on one core slow each other down and
    would make ours look dearer than it is.
    """
    from concurrent.futures import ThreadPoolExecutor

    from mosaic_helpers.parallel import usable_cores

    with ThreadPoolExecutor(usable_cores()) as pool:
        batches = (photos[start : start + 50] for start in range(0, len(photos), 50))
        list(pool.map(decode_batch, batches))


def decode_batch(photos):
    from PIL import Image

    for photo in photos:
        try:
            with Image.open(photo) as image:
                image.draft(None, (1, 1))
                image.load()
        except OSError:
            continue


def vips(photos, folder):
    command = ["vipsthumbnail", "--size", f"{SIZE}x{SIZE}", "--smartcrop", "centre"]
    for start in range(0, len(photos), 500):
        some = list(map(str, photos[start : start + 500]))
        output = f"{folder}/{start}-%s.jpg"
        subprocess.run([*command, "-o", output, *some], check=False, capture_output=True)


def metapixel(photos, folder):
    source = f"{folder}/some"  # it takes a folder and no list
    os.mkdir(source)
    for index, photo in enumerate(photos):
        os.symlink(photo, f"{source}/{index}.jpg")
    command = ["metapixel-prepare", "-r", f"--width={SIZE}", f"--height={SIZE}", source, folder]
    subprocess.run(command, check=False, capture_output=True)


def cpu():
    """Seconds of CPU of this process and of the children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def used_by_workers(client):
    """Seconds of CPU and peak memory of each worker so far."""
    return list(client.run(used_here).values()) if client else []


def used_here():
    return time.process_time(), peak()


def run_case(way, photos, store):
    """Do one case in this process and print what it took as JSON."""
    import mosaic_helpers as mh

    photos = json.loads(Path(photos).read_text())
    folder = tempfile.mkdtemp(dir=Path(store).parent)
    client = mh.start_cluster() if way == "cluster" else None
    if way in {"cluster", "threads"}:  # imports that are done late
        for index in range(0, 200, 50):
            warm = photos[index : index + 50]
            mh.build_tiles(warm, f"{folder}/{index}", 8, client=client, progress=False)
    elif way in {"processes", "bag threads"}:
        exercise(photos[:20], f"{folder}/warm", "sync")
    work = {
        "cluster": lambda: mh.build_tiles(photos, store, SIZE, client=client, progress=False),
        "threads": lambda: mh.build_tiles(photos, store, SIZE, progress=False),
        "processes": lambda: exercise(photos, f"{folder}/bag"),
        "bag threads": lambda: exercise(photos, f"{folder}/bag", "threads"),
        "floor": lambda: decode_only(photos),
        "vips": lambda: vips(photos, folder),
        "metapixel": lambda: metapixel(photos, folder),
    }[way]
    before = used_by_workers(client)
    used, start = cpu(), time.perf_counter()
    work()
    seconds, used = time.perf_counter() - start, cpu() - used
    after = used_by_workers(client)
    used += sum(now[0] for now in after) - sum(then[0] for then in before)
    worker = max((memory for _, memory in after), default=0)
    print(json.dumps({"seconds": seconds, "cpu": used, "client": peak(), "worker": worker}))
    if client:
        client.close()
    shutil.rmtree(folder)


def measure(way, photos, store, size=SIZE):
    """One case in a process of its own."""
    listed = store.with_suffix(".json")
    listed.write_text(json.dumps([str(photo) for photo in photos]))
    command = [sys.executable, __file__, "--case", way, str(listed), str(store)]
    told = {**os.environ, "BENCH_SIZE": str(size)}
    done = subprocess.run(command, capture_output=True, text=True, env=told)
    if done.returncode:
        raise SystemExit(f"{way} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def bar(text, met):
    return f"   bar: {text}: {'met' if met else 'NOT MET'}"


def line(name, seen, count, said=""):
    memory = f"{seen['client'] / 1e6:5.0f} MB"
    if seen["worker"]:
        memory += f" + {seen['worker'] / 1e6:.0f} MB"
    each = 1000 * seen["cpu"] / count
    print(f"{name:36} {seen['seconds']:7.2f} s {each:7.2f} ms {memory:16}{said}", flush=True)


WAYS = {
    "processes": "(a) the exercise: bag as it is",
    "bag threads": "    the same in threads",
    "cluster": "(b) build_tiles, local cluster",
    "threads": "(c) build_tiles, threads",
    "floor": "(d) the floor: decoding at 1/8",
    "vips": "(e) vipsthumbnail, a tenth of them",
    "metapixel": "(e) metapixel-prepare, a tenth",
}
PROGRAMS = {  # and the package that has it
    "vips": ("vipsthumbnail", "libvips-tools"),
    "metapixel": ("metapixel-prepare", "metapixel"),
}


def compare(photos, folder, repeats, size):
    """All ways in turn, some rounds of it, and the bars on their medians."""
    what = f"{len(photos):,} photos, tiles of {size} × {size}"
    print(f"{what:36}      wall   CPU/photo  memory: client + worker")
    seen = {way: [] for way in WAYS}
    for turn in range(repeats):
        for way in WAYS:
            if way not in PROGRAMS or shutil.which(PROGRAMS[way][0]):
                some = photos[: len(photos) // 10] if way in PROGRAMS else photos
                seen[way].append(measure(way, some, folder / f"{way} {turn} {size}.h5", size))
    middle = {
        way: {key: median(run[key] for run in runs) for key in runs[0]}
        for way, runs in seen.items()
        if runs
    }
    for way, name in WAYS.items():
        if way not in middle:
            program, package = PROGRAMS[way]
            print(
                f"{name:36} not here: apt-get install {package.replace(program, 'metapixel')}"
            )
            continue
        said = ""
        if way in {"cluster", "threads"}:
            faster = middle["processes"]["seconds"] / middle[way]["seconds"]
            over = middle[way]["cpu"] / middle["floor"]["cpu"]
            said = bar(f"≥ 4 × as fast as (a), is {faster:.1f}", faster >= 4)
            said += bar(f"CPU ≤ 1.7 × (d), is {over:.2f}", over <= 1.7)
        count = len(photos) // 10 if way in PROGRAMS else len(photos)
        line(name, middle[way], count, said)


def repeat(photos, folder, extra):
    """A second run, a run with some photos more, and reading from the file."""
    import numpy as np

    import mosaic_helpers as mh

    store = folder / "again.h5"
    first = measure("threads", photos, store)
    line("first run, threads", first, len(photos))
    second = measure("threads", photos, store)
    share = second["seconds"] / first["seconds"]
    said = bar(f"< 5 % of the first, is {100 * share:.1f} %", share < 0.05)
    line("second run, nothing changed", second, len(photos), said)
    more = measure("threads", photos + extra, store)
    worth = (more["seconds"] - second["seconds"]) / first["seconds"] * len(photos)
    about = bar(f"≤ {3 * len(extra)} photos' worth more than the second, is {worth:.0f}",
                worth <= 3 * len(extra))  # fmt: skip
    line(f"with {len(extra)} photos more", more, len(extra), about)
    some = np.random.default_rng(0).integers(0, len(photos), 500)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        mh.open_tiles(store).read(some)
        times.append(1000 * (time.perf_counter() - start))
    took = median(times)
    print(f"open, and read 500 of them: {took:.1f} ms{bar('< 50 ms', took < 50)}")


def growth(photos, folder, counts):
    """Peak memory of client and workers as the photos grow more."""
    print("\nMemory on the cluster")
    first = None
    for count in counts:
        seen = measure("cluster", photos[:count], folder / f"{count}.h5")
        first = first or seen
        more = max(seen[who] / first[who] for who in ("client", "worker"))
        line(f"{count:8,} photos", seen, count, bar("≤ 1.25 × that of the first", more <= 1.25))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer photos, a minute")
    parser.add_argument("--photos", help="a folder of JPEGs; painted cats if not given")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        return run_case(*options.case)
    count, extra, repeats = (1_000, 50, 1) if options.quick else (10_000, 100, 3)
    counts = [500, 1_000, 4_000] if options.quick else [2_500, 10_000, 40_000]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "photos").mkdir()
        photos = collect(folder / "photos", options.photos, max(counts))
        decode_only(photos[: count + extra])  # from now on all come from memory
        for size in (EXERCISE, SIZE):
            compare(photos[:count], folder, repeats, size)
            print()
        repeat(photos[:count], folder, photos[count : count + extra])
        growth(photos, folder, counts)
    return None


if __name__ == "__main__":
    main()

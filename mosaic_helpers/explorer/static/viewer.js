// A picture that can be zoomed and moved by wheel, pinch, drag, buttons and keys.
//
// It counts in cells, not pixels: `view` is the visible part, in cells. The whole picture is
// always there; of the visible part the kernel sends a sharper one, `part`. Nothing moves by
// itself, so there is no motion to reduce.

const CLOSEST = 1; // cells across, at least
const ZOOM_STEP = 1.5; // of a key or a button
const REST = 120; // milliseconds of rest before the kernel is asked
const SLIDER_KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];

// Notebook 7 takes the arrow keys for itself before a slider hears of them, unless it is told.
function keepKeys({ target, key }) {
  if (!target.closest?.(".mosaic-explorer")) return;
  target.toggleAttribute("data-lm-suppress-shortcuts", SLIDER_KEYS.includes(key));
}
window.addEventListener("keydown", keepKeys, true);

async function decoded(bytes) {
  if (!bytes || bytes.byteLength === 0) return null;
  return createImageBitmap(new Blob([bytes], { type: "image/jpeg" })).catch(() => null);
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

class Viewer {
  constructor(model, el) {
    this.model = model;
    this.images = {};
    this.due = {};
    this.decoding = {};
    this.waiting = {};
    this.fingers = new Map();
    this.canvas = element("canvas", { tabIndex: 0, className: "mosaic-canvas" });
    this.canvas.setAttribute("role", "img");
    this.cellText = element("div", { className: "mosaic-cell-text" });
    this.cellText.setAttribute("role", "status");
    const button = (text, label, act) => {
      const made = element("button", { type: "button", textContent: text, title: label, onclick: act });
      made.setAttribute("aria-label", label);
      return made;
    };
    const bar = element(
      "div",
      { className: "mosaic-bar" },
      button("+", "Zoom in", () => this.zoom(1 / ZOOM_STEP)),
      button("−", "Zoom out", () => this.zoom(ZOOM_STEP)),
      button("□", "Show the whole picture", () => this.showWhole()),
      this.cellText,
    );
    this.root = element("div", { className: "mosaic-viewer" }, this.canvas, bar);
    el.append(this.root);
    this.showWhole(false);
    this.listen();
    const triggers = {
      picture: "change:picture change:number",
      part: "change:part change:part_view change:part_number",
      target: "change:target",
      difference_map: "change:difference_map",
    };
    for (const [name, changes] of Object.entries(triggers)) {
      model.on(changes, () => this.loadSoon(name));
      this.load(name);
    }
    model.on("change:wipe change:layer", () => this.draw());
    model.on("change:cell_text", () => this.showCellText());
    model.on("change:cell", () => this.forgetCell());
    model.on("change:alt", () => this.showAlt());
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.root);
    this.showCellText();
    this.showAlt();
  }

  get rows() { return this.grid[0]; }
  get columns() { return this.grid[1]; }

  // One picture of a kind is decoded at a time, and then the newest. Each is shown: were it given
  // up for a newer one, a slider that moves faster than pictures decode would show nothing.
  async load(name) {
    this.due[name] = true;
    if (this.decoding[name]) return;
    this.decoding[name] = true;
    while (this.due[name]) {
      this.due[name] = false;
      await this.show(name);
    }
    this.decoding[name] = false;
  }

  // What belongs to a picture came with it, and is taken with it.
  async show(name) {
    const [grid, number] = [this.model.get("grid"), this.model.get("number")];
    const part = { view: this.model.get("part_view"), number: this.model.get("part_number") };
    const image = await decoded(this.model.get(name));
    this.images[name]?.close();
    this.images[name] = image;
    if (name === "part") this.part = part;
    if (name === "picture") {
      this.number = number;
      this.setGrid(grid);
    }
    this.draw();
  }

  // What arrives together is taken together, and taken even if the picture is the same as before.
  loadSoon(name) {
    if (this.waiting[name]) return;
    this.waiting[name] = true;
    queueMicrotask(() => {
      this.waiting[name] = false;
      this.load(name);
    });
  }

  setGrid(grid) {
    const [rows, columns] = this.grid;
    if (grid[0] === rows && grid[1] === columns) return;
    const { x, y, w } = this.view;
    this.grid = [...grid];
    this.resize(false);
    // The same part of the picture, counted in the new cells.
    this.setView((x / columns) * this.columns, (y / rows) * this.rows, (w / columns) * this.columns);
  }

  resize(draw = true) {
    const width = this.root.clientWidth || 600;
    const most = this.model.get("height");
    const scale = Math.min(width / this.columns, most / this.rows);
    const [w, h] = [Math.round(scale * this.columns), Math.round(scale * this.rows)];
    this.ratio = window.devicePixelRatio || 1;
    this.canvas.style.width = `${w}px`;
    this.canvas.style.height = `${h}px`;
    this.canvas.width = Math.round(w * this.ratio);
    this.canvas.height = Math.round(h * this.ratio);
    if (draw) this.draw();
  }

  showWhole(draw = true) {
    this.grid = [...this.model.get("grid")];
    this.view = { x: 0, y: 0, w: this.columns, h: this.rows };
    if (draw) this.setView(0, 0, this.columns);
  }

  // Show w cells across, from (x, y); stay within the picture.
  setView(x, y, w) {
    w = Math.min(this.columns, Math.max(Math.min(CLOSEST, this.columns), w));
    const h = (w * this.rows) / this.columns;
    x = Math.min(Math.max(x, 0), this.columns - w);
    y = Math.min(Math.max(y, 0), this.rows - h);
    this.view = { x, y, w, h };
    this.draw();
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.send("view", [x, y, w, h]), REST);
  }

  zoom(factor, px = 0.5, py = 0.5) {
    const { x, y, w, h } = this.view;
    const wide = Math.min(this.columns, Math.max(CLOSEST, w * factor));
    const tall = (wide * this.rows) / this.columns;
    this.setView(x + px * (w - wide), y + py * (h - tall), wide);
  }

  send(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  draw() {
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    const { x, y, w, h } = this.view;
    const map = this.model.get("layer") === "map";
    const image = map ? this.images.difference_map : this.images.picture;
    if (!image) return;
    const scale = width / w;
    context.imageSmoothingEnabled = !map && scale < 2 * (image.width / this.columns);
    const whole = (picture) =>
      context.drawImage(picture, -x * scale, -y * scale, this.columns * scale, this.rows * scale);
    whole(image);
    // A part of another picture than the one that is shown would be worse than none.
    const sharp = Boolean(this.images.part) && this.part.number === this.number;
    if (sharp && !map) {
      const [left, top, across, down] = this.part.view;
      context.imageSmoothingEnabled = true;
      context.drawImage(this.images.part, (left - x) * scale, (top - y) * scale, across * scale, down * scale);
    }
    const wipe = this.model.get("wipe");
    if (wipe > 0 && this.images.target) {
      context.save();
      context.beginPath();
      context.rect(0, 0, wipe * width, height);
      context.clip();
      context.imageSmoothingEnabled = true;
      whole(this.images.target);
      context.restore();
      context.fillStyle = "#fff";
      context.fillRect(wipe * width - this.ratio, 0, 2 * this.ratio, height);
    }
    if (this.pointed) {
      const [row, column] = this.pointed;
      context.lineWidth = 2 * this.ratio;
      for (const [colour, inset] of [["#000", 0], ["#fff", 2 * this.ratio]]) {
        context.strokeStyle = colour;
        const size = scale + 2 * (2 * this.ratio - inset);
        context.strokeRect((column - x) * scale - 2 * this.ratio + inset, (row - y) * scale - 2 * this.ratio + inset, size, size);
      }
    }
    // Of the whole picture a finger scrolls the page, as the wheel does; two fingers come closer.
    this.canvas.style.touchAction = w < this.columns ? "none" : "pan-x pan-y";
    this.canvas.dataset.view = [x, y, w, h].map((each) => each.toFixed(2)).join(" ");
    this.canvas.dataset.sharp = String(sharp);
    this.canvas.dataset.number = String(this.number);
    this.canvas.dataset.drawn = String(Number(this.canvas.dataset.drawn ?? 0) + 1);
  }

  showCellText() {
    this.cellText.textContent = this.model.get("cell_text") || "Point at a tile to see which photo it is.";
  }

  // The kernel forgets the cell when another tile has come there.
  forgetCell() {
    if (this.model.get("cell").length > 0) return;
    this.pointed = null;
    this.draw();
  }

  showAlt() {
    this.canvas.setAttribute("aria-label", this.model.get("alt"));
  }

  // Which cell is under a place of the canvas, from 0 to 1.
  point(px, py) {
    const { x, y, w, h } = this.view;
    const cell = [Math.floor(y + py * h), Math.floor(x + px * w)];
    if (cell[0] < 0 || cell[1] < 0 || cell[0] >= this.rows || cell[1] >= this.columns) return;
    if (this.pointed && cell[0] === this.pointed[0] && cell[1] === this.pointed[1]) return;
    this.pointed = cell;
    this.draw();
    clearTimeout(this.pointing);
    this.pointing = setTimeout(() => this.send("cell", cell), 40);
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  listen() {
    const canvas = this.canvas;
    // A page that scrolls must go on scrolling: the wheel zooms once the picture was clicked.
    canvas.addEventListener("wheel", (event) => {
      if (document.activeElement !== canvas && !event.ctrlKey) return;
      event.preventDefault();
      this.zoom(Math.exp(Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 120) / 400), ...this.place(event));
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, this.place(event));
      this.still = this.fingers.size === 1;
      canvas.focus({ preventScroll: true });
    });
    canvas.addEventListener("pointerup", (event) => {
      if (this.still) this.point(...this.place(event)); // a finger cannot point without touching
    });
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, (event) => this.fingers.delete(event.pointerId));
    }
    canvas.addEventListener("pointermove", (event) => this.moved(event));
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (!this.key(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  moved(event) {
    const now = this.place(event);
    const before = this.fingers.get(event.pointerId);
    if (!before) return this.point(...now);
    const { x, y, w, h } = this.view;
    const box = this.canvas.getBoundingClientRect();
    const far = Math.hypot((now[0] - before[0]) * box.width, (now[1] - before[1]) * box.height);
    if (this.still && far < 4) return; // a hand is never quite still
    this.still = false;
    const others = [...this.fingers].filter(([id]) => id !== event.pointerId);
    this.fingers.set(event.pointerId, now);
    if (others.length === 0) return this.setView(x - (now[0] - before[0]) * w, y - (now[1] - before[1]) * h, w);
    const [, other] = others[0];
    const apart = (place) => Math.hypot((place[0] - other[0]) * w, (place[1] - other[1]) * h);
    this.zoom(apart(before) / Math.max(apart(now), 1e-6), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
  }

  key(key) {
    const { x, y, w, h } = this.view;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (key === "+" || key === "=") this.zoom(1 / ZOOM_STEP);
    else if (key === "-" || key === "_") this.zoom(ZOOM_STEP);
    else if (key === "0" || key === "Home") this.showWhole();
    else if (key in moves) this.pointNext(...moves[key]);
    else return false;
    return true;
  }

  // The arrow keys point at the next cell; the view goes along.
  pointNext(dx, dy) {
    const { x, y, w, h } = this.view;
    const [row, column] = this.pointed ?? [Math.floor(y + h / 2) - dy, Math.floor(x + w / 2) - dx];
    const cell = [row + dy, column + dx];
    if (cell[0] < 0 || cell[1] < 0 || cell[0] >= this.rows || cell[1] >= this.columns) return;
    const left = Math.min(Math.max(x, cell[1] + 1 - w), cell[1]);
    const top = Math.min(Math.max(y, cell[0] + 1 - h), cell[0]);
    if (left !== x || top !== y) this.setView(left, top, w);
    this.point((cell[1] + 0.5 - this.view.x) / w, (cell[0] + 0.5 - this.view.y) / h);
  }

  close() {
    this.observer.disconnect();
    clearTimeout(this.rest);
    clearTimeout(this.pointing);
    for (const image of Object.values(this.images)) image?.close();
  }
}

export default {
  render({ model, el }) {
    const viewer = new Viewer(model, el);
    return () => viewer.close();
  },
};

import { drawingOn, element, resize } from "../shared/dom.js";
import { clamp } from "../shared/numbers.js";
import { cellAt, placeOf } from "./tiles.js";

const LARGEST_CANVAS = 4096; // pixels a side

/** @typedef {object} Panel as panel.py packs it and filmstrip.py sends it
 * @property {string} title
 * @property {string} alt
 * @property {string} sheet where the PNG file is, with the frames row by row
 * @property {string} hash of the sheet's content
 * @property {number} frames
 * @property {number} columns frames beside each other
 * @property {number} height of a frame in pixels
 * @property {number} width
 * @property {import("./tiles.js").Grid | null} grid
 * @property {string[] | null} notes one for each tile
 * @property {string[] | null} captions one for each frame
 * @property {Bar} bar */

/** @typedef {object} Bar the scale of a picture
 * @property {string[]} colors from low to high
 * @property {string} low what the ends stand for
 * @property {string} high
 * @property {string} meaning what the colours stand for, with which the scale is shown below the pictures, or "" */

/** @typedef {object} Owner the strip, as its pictures see it
 * @property {number} cursor the tile that the keyboard is on
 * @property {(cell: number | null, picture: Picture) => void} hover
 * @property {(cell: number | null, picture: Picture) => void} select
 * @property {(cell: number, picture: Picture) => boolean} isSelected
 * @property {(event: KeyboardEvent, picture: Picture) => void} onTileKey */

/** One panel: its canvas with title, caption, and the marks on its tiles. */
export class Picture {
  /** @param {Owner} strip
   * @param {Panel} panel */
  constructor(strip, panel) {
    this.panel = panel;
    /** @type {ImageBitmap | undefined} not before it is decoded */
    this.sheet = undefined;
    this.index = 0;
    this.figure = element("figure", "panel");
    this.title = element("div", "title");
    this.frame = element("div", "picture");
    this.canvas = element("canvas", "", { role: "img" });
    this.hovered = element("div", "mark hovered");
    this.selected = element("div", "mark selected");
    this.note = element("div", "note", { "aria-hidden": "true" });
    this.caption = element("figcaption", "caption");
    this.frame.append(this.canvas, this.hovered, this.selected, this.note);
    this.figure.append(this.title, this.frame, this.caption);
    this.listen(strip);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.frame);
  }

  /** @param {Owner} strip */
  listen(strip) {
    this.frame.addEventListener("pointermove", (event) => strip.hover(this.cellUnder(event), this));
    this.frame.addEventListener("pointerleave", () => strip.hover(null, this));
    this.frame.addEventListener("blur", () => strip.hover(null, this));
    this.frame.addEventListener("focus", () => {
      if (this.panel.grid && this.frame.matches(":focus-visible")) strip.hover(strip.cursor, this);
    });
    this.frame.addEventListener("click", (event) => {
      const cell = this.cellUnder(event);
      if (cell !== null) strip.select(strip.isSelected(cell, this) ? null : cell, this); // a second click clears
    });
    this.frame.addEventListener("keydown", (event) => {
      if (this.panel.grid) strip.onTileKey(event, this);
    });
  }

  /** @param {Panel} panel
   * @param {ImageBitmap | undefined} sheet */
  update(panel, sheet) {
    this.panel = panel;
    this.sheet = sheet;
    this.title.textContent = panel.title || "\u00a0"; // beside a panel with a title, this one keeps its height
    this.caption.hidden = !panel.captions;
    this.figure.style.setProperty("--aspect", String(panel.width / panel.height));
    this.canvas.style.aspectRatio = `${panel.width} / ${panel.height}`;
    this.frame.classList.toggle("grid", Boolean(panel.grid));
    if (panel.grid) {
      this.frame.tabIndex = 0;
      this.frame.setAttribute("role", "application"); // the arrow keys are ours, not the screen reader's
      const help = `${panel.grid.count} tiles: arrow keys move, Enter selects, Escape clears`;
      this.frame.setAttribute("aria-label", panel.title ? `${panel.title}, ${help}` : help);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) this.frame.removeAttribute(name);
    }
  }

  /** Give the canvas whole multiples of the picture's pixels, at least as many as the screen shows: CSS then only
   * shrinks it, which keeps all pixels equally large and sharp at any width. */
  fit() {
    if (!this.sheet || !this.frame.clientWidth) return;
    const { width, height } = this.panel;
    const wanted = Math.ceil((this.frame.clientWidth * devicePixelRatio) / width);
    const zoom = clamp(wanted, 1, Math.max(1, Math.floor(LARGEST_CANVAS / Math.max(width, height))));
    resize(this.canvas, width * zoom, height * zoom);
    this.paint(this.canvas, zoom);
  }

  /** @param {number} index
   * @param {string} label */
  show(index, label) {
    this.index = Math.min(index, this.panel.frames - 1); // a panel of one frame stands still
    this.canvas.setAttribute("aria-label", `${this.panel.alt}, ${label}`);
    this.caption.textContent = this.panel.captions?.[this.index] ?? "";
    this.fit();
  }

  /** @param {HTMLCanvasElement} canvas
   * @param {number} zoom */
  paint(canvas, zoom) {
    if (!this.sheet) return;
    const { width, height, columns } = this.panel;
    const x = (this.index % columns) * width;
    const y = Math.floor(this.index / columns) * height;
    const context = drawingOn(canvas);
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, width * zoom, height * zoom);
    context.drawImage(this.sheet, x, y, width, height, 0, 0, width * zoom, height * zoom);
  }

  /** The frame on a canvas of its own, in whole multiples of its pixels, at least so high.
   * @param {number} atLeast */
  copy(atLeast) {
    const zoom = Math.ceil(atLeast / this.panel.height);
    const canvas = element("canvas");
    resize(canvas, this.panel.width * zoom, this.panel.height * zoom);
    this.paint(canvas, zoom);
    return canvas;
  }

  /** @param {PointerEvent} event */
  cellUnder(event) {
    const { width, height, grid } = this.panel;
    if (!grid) return null;
    const box = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * height;
    return cellAt(grid, x, y);
  }

  /** @param {number | null} hovered
   * @param {number | null} selected */
  mark(hovered, selected) {
    this.place(this.hovered, hovered);
    this.place(this.selected, selected);
    const noted = !this.hovered.hidden && hovered !== null;
    this.note.textContent = noted ? (this.panel.notes?.[hovered] ?? "") : "";
    this.note.hidden = !this.note.textContent;
    if (!this.note.hidden) this.placeNote();
  }

  /** @param {HTMLElement} mark
   * @param {number | null} cell */
  place(mark, cell) {
    const { grid } = this.panel;
    mark.hidden = !grid || cell === null || cell >= grid.count;
    if (!grid || cell === null || mark.hidden) return;
    Object.assign(mark.style, placeOf(grid, cell, this.panel.width, this.panel.height));
  }

  /** Above the tile, below it in the first rows, and never outside the picture's width. */
  placeNote() {
    const tile = this.hovered;
    const left = tile.offsetLeft + tile.offsetWidth / 2 - this.note.offsetWidth / 2;
    const above = tile.offsetTop - this.note.offsetHeight - 8;
    this.note.style.left = `${clamp(left, 0, Math.max(0, this.frame.clientWidth - this.note.offsetWidth))}px`;
    this.note.style.top = `${above >= 0 ? above : tile.offsetTop + tile.offsetHeight + 8}px`;
  }

  remove() {
    this.observer.disconnect();
    this.figure.remove();
  }
}

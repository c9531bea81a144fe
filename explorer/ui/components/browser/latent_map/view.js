// Which part of the plane is shown where. Positions are [x, y] in latent units, pixels are CSS pixels from the map's upper
// left corner.

import { clamp } from "../shared/numbers.js";

const NARROW = 300; // pixels of a map, such as one of four, below which its axes take less room
const FRAME = { left: 58, right: 14, top: 8, bottom: 50, letters: 14, title: 16 }; // pixels around the points, of texts
const SMALL_FRAME = { left: 40, right: 6, top: 6, bottom: 40, letters: 12, title: 13 };
export const CLOSEST = 200; // times larger than the first view
export const FARTHEST = 0.2;

/** @typedef {[x: number, y: number]} Position */
/** @typedef {[low: number, high: number]} Range */
/** @typedef {{x?: number, y?: number, zoom: number}} Look the middle of the view, by default that of the bounds, and how
 * many times larger than at first */

/** Latent units to pixels and back, equally scaled on both axes. */
export class View {
  /** @param {Range[]} bounds of x and of y, which the view shows at a zoom of 1
   * @param {number} width of the whole map in pixels
   * @param {number} height
   * @param {Look} look */
  constructor([[left, right], [bottom, top]], width, height, { x, y, zoom }) {
    this.frame = width < NARROW ? SMALL_FRAME : FRAME;
    this.width = Math.max(1, width - this.frame.left - this.frame.right);
    this.height = Math.max(1, height - this.frame.top - this.frame.bottom);
    this.zoom = clamp(zoom, FARTHEST, CLOSEST);
    this.scale = this.zoom * Math.min(this.width / (right - left), this.height / (top - bottom)); // pixels a unit
    this.x = clamp(x ?? (left + right) / 2, left, right);
    this.y = clamp(y ?? (bottom + top) / 2, bottom, top);
  }

  /** How many pixels ticks are about apart. */
  get apart() {
    return this.frame === FRAME ? 80 : 50;
  }

  /** @param {Position} position
   * @returns {Position} */
  pixel([x, y]) {
    const { left, top } = this.frame;
    return [left + this.width / 2 + (x - this.x) * this.scale, top + this.height / 2 - (y - this.y) * this.scale];
  }

  /** @param {Position} pixels
   * @returns {Position} */
  latent([x, y]) {
    const { left, top } = this.frame;
    return [this.x + (x - left - this.width / 2) / this.scale, this.y - (y - top - this.height / 2) / this.scale];
  }

  /** Whether pixels lie between the axes.
   * @param {Position} pixels */
  holds([x, y]) {
    const { left, top } = this.frame;
    return x >= left && x <= left + this.width && y >= top && y <= top + this.height;
  }

  /** The nearest pixels between the axes.
   * @param {Position} pixels
   * @returns {Position} */
  hold([x, y]) {
    const { left, top } = this.frame;
    return [clamp(x, left, left + this.width), clamp(y, top, top + this.height)];
  }

  /** How to look at the map so many times closer, while what is at these pixels stays there.
   * @param {number} factor
   * @param {Position} pixels
   * @returns {Required<Look>} */
  zoomed(factor, pixels) {
    const zoom = clamp(this.zoom * factor, FARTHEST, CLOSEST);
    const [x, y] = this.latent(pixels);
    const share = this.zoom / zoom;
    return { x: x + (this.x - x) * share, y: y + (this.y - y) * share, zoom };
  }

  /** A coordinate as text, with the decimals that a pixel makes a difference to.
   * @param {number} value */
  format(value) {
    return signed(value, clamp(Math.ceil(Math.log10(this.scale)), 0, 5));
  }
}

/** A number with a true minus sign, and none before zero.
 * @param {number} value
 * @param {number} decimals */
export function signed(value, decimals) {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** Round values with their texts, about so many pixels apart, at which an axis has ticks.
 * @param {number} low
 * @param {number} high
 * @param {number} scale in pixels a unit
 * @returns {[value: number, text: string][]} */
export function ticks(low, high, scale, apart = 80) {
  const rough = apart / scale;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  /** @type {[value: number, text: string][]} */
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i += 1) found.push([i * step, signed(i * step, decimals)]);
  return found;
}

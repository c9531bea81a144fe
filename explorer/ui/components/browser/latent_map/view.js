// Which part of the plane is shown where. Positions are [x, y] in latent units, pixels are CSS pixels from the map's upper
// left corner.

import { clamp } from "../shared/numbers.js";

export const LEFT = 58; // pixels around the points, for the axes
export const RIGHT = 14;
export const TOP = 8;
export const BOTTOM = 50;
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
    this.width = Math.max(1, width - LEFT - RIGHT);
    this.height = Math.max(1, height - TOP - BOTTOM);
    this.zoom = clamp(zoom, FARTHEST, CLOSEST);
    this.scale = this.zoom * Math.min(this.width / (right - left), this.height / (top - bottom)); // pixels a unit
    this.x = clamp(x ?? (left + right) / 2, left, right);
    this.y = clamp(y ?? (bottom + top) / 2, bottom, top);
  }

  /** @param {Position} position
   * @returns {Position} */
  pixel([x, y]) {
    return [LEFT + this.width / 2 + (x - this.x) * this.scale, TOP + this.height / 2 - (y - this.y) * this.scale];
  }

  /** @param {Position} pixels
   * @returns {Position} */
  latent([x, y]) {
    return [this.x + (x - LEFT - this.width / 2) / this.scale, this.y - (y - TOP - this.height / 2) / this.scale];
  }

  /** Whether pixels lie between the axes.
   * @param {Position} pixels */
  holds([x, y]) {
    return x >= LEFT && x <= LEFT + this.width && y >= TOP && y <= TOP + this.height;
  }

  /** The nearest pixels between the axes.
   * @param {Position} pixels
   * @returns {Position} */
  hold([x, y]) {
    return [clamp(x, LEFT, LEFT + this.width), clamp(y, TOP, TOP + this.height)];
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

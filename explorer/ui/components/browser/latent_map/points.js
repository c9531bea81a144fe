// The points of a cloud, and what lies where among them. Positions are [x, y] in latent units.

import { clamp, mix } from "../shared/numbers.js";

/** @typedef {import("./view.js").Position} Position */
/** @typedef {import("./view.js").Range} Range */

const NOWHERE = 65535; // the quantised position of a point that has no place in a frame

/** @param {string} base64 */
export function bytes(base64) {
  const text = atob(base64);
  const array = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) array[i] = text.charCodeAt(i);
  return array;
}

/** @typedef {{positions: Uint16Array, classes: Uint8Array}} Cloud quantised x and y of each point, frame by frame, and the
 * points' classes */

/** @param {{positions: string, classes: string}} packed in base64
 * @returns {Cloud} */
export const decodeCloud = ({ positions, classes }) => ({
  positions: new Uint16Array(bytes(positions).buffer),
  classes: bytes(classes),
});

/** The points of one frame: positions x and y, NaN without a place, and which classes are shown. */
export class Points {
  /** @param {number} count */
  constructor(count) {
    this.x = new Float32Array(count);
    this.y = new Float32Array(count);
    /** @type {Uint8Array} */
    this.classes = new Uint8Array(count);
    this.shown = new Uint8Array(0); // for each class
  }

  /** Move the points to where they are in a frame, or on their way between two.
   * @param {Cloud} cloud
   * @param {Range[]} range of x and y that the quantised positions reach over
   * @param {number} frame */
  place({ positions, classes }, range, frame) {
    const { x, y } = this;
    const count = x.length;
    this.classes = classes;
    const share = frame - Math.floor(frame);
    const next = share ? 2 * count : 0;
    const scales = range.map(([low, high]) => (high - low) / (NOWHERE - 1));
    for (let i = 0, at = 2 * Math.floor(frame) * count; i < count; i += 1, at += 2) {
      const lost = positions[at] === NOWHERE || positions[at + next] === NOWHERE;
      x[i] = lost ? Number.NaN : range[0][0] + scales[0] * mix(positions[at], positions[at + next], share);
      y[i] = lost ? Number.NaN : range[1][0] + scales[1] * mix(positions[at + 1], positions[at + 1 + next], share);
    }
  }

  /** @param {number} index
   * @returns {Position} */
  at(index) {
    return [this.x[index], this.y[index]];
  }

  /** The point nearest to a position, -1 if none is shown, and how far away it is.
   * @param {Position} position */
  nearest([x, y]) {
    let [index, least] = [-1, Number.POSITIVE_INFINITY];
    for (let i = 0; i < this.x.length; i += 1) {
      const distance = (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2;
      if (distance < least && this.shown[this.classes[i]]) [index, least] = [i, distance];
    }
    return { index, distance: Math.sqrt(least) };
  }

  /** The points inside a polygon, among those that are shown.
   * @param {Position[]} polygon */
  within(polygon) {
    const found = [];
    for (let i = 0; i < this.x.length; i += 1) {
      if (this.shown[this.classes[i]] && inside(polygon, this.at(i))) found.push(i);
    }
    return found;
  }
}

/** Whether a position is inside a polygon, by the even-odd rule.
 * @param {Position[]} polygon
 * @param {Position} position */
export function inside(polygon, [x, y]) {
  let within = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [[x0, y0], [x1, y1]] = [polygon[i], polygon[j]];
    if (y0 > y !== y1 > y && x < x0 + ((x1 - x0) * (y - y0)) / (y1 - y0)) within = !within;
  }
  return within;
}

/** So many positions, equally spaced along the length of a line.
 * @param {Position[]} line of at least two positions
 * @param {number} count */
export function resample(line, count) {
  const lengths = [0];
  for (let i = 1; i < line.length; i += 1) {
    lengths.push(lengths[i - 1] + Math.hypot(line[i][0] - line[i - 1][0], line[i][1] - line[i - 1][1]));
  }
  const whole = lengths[line.length - 1];
  /** @type {Position[]} */
  const spaced = [];
  for (let i = 0, at = 1; i < count; i += 1) {
    const length = (whole * i) / (count - 1);
    while (at < line.length - 1 && lengths[at] < length) at += 1;
    const share = clamp((length - lengths[at - 1]) / (lengths[at] - lengths[at - 1] || 1), 0, 1);
    spaced.push([mix(line[at - 1][0], line[at][0], share), mix(line[at - 1][1], line[at][1], share)]);
  }
  return spaced;
}

/** Six digits are more than a pixel.
 * @param {Position} position
 * @returns {Position} */
export const rounded = ([x, y]) => [Number(x.toPrecision(6)), Number(y.toPrecision(6))];

// A drawing as numbers, ink from 0 to 255 row by row, and the small picture that MNIST would have made of it.

import { clamp } from "../shared/numbers.js";

const INNER = 20 / 28; // share of the picture that the drawing's bounding box is fitted into
const LEAST_INK = 16; // less than this is no part of the drawing

/** Where ink begins and ends, the ends excluded, or null without any.
 * @param {ArrayLike<number>} ink
 * @param {number} width
 * @param {number} height */
export function boundingBox(ink, width, height) {
  const box = { left: width, top: height, right: 0, bottom: 0 };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (ink[y * width + x] < LEAST_INK) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
    }
  }
  return box.right ? box : null;
}

/** How pixels [0, length) of a row fall on `count` cells, cell 0 starting at `start` and each `size` wide, as
 * [pixel, cell, share of the cell] triples.
 * @param {number} start
 * @param {number} size
 * @param {number} length
 * @param {number} count */
export function overlaps(start, size, length, count) {
  /** @type {[pixel: number, cell: number, share: number][]} */
  const found = [];
  for (let cell = 0; cell < count; cell += 1) {
    const from = start + cell * size;
    for (let pixel = Math.max(0, Math.floor(from)); pixel < Math.min(length, from + size); pixel += 1) {
      const share = (Math.min(pixel + 1, from + size) - Math.max(pixel, from)) / size;
      if (share > 0) found.push([pixel, cell, share]);
    }
  }
  return found;
}

/** Area-averaged cut-out of the ink: its cell (0, 0) starts at (left, top), each cell is `size` pixels wide and high.
 * @param {ArrayLike<number>} ink
 * @param {number} width
 * @param {number} height
 * @param {{left: number, top: number, size: number, rows: number, columns: number}} cut */
export function resample(ink, width, height, { left, top, size, rows, columns }) {
  const narrow = new Float32Array(height * columns);
  for (const [x, column, share] of overlaps(left, size, width, columns)) {
    for (let y = 0; y < height; y += 1) narrow[y * columns + column] += share * ink[y * width + x];
  }
  const cells = new Float32Array(rows * columns);
  for (const [y, row, share] of overlaps(top, size, height, rows)) {
    for (let column = 0; column < columns; column += 1) {
      cells[row * columns + column] += share * narrow[y * columns + column];
    }
  }
  return cells;
}

/** The mean position of the ink in pixels, [x, y].
 * @param {Float32Array} ink
 * @param {number} width */
export function centreOfMass(ink, width) {
  let [mass, x, y] = [0, 0, 0];
  ink.forEach((value, i) => {
    mass += value;
    x += value * ((i % width) + 0.5);
    y += value * (Math.floor(i / width) + 0.5);
  });
  return [x / mass, y / mass];
}

/** The picture that MNIST would have made of the ink: scaled by its bounding box, centred by its mass; null without ink.
 * @param {Float32Array} ink
 * @param {number} width
 * @param {number} height
 * @param {number} rows of the picture
 * @param {number} columns
 * @param {number} smallest pixels; a smaller drawing stays small, or a dot would fill the picture */
export function normalise(ink, width, height, rows, columns, smallest) {
  const box = boundingBox(ink, width, height);
  if (!box) return null;
  const extent = Math.max(box.right - box.left, box.bottom - box.top, smallest);
  const size = extent / Math.round(Math.min(rows, columns) * INNER);
  const [x, y] = centreOfMass(ink, width);
  // a very uneven drawing is moved no further than its box stays inside
  const left = clamp(x - (size * columns) / 2, box.right - size * columns, box.left);
  const top = clamp(y - (size * rows) / 2, box.bottom - size * rows, box.top);
  const cells = resample(ink, width, height, { left, top, size, rows, columns });
  return Uint8Array.from(cells, (value) => Math.round(Math.min(255, value)));
}

/** Two hexadecimal digits for each byte.
 * @param {Uint8Array} bytes */
export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {string} text */
export const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

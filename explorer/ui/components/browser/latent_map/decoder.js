// Images decoded on a grid of latent positions, and what lies between them.

import { drawingOn, element } from "../shared/dom.js";
import { clamp, mix } from "../shared/numbers.js";

/** @typedef {import("./view.js").Position} Position */
/** @typedef {import("./view.js").Range} Range */

/** @typedef {object} Grid as latent_layers.py packs it
 * @property {string} sheet the address of a PNG file with the images where the grid has them, row 0 on top
 * @property {string} hash of the sheet's content
 * @property {number} rows of images
 * @property {number} columns
 * @property {number} height of an image in pixels
 * @property {number} width
 * @property {Range} x where the first and the last column lie
 * @property {Range} y where the first and the last row lie
 * @property {number | null} frame whose decoder made the images */

/** The grey levels of a grid's images one after another: rows × columns × height × width bytes.
 * @param {ImageBitmap} sheet
 * @param {Grid} grid */
export function greyLevels(sheet, grid) {
  const canvas = element("canvas", "", { width: sheet.width, height: sheet.height });
  const context = drawingOn(canvas, { willReadFrequently: true });
  context.drawImage(sheet, 0, 0);
  return unstacked(context.getImageData(0, 0, sheet.width, sheet.height).data, sheet.width, grid);
}

/** The first of each four bytes of a sheet, image by image.
 * @param {ArrayLike<number>} data
 * @param {number} across pixels of the sheet in a row
 * @param {{rows: number, columns: number, height: number, width: number}} grid */
export function unstacked(data, across, { rows, columns, height, width }) {
  const levels = new Uint8Array(rows * columns * height * width);
  let at = 0;
  for (let cell = 0; cell < rows * columns; cell += 1) {
    const left = (cell % columns) * width;
    const top = Math.floor(cell / columns) * height;
    for (let y = top; y < top + height; y += 1) {
      for (let x = left; x < left + width; x += 1, at += 1) levels[at] = data[4 * (y * across + x)];
    }
  }
  return levels;
}

/** The image before a position on one axis, and the share of the way to the next.
 * @param {number} value
 * @param {Range} range
 * @param {number} count
 * @returns {[before: number, share: number]} */
export function between(value, [from, to], count) {
  const at = clamp((value - from) / (to - from), 0, 1) * (count - 1);
  const before = Math.min(Math.floor(at), Math.max(0, count - 2));
  return [before, at - before];
}

/** Whether a position is on a grid; along an axis with a single image every one is.
 * @param {Pick<Grid, "x" | "y" | "rows" | "columns">} grid
 * @param {Position} position */
export function covers(grid, [x, y]) {
  return within(x, grid.x, grid.columns) && within(y, grid.y, grid.rows);
}

/** @param {number} value
 * @param {Range} range
 * @param {number} count */
function within(value, [from, to], count) {
  return count < 2 || (value - from) * (value - to) <= 1e-9 * (to - from) ** 2;
}

/** The image at a position, beyond the grid that at its nearest edge, interpolated between the four around it.
 * @param {Uint8Array} levels
 * @param {Pick<Grid, "x" | "y" | "rows" | "columns" | "height" | "width">} grid
 * @param {Position} position
 * @param {Uint8ClampedArray} pixels where it is written: red, green, blue and opacity of each pixel */
export function interpolate(levels, { rows, columns, height, width, ...reach }, [x, y], pixels) {
  const [column, across] = between(x, reach.x, columns);
  const [row, down] = between(y, reach.y, rows);
  const size = height * width;
  const first = (row * columns + column) * size;
  const right = across ? size : 0;
  const below = down ? columns * size : 0;
  for (let i = first, at = 0; i < first + size; i += 1, at += 4) {
    const upper = mix(levels[i], levels[i + right], across);
    const lower = mix(levels[i + below], levels[i + below + right], across);
    const level = mix(upper, lower, down);
    pixels[at] = level;
    pixels[at + 1] = level;
    pixels[at + 2] = level;
    pixels[at + 3] = 255;
  }
}

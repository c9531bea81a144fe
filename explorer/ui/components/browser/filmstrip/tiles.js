// Tiles on a picture, row by row with gaps between them; all lengths in the picture's pixels.

import { clamp } from "../shared/numbers.js";

/** @typedef {object} Grid
 * @property {number} count tiles
 * @property {number} columns
 * @property {number} rows
 * @property {number} height of a tile
 * @property {number} width
 * @property {number} gap */

/** The tile at a position, or null in a last row that is not full.
 * @param {Grid} grid
 * @param {number} x
 * @param {number} y */
export function cellAt({ count, columns, rows, height, width, gap }, x, y) {
  const column = clamp(Math.floor(x / (width + gap)), 0, columns - 1);
  const row = clamp(Math.floor(y / (height + gap)), 0, rows - 1);
  const cell = row * columns + column;
  return cell < count ? cell : null;
}

/** Where a tile lies on a picture of this size, as CSS.
 * @param {Grid} grid
 * @param {number} cell
 * @param {number} width of the picture
 * @param {number} height */
export function placeOf(grid, cell, width, height) {
  const column = cell % grid.columns;
  const row = Math.floor(cell / grid.columns);
  return {
    left: `${(100 * column * (grid.width + grid.gap)) / width}%`,
    top: `${(100 * row * (grid.height + grid.gap)) / height}%`,
    width: `${(100 * grid.width) / width}%`,
    height: `${(100 * grid.height) / height}%`,
  };
}

/** The tile that a key moves to from another one, the same at an edge, or undefined if it is no key that moves.
 * @param {string} key
 * @param {number} from
 * @param {Grid} grid
 * @returns {number | undefined} */
export function movedBy(key, from, { count, columns }) {
  const across = new Map([
    ["ArrowLeft", -1],
    ["ArrowRight", 1],
    ["Home", -count],
    ["End", count],
  ]).get(key);
  if (across !== undefined) return clamp(from + across, 0, count - 1);
  const down = new Map([
    ["ArrowUp", -columns],
    ["ArrowDown", columns],
  ]).get(key);
  if (down === undefined) return undefined;
  const goal = from + down;
  return goal >= 0 && goal < count ? goal : from;
}

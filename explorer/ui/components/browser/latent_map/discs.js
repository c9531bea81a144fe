import { clamp, mix } from "../shared/numbers.js";

/** @typedef {import("./colors.js").Rgb} Rgb */
/** @typedef {{reach: number, x: Int32Array, y: Int32Array, cover: Int32Array, color: Int32Array}} Disc */

/** A disc as device pixels around its centre: where, its packed colour, and how much of 256 it covers what is below.
 * @param {number} radius
 * @param {Rgb} fill
 * @param {Rgb} rim
 * @param {number} opacity
 * @returns {Disc} */
export function disc(radius, fill, rim, opacity) {
  const reach = Math.ceil(radius + 0.5);
  /** @type {[x: number, y: number, cover: number, color: number][]} */
  const found = [];
  for (let y = -reach; y <= reach; y += 1) {
    for (let x = -reach; x <= reach; x += 1) {
      const distance = Math.hypot(x, y);
      const cover = Math.round(256 * opacity * clamp(radius + 0.5 - distance, 0, 1));
      const share = clamp(distance - 0.9 * radius + 0.9, 0, 1);
      const [red, green, blue] = fill.map((level, i) => Math.round(mix(level, rim[i], share)));
      if (cover) found.push([x, y, cover, (255 << 24) | (blue << 16) | (green << 8) | red]);
    }
  }
  const [x, y, cover, color] = [0, 1, 2, 3].map((column) => Int32Array.from(found, (pixel) => pixel[column]));
  return { reach, x, y, cover, color };
}

/** Packed colours over each other, the upper one covering so much of 256.
 * @param {number} below
 * @param {number} above
 * @param {number} cover */
export function blend(below, above, cover) {
  const rest = 256 - cover;
  const redBlue = ((Math.imul(below & 0xff00ff, rest) + Math.imul(above & 0xff00ff, cover)) >>> 8) & 0xff00ff;
  const green = (((below >>> 8) & 0xff) * rest + ((above >>> 8) & 0xff) * cover) & 0xff00;
  return 0xff000000 | redBlue | green;
}

import { drawingOn, element } from "../shared/dom.js";
import { Kept } from "../shared/kept.js";
import { mix } from "../shared/numbers.js";

/** @typedef {[red: number, green: number, blue: number]} Rgb from 0 to 255 */
/** @typedef {{background: string, text: string, primary: string, font: string, dark: boolean}} Theme */

/** @type {Kept<Rgb>} */
const colors = new Kept(40);

/** The red, green and blue of any CSS colour.
 * @param {string} color */
export function components(color) {
  return colors.get(color, () => {
    const context = drawingOn(element("canvas", "", { width: 1, height: 1 }));
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue];
  });
}

/** From 0 to 255.
 * @param {Rgb} color */
const lightness = ([red, green, blue]) => 0.3 * red + 0.6 * green + 0.1 * blue;

/** @param {string} background
 * @param {string} text
 * @param {string} primary
 * @param {string} font
 * @returns {Theme} */
export function themeOf(background, text, primary, font) {
  return { background, text, primary, font, dark: lightness(components(background)) < 128 };
}

/** The colours that Streamlit gives an element.
 * @param {Element} root */
export function themeAround(root) {
  const style = getComputedStyle(root);
  /** @param {string} name */
  const color = (name) => style.getPropertyValue(`--st-${name}-color`);
  return themeOf(color("background"), color("text"), color("primary"), style.fontFamily);
}

/** The colour around a disc: darker, which parts it from others, or lighter where it would drown in the background.
 * @param {Rgb} fill
 * @param {boolean} dark whether the background is
 * @returns {Rgb} */
export function rimOf(fill, dark) {
  const towards = dark && lightness(fill) < 100 ? 255 : 0;
  const [red, green, blue] = fill;
  return [mix(red, towards, 0.4), mix(green, towards, 0.4), mix(blue, towards, 0.4)];
}

// Elements of a page: made, found, drawn on, saved.

/** A new element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {Record<string, string | number>} attributes */
export function element(tag, className = "", attributes = {}) {
  const made = document.createElement(tag);
  made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** The first element inside that a selector finds; there has to be one, of this type.
 * @template {Element} Type
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Type} type
 * @returns {Type} */
export function part(root, selector, type) {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`There is no ${type.name} ${selector}.`);
  return found;
}

/** The markup of an icon, a path in a square of 16 units.
 * @param {string} path */
export function icon(path, className = "") {
  return `<svg class="${className}" viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
}

export const SAVE = icon("M7 1h2v7h3L8 12 4 8h3zM2 13h12v2H2z");

/** What a canvas is drawn on with.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings] */
export function drawingOn(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("This browser cannot draw.");
  return context;
}

/** Give a canvas so many pixels; with other ones than before it is empty.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height */
export function resize(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/** A name as one of a file: letters, digits and a few signs stay, anything between becomes a hyphen.
 * @param {string} name */
export const fileName = (name) => name.replace(/[^\p{L}\p{N}._-]+/gu, "-");

/** Save a canvas as a PNG file.
 * @param {HTMLCanvasElement} canvas
 * @param {string} name without its ending */
export async function download(canvas, name) {
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("This browser cannot save so large a picture.");
  const link = element("a", "", { href: URL.createObjectURL(blob) });
  link.download = fileName(`${name}.png`);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

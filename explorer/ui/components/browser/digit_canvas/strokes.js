// Strokes on the large canvas, and bytes as pictures.

import { drawingOn, element } from "../shared/dom.js";

const BRUSH = 26; // pixels: about two and a half of MNIST's, at the size digits are usually drawn
const SOFT = 2; // pixels of blur at the brush's edge

/** What the large canvas is drawn on with; its pixels are read after each stroke.
 * @param {HTMLCanvasElement} canvas */
export const penOn = (canvas) => drawingOn(canvas, { willReadFrequently: true });

/** @param {CanvasRenderingContext2D} context
 * @param {import("./drawing.js").Stroke} stroke */
export function drawStroke(context, { points: [first, ...rest] }) {
  context.strokeStyle = "#fff";
  context.shadowColor = "#fff";
  context.shadowBlur = SOFT;
  context.lineWidth = BRUSH;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  if (!rest.length) {
    // a dot: some browsers draw nothing for a line without length
    context.fillStyle = "#fff";
    context.arc(first.x, first.y, BRUSH / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(first.x, first.y);
  for (const { x, y } of rest) context.lineTo(x, y);
  context.stroke();
}

/** How much ink there is at each pixel, from 0 to 255.
 * @param {HTMLCanvasElement} canvas */
export function inkOf(canvas) {
  const { data } = penOn(canvas).getImageData(0, 0, canvas.width, canvas.height);
  return Float32Array.from({ length: canvas.width * canvas.height }, (_, i) => data[4 * i]);
}

/** A canvas with the bytes as grey levels, black without any.
 * @param {Uint8Array | null} bytes
 * @param {number} rows
 * @param {number} columns */
export function greyCanvas(bytes, rows, columns) {
  const canvas = element("canvas", "", { width: columns, height: rows });
  const image = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; i += 1) {
    const grey = bytes?.[i] ?? 0;
    image.data.set([grey, grey, grey, 255], 4 * i);
  }
  drawingOn(canvas).putImageData(image, 0, 0);
  return canvas;
}

// What a drawing is drawn on: images of some data sets are dark on light. Ink is counted from 0 to 255 on any paper.

/** @typedef {{background: number, ink: number}} Paper the grey values of the empty paper and of full ink */

/** The grey value of so much ink.
 * @param {number} amount
 * @param {Paper} paper */
export const shadeOf = (amount, { background, ink }) => Math.round(background + ((ink - background) * amount) / 255);

/** How much ink gives a grey value.
 * @param {number} grey
 * @param {Paper} paper */
export const amountOf = (grey, { background, ink }) =>
  Math.min(255, Math.max(0, (255 * (grey - background)) / (ink - background)));

/** A grey value as a CSS colour.
 * @param {number} grey */
export const greyOf = (grey) => `rgb(${grey} ${grey} ${grey})`;

// The markup of a latent map.

import { icon, SAVE } from "../shared/dom.js";
import { PLAYER } from "../shared/player.js";

const ICONS = {
  move: icon("M8 0 10.5 3H9v4h4V5.5L16 8l-3 2.5V9H9v4h1.5L8 16l-2.5-3H7V9H3v1.5L0 8l3-2.5V7h4V3H5.5z"),
  path: icon(
    "M3 10a3 3 0 1 1-1.5 5.5A3 3 0 0 1 3 10zm10-10a3 3 0 1 1-1.5 5.5A3 3 0 0 1 13 0zM4.5 10.5 5.6 9.2" +
      "C8 11.5 9.5 10 8.5 8 7 5 9.5 2.5 11 4.2L9.9 5.5C9.5 5.2 9.2 5.6 10 7.2c1.8 3.5-1.8 6.8-5.5 3.3z",
  ),
  lasso: icon(
    "M8 1c4.2 0 7.5 2.2 7.5 5S12.2 11 8 11c-.8 0-1.5-.1-2.2-.2-.2 1.5-.8 3-2.3 4.2l-1-1.3c1-.9 1.4-2 1.5-3.3" +
      "C1.9 9.5.5 7.9.5 6 .5 3.2 3.8 1 8 1zm0 1.6C4.7 2.6 2.1 4.1 2.1 6S4.7 9.4 8 9.4 13.9 7.9 13.9 6 11.3 2.6 8 2.6z",
  ),
  closer: icon("M7 2h2v5h5v2H9v5H7V9H2V7h5z"),
  farther: icon("M2 7h12v2H2z"),
  whole: icon("M1 1h5v2H3v3H1zm9 0h5v5h-2V3h-3zM1 10h2v3h3v2H1zm12 0h2v5h-5v-2h3z"),
  clear: icon("M3.4 2 8 6.6 12.6 2 14 3.4 9.4 8 14 12.6 12.6 14 8 9.4 3.4 14 2 12.6 6.6 8 2 3.4z"),
  save: SAVE,
};

/** @typedef {"move" | "path" | "lasso"} Tool */

/** @param {Tool} name
 * @param {string} text
 * @param {string} title */
const tool = (name, text, title) =>
  `<button type="button" class="tool" data-tool="${name}" title="${title}">${ICONS[name]}${text}</button>`;

/** @param {keyof typeof ICONS} name
 * @param {string} title */
const button = (name, title) =>
  `<button type="button" class="${name}" title="${title}" aria-label="${title}">${ICONS[name]}</button>`;

export const MARKUP = `
  <p class="empty" hidden>No points to show yet.</p>
  <div class="body">
    <div class="main">
      <div class="tools" role="group" aria-label="Tools">
        ${tool("move", "Move", "Drag to move the map; a click sets z")}
        ${tool("path", "Path", "Drag to draw a path; by keyboard, Space sets corners")}
        ${tool("lasso", "Lasso", "Drag around points to select them; by keyboard, Space sets corners")}
        <span class="apart">
          ${button("closer", "Zoom in (+)")}
          ${button("farther", "Zoom out (−)")}
          ${button("whole", "Show the whole map (0)")}
          ${button("clear", "Clear path and selection (Escape)")}
          ${button("save", "Download the map as PNG")}
        </span>
      </div>
      <div class="map" tabindex="0" role="application" aria-describedby="help">
        <canvas class="points" role="img"></canvas>
        <canvas class="marks" aria-hidden="true"></canvas>
      </div>
      <div class="controls">${PLAYER}</div>
    </div>
    <div class="side">
      <figure class="here"><canvas class="decoded" role="img"></canvas><figcaption></figcaption></figure>
      <div class="pair">
        <figure><canvas class="original" role="img"></canvas><figcaption>test image</figcaption></figure>
        <figure><canvas class="again" role="img"></canvas><figcaption>decoded there</figcaption></figure>
      </div>
      <div class="where"></div>
      <div class="legend" role="group" aria-label="Classes shown"></div>
      <p class="notes" hidden></p>
    </div>
  </div>
  <div class="spoken" id="help">
    Arrow keys move a cross, with Shift faster, and the image under it is decoded; Enter sets z there. Plus, minus
    and 0 zoom. With the path or lasso tool Space sets corners and Enter ends the line. Escape clears.
  </div>
  <div class="spoken" aria-live="polite"></div>`;

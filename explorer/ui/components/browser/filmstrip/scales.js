import { element } from "../shared/dom.js";

/** @typedef {import("./picture.js").Bar} Bar */

/** The scales that are shown of some panels: those with a meaning, each of them once.
 * @param {{bar: Bar}[]} panels */
export function scalesOf(panels) {
  const shown = panels.map(({ bar }) => bar).filter(({ meaning }) => meaning);
  return [...new Map(shown.map((bar) => [JSON.stringify(bar), bar])).values()];
}

/** A scale on the page, between the values of its ends and before what it stands for.
 * @param {Bar} bar */
export function scaleElement({ colors, low, high, meaning }) {
  const made = element("div", "scale", {
    role: "img",
    "aria-label": `Colour scale from ${low} to ${high}: ${meaning}`,
  });
  const ramp = element("span", "ramp");
  ramp.style.background = `linear-gradient(to right, ${colors.join(", ")})`;
  const said = element("span", "meaning");
  said.textContent = meaning;
  made.append(low, ramp, high, said);
  return made;
}

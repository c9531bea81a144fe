// What is wrong with how a page is laid out, as seen from inside it. `look.py` runs this in a browser.

/** @typedef {{fault: string, selector: string, text: string}} Found */
/** @typedef {{node: Text, box: DOMRect, of: Element}} Words one line of a text */

const SLACK = 2; // pixels that rounding may cost
const CLICKABLE =
  "a[href], button, input, select, textarea, summary, [role=button], [role=tab], [role=slider], [role=combobox], " +
  "[tabindex='0'], h1, h2, h3";

/** All elements below one, those in shadow trees too.
 * @param {ParentNode} root
 * @returns {Generator<Element>} */
function* elementsIn(root) {
  for (const element of root.querySelectorAll("*")) {
    yield element;
    if (element.shadowRoot) yield* elementsIn(element.shadowRoot);
  }
}

/** The element around another one, out of its shadow tree.
 * @param {Element} element
 * @returns {Element | null} */
function around(element) {
  const root = element.getRootNode();
  return element.assignedSlot ?? element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}

/** @param {Element} element
 * @returns {Generator<Element>} */
function* ancestors(element) {
  for (let each = around(element); each; each = around(each)) yield each;
}

/** Whether anybody sees an element: it is drawn, not see-through, and not cut to nothing for screen readers only.
 * @param {Element} element */
function visible(element) {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  for (const each of [element, ...ancestors(element)]) {
    const style = getComputedStyle(each);
    const { width, height } = each.getBoundingClientRect();
    const clips = style.overflow !== "visible" || style.clipPath !== "none" || style.clip !== "auto";
    if (clips && (width <= 1 || height <= 1 || style.clipPath.startsWith("inset(50%"))) return false;
  }
  return true;
}

/** A short name of an element: what tells it apart among those around it.
 * @param {Element} element */
function selectorOf(element) {
  const parts = [];
  for (const each of [element, ...ancestors(element)]) {
    const id = each.getAttribute("data-testid");
    const names = [...each.classList].filter((name) => !/^(st-emotion|e[a-z0-9]{6,}|st-[a-z0-9]{1,2}$)/.test(name));
    const key = names.find((name) => name.startsWith("st-key-"));
    const last = key ? `.${key}` : id ? `[data-testid=${id}]` : "";
    parts.unshift(
      last ||
        each.tagName.toLowerCase() +
          names
            .slice(0, 2)
            .map((name) => `.${name}`)
            .join(""),
    );
    if (last) break;
  }
  return parts.join(" > ");
}

/** @param {Element} element */
function wordsOf(element) {
  const text = element.getAttribute("aria-label") ?? element.textContent ?? "";
  return text.replace(/\s+/g, " ").trim().slice(0, 80);
}

/** The element that is seen at a place of the window, inside shadow trees too.
 * @param {number} x
 * @param {number} y */
function seenAt(x, y) {
  let found = document.elementFromPoint(x, y);
  while (found?.shadowRoot) {
    const inner = found.shadowRoot.elementFromPoint(x, y);
    if (!inner || inner === found) break;
    found = inner;
  }
  return found;
}

/** Headings and what can be clicked, where something else is in front of its middle however the page is scrolled.
 * @param {Element[]} elements
 * @returns {Found[]} */
function covered(elements) {
  const found = [];
  for (const element of elements.filter((each) => each.matches(CLICKABLE) && visible(each))) {
    if (element.matches(":disabled") || getComputedStyle(element).pointerEvents === "none") continue;
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const seen = seenAt(box.x + box.width / 2, box.y + box.height / 2);
    const family = (/** @type {Element} */ one, /** @type {Element} */ other) =>
      one === other || [...ancestors(one)].includes(other);
    if (seen && (family(seen, element) || family(element, seen))) continue;
    if (seen?.closest("label")?.contains(element)) continue;
    const by = seen ? selectorOf(seen) : "the window's edge";
    found.push({ fault: `covered by ${by}`, selector: selectorOf(element), text: wordsOf(element) });
  }
  document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  return found;
}

/** The lines of all texts that are seen.
 * @param {Element[]} elements
 * @returns {Words[]} */
function linesOf(elements) {
  /** @type {Words[]} */
  const lines = [];
  for (const of of elements) {
    const texts = [...of.childNodes].filter((node) => node instanceof Text && node.data.trim());
    if (!texts.length || of.matches("style, script, title, desc, option, noscript") || !visible(of)) continue;
    for (const node of /** @type {Text[]} */ (texts)) {
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) if (box.width > 1 && box.height > 1) lines.push({ node, box, of });
    }
  }
  return lines;
}

/** Texts of which a part is cut away and cannot be scrolled to, nor read as a title.
 * @param {Words[]} lines
 * @returns {Found[]} */
function cutOff(lines) {
  const found = new Map();
  for (const { box, of } of lines) {
    for (const each of [of, ...ancestors(of)]) {
      if (each.getAttribute("title")) break;
      const style = getComputedStyle(each);
      const svg = each instanceof SVGSVGElement;
      const edge = each.getBoundingClientRect();
      const across = svg || /hidden|clip/.test(style.overflowX);
      const down = svg || /hidden|clip/.test(style.overflowY);
      const missing = Math.max(
        across ? Math.max(edge.left - box.left, box.right - edge.right) : 0,
        down ? Math.max(edge.top - box.top, box.bottom - edge.bottom) - box.height * 0.2 : 0,
      );
      if (missing > SLACK) found.set(of, `${Math.round(missing)} px cut off by ${selectorOf(each)}`);
      if (/auto|scroll/.test(style.overflowX + style.overflowY) || style.position === "fixed") break;
    }
  }
  return Array.from(found, ([of, fault]) => ({ fault, selector: selectorOf(of), text: wordsOf(of) }));
}

/** Elements that reach over the edges of the page, innermost ones, where nothing around them scrolls.
 * @param {Element[]} elements
 * @returns {Found[]} */
function tooWide(elements) {
  const width = document.documentElement.clientWidth;
  /** @type {Element[]} */
  const wide = [];
  for (const element of elements) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || (box.left >= -SLACK && box.right <= width + SLACK)) continue;
    if (box.right <= 0) continue; // put away on purpose
    if (!visible(element)) continue;
    const held = [...ancestors(element)].some((each) => {
      const style = getComputedStyle(each);
      const outer = each.getBoundingClientRect();
      const scrolls =
        /auto|scroll|hidden|clip/.test(style.overflowX) && !each.matches("[data-testid=stMain], body, html");
      return (
        (scrolls && outer.right <= width + SLACK && outer.left >= -SLACK) || each.matches("[data-testid=stSidebar]")
      );
    });
    if (!held) wide.push(element);
  }
  const inner = wide.filter((each) => !wide.some((other) => other !== each && each.contains(other)));
  return inner.map((element) => ({
    fault: `reaches to ${Math.round(element.getBoundingClientRect().right)} of ${width} px`,
    selector: selectorOf(element),
    text: wordsOf(element),
  }));
}

/** Texts and buttons that lie over each other.
 * @param {Words[]} lines
 * @param {Element[]} elements
 * @returns {Found[]} */
function overlapping(lines, elements) {
  const buttons = elements.filter((each) => each.matches("button, [role=button]") && visible(each));
  const boxes = [
    ...lines.map(({ box, of }) => ({ box, of })),
    ...buttons.map((of) => ({ box: of.getBoundingClientRect(), of })),
  ].filter(({ of, box }) => !clippedAway(of, box));
  boxes.sort((a, b) => a.box.top - b.box.top);
  const found = new Map();
  boxes.forEach(({ box, of }, first) => {
    for (let second = first + 1; second < boxes.length && boxes[second].box.top < box.bottom; second += 1) {
      const { box: other, of: its } = boxes[second];
      const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
      if (across <= 2 * SLACK || down <= 0.3 * Math.min(box.height, other.height)) continue;
      if (of === its || of.contains(its) || its.contains(of) || layerOf(of) !== layerOf(its)) continue;
      if ([...ancestors(of)].includes(its) || [...ancestors(its)].includes(of)) continue;
      found.set(of, { fault: `overlaps “${wordsOf(its)}”`, selector: selectorOf(of), text: wordsOf(of) });
    }
  });
  return [...found.values()];
}

/** Whether something around an element hides all of it, as what is scrolled away.
 * @param {Element} element
 * @param {DOMRect} box */
function clippedAway(element, box) {
  return [...ancestors(element)].some((each) => {
    if (getComputedStyle(each).overflow === "visible") return false;
    const edge = each.getBoundingClientRect();
    return box.right <= edge.left || box.left >= edge.right || box.bottom <= edge.top || box.top >= edge.bottom;
  });
}

/** What an element moves with: the page, or something that stays in front of it.
 * @param {Element} element */
function layerOf(element) {
  for (const each of [element, ...ancestors(element)]) {
    if (/fixed|sticky/.test(getComputedStyle(each).position) || each.matches("header")) return each;
  }
  return document.body;
}

/** Charts and pictures that tell a screen reader nothing.
 * @param {Element[]} elements
 * @returns {Found[]} */
function nameless(elements) {
  const pictures = elements.filter(
    (each) => each.matches(".stPlotlyChart, .stVegaLiteChart, canvas, svg[role=img], img") && visible(each),
  );
  const named = (/** @type {Element} */ each) =>
    each.querySelector(":scope > title") ||
    [each, ...ancestors(each)]
      .slice(0, 3)
      .some((one) => one.getAttribute("aria-label") || one.getAttribute("alt") || one.ariaHidden === "true");
  const own = pictures.filter(
    (each) => ![...ancestors(each)].some((one) => one.matches(".stPlotlyChart, .stDataFrame")),
  );
  return own
    .filter((each) => !named(each))
    .map((each) => ({ fault: "has no name", selector: selectorOf(each), text: wordsOf(each) }));
}

/** Errors that Streamlit or the browser shows in place of something.
 * @returns {Found[]} */
function broken() {
  const boxes = [...document.querySelectorAll("[data-testid=stException]")];
  return boxes.map((box) => ({ fault: "an error", selector: selectorOf(box), text: wordsOf(box) }));
}

/** @returns {Found[]} */
function faults() {
  document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  const closed = document.querySelector("[data-testid=stSidebar][data-collapsed=true]");
  const elements = [...elementsIn(document.body)].filter((each) => !closed?.contains(each));
  const lines = linesOf(elements);
  return [
    ...broken(),
    ...cutOff(lines),
    ...tooWide(elements),
    ...overlapping(lines, elements),
    ...nameless(elements),
    ...covered(elements), // last, since it scrolls
  ];
}

/** What axe-core finds that is serious, by rules with these tags.
 * @param {string[]} tags
 * @returns {Promise<Found[]>} */
async function wcag(tags) {
  const { axe } = /** @type {any} */ (globalThis);
  const { violations } = await axe.run({ runOnly: tags, resultTypes: ["violations"], elementRef: true });
  const found = [];
  for (const { id, impact, nodes } of violations) {
    if (!["serious", "critical"].includes(impact)) continue;
    for (const { element } of nodes)
      found.push({ fault: `${id}, ${impact}`, selector: selectorOf(element), text: wordsOf(element) });
  }
  return found;
}

Object.assign(globalThis, { faults, wcag });

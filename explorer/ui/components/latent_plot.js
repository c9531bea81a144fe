// What a latent map is drawn with; latent_map.py puts it before latent_map.js, into one module. Positions are [x, y] in
// latent units, pixels are CSS pixels from the map's upper left corner unless said otherwise.

const SHEETS_KEPT = 4; // a sheet of 10,000 digits takes 30 MB
const COLORS_KEPT = 40;
const NOWHERE = 65535; // the quantised position of a point that has no place in a frame
const LEFT = 58; // pixels around the points, for the axes
const RIGHT = 14;
const TOP = 8;
const BOTTOM = 50;
const CLOSEST = 200; // times larger than the first view
const FARTHEST = 0.2;

const sheets = new Map(); // content hash -> Promise of what is made of a sheet, least recently used first
const colors = new Map(); // CSS colour -> [red, green, blue]

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const mix = (from, to, share) => from + (to - from) * share;

function element(tag, className, attributes = {}) {
  const made = document.createElement(tag);
  made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** What `make` makes for this key, made only once; what was not used for longest is forgotten. */
function kept(store, most, key, make) {
  const value = store.get(key) ?? make();
  store.delete(key);
  store.set(key, value);
  if (store.size > most) store.delete(store.keys().next().value);
  return value;
}

// pictures from the server --------------------------------------------------------------------------------------------

/** The picture at an address. Right after a rerun the server may not serve it for a moment. */
async function fetchSheet(address) {
  let answer;
  for (const pause of [0, 300, 1500]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    answer = await fetch(address);
    if (answer.ok) return createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
  }
  throw new Error(`the server answered ${answer.status}`);
}

/** What `make` makes of a sheet, fetched once for each content, and again after a failure. */
function sheetOf({ hash, sheet }, make) {
  const made = kept(sheets, SHEETS_KEPT, hash, () => fetchSheet(sheet).then(make));
  made.catch(() => sheets.delete(hash));
  return made;
}

/** The grey levels of a grid's images one after another: rows × columns × height × width bytes. */
function greyLevels(sheet, { rows, columns, height, width }) {
  const canvas = element("canvas", "", { width: sheet.width, height: sheet.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(sheet, 0, 0);
  const { data } = context.getImageData(0, 0, sheet.width, sheet.height);
  const levels = new Uint8Array(rows * columns * height * width);
  let at = 0;
  for (let cell = 0; cell < rows * columns; cell += 1) {
    const left = (cell % columns) * width;
    const top = Math.floor(cell / columns) * height;
    for (let y = top; y < top + height; y += 1) {
      for (let x = left; x < left + width; x += 1, at += 1) levels[at] = data[4 * (y * sheet.width + x)];
    }
  }
  return levels;
}

/** Images decoded on a grid, and what lies between them. */
class Decoder {
  constructor(grid, levels) {
    this.grid = grid;
    this.levels = levels;
    this.picture = new ImageData(grid.width, grid.height);
  }

  /** Whether a position is on the grid; along an axis with a single image every one is. */
  covers([x, y]) {
    const { grid } = this;
    const within = (value, [from, to], count) => count < 2 || (value - from) * (value - to) <= 1e-9 * (to - from) ** 2;
    return within(x, grid.x, grid.columns) && within(y, grid.y, grid.rows);
  }

  /** The image at a position, beyond the grid that at its nearest edge, interpolated between the four around it. */
  decode([x, y]) {
    const { rows, columns, height, width } = this.grid;
    const [column, across] = between(x, this.grid.x, columns);
    const [row, down] = between(y, this.grid.y, rows);
    const size = height * width;
    const first = (row * columns + column) * size;
    const right = across ? size : 0;
    const below = down ? columns * size : 0;
    const { levels } = this;
    const { data } = this.picture;
    for (let i = first, at = 0; i < first + size; i += 1, at += 4) {
      const upper = mix(levels[i], levels[i + right], across);
      const lower = mix(levels[i + below], levels[i + below + right], across);
      data[at] = data[at + 1] = data[at + 2] = mix(upper, lower, down);
      data[at + 3] = 255;
    }
    return this.picture;
  }
}

/** The image before a position on one axis, and the share of the way to the next. */
function between(value, [from, to], count) {
  const at = clamp((value - from) / (to - from), 0, 1) * (count - 1);
  const before = Math.min(Math.floor(at), Math.max(0, count - 2));
  return [before, at - before];
}

// points --------------------------------------------------------------------------------------------------------------

function bytes(base64) {
  const text = atob(base64);
  const array = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) array[i] = text.charCodeAt(i);
  return array;
}

const decodeCloud = ({ positions, classes }) => ({
  positions: new Uint16Array(bytes(positions).buffer),
  classes: bytes(classes),
});

/** The points of one frame: positions x and y, NaN without a place, and which classes are shown. */
class Points {
  constructor(count) {
    this.x = new Float32Array(count);
    this.y = new Float32Array(count);
    this.classes = new Uint8Array(count);
    this.shown = new Uint8Array(0);
  }

  /** Move the points to where they are in a frame, or on their way between two. */
  place({ positions, classes }, range, frame) {
    const { x, y } = this;
    const count = x.length;
    this.classes = classes;
    const share = frame - Math.floor(frame);
    const next = share ? 2 * count : 0;
    const scales = range.map(([low, high]) => (high - low) / (NOWHERE - 1));
    for (let i = 0, at = 2 * Math.floor(frame) * count; i < count; i += 1, at += 2) {
      const lost = positions[at] === NOWHERE || positions[at + next] === NOWHERE;
      x[i] = lost ? NaN : range[0][0] + scales[0] * mix(positions[at], positions[at + next], share);
      y[i] = lost ? NaN : range[1][0] + scales[1] * mix(positions[at + 1], positions[at + 1 + next], share);
    }
  }

  at(index) {
    return [this.x[index], this.y[index]];
  }

  /** The point nearest to a position, -1 if none is shown, and how far away it is. */
  nearest([x, y]) {
    let [index, least] = [-1, Infinity];
    for (let i = 0; i < this.x.length; i += 1) {
      const distance = (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2;
      if (distance < least && this.shown[this.classes[i]]) [index, least] = [i, distance];
    }
    return { index, distance: Math.sqrt(least) };
  }

  /** The points inside a polygon, among those that are shown. */
  within(polygon) {
    const found = [];
    for (let i = 0; i < this.x.length; i += 1) {
      if (this.shown[this.classes[i]] && inside(polygon, this.x[i], this.y[i])) found.push(i);
    }
    return found;
  }
}

/** Whether a position is inside a polygon, by the even-odd rule. */
function inside(polygon, x, y) {
  let within = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [[x0, y0], [x1, y1]] = [polygon[i], polygon[j]];
    if (y0 > y !== y1 > y && x < x0 + ((x1 - x0) * (y - y0)) / (y1 - y0)) within = !within;
  }
  return within;
}

/** So many positions, equally spaced along the length of a line. */
function resample(line, count) {
  const lengths = [0];
  for (let i = 1; i < line.length; i += 1) {
    lengths.push(lengths[i - 1] + Math.hypot(line[i][0] - line[i - 1][0], line[i][1] - line[i - 1][1]));
  }
  const spaced = [];
  for (let i = 0, at = 1; i < count; i += 1) {
    const length = (lengths.at(-1) * i) / (count - 1);
    while (at < line.length - 1 && lengths[at] < length) at += 1;
    const share = clamp((length - lengths[at - 1]) / (lengths[at] - lengths[at - 1] || 1), 0, 1);
    spaced.push([mix(line[at - 1][0], line[at][0], share), mix(line[at - 1][1], line[at][1], share)]);
  }
  return spaced;
}

// view, theme and colours ---------------------------------------------------------------------------------------------

/** Which part of the plane is shown where: latent units to pixels and back, equally scaled on both axes. */
class View {
  constructor(bounds, width, height, { x, y, zoom }) {
    const [[left, right], [bottom, top]] = bounds;
    this.width = Math.max(1, width - LEFT - RIGHT);
    this.height = Math.max(1, height - TOP - BOTTOM);
    this.zoom = clamp(zoom, FARTHEST, CLOSEST);
    this.scale = this.zoom * Math.min(this.width / (right - left), this.height / (top - bottom)); // pixels a unit
    this.x = clamp(x ?? (left + right) / 2, left, right);
    this.y = clamp(y ?? (bottom + top) / 2, bottom, top);
  }

  pixel([x, y]) {
    return [
      LEFT + this.width / 2 + (x - this.x) * this.scale,
      TOP + this.height / 2 - (y - this.y) * this.scale,
    ];
  }

  latent([x, y]) {
    return [
      this.x + (x - LEFT - this.width / 2) / this.scale,
      this.y - (y - TOP - this.height / 2) / this.scale,
    ];
  }

  /** Whether pixels lie between the axes. */
  holds([x, y]) {
    return x >= LEFT && x <= LEFT + this.width && y >= TOP && y <= TOP + this.height;
  }

  /** The nearest pixels between the axes. */
  hold([x, y]) {
    return [clamp(x, LEFT, LEFT + this.width), clamp(y, TOP, TOP + this.height)];
  }

  /** A coordinate as text, with the decimals that a pixel makes a difference to. */
  format(value) {
    return signed(value, clamp(Math.ceil(Math.log10(this.scale)), 0, 5));
  }
}

/** A number with a true minus sign, and none before zero. */
function signed(value, decimals) {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** Round values with their texts, about so many pixels apart, at which an axis has ticks. */
function ticks(low, high, scale, apart = 80) {
  const rough = apart / scale;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i += 1) found.push([i * step, signed(i * step, decimals)]);
  return found;
}

/** The red, green and blue of any CSS colour. */
function components(color) {
  return kept(colors, COLORS_KEPT, color, () => {
    const context = element("canvas", "", { width: 1, height: 1 }).getContext("2d");
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return Array.from(context.getImageData(0, 0, 1, 1).data.slice(0, 3));
  });
}

const lightness = ([red, green, blue]) => 0.3 * red + 0.6 * green + 0.1 * blue; // from 0 to 255

function themeOf(background, text, primary, font) {
  return { background, text, primary, font, dark: lightness(components(background)) < 128 };
}

/** The colour around a disc: darker, which parts it from others, or lighter where it would drown in the background. */
function rimOf(fill, theme) {
  const light = theme.dark && lightness(fill) < 100;
  return fill.map((level) => mix(level, light ? 255 : 0, 0.4));
}

/** A disc as device pixels around its centre: where, its packed colour, and how much of 256 it covers what is below. */
function disc(radius, fill, rim, opacity) {
  const reach = Math.ceil(radius + 0.5);
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

/** Packed colours over each other, the upper one covering so much of 256. */
function blend(below, above, cover) {
  const rest = 256 - cover;
  const redBlue = ((Math.imul(below & 0xff00ff, rest) + Math.imul(above & 0xff00ff, cover)) >>> 8) & 0xff00ff;
  const green = (((below >>> 8) & 0xff) * rest + ((above >>> 8) & 0xff) * cover) & 0xff00;
  return 0xff000000 | redBlue | green;
}

// drawing -------------------------------------------------------------------------------------------------------------

/** Give a canvas room for the whole map, `ratio` device pixels to a pixel. */
function resize(canvas, view, ratio) {
  const width = Math.round((view.width + LEFT + RIGHT) * ratio);
  const height = Math.round((view.height + TOP + BOTTOM) * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/** What of the map stays while the pointer moves: axes and points. The points are written straight into the pixels,
 * which without a GPU is several times faster than drawing them as paths or images. */
class Plot {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.below = element("canvas", "").getContext("2d", { willReadFrequently: true });
  }

  /** Draw the axes; the points have to be drawn again after it. */
  drawAxes(view, theme, titles, grid, ratio) {
    this.ratio = ratio;
    const context = this.below;
    for (const { canvas } of [this.context, context]) resize(canvas, view, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = theme.background;
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    context.fillStyle = context.strokeStyle = theme.text;
    this.drawTicks(context, view, theme);
    if (grid?.rows > 1 && grid?.columns > 1) this.drawReach(context, view, grid);
    this.drawTitles(context, view, theme, titles);
    this.context.drawImage(context.canvas, 0, 0);
    const [left, top, width, height] = [LEFT, TOP, view.width, view.height].map((size) => Math.round(size * ratio));
    this.place = { left, top, width, height }; // device pixels
    this.empty = new Uint32Array(context.getImageData(left, top, width, height).data.buffer);
    if (this.image?.width === width && this.image.height === height) return;
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  drawTicks(context, view, theme) {
    const [bottom, right] = [TOP + view.height, LEFT + view.width];
    const [[left, low], [far, high]] = [view.latent([LEFT, bottom]), view.latent([right, TOP])];
    const line = (x, y, width, height, opacity) => {
      context.globalAlpha = opacity;
      context.fillRect(x, y, width, height);
      context.globalAlpha = 1;
    };
    context.font = `14px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const [value, text] of ticks(left, far, view.scale)) {
      const x = Math.round(view.pixel([value, 0])[0]);
      line(x, TOP, 1, view.height, value ? 0.13 : 0.4);
      context.fillText(text, x, bottom + 7);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const [value, text] of ticks(low, high, view.scale)) {
      const y = Math.round(view.pixel([0, value])[1]);
      line(LEFT, y, view.width, 1, value ? 0.13 : 0.4);
      context.fillText(text, LEFT - 7, y);
    }
    context.globalAlpha = 0.4;
    context.strokeRect(LEFT + 0.5, TOP + 0.5, view.width - 1, view.height - 1);
    context.globalAlpha = 1;
  }

  /** The edge of the grid of decoded images. */
  drawReach(context, view, { x, y }) {
    const [[left, top], [right, bottom]] = [view.pixel([x[0], y[0]]), view.pixel([x[1], y[1]])];
    context.save();
    context.beginPath();
    context.rect(LEFT, TOP, view.width, view.height);
    context.clip();
    context.setLineDash([6, 5]);
    context.globalAlpha = 0.6;
    context.strokeRect(left, top, right - left, bottom - top);
    context.restore();
  }

  drawTitles(context, view, theme, [horizontal, vertical]) {
    context.font = `600 16px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.fillText(horizontal, LEFT + view.width / 2, TOP + view.height + BOTTOM - 9, view.width);
    context.translate(16, TOP + view.height / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(vertical, 0, 0, view.height);
  }

  /** Draw the points over the axes: `discs` has one for each class, `faint` one for those that are not chosen. */
  drawPoints(view, points, discs, faint, chosen) {
    this.pixels.set(this.empty);
    if (chosen) this.drawEach(view, points, faint, (i) => !chosen[i]);
    this.drawEach(view, points, discs, chosen && ((i) => chosen[i]));
    this.context.putImageData(this.image, this.place.left, this.place.top);
  }

  drawEach(view, { x, y, classes, shown }, discs, wanted) {
    const scale = view.scale * this.ratio;
    const { width, height } = this.place;
    for (let i = 0; i < x.length; i += 1) {
      if (!shown[classes[i]] || (wanted && !wanted(i))) continue;
      const left = width / 2 + (x[i] - view.x) * scale;
      const top = height / 2 - (y[i] - view.y) * scale;
      // false for a point without a place too
      if (left > -30 && left < width + 30 && top > -30 && top < height + 30) {
        this.stamp(discs[classes[i]], Math.floor(left), Math.floor(top));
      }
    }
  }

  stamp({ reach, x, y, color, cover }, left, top) {
    const { pixels } = this;
    const { width, height } = this.place;
    const cut = left < reach || left >= width - reach || top < reach || top >= height - reach;
    const center = top * width + left;
    for (let i = 0; i < x.length; i += 1) {
      if (cut && (left + x[i] < 0 || left + x[i] >= width || top + y[i] < 0 || top + y[i] >= height)) continue;
      const at = center + y[i] * width + x[i];
      pixels[at] = cover[i] === 256 ? color[i] : blend(pixels[at] | 0, color[i], cover[i]);
    }
  }
}

/** What lies over the points: `path` and `z`, the `line` being drawn and whether it is closed, the keyboard's `cross`,
 * the position of the point that is pointed `at`. */
class Marks {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  draw(view, theme, ratio, { path, z, line, closed, cross, at }) {
    Object.assign(this, { view, theme });
    const { context } = this;
    resize(this.canvas, view, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.save();
    context.beginPath();
    context.rect(LEFT, TOP, view.width, view.height);
    context.clip();
    context.lineJoin = context.lineCap = "round";
    if (path.length) this.drawPath(path);
    if (line) this.drawLine(cross ? [...line, cross] : line, closed);
    if (z) this.drawZ(view.pixel(z));
    if (at) this.outline(this.ring(view.pixel(at), 9), theme.text, 2.5);
    if (cross) this.outline(this.spokes(view.pixel(cross), 4, 4000), theme.text, 1.5);
    context.restore();
  }

  /** A ring where the path begins, an arrow where it ends. */
  drawPath(path) {
    const { view, theme, context } = this;
    this.outline(this.polyline(path), theme.primary, 4);
    const start = this.ring(view.pixel(path[0]), 7);
    context.fillStyle = theme.background;
    context.fill(start);
    this.outline(start, theme.primary, 4);
    const [[x0, y0], [x, y]] = path.slice(-2).map((point) => view.pixel(point));
    const angle = Math.atan2(y - y0, x - x0);
    const head = new Path2D();
    head.moveTo(x + 15 * Math.cos(angle - 2.6), y + 15 * Math.sin(angle - 2.6));
    head.lineTo(x, y);
    head.lineTo(x + 15 * Math.cos(angle + 2.6), y + 15 * Math.sin(angle + 2.6));
    this.outline(head, theme.primary, 4);
  }

  drawLine(points, closed) {
    const { context, theme } = this;
    const line = this.polyline(points);
    if (closed) {
      line.closePath();
      context.globalAlpha = 0.15;
      context.fillStyle = theme.primary;
      context.fill(line);
      context.globalAlpha = 1;
    }
    this.outline(line, theme.primary, 3);
  }

  drawZ(place) {
    const mark = this.spokes(place, 6, 17);
    mark.addPath(this.ring(place, 11));
    this.outline(mark, this.theme.primary, 3);
  }

  polyline(points) {
    const line = new Path2D();
    for (const point of points) line.lineTo(...this.view.pixel(point));
    return line;
  }

  ring([x, y], radius) {
    const ring = new Path2D();
    ring.arc(x, y, radius, 0, 2 * Math.PI);
    return ring;
  }

  spokes([x, y], from, to) {
    const spokes = new Path2D();
    for (const [right, down] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      spokes.moveTo(x + from * right, y + from * down);
      spokes.lineTo(x + to * right, y + to * down);
    }
    return spokes;
  }

  /** A line over a wider one in the background's colour, so that it shows on any point. */
  outline(path, color, width) {
    const { context, theme } = this;
    context.strokeStyle = theme.background;
    context.lineWidth = width + 4;
    context.stroke(path);
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke(path);
  }
}


// Maps beside each other: what one of them is pointed at is shown on the others, and maps with the same axes are looked
// at from the same distance.

/** @typedef {import("./view.js").Look} Look */
/** @typedef {import("./view.js").Position} Position */

/** @typedef {object} Pointed what a map is pointed at
 * @property {Position} spot in its units
 * @property {number | null} index of the point there, if there is one
 * @property {string | undefined} images the hash of those that the points are */

/** @typedef {object} Linkable a map, as the others see it
 * @property {(pointed: Pointed | null) => void} follow
 * @property {(look: Look) => void} lookAlike */

/** @type {Map<string, Set<Linkable>>} by the name of the group */
const groups = new Map();

/** What ties a map to others of its group. */
export class Link {
  /** @param {Linkable} map */
  constructor(map) {
    this.map = map;
    this.group = "";
    this.tells = false; // whether others follow this map now
  }

  /** Belong to a group, or with an empty name to none.
   * @param {string} group */
  join(group) {
    if (group === this.group) return;
    this.leave();
    this.group = group;
    if (!group) return;
    const members = groups.get(group) ?? new Set();
    groups.set(group, members.add(this.map));
  }

  leave() {
    this.tell(null);
    const members = groups.get(this.group);
    members?.delete(this.map);
    if (members && !members.size) groups.delete(this.group);
    this.group = "";
  }

  /** @returns {Linkable[]} */
  get others() {
    return [...(groups.get(this.group) ?? [])].filter((each) => each !== this.map);
  }

  /** Have the others show what this map is pointed at; null ends that.
   * @param {Pointed | null} pointed */
  tell(pointed) {
    if (!pointed && !this.tells) return; // another one may be pointed at by now
    this.tells = Boolean(pointed);
    for (const other of this.others) other.follow(pointed);
  }
}

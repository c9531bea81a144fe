/** The value, or the nearer end of the range from `low` to `high`.
 * @param {number} value
 * @param {number} low
 * @param {number} high */
export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

/** What lies a share of the way from one number to another.
 * @param {number} from
 * @param {number} to
 * @param {number} share */
export const mix = (from, to, share) => from + (to - from) * share;

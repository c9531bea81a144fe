import { part } from "./dom.js";

/** @typedef {(name: string, value: unknown) => void} Tell what Python is told a value with */

/** @template Data
 * @typedef {object} Instance what a component is in one place of a page
 * @property {(data: Data, tell: Tell) => void} update take over new data
 * @property {() => void} [rest] let nothing run on; the rest goes with the element */

/** What Streamlit calls with each run of the script: one instance for each element with the class, told of new data.
 * @template Data
 * @param {string} className
 * @param {new (root: HTMLElement, data: Data) => Instance<Data>} Made */
export function component(className, Made) {
  /** @type {WeakMap<HTMLElement, {instance: Instance<Data>, calls: number}>} */
  const mounted = new WeakMap();
  /** @param {{data: Data, parentElement: ParentNode, setStateValue: Tell}} argument */
  return ({ data, parentElement, setStateValue }) => {
    const root = part(parentElement, `.${className}`, HTMLElement);
    const here = mounted.get(root) ?? { instance: new Made(root, data), calls: 0 };
    mounted.set(root, here);
    here.calls += 1;
    const call = here.calls;
    here.instance.update(data, setStateValue);
    // An outdated call is cleaned up too, while a newer one has the instance in use.
    return () => {
      if (here.calls === call) here.instance.rest?.();
    };
  };
}

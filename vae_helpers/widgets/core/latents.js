// Sliders for z, one a latent dimension, and the buttons that move all of them.
import { logPrior, normal } from "./network.js";
import { button, buttons, element, number, slider, subscript } from "./page.js";

// One slider a dimension, most used first, with a bar for its use in the color of that name: from the traits `use` and
// `order`, nats by dimension and the dimensions from the most used on. `change(z)` hears it move.
export function dimensions(app, change) {
  const use = app.model.get("use"), order = app.model.get("order"), { use: color } = app.model.get("_colors");
  const made = order.map((dimension) => {
    const nats = `${number(use[dimension])} nats`, name = `z${subscript(dimension + 1)}`;
    const width = (100 * use[dimension]) / use[order[0]];
    const bar = element("span", { class: "vae-bar", "aria-hidden": "true" },
      element("i", { style: `width: ${width}%; background: ${color}` }));
    const options = { min: -3, max: 3, step: 0.01, value: app.state.z[dimension], describe: `${name}, use ${nats}`,
      extra: [bar, element("span", { class: "vae-use" }, nats)] };
    return slider(name, options, (v) => change(app.state.z.with(dimension, v)));
  });
  const group = { class: "vae-dimensions", role: "group", "aria-label": "latent dimensions, most used first" };
  return {
    node: element("div", group, element("div", {}, ...made.map((one) => one.row))),
    set: (z) => order.forEach((dimension, k) => made[k].set(z[dimension])),
  };
}

// The buttons that put z at the origin and draw it from P(z).
export const moves = (app, change) => buttons("move z",
  button("reset", () => change(app.state.z.map(() => 0)), { title: "all dimensions to 0" }),
  button("randomize", () => change(app.state.z.map(normal)), { title: "draw z from P(z)" }));

export const priorOf = (z) => `log P(z) = ${number(logPrior(z))} nats`;

// NoiseToDigit: shows what Python drew, one step at a time.
import { explorer } from "../core/explorer.js";
import { octets } from "../core/network.js";
import { beside, column, element, note, slider } from "../core/page.js";
import { digitStrip } from "../core/pixels.js";
import { twiceAsLarge } from "./numbers.js";

function build(app) {
  const { model } = app, steps = model.get("steps"), count = model.get("count");
  const parts = [["_noisy", "the draws xₜ"], ["_guesses", "the network's guesses of x₀"]].map(([trait, name]) => {
    const strip = digitStrip(count, { role: "img" });
    const figure = element("figure", {}, element("figcaption", {}, name), strip.node);
    return { name, strip, figure, bytes: octets(model.get(trait)) };
  });
  const range = slider("t", {
    min: 1, max: steps, step: 1, value: app.state.t, describe: "t, the step: 1 is the picture, the last is noise",
    format: (v) => `${Math.round(v)}`,
  }, (t) => app.go({ t: Math.round(t) }));

  function draw({ t }) {
    range.set(t);
    for (const { name, strip, bytes } of parts) {
      strip.paint((k) => twiceAsLarge(bytes, t, k, count));
      strip.node.setAttribute("aria-label", `${name} at t = ${t} of ${steps}`);
    }
    app.say(`at t = ${t} of ${steps}: ${count} draws, each above the network's guess`);
  }
  const hint = note(`Left is the picture, t = 1; right is noise, t = ${steps}. The arrow keys move one step.`);
  const rows = parts.map(({ figure }) => figure);
  return { nodes: [beside("vae-to-digit", column({}, range.row, hint), column({}, ...rows))], draw };
}

export default { render: (context) => explorer(context, { label: "noise to digit", names: ["t"] }, build) };

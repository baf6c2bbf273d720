// LogSlider: one labelled slider, even in the logarithm of its value.
import { clamp } from "../core/network.js";
import { number, slider } from "../core/page.js";

function render({ model, el }) {
  const range = model.get("_ranges").value, [low, high] = range.map(Math.log10);
  const made = slider(model.get("label"), {
    min: low, max: high, step: 0.05, value: Math.log10(model.get("value")), describe: model.get("name"),
    format: (v) => number(10 ** v, 5),
  }, (v) => { model.set("value", clamp(10 ** v, range)); model.save_changes(); });
  el.classList.add("vae-explorer", "vae-log-slider");
  el.append(made.row);
  model.on("change:value", () => made.set(Math.log10(model.get("value"))));
}

export default { render };

// The handshake with Python: an explorer's state, kept in step with the traits of the same names.

export const SYNC_MS = 100; // what follows a pointer reaches Python about ten times a second

// Call at once, then at most every `ms`, the last call never lost.
export function throttle(call, ms) {
  let last = -Infinity, timer = null;
  return () => {
    const wait = last + ms - Date.now();
    if (timer !== null) return;
    const go = () => { timer = null; last = Date.now(); call(); };
    if (wait <= 0) go();
    else timer = setTimeout(go, wait);
  };
}

// Redraw at most once a frame.
export function onFrame(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };
}

// The state {name: value} shared with Python. It goes out throttled; it comes in, to `take(state)`, at once, but neither
// while a drag holds it nor as the echo of what this page sets itself, one trait after the other.
export function share(model, names, take) {
  let sending = false, held = false, latest = null;
  const read = () => Object.fromEntries(names.map((name) => [name, structuredClone(model.get(name))]));
  const out = throttle(() => {
    sending = true;
    for (const name of names) model.set(name, latest[name]);
    sending = false;
    model.save_changes();
  }, SYNC_MS);
  const heard = () => {
    if (sending || held) return;
    latest = read(); // so that a call still waiting to go out does not undo what came in
    take(latest);
  };
  for (const name of names) model.on(`change:${name}`, heard);
  return {
    read,
    send(state) { latest = structuredClone(state); out(); },
    hold(on) { held = on; },
    stop() { for (const name of names) model.off(`change:${name}`, heard); },
  };
}

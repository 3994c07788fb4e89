// The page as it changes: the server sends the parts that are not the same any more,
// and what is on the page is made the same as they are, node by node. So nothing
// flickers, what is open stays open, and the focus stays where it is.
"use strict";
(() => {
  const {events, have, build} = document.body.dataset;
  const state = document.getElementById("live");
  if (!events || !state || !window.EventSource) return;
  const root = document.documentElement;
  let last = have, source;

  const say = live => {
    root.classList.toggle("is-live", live);
    const text = live ? state.dataset.live : state.dataset.lost;
    if (state.textContent !== text) state.textContent = text;
    state.hidden = false;
  };

  const attributes = (from, to) => {
    for (const {name} of [...from.attributes])
      if (!to.hasAttribute(name) && !(name === "open" && from.localName === "details")) from.removeAttribute(name);
    for (const {name, value} of to.attributes)
      if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  };

  // key names a row or a section wherever it stands among its neighbours.
  const key = n => n.nodeType === 1 && (n.id || n.dataset.key) || "";

  const morph = (from, to) => {
    let at = from.firstChild;
    for (const next of [...to.childNodes]) {
      const k = key(next);
      if (k && at && key(at) !== k) {
        const moved = [...from.childNodes].find(n => key(n) === k);
        if (moved) { from.insertBefore(moved, at); at = moved; }
      }
      if (!at) { from.append(next); continue; }
      const following = at.nextSibling;
      if (at.nodeType !== next.nodeType || at.nodeName !== next.nodeName || key(at) !== k) {
        if (k || key(at)) { from.insertBefore(next, at); continue; }
        at.replaceWith(next);
      } else if (at.nodeType === 1) {
        attributes(at, next);
        morph(at, next);
      } else if (at.data !== next.data) at.data = next.data;
      at = following;
    }
    while (at) { const following = at.nextSibling; at.remove(); at = following; }
  };

  const show = e => {
    const m = JSON.parse(e.data);
    if (m.build !== build) { location.reload(); return; } // the server is another one
    for (const [name, html] of Object.entries(m.html)) {
      const part = document.getElementById("live-" + name);
      if (part) morph(part, new DOMParser().parseFromString(html, "text/html").body);
    }
    last = e.lastEventId;
    root.dataset.id = last;
  };

  const connect = () => {
    source = new EventSource(events + "&have=" + encodeURIComponent(last));
    source.onopen = () => say(true);
    source.addEventListener("counts", show);
    source.onerror = () => {
      say(false);
      source.close(); // so that it is asked for with what the page has by now
      setTimeout(connect, 1000 + 2000 * Math.random());
    };
  };
  addEventListener("pagehide", () => source && source.close());
  addEventListener("pageshow", e => e.persisted && connect());
  connect();
})();

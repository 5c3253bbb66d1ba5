// What the pages do beyond links and forms, all of it optional: refreshing, keys, line numbers, waiting.
"use strict";

// -- parts that are fetched anew: <section data-refresh="/path" data-every="5"> ----------------------------

function refreshing(part) {
  const wait = 1000 * Number(part.dataset.every || 5);
  async function once() {
    if (document.hidden || part.contains(document.activeElement)) return wait;
    const answer = await fetch(part.dataset.refresh, { headers: { "X-Part": "1" }, redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 401) { location.reload(); return null; }
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = await answer.text();
    if (part.dataset.last !== fresh) { part.innerHTML = fresh; part.dataset.last = fresh; }
    // Work that has ended says so. The page stays as it is: somebody may be writing on it.
    if (part.querySelector("[data-done]")) return null;
    return wait;
  }
  async function again() {
    let next = wait;
    try { next = await once(); away(false); } catch { away(true); next = wait * 3; }
    if (next !== null) setTimeout(again, next);
  }
  setTimeout(again, wait);
}

function away(is) {
  for (const sign of document.querySelectorAll(".live")) {
    sign.classList.toggle("is-away", is);
    sign.textContent = is ? "the server does not answer" : "live";
  }
}

// -- keys: data-key on a link or button, j and k in tables, ? for help -------------------------------------

let here = -1;

function move(step) {
  const rows = [...document.querySelectorAll("tr[data-row]")];
  if (!rows.length) return;
  here = Math.max(0, Math.min(rows.length - 1, here + step));
  rows.forEach((row, index) => row.classList.toggle("is-here", index === here));
  const link = rows[here].querySelector("a");
  if (link) link.focus();
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, dialog")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "j" || event.key === "k") { move(event.key === "j" ? 1 : -1); return; }
  const wanted = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches("dialog")) wanted.showModal();
  else if (wanted.matches("input, textarea, select")) wanted.focus();
  else wanted.matches("button") && wanted.dataset.focus ? document.getElementById(wanted.dataset.focus).focus() : wanted.click();
}

// -- the editor: line numbers, and problems that lead to their place ----------------------------------------

function numbering(area) {
  const gutter = area.parentElement.querySelector(".gutter");
  function draw() {
    const count = area.value.split("\n").length;
    if (gutter.childElementCount !== 0 || gutter.dataset.count !== String(count)) {
      gutter.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
      gutter.dataset.count = String(count);
    }
    gutter.scrollTop = area.scrollTop;
  }
  area.addEventListener("input", draw);
  area.addEventListener("scroll", draw);
  draw();
}

function goTo(link) {
  const area = document.getElementById(link.dataset.area);
  const lines = area.value.split("\n");
  const line = Number(link.dataset.line) - 1;
  const start = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0) + Number(link.dataset.column) - 1;
  area.focus();
  area.setSelectionRange(start, Math.max(start, start + lines[line].length - Number(link.dataset.column) + 1));
  area.scrollTop = Math.max(0, (line - 5) * parseFloat(getComputedStyle(area).lineHeight));
}

// -- wiring ----------------------------------------------------------------------------------------------------

document.addEventListener("keydown", pressed);
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (link) { event.preventDefault(); goTo(link); }
  const close = event.target.closest("[data-close]");
  if (close) close.closest("dialog").close();
});
document.addEventListener("submit", (event) => {
  // A decision is sent once, however often somebody clicks.
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
  event.target.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));
// On a phone the menu is a line that scrolls.
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
// A printed link has its code behind the #, which goes over no wire; the address bar shall not keep it.
const code = document.getElementById("code");
if (code && location.hash.length > 1) {
  code.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
}
document.querySelectorAll("[data-refresh]").forEach(refreshing);
document.querySelectorAll(".editor textarea").forEach(numbering);
